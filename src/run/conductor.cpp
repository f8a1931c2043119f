// SPDX-License-Identifier: MIT
#include "conductor.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "rankwise/core/error.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/mpi/session.hpp"

namespace rankwise::run {

namespace {

constexpr double status_interval = 5;  ///< s

std::vector<bool> done_of(const std::vector<TaskState>& states) {
  std::vector<bool> done;
  for (const auto& state : states) done.push_back(state.status == TaskState::Status::done);
  return done;
}

/// Of a time budget, what is kept for writing the file and leaving MPI.
double reserve_of(const Options& options) { return std::min(10.0, options.time_budget / 10); }

/// A run that must end within the budget may spend at most half of it on stopping.
double grace_of(const Options& options) {
  return std::min(options.stop_grace, options.time_budget / 2 - reserve_of(options));
}

std::string json_text(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return quoted + "\"";
}

}  // namespace

Conductor::Conductor(const Run& run)
    : run_(run),
      controller_(run.plan.tasks, done_of(run.states), run.teams.size()),
      point_index_(run.plan.points),
      progress_(run.log, run.plan, done_of(run.states)),
      grace_(grace_of(run.request.options)),
      last_sync_(wall_seconds()),
      start_(last_sync_) {
  for (std::size_t team = 0; team < run.teams.size(); ++team) {
    for (const int rank : run.teams[team]) {
      team_of_.resize(std::max(team_of_.size(), static_cast<std::size_t>(rank) + 1));
      team_of_[static_cast<std::size_t>(rank)] = team;
    }
  }
}

void Conductor::begin(const Post& post) {
  post_ = post;
  write_status("running");
  last_status_ = wall_seconds();
  for (std::size_t team = 0; team < run_.teams.size(); ++team) refill(team);
}

/// Replicas of the block that the results have, by point of the family; empty when they have none.
std::vector<std::int64_t> Conductor::already(const Task& task) const {
  std::vector<std::int64_t> counts;
  if (task.theory) return counts;
  for (const auto& point : run_.plan.families[task.family].points) {
    std::int64_t n = 0;
    while (n < task.block.wanted && run_.results.is_measured(point.index, task.block.first + n)) ++n;
    counts.push_back(n);
  }
  if (std::all_of(counts.begin(), counts.end(), [](std::int64_t n) { return n == 0; })) counts.clear();
  return counts;
}

void Conductor::refill(std::size_t team) {
  for (const std::size_t task : controller_.refill(team)) {
    const Assignment assignment{task, already(run_.plan.tasks[task])};
    for (const int rank : run_.teams[team]) post_.assign(rank, assignment);
  }
}

void Conductor::result(int from, Bytes bytes) {
  const auto task =
      static_cast<std::size_t>(Unpacker(std::span(bytes).first(sizeof(std::uint64_t))).get<std::uint64_t>());
  const auto frame = std::span<const std::byte>(bytes).subspan(sizeof(std::uint64_t));
  const TaskResult result = unpack_task_result(frame);
  const std::size_t team = team_of_[static_cast<std::size_t>(from)];
  controller_.came_back(team, task, result.seconds);
  refill(team);  // before the work with the result: the team may have nothing left to do
  take(task, result, frame);
}

void Conductor::take(std::size_t task, const TaskResult& result, std::span<const std::byte> frame) {
  if (result.ending == Ending::abandoned) {
    ++abandoned_;
    return;
  }
  TaskState& state = run_.states[task];
  state = {TaskState::Status::done, result.message, result.start, result.seconds, result.rank, result.session};
  std::string problem = result.message;
  bool failed = result.ending == Ending::failed;
  if (!failed) {
    problem = absorb(result, point_index_, run_.results);
    failed = !problem.empty();
  }
  if (failed) {
    state.status = TaskState::Status::failed;
    state.message = problem;
    TaskResult note = result;
    note.ending = Ending::failed;
    note.message = problem;
    note.records.clear();
    run_.journal.append(pack(note));
    const Task& it = run_.plan.tasks[task];
    const std::string who = it.theory ? "theory"
                            : it.block.wanted == 1
                                ? concat("replica ", it.block.first)
                                : concat("replicas ", it.block.first, " to ", it.block.first + it.block.wanted - 1);
    run_.log.warn(
        concat(who, " of point ", run_.plan.families[it.family].front().index,
               result.failed_rank >= 0 ? concat(" failed on rank ", result.failed_rank) : std::string(" failed"), ": ",
               problem));
    if (run_.request.options.fail_fast) request_stop(Reason::failure, "a task failed (--fail-fast)");
  } else {
    run_.journal.append(frame);
  }
  unsynced_ = true;
  progress_.finished(task);
}

void Conductor::signals(int, SignalCounts counts) {
  if (counts.end > 0) end_now("ended by a signal");
  if (counts.stop > 1) end_now("asked to stop twice");
  if (counts.stop > 0) request_stop(Reason::request, "asked to stop (SIGUSR1)");
}

void Conductor::request_stop(Reason reason, const char* why) {
  if (reason_ != Reason::none) return;
  reason_ = reason;
  stop_time_ = wall_seconds();
  controller_.stop();
  phase_ = StopPhase::start_no_more;
  post_.stop(phase_);
  run_.log.say(concat(why, ": no new task; ", controller_.outstanding(), " held by the teams"));
  run_.journal.sync();
}

void Conductor::end_now(const char* why) {
  run_.journal.sync();
  write_status("interrupted");
  mpi::abort_job(ExitCode::stopped, concat(why, "; the same command with --resume goes on"));
}

void Conductor::watch_the_clock(double now) {
  const Options& options = run_.request.options;
  if (reason_ == Reason::none && now - run_.program_start >= options.time_budget - reserve_of(options) - grace_) {
    request_stop(Reason::request, "the time budget is used up");
  }
  if (reason_ != Reason::request) return;  // after a failure there is no hurry
  if (phase_ == StopPhase::start_no_more && now - stop_time_ >= grace_ / 2) {
    phase_ = StopPhase::leave;
    post_.stop(phase_);
  }
  // However short the grace: what leaves at once, as tasks that only begin do, is not cut off on its way back.
  constexpr double least_patience = 1;
  if (now - stop_time_ >= std::max(grace_, least_patience) && !controller_.over()) {
    run_.journal.sync();
    run_.write_interrupted();
    write_status("interrupted");
    mpi::abort_job(ExitCode::stopped,
                   concat("stopped with ", controller_.outstanding(), " tasks that did not leave within --stop-grace; ",
                          "the same command with --resume goes on"));
  }
}

bool Conductor::tick() {
  const double now = wall_seconds();
  watch_the_clock(now);
  if (unsynced_ && now - last_sync_ >= run_.request.options.checkpoint_interval) {
    run_.journal.sync();
    unsynced_ = false;
    last_sync_ = now;
  }
  if (now - last_status_ >= status_interval) {
    write_status("running");
    last_status_ = now;
  }
  if (!controller_.over()) return false;
  progress_.close();
  if (unsynced_) run_.journal.sync();
  return true;
}

void Conductor::write_status(const char* status) {
  std::size_t done = 0;
  std::size_t failed = 0;
  for (const auto& state : run_.states) {
    done += state.status == TaskState::Status::done ? 1 : 0;
    failed += state.status == TaskState::Status::failed ? 1 : 0;
  }
  const double left = progress_.seconds_left();
  const std::string text = concat("{\"file\": ", json_text(run_.request.options.output), ", \"status\": \"", status,
                                  "\", \"tasks\": ", run_.states.size(), ", \"done\": ", done, ", \"failed\": ", failed,
                                  ", \"elapsed_seconds\": ", std::round(10 * (wall_seconds() - start_)) / 10,
                                  ", \"remaining_seconds\": ", std::isfinite(left) ? concat(std::round(left)) : "null",
                                  ", \"ranks\": ", team_of_.size(), ", \"host\": ", json_text(host_name()),
                                  ", \"pid\": ", getpid(), ", \"updated\": \"", utc_time(), "\"}\n");
  try {
    io::replace_text(status_path(run_.request.options.output), text);
  } catch (const IoError& error) {
    // Nothing that counts is lost; a full disk is told of by the journal.
    if (!status_failed_) run_.log.warn(error.what());
    status_failed_ = true;
  }
}

}  // namespace rankwise::run
