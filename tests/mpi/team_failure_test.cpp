// A member of a team fails: every other hears of it, whatever it is waiting for. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "mpi/payload.hpp"
#include "mpi/team_impl.hpp"
#include "mpi/world.hpp"
#include "rankwise/core/text.hpp"

using namespace rankwise;
using namespace rankwise::mpi;
using rankwise::test::payload;
using rankwise::test::world;

namespace {

constexpr std::size_t long_size = 5 << 20;  // far beyond what MPI sends without a receiver

void work_for_ms(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

[[noreturn]] void fail(const Team& team) { throw std::runtime_error(concat("boom on ", team.rank())); }

/// A task that shows that nothing of the last one is left.
void check_clean(Team& team) {
  const auto outcome = team.run_task([&] {
    for (const Channel channel : {Channel::operators, Channel::patterns, Channel::metrics}) {
      const auto parts = team.gather(payload(static_cast<std::uint64_t>(team.rank()) + 500, 100), channel);
      for (std::size_t r = 0; r < parts.size(); ++r) CHECK(parts[r] == payload(r + 500, 100));
    }
    CHECK(team.broadcast(payload(77, 5000), Channel::patterns) == payload(77, 5000));
  });
  CHECK(outcome.done);
}

using Body = std::function<void(Team&, int failing)>;

/// Every rank in turn is the one whose `failing_body` throws, while the others run `body`. The outcome must be the same
/// on all members, and the next task clean.
void check_every_failure(const Body& failing_body, const Body& body) {
  Team team(world());
  for (int failing = 0; failing < team.size(); ++failing) {
    CAPTURE(failing);
    const auto outcome = team.run_task([&] { (team.rank() == failing ? failing_body : body)(team, failing); });
    CHECK_FALSE(outcome.done);
    CHECK(outcome.failed_rank == failing);
    CHECK(outcome.message == concat("boom on ", failing));
    CHECK(outcome.code == ExitCode::failed);
    check_clean(team);
  }
}

void fail_at_once(Team& team, int /*failing*/) { fail(team); }
void fail_late(Team& team, int /*failing*/) {
  work_for_ms(3);
  fail(team);
}

/// Runs `step`, which must throw TeamFailed with the text of the failing member.
void check_told(int failing, const std::function<void()>& step) {
  std::string text = "nothing was thrown";
  try {
    step();
  } catch (const TeamFailed& e) {
    text = e.what();
  }
  CHECK(text == concat("rank ", failing, " of the team failed: boom on ", failing));
}

/// While it lives, this process may take at most `bytes` more of address space.
class AddressSpaceLimit {
 public:
  explicit AddressSpaceLimit(std::size_t bytes) {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    getrlimit(RLIMIT_AS, &before_);
    rlimit now = before_;
    now.rlim_cur = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + bytes;
    setrlimit(RLIMIT_AS, &now);
  }
  ~AddressSpaceLimit() { setrlimit(RLIMIT_AS, &before_); }
  AddressSpaceLimit(const AddressSpaceLimit&) = delete;
  AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("failure while the others receive from the failing member") {
  const Body body = [](Team& team, int failing) {
    check_told(failing, [&] { (void)team.receive(failing, Channel::operators); });
  };
  check_every_failure(fail_at_once, body);
  check_every_failure(fail_late, body);
}

TEST_CASE("failure while the others wait in a chain that ends at the failing member") {
  check_every_failure(fail_late, [](Team& team, int failing) {
    check_told(failing, [&] { (void)team.receive((team.rank() + 1) % team.size(), Channel::metrics); });
  });
}

TEST_CASE("failure while the others send much to the failing member") {
  const Body body = [](Team& team, int failing) {
    check_told(failing, [&] {
      for (;;) team.send(failing, Channel::operators, payload(1, long_size));
    });
  };
  check_every_failure(fail_at_once, body);
  check_every_failure(fail_late, body);
}

TEST_CASE("failure after part of what was sent has been received") {
  check_every_failure(
      [](Team& team, int /*failing*/) {
        for (int from = 0; from < team.size(); ++from) {
          if (from != team.rank()) CHECK(team.receive(from, Channel::operators) == payload(3, 40));
        }
        fail(team);
      },
      [](Team& team, int failing) {
        team.send(failing, Channel::operators, payload(3, 40));
        check_told(failing, [&] {
          for (;;) {
            team.send(failing, Channel::operators, payload(4, 40));
            team.send(failing, Channel::patterns, payload(5, 100000));
          }
        });
      });
}

TEST_CASE("failure while the others have long finished") {
  check_every_failure(fail_late, [](Team&, int) {});
}

TEST_CASE("failure while the others broadcast") {
  for (const std::size_t size : {std::size_t{10}, long_size}) {
    check_every_failure(fail_late, [size](Team& team, int /*failing*/) {
      // Members above the failing one in the tree may get all they need: they end well.
      (void)team.broadcast(payload(9, size), Channel::patterns);
    });
  }
}

TEST_CASE("failure while the others gather") {
  for (const std::size_t size : {std::size_t{10}, long_size}) {
    check_every_failure(
        fail_late, [size](Team& team, int /*failing*/) { (void)team.gather(payload(9, size), Channel::operators); });
  }
}

TEST_CASE("failure of a member whose own long messages nobody has asked for") {
  check_every_failure(
      [](Team& team, int failing) {
        if (team.size() > 1) team.send((failing + 1) % team.size(), Channel::operators, payload(2, 100));
        fail(team);
      },
      [](Team& team, int failing) {
        const int next = (team.rank() + 1) % team.size();
        if (next == failing) {  // computes on, and takes in nothing
          work_for_ms(5);
        } else {
          check_told(failing, [&] {
            for (;;) team.send(next, Channel::operators, payload(8, long_size));
          });
        }
      });
}

TEST_CASE("failure while long sends face each other") {
  check_every_failure(fail_late, [](Team& team, int failing) {
    const int sign = team.rank() < failing ? 0 : 1;  // the others, numbered without a gap, in pairs
    const int peer = (team.rank() - sign) ^ 1;
    const int partner = peer + (peer >= failing ? 1 : 0);
    if (partner >= team.size()) return;
    check_told(failing, [&] { team.send(partner, Channel::operators, payload(6, long_size)); });
  });
}

TEST_CASE("a member that only computes hears of a failure when it polls") {
  check_every_failure(fail_late, [](Team& team, int failing) {
    check_told(failing, [&] {
      for (;;) team.poll();
    });
  });
}

TEST_CASE("a body that swallows the news is told again, and its own exceptions are consequences") {
  check_every_failure(fail_at_once, [](Team& team, int failing) {
    check_told(failing, [&] { (void)team.receive(failing, Channel::operators); });
    check_told(failing, [&] { (void)team.receive(failing, Channel::operators); });
    check_told(failing, [&] { team.send(failing, Channel::operators, payload(1, 10)); });
    check_told(failing, [&] { team.poll(); });
    throw std::runtime_error("a disguise");
  });
}

TEST_CASE("of several failures that of the lowest rank is told") {
  Team team(world());
  const auto all = team.run_task([&] { fail(team); });
  CHECK(all.failed_rank == 0);
  CHECK(all.message == "boom on 0");
  check_clean(team);
  if (team.size() < 3) return;
  const int last = team.size() - 1;
  const auto two = team.run_task([&] {
    if (team.rank() == 1 || team.rank() == last) fail(team);
    if (team.rank() == 0) (void)team.receive(last, Channel::operators);
  });
  CHECK(two.failed_rank == 1);
  CHECK(two.message == "boom on 1");
  check_clean(team);
}

TEST_CASE("an outcome carries the kind of error, and texts are cut between characters") {
  Team team(world());
  const int last = team.size() - 1;
  const auto outcome_of = [&](const std::function<void()>& thrower) {
    return team.run_task([&] {
      if (team.rank() == last) thrower();
    });
  };
  CHECK(outcome_of([] { throw UsageError("usage"); }).code == ExitCode::usage);
  CHECK(outcome_of([] { throw IoError("io"); }).code == ExitCode::io);
  CHECK(outcome_of([] { throw NumericalError("numbers"); }).code == ExitCode::failed);
  CHECK(outcome_of([] { throw Error(ExitCode::stopped, "stop"); }).code == ExitCode::stopped);
  CHECK(outcome_of([] { throw std::bad_alloc(); }).message == "out of memory");
  CHECK(outcome_of([] { throw TeamFailed("nobody else failed"); }).failed_rank == last);

  std::string text = "x";
  while (text.size() < 2 * longest_text) text += "\xc3\xa9";  // two bytes each, at odd offsets
  const TaskOutcome outcome = outcome_of([&] { throw std::runtime_error(text); });
  CHECK(outcome.message == text.substr(0, longest_text - 1));
  const TaskOutcome silent = outcome_of([] { throw std::runtime_error(""); });
  CHECK_FALSE(silent.done);
  CHECK(silent.failed_rank == last);
  CHECK(silent.message.empty());
  check_clean(team);
}

#ifndef __SANITIZE_ADDRESS__  // which needs all the address space itself
TEST_CASE("a message for which there is no memory fails its task, not the team") {
  Team team(world());
  if (team.size() == 1) return;
  const auto outcome = team.run_task([&] {
    if (team.rank() == 1) team.send(0, Channel::operators, Bytes(4 * team_piece + 1));
    if (team.is_root()) {
      const AddressSpaceLimit limit(2 * team_piece);  // enough to drop it
      (void)team.receive(1, Channel::operators);
    }
  });
  CHECK(outcome.failed_rank == 0);
  CHECK(outcome.message == "out of memory");
  check_clean(team);
}
#endif

TEST_CASE("failed tasks in a row, each with messages under way") {
  Team team(world());
  for (int task = 0; task < 50; ++task) {
    const int failing = task % team.size();
    const auto outcome = team.run_task([&] {
      for (int to = 0; to < team.size(); ++to) {
        if (to != team.rank()) team.send(to, Channel::metrics, payload(static_cast<std::uint64_t>(task), 200));
      }
      if (team.rank() == failing) fail(team);
    });
    CHECK(outcome.failed_rank == failing);
  }
  check_clean(team);
}
