// Messages of a team whose tasks go well. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "mpi/native.hpp"
#include "mpi/payload.hpp"
#include "mpi/team_impl.hpp"
#include "mpi/world.hpp"
#include "rankwise/core/text.hpp"

using namespace rankwise;
using namespace rankwise::mpi;
using rankwise::test::payload;
using rankwise::test::world;

namespace {

constexpr std::array<Channel, 3> payload_channels{Channel::operators, Channel::patterns, Channel::metrics};

/// Both sides of every limit: the header's company, one piece.
constexpr std::array<std::size_t, 8> sizes{0,       1,          1000,          inline_bytes, inline_bytes + 1,
                                           5 << 20, team_piece, team_piece + 1};

std::uint64_t key(int from, int to, std::size_t number) {
  return (static_cast<std::uint64_t>(from) * 1000 + static_cast<std::uint64_t>(to)) * 100000 + number;
}

std::size_t index(Channel channel) { return static_cast<std::size_t>(channel); }

Comm with_pieces(std::size_t piece) {
  MPI_Comm copy = MPI_COMM_NULL;
  checked(MPI_Comm_dup(world().native().handle, &copy), "MPI_Comm_dup");
  return Comm(std::make_shared<Comm::Native>(copy, piece));
}

/// Every rank to its right neighbour, even ranks first so that long sends meet a receiver.
void ring(Team& team, Channel channel, std::size_t size) {
  const int ranks = team.size();
  if (ranks == 1) return;
  const int right = (team.rank() + 1) % ranks;
  const int left = (team.rank() + ranks - 1) % ranks;
  const Bytes out = payload(key(team.rank(), right, size), size);
  Bytes in;
  if (team.rank() % 2 == 0 && !(ranks % 2 == 1 && team.rank() == ranks - 1)) {
    team.send(right, channel, out);
    in = team.receive(left, channel);
  } else {
    in = team.receive(left, channel);
    team.send(right, channel, out);
  }
  CHECK(in == payload(key(left, team.rank(), size), size));
}

}  // namespace

TEST_CASE("an empty task is done on every member") {
  Team team(world());
  CHECK(team.rank() == world().rank());
  CHECK(team.size() == world().size());
  CHECK(team.is_root() == (world().rank() == 0));
  int runs = 0;
  const TaskOutcome outcome = team.run_task([&] { ++runs; });
  CHECK(outcome.done);
  CHECK(outcome.failed_rank == -1);
  CHECK(outcome.message.empty());
  CHECK(outcome.code == ExitCode::done);
  CHECK(runs == 1);
}

TEST_CASE("payloads of every size arrive whole, from every rank to its neighbour") {
  Team team(world());
  for (const std::size_t size : sizes) {
    if (size >= team_piece && team.size() > 3)
      continue;  // 7 ranks on two cores: the same code at a seventh of the time
    CHECK(team.run_task([&] { ring(team, Channel::operators, size); }).done);
  }
}

TEST_CASE("a long message of many pieces arrives whole") {
  Team team(with_pieces(1000));
  for (const std::size_t size : {inline_bytes + 1, std::size_t{4000}, std::size_t{4001}, std::size_t{99999}}) {
    CHECK(team.run_task([&] { ring(team, Channel::metrics, size); }).done);
  }
}

TEST_CASE("messages of one channel keep their order, and channels do not wait for each other") {
  Team team(world());
  const auto size_of = [](std::size_t number) { return number % 7 == 3 ? std::size_t{20000} : number * 11; };
  const auto outcome = team.run_task([&] {
    if (!team.is_root()) {
      for (std::size_t i = 0; i < 60; ++i) {
        team.send(0, payload_channels[i % 3], payload(key(team.rank(), 0, i), size_of(i)));
      }
      return;
    }
    // Root asks for the channels one after another, while the messages come in turn.
    for (int from = team.size() - 1; from > 0; --from) {
      for (const std::size_t channel : {std::size_t{2}, std::size_t{0}, std::size_t{1}}) {
        for (std::size_t i = channel; i < 60; i += 3) {
          CHECK(team.receive(from, payload_channels[channel]) == payload(key(from, 0, i), size_of(i)));
        }
      }
    }
  });
  CHECK(outcome.done);
}

