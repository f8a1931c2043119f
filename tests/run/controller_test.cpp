// Who does which task: by hand, and with teams that work, wait and answer late. SPDX-License-Identifier: MIT
#include "run/controller.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>
#include <random>

#include "rankwise/core/error.hpp"

using namespace rankwise;
using run::Controller;
using run::Task;

namespace {

using Indices = std::vector<std::size_t>;

/// Tasks as a plan has them: theory first, then longest first.
std::vector<Task> tasks_of(std::vector<double> costs, std::size_t theories = 0) {
  std::sort(costs.begin(), costs.end(), std::greater());
  std::vector<Task> tasks(theories);
  for (auto& task : tasks) task.theory = true;
  for (const double cost : costs) tasks.push_back({0, false, {}, {cost, 0}, 0});
  return tasks;
}

std::vector<bool> none_done(const std::vector<Task>& tasks) { return std::vector<bool>(tasks.size(), false); }

/// Teams that work one after another on what they hold, and a root that hears of a result `delay` later.
struct Model {
  std::size_t teams;
  double delay = 0;          ///< s, from team to root and back
  double seconds_per_cost = 1;
};

struct Outcome {
  std::vector<int> times_done;  ///< by task
  double makespan = 0;
  std::size_t most_ahead = 0;   ///< tasks that a team held beside the one it did
};

Outcome simulate(const std::vector<Task>& tasks, const std::vector<bool>& done, const Model& model) {
  enum class What { arrives, ends, is_heard };
  struct Event {
    double time;
    std::size_t number;  ///< equal times in the order of their making
    What what;
    std::size_t team;
    std::size_t task;
    bool operator>(const Event& other) const { return time != other.time ? time > other.time : number > other.number; }
  };
  struct TeamState {
    std::deque<std::size_t> held;
    bool works = false;
  };
  Controller controller(tasks, done, model.teams);
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events;
  std::vector<TeamState> teams(model.teams);
  Outcome outcome{std::vector<int>(tasks.size()), 0, 0};
  std::size_t made = 0;
  const auto seconds = [&](std::size_t task) { return tasks[task].cost.seconds * model.seconds_per_cost; };
  const auto hand_out = [&](std::size_t team, double now) {
    for (const std::size_t task : controller.refill(team)) events.push({now + model.delay / 2, made++, What::arrives, team, task});
  };
  const auto begin_next = [&](std::size_t team, double now) {
    auto& it = teams[team];
    it.works = !it.held.empty();
    if (it.works) events.push({now + seconds(it.held.front()), made++, What::ends, team, it.held.front()});
  };
  for (std::size_t team = 0; team < model.teams; ++team) hand_out(team, 0);
  while (!events.empty()) {
    const Event event = events.top();
    events.pop();
    auto& it = teams[event.team];
    switch (event.what) {
      case What::arrives:
        it.held.push_back(event.task);
        outcome.most_ahead = std::max(outcome.most_ahead, it.held.size() - 1);
        if (!it.works) begin_next(event.team, event.time);
        break;
      case What::ends:
        ++outcome.times_done[event.task];
        outcome.makespan = std::max(outcome.makespan, event.time);
        it.held.pop_front();
        events.push({event.time + model.delay / 2, made++, What::is_heard, event.team, event.task});
        begin_next(event.team, event.time);
        break;
      case What::is_heard:
        controller.came_back(event.team, event.task, seconds(event.task));
        hand_out(event.team, event.time);
        break;
    }
  }
  CHECK(controller.over());
  CHECK(controller.waiting() == 0);
  CHECK(controller.outstanding() == 0);
  return outcome;
}

/// No schedule is shorter.
double bound(const std::vector<Task>& tasks, std::size_t teams) {
  double sum = 0;
  double longest = 0;
  for (const auto& task : tasks) {
    sum += task.cost.seconds;
    longest = std::max(longest, task.cost.seconds);
  }
  return std::max(sum / static_cast<double>(teams), longest);
}

/// Spread by `factor`, as many short as long on a logarithmic scale.
std::vector<double> spread_costs(std::size_t n, double shortest, double factor, unsigned seed) {
  std::mt19937_64 words(seed);
  std::vector<double> costs;
  for (std::size_t i = 0; i < n; ++i) costs.push_back(shortest * std::pow(factor, static_cast<double>(words() >> 11U) * 0x1p-53));
  return costs;
}

}  // namespace

TEST_CASE("tasks go out in the order of the plan, without those that are done") {
  const auto tasks = tasks_of({5, 4, 3, 2, 1}, 2);
  Controller controller(tasks, {false, true, false, true, false, false, false}, 1);
  Indices order;
  while (!controller.over()) {
    for (const auto task : controller.refill(0)) order.push_back(task);
    controller.came_back(0, order[order.size() - controller.outstanding()], 100);
  }
  CHECK(order == Indices{0, 2, 4, 5, 6});
  const Controller nothing(tasks, std::vector<bool>(7, true), 3);
  CHECK(nothing.over());
}

TEST_CASE("a team holds one task ahead, and none once fewer than two per team remain") {
  const auto tasks = tasks_of(std::vector<double>(9, 10));
  Controller controller(tasks, none_done(tasks), 2);
  CHECK(controller.refill(0) == Indices{0, 1});
  CHECK(controller.refill(0).empty());
  CHECK(controller.refill(1) == Indices{2, 3});
  CHECK(controller.waiting() == 5);
  CHECK(controller.outstanding() == 4);
  controller.came_back(0, 0, 10);
  CHECK(controller.refill(0) == Indices{4});
  controller.came_back(1, 2, 10);
  CHECK(controller.refill(1) == Indices{5});
  controller.came_back(0, 1, 10);
  CHECK(controller.refill(0).empty());  // three remain for two teams
  controller.came_back(0, 4, 10);
  CHECK(controller.refill(0) == Indices{6});  // nothing in hand: one, and none ahead
  CHECK(controller.waiting() == 2);
  CHECK_FALSE(controller.over());
}

