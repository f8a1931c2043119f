// The end of a task: what happened, told to all, and nothing left under way. SPDX-License-Identifier: MIT
#include <algorithm>

#include "mpi/team_impl.hpp"
#include "rankwise/core/contract.hpp"
#include "rankwise/core/packing.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::mpi {

namespace {

void put_start(Packer& packer, std::uint64_t task) {
  packer.put(protocol_version);
  packer.put(task);
}

void check_start(Unpacker& unpacker, std::uint64_t task) {
  expects(unpacker.get<std::uint32_t>() == protocol_version && unpacker.get<std::uint64_t>() == task,
          "a control message belongs to the running task");
}

/// How many messages went to, or came from, one member; only the pairs that talked are listed.
struct Count {
  std::uint64_t member;
  std::uint64_t messages;
};

void put_counts(Packer& packer, std::span<const Count> counts) {
  packer.put(static_cast<std::uint64_t>(counts.size()));
  for (const Count& count : counts) packer.put(count);
}

std::vector<Count> get_counts(Unpacker& unpacker, std::size_t members) {
  const auto listed = unpacker.get<std::uint64_t>();
  expects(listed <= members, "each member of the team is counted once");
  std::vector<Count> counts(listed);
  for (Count& count : counts) {
    count = unpacker.get<Count>();
    expects(count.member < members, "a member of the team is counted");
  }
  return counts;
}

}  // namespace

std::string shortened(std::string text) {
  if (text.size() <= longest_text) return text;
  std::size_t end = longest_text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text;
}

void Team::Impl::begin_task() {
  ++task;
  in_task = true;
  const auto members = static_cast<std::size_t>(size);
  told.reset();
  sent.assign(members, 0);
  taken.assign(members, 0);
  due.assign(members, 0);
  notices_taken = 0;
  notices_due = 0;
  waiting.clear();
}

bool Team::Impl::look_for_failure() {
  while (const auto notice = take_control(Kind::failed, MPI_ANY_SOURCE)) {
    ++notices_taken;
    Unpacker unpacker(notice->second);
    check_start(unpacker, task);
    const std::string text = unpacker.get_text();
    unpacker.finish();
    if (!told) told = concat("rank ", notice->first, " of the team failed: ", text);
  }
  return told.has_value();
}

void Team::Impl::announce_failure(const std::string& text) {
  Packer packer;
  put_start(packer, task);
  packer.put_text(text);
  const Bytes& notice = control_out.emplace_back(packer.take());
  for (int member = 0; member < size; ++member) {
    if (member != rank) send_control(Kind::failed, member, notice);
  }
}

Bytes Team::Impl::packed_report(const Report& report) const {
  std::vector<Count> counts;
  for (std::size_t to = 0; to < sent.size(); ++to) {
    if (sent[to] > 0) counts.push_back({to, sent[to]});
  }
  Packer packer;
  put_start(packer, task);
  packer.put(report.status);
  packer.put(report.code);
  packer.put_text(report.message);
  put_counts(packer, counts);
  return packer.take();
}

TaskOutcome Team::Impl::judge(const Report& mine) {
  const auto members = static_cast<std::size_t>(size);
  std::vector<Report> reports(members);
  std::vector<std::vector<Count>> due_to(members);  // by receiver: what each sender sent to it
  const auto enter = [&](std::size_t sender, const Bytes& bytes) {
    Unpacker unpacker(bytes);
    check_start(unpacker, task);
    reports[sender].status = unpacker.get<Report::Status>();
    reports[sender].code = unpacker.get<ExitCode>();
    reports[sender].message = unpacker.get_text();
    for (const Count& count : get_counts(unpacker, members)) due_to[count.member].push_back({sender, count.messages});
    unpacker.finish();
  };
  enter(0, packed_report(mine));
  Backoff backoff;
  for (std::size_t heard = 1; heard < members;) {
    if (const auto report = take_control(Kind::report, MPI_ANY_SOURCE)) {
      enter(static_cast<std::size_t>(report->first), report->second);
      ++heard;
      continue;
    }
    look_for_failure();
    if (!drop_arrivals()) backoff.pause(dropping ? Waiting::for_a_transfer : Waiting::for_a_rank);
  }

  TaskOutcome outcome;
  std::uint64_t failures = 0;
  for (std::size_t member = 0; member < members; ++member) {
    const Report& report = reports[member];
    if (report.status != Report::Status::failed) continue;
    ++failures;
    if (outcome.done) outcome = {false, static_cast<int>(member), report.message, report.code};
  }
  for (std::size_t member = 1; member < members; ++member) {
    Packer packer;
    put_start(packer, task);
    packer.put(static_cast<std::int32_t>(outcome.failed_rank));
    packer.put(outcome.code);
    packer.put_text(outcome.message);
    packer.put(failures);
    put_counts(packer, due_to[member]);
    send_control(Kind::verdict, static_cast<int>(member), control_out.emplace_back(packer.take()));
  }
  notices_due = failures;
  for (const Count& count : due_to[0]) due[count.member] = count.messages;
  return outcome;
}

TaskOutcome Team::Impl::hear_verdict(const Report& mine) {
  send_control(Kind::report, 0, control_out.emplace_back(packed_report(mine)));
  Backoff backoff;
  for (;;) {
    if (const auto verdict = take_control(Kind::verdict, 0)) {
      Unpacker unpacker(verdict->second);
      check_start(unpacker, task);
      TaskOutcome outcome;
      outcome.failed_rank = unpacker.get<std::int32_t>();
      outcome.done = outcome.failed_rank < 0;
      outcome.code = unpacker.get<ExitCode>();
      outcome.message = unpacker.get_text();
      notices_due = unpacker.get<std::uint64_t>();
      for (const Count& count : get_counts(unpacker, due.size())) due[count.member] = count.messages;
      unpacker.finish();
      return outcome;
    }
    look_for_failure();
    if (!drop_arrivals()) backoff.pause(dropping ? Waiting::for_a_transfer : Waiting::for_a_rank);
  }
}

void Team::Impl::take_in_the_rest() {
  Backoff backoff;
  while (!control_is_sent() || !drop_is_over() || notices_taken < notices_due || taken != due) {
    look_for_failure();
    if (!drop_arrivals()) backoff.pause(dropping ? Waiting::for_a_transfer : Waiting::for_a_rank);
  }
  control_out.clear();
}

TaskOutcome Team::Impl::end_task(const Report& mine) {
  TaskOutcome outcome;
  if (size == 1) {
    if (mine.status != Report::Status::fine) outcome = {false, 0, mine.message, mine.code};
  } else {
    const bool failed_here = mine.status == Report::Status::failed;
    if (failed_here) announce_failure(mine.message);
    outcome = rank == 0 ? judge(mine) : hear_verdict(mine);
    if (failed_here) --notices_due;  // nobody writes to itself
    take_in_the_rest();
  }
  in_task = false;
  return outcome;
}

}  // namespace rankwise::mpi