TEST_CASE("broadcast and gather, of every size") {
  Team team(world());
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, std::size_t{5} << 20}) {
    const auto outcome = team.run_task([&] {
      const Bytes given = team.is_root() ? payload(size, size) : payload(5, 3);
      CHECK(team.broadcast(given, Channel::patterns) == payload(size, size));
      const std::vector<Bytes> parts = team.gather(payload(key(team.rank(), 0, size), size), Channel::operators);
      CHECK(parts.size() == (team.is_root() ? static_cast<std::size_t>(team.size()) : 0));
      for (std::size_t r = 0; r < parts.size(); ++r)
        CHECK(parts[r] == payload(key(static_cast<int>(r), 0, size), size));
    });
    CHECK(outcome.done);
  }
}

TEST_CASE("typed values arrive as they were, and a length that does not fit is an internal error") {
  Team team(world());
  const auto outcome = team.run_task([&] {
    const std::vector<double> values{1.5, -0.0, 1e300};
    if (team.rank() == 1) team.send_values<double>(0, Channel::operators, values);
    if (team.is_root() && team.size() > 1) CHECK(team.receive_values<double>(1, Channel::operators) == values);
  });
  CHECK(outcome.done);
  CHECK(Team::values_of<std::int32_t>(Bytes(8)) == std::vector<std::int32_t>{0, 0});
  CHECK(Team::values_of<double>(Bytes()).empty());
  CHECK_THROWS_AS((void)Team::values_of<double>(Bytes(12)), InternalError);
}

TEST_CASE("what a task sends and nobody receives is dropped, and the next task starts clean") {
  Team team(world());
  for (const std::size_t size : sizes) {
    if (size >= team_piece && team.size() > 3) continue;
    const auto untidy = team.run_task([&] {
      if (!team.is_root()) team.send(0, Channel::operators, payload(1, size));
    });
    CHECK(untidy.done);
    const auto tidy = team.run_task([&] {
      if (!team.is_root()) team.send(0, Channel::operators, payload(2, 10));
      for (int from = 1; team.is_root() && from < team.size(); ++from) {
        CHECK(team.receive(from, Channel::operators) == payload(2, 10));
      }
    });
    CHECK(tidy.done);
  }
}

TEST_CASE("tags come round after 4096 tasks without a mix-up") {
  Team team(world());
  // Were anything of these two tasks left, the tasks 4096 later would find it.
  const auto untidy = team.run_task([&] {
    if (!team.is_root()) team.send(0, Channel::metrics, payload(1, 8));
  });
  CHECK(untidy.done);
  const auto failing = team.run_task([&] {
    if (!team.is_root()) team.send(0, Channel::metrics, payload(2, 8));
    throw std::runtime_error("all fail");
  });
  CHECK(failing.failed_rank == 0);
  std::uint64_t wrong = 0;
  for (std::uint64_t task = 0; task < task_tags + 50; ++task) {
    const auto outcome = team.run_task([&] {
      if (!team.is_root()) team.send_values<std::uint64_t>(0, Channel::metrics, std::array{task});
      for (int from = 1; team.is_root() && from < team.size(); ++from) {
        wrong += team.receive_values<std::uint64_t>(from, Channel::metrics) != std::vector{task};
      }
    });
    wrong += !outcome.done;
  }
  CHECK(wrong == 0);
}

TEST_CASE("traffic counts payload by channel, and headers and agreement as control") {
  Team team(with_pieces(5000));
  (void)team.run_task([] {});
  team.reset_traffic();
  for (const std::uint64_t n : team.traffic().sent) CHECK(n == 0);
  (void)team.run_task([] {});
  const Traffic empty = team.traffic();
  const auto others = static_cast<std::uint64_t>(team.size() - 1);
  // Report: version 4, task 8, status 4, code 4, length of text 8, number of counts 8. Verdict: version 4, task 8,
  // failed rank 4, code 4, length of text 8, failures 8, number of counts 8.
  const std::uint64_t control_bytes = team.is_root() ? others * 44 : 36;
  const std::uint64_t control_messages = team.is_root() ? others : 1;
  CHECK(empty.sent[index(Channel::control)] == control_bytes);
  CHECK(empty.messages[index(Channel::control)] == control_messages);

  team.reset_traffic();
  (void)team.run_task([&] {
    (void)team.gather(payload(1, 1000), Channel::operators);
    (void)team.gather(payload(2, 12000), Channel::metrics);  // header and three pieces
  });
  const Traffic& full = team.traffic();
  const std::uint64_t sends = team.is_root() ? 0 : 1;
  CHECK(full.sent[index(Channel::operators)] == sends * 1000);
  CHECK(full.sent[index(Channel::metrics)] == sends * 12000);
  CHECK(full.sent[index(Channel::patterns)] == 0);
  CHECK(full.messages[index(Channel::operators)] == sends);
  CHECK(full.messages[index(Channel::metrics)] == sends);
  CHECK(full.messages[index(Channel::control)] == control_messages + sends);
  // Who talked to whom: one count of 16 bytes in the report of each sender, root's verdicts need none.
  CHECK(full.sent[index(Channel::control)] == control_bytes + sends * (2 * sizeof(Header) + 16));
}