TEST_CASE("short tasks go out in bulk once one has told how long they take, but never more than a share") {
  const auto tasks = tasks_of(std::vector<double>(1000, 1));
  Controller controller(tasks, none_done(tasks), 2);
  REQUIRE(controller.refill(0) == Indices{0, 1});
  REQUIRE(controller.refill(1) == Indices{2, 3});
  controller.came_back(0, 0, 0.001);
  const auto bulk = controller.refill(0);
  // beside the one at work: as many of 1 ms as fill the look-ahead
  CHECK(static_cast<double>(bulk.size()) == doctest::Approx(Controller::lookahead / 0.001).epsilon(0.05));
  CHECK(std::is_sorted(bulk.begin(), bulk.end()));
  CHECK(controller.refill(0).empty());
  // of very short ones no more than a fair share of what remains
  const auto few = tasks_of(std::vector<double>(44, 1));
  Controller fair(few, none_done(few), 2);
  REQUIRE(fair.refill(0).size() == 2);
  REQUIRE(fair.refill(1).size() == 2);
  fair.came_back(0, 0, 1e-6);
  CHECK(fair.refill(0).size() == 10);
}

TEST_CASE("seconds are learned from what came back, for theory apart") {
  auto tasks = tasks_of(std::vector<double>(200, 5), 40);
  Controller controller(tasks, none_done(tasks), 1);
  REQUIRE(controller.refill(0) == Indices{0, 1});
  controller.came_back(0, 0, 0.002);
  CHECK(controller.refill(0).size() >= 15);  // 20 theories of 2 ms fill the look-ahead
  for (std::size_t task = 1; task < 40; ++task) {
    controller.came_back(0, task, 0.002);
    const auto given = controller.refill(0);
    if (given.empty() || given.back() < 40) continue;
    CHECK(given.back() < 42);  // nothing is known of the others yet: one at a time
  }
}

TEST_CASE("after a stop nothing more goes out, and it is over when all is back") {
  const auto tasks = tasks_of({4, 3, 2, 1, 1, 1});
  Controller controller(tasks, none_done(tasks), 1);
  REQUIRE(controller.refill(0) == Indices{0, 1});
  CHECK_FALSE(controller.stopped());
  controller.stop();
  CHECK(controller.stopped());
  CHECK(controller.refill(0).empty());
  CHECK_FALSE(controller.over());
  controller.came_back(0, 0, 1);
  CHECK(controller.refill(0).empty());
  CHECK_FALSE(controller.over());
  controller.came_back(0, 1, 1);
  CHECK(controller.over());
  CHECK(controller.waiting() == 4);
}

TEST_CASE("a task comes back from the team that had it, once") {
  const auto tasks = tasks_of({4, 3, 2, 1, 1, 1});
  Controller controller(tasks, none_done(tasks), 2);
  REQUIRE(controller.refill(0).front() == 0);
  CHECK_THROWS_AS(controller.came_back(1, 0, 1), InternalError);
  controller.came_back(0, 0, 1);
  CHECK_THROWS_AS(controller.came_back(0, 0, 1), InternalError);
}

TEST_CASE("every task is done exactly once, and none that was done before") {
  for (const std::size_t teams : {1UL, 2UL, 8UL, 64UL}) {
    for (const std::size_t n : {0UL, 1UL, 3UL, 63UL, 500UL, 3000UL}) {
      for (const double unit : {1e-4, 0.02, 3.0}) {
        CAPTURE(teams);
        CAPTURE(n);
        CAPTURE(unit);
        const auto tasks = tasks_of(spread_costs(n, unit, 100, static_cast<unsigned>(n + teams)), std::min<std::size_t>(n, 5));
        auto done = none_done(tasks);
        for (std::size_t i = 0; i < tasks.size(); i += 7) done[i] = true;
        const Outcome outcome = simulate(tasks, done, {teams, 0.006, 1});
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < tasks.size(); ++i) wrong += outcome.times_done[i] == (done[i] ? 0 : 1) ? 0U : 1U;
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("the makespan is near the bound for costs that spread a hundredfold") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    for (const auto& [teams, n, slack] : {std::tuple{std::size_t{2}, std::size_t{60}, 1.03}, {2UL, 400UL, 1.01}, {8UL, 400UL, 1.03}, {64UL, 4000UL, 1.03}}) {
      CAPTURE(teams);
      const auto tasks = tasks_of(spread_costs(n, 0.1, 100, seed));
      // the stated costs are in units that root has to learn
      const Outcome outcome = simulate(tasks, none_done(tasks), {teams, 0.006, 7.5});
      const double least = 7.5 * bound(tasks, teams);
      CHECK(outcome.makespan >= least * (1 - 1e-12));
      CHECK(outcome.makespan <= slack * least);
      CHECK(outcome.most_ahead == 1);
    }
  }
}

TEST_CASE("teams do not wait for root between tasks that are shorter than its answers") {
  for (const double seconds : {0.0005, 0.002, 0.01}) {
    for (const std::size_t teams : {1UL, 2UL, 8UL}) {
      CAPTURE(seconds);
      CAPTURE(teams);
      const auto tasks = tasks_of(std::vector<double>(4000, seconds));
      const Outcome outcome = simulate(tasks, none_done(tasks), {teams, 0.006, 1});
      CHECK(outcome.makespan <= 1.03 * bound(tasks, teams) + 10 * 0.006);
      CHECK(outcome.most_ahead <= static_cast<std::size_t>(Controller::lookahead / seconds) + 2);
    }
  }
}
