// Random programs on a team, with failures at random places. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "mpi/payload.hpp"
#include "mpi/world.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/mpi/team.hpp"

using namespace rankwise;
using namespace rankwise::mpi;
using rankwise::test::Choices;
using rankwise::test::payload;
using rankwise::test::world;

namespace {

/// One step of a program that all members know; a member does its part of it.
struct Step {
  enum class What { message, broadcast, gather, compute } what;
  int from;
  int to;
  Channel channel;
  std::uint64_t key;
  std::size_t size;
};

struct Program {
  std::vector<Step> steps;
  std::map<int, std::size_t> failures;  // member -> number of the step before which it throws
};

/// Steps are done in the same order everywhere, so that without a failure no program can lock up.
Program random_program(std::uint64_t seed, int members) {
  constexpr std::array<std::size_t, 8> sizes{0, 1, 100, 1000, 3072, 3073, 60000, 400000};
  Choices choices(seed);
  Program program;
  const std::size_t length = 1 + choices.below(25);
  for (std::size_t i = 0; i < length; ++i) {
    const std::size_t kind = choices.below(10);
    Step step{};
    step.what = kind < 6   ? Step::What::message
                : kind < 7 ? Step::What::broadcast
                : kind < 8 ? Step::What::gather
                           : Step::What::compute;
    step.from = choices.rank(members);
    step.to = choices.rank(members);
    step.channel = static_cast<Channel>(choices.below(3));
    step.key = choices.word();
    step.size = sizes[choices.below(sizes.size())];
    program.steps.push_back(step);
  }
  // A third of the programs ends well, a third has one failure, the rest up to three.
  const std::size_t kind = choices.below(3);
  const std::size_t failing = kind == 0 ? 0 : kind == 1 ? 1 : 1 + choices.below(3);
  for (std::size_t i = 0; i < failing; ++i) program.failures[choices.rank(members)] = choices.below(length + 1);
  return program;
}

/// Receives first and checks then: a TeamFailed inside CHECK would count as a failed check.
void do_step(Team& team, const Step& step) {
  switch (step.what) {
    case Step::What::message:
      if (step.from == step.to) return;
      if (team.rank() == step.from) team.send(step.to, step.channel, payload(step.key, step.size));
      if (team.rank() == step.to) {
        const Bytes received = team.receive(step.from, step.channel);
        CHECK(received == payload(step.key, step.size));
      }
      return;
    case Step::What::broadcast: {
      const Bytes all = team.broadcast(team.is_root() ? payload(step.key, step.size) : Bytes{}, step.channel);
      CHECK(all == payload(step.key, step.size));
      return;
    }
    case Step::What::gather: {
      const auto part = [&](std::size_t r) { return payload(step.key + r, step.size); };
      const auto parts = team.gather(part(static_cast<std::size_t>(team.rank())), step.channel);
      for (std::size_t r = 0; r < parts.size(); ++r) CHECK(parts[r] == part(r));
      return;
    }
    case Step::What::compute:
      if (team.rank() == step.from) std::this_thread::sleep_for(std::chrono::microseconds(step.key % 2000));
  }
}

std::string text_of_failure(std::uint64_t seed, int member) { return concat("program ", seed, " on member ", member); }

}  // namespace

TEST_CASE("200 random programs with failures at random places end alike on every member") {
  Team team(world());
  int failed = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    const Program program = random_program(seed, team.size());
    const auto mine = program.failures.find(team.rank());
    const auto outcome = team.run_task([&] {
      for (std::size_t i = 0; i <= program.steps.size(); ++i) {
        if (mine != program.failures.end() && mine->second == i) {
          throw std::runtime_error(text_of_failure(seed, team.rank()));
        }
        if (i < program.steps.size()) do_step(team, program.steps[i]);
      }
    });
    // Which of several failures comes first depends on timing; that one of them is told, and the same everywhere, not.
    CHECK(outcome.done == program.failures.empty());
    if (!program.failures.empty()) {
      ++failed;
      CHECK(program.failures.count(outcome.failed_rank) == 1);
      CHECK(outcome.message == text_of_failure(seed, outcome.failed_rank));
    }
    const auto texts = world().gather(concat(outcome.failed_rank, " ", outcome.message));
    for (const std::string& text : texts) CHECK(text == texts.front());
  }
  CHECK(failed > 100);
  CHECK(failed < 180);
}