TEST_CASE("a team of one sends nothing") {
  Team team(world().split(world().rank()));
  CHECK(team.size() == 1);
  const auto outcome = team.run_task([&] {
    CHECK(team.broadcast(payload(3, 100), Channel::patterns) == payload(3, 100));
    CHECK(team.gather(payload(4, 100), Channel::operators) == std::vector<Bytes>{payload(4, 100)});
    team.poll();
  });
  CHECK(outcome.done);
  for (std::size_t channel = 0; channel < channel_count; ++channel) {
    CHECK(team.traffic().sent[channel] == 0);
    CHECK(team.traffic().messages[channel] == 0);
  }
}

TEST_CASE("teams side by side do not disturb each other") {
  Team all(world());
  Team part(world().split(world().rank() % 2));
  Team moved(std::move(part));
  const int tasks = world().rank() % 2 == 0 ? 30 : 50;
  int done = 0;
  for (int task = 0; task < tasks; ++task) {
    done += moved.run_task([&] { ring(moved, Channel::operators, static_cast<std::size_t>(task) * 300); }).done ? 1 : 0;
  }
  CHECK(done == tasks);
  CHECK(all.run_task([&] { ring(all, Channel::operators, 1000); }).done);
}

TEST_CASE("two threads of a process may each drive a team of their own") {
  Team first(world());
  Team second(world());
  const auto drive = [](Team& team, std::uint64_t seed) {
    std::uint64_t wrong = 0;
    for (std::uint64_t task = 0; task < 40; ++task) {
      const auto outcome = team.run_task([&] {
        const std::size_t size = task % 10 == 9 ? 200000 : task * 17;
        const auto parts = team.gather(payload(seed + task, size), Channel::operators);
        for (const Bytes& part : parts) wrong += part != payload(seed + task, size);
        wrong += team.broadcast(payload(seed, size), Channel::patterns) != payload(seed, size);
      });
      wrong += !outcome.done;
    }
    return wrong;
  };
  std::uint64_t wrong_second = 1;
  std::thread thread([&] { wrong_second = drive(second, 2000); });
  const std::uint64_t wrong_first = drive(first, 1000);
  thread.join();
  CHECK(wrong_first == 0);
  CHECK(wrong_second == 0);
}

TEST_CASE("misuse is an internal error, and the team refuses to go on after one") {
  const auto alone = [] { return Team(world().split(world().rank())); };
  Team team = alone();
  const Bytes bytes(3);
  CHECK_THROWS_AS(team.send(0, Channel::operators, bytes), InternalError);  // outside of a task
  CHECK_THROWS_AS((void)team.receive(0, Channel::operators), InternalError);
  CHECK_THROWS_AS(team.poll(), InternalError);
  CHECK(team.run_task([] {}).done);  // nothing had begun: still fit

  Team to_itself = alone();
  CHECK_THROWS_AS((void)to_itself.run_task([&] { to_itself.send(0, Channel::operators, bytes); }), InternalError);
  CHECK_THROWS_AS((void)to_itself.run_task([] {}), InternalError);
  Team on_control = alone();
  CHECK_THROWS_AS((void)on_control.run_task([&] { (void)on_control.gather(bytes, Channel::control); }), InternalError);
  Team nested = alone();
  CHECK_THROWS_AS((void)nested.run_task([&] { (void)nested.run_task([] {}); }), InternalError);
  Team mpi_error = alone();
  CHECK_THROWS_AS((void)mpi_error.run_task([] { checked(MPI_ERR_OTHER, "MPI_Something"); }), MpiError);
}
