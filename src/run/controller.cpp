// SPDX-License-Identifier: MIT
#include "controller.hpp"

#include <algorithm>

#include "rankwise/core/contract.hpp"

namespace rankwise::run {

Controller::Controller(const std::vector<Task>& tasks, const std::vector<bool>& done, std::size_t teams)
    : tasks_(tasks), held_(teams) {
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (!done[i]) queue_.push_back(i);
  }
}

/// Simulation and theory are measured apart.
std::size_t Controller::kind_of(std::size_t task) const { return tasks_[task].theory ? 1 : 0; }

/// In units whose worth in seconds is measured: the stated cost, or one for each family's theory.
double Controller::cost_of(std::size_t task) const { return tasks_[task].theory ? 1 : tasks_[task].cost.seconds; }

/// Before the first one came back: long, so that nobody is given many.
double Controller::expected_seconds(std::size_t kind, double cost) const {
  const Rate& rate = rate_[kind];
  if (cost <= 0) return 0;
  return rate.cost > 0 ? cost * rate.seconds / rate.cost : lookahead;
}

/// Of the tasks behind the one that the team is at.
double Controller::seconds_ahead(const Held& held) const {
  if (held.tasks.empty()) return 0;
  const std::size_t first = held.tasks.front();
  std::array<double, 2> cost = held.cost;
  cost[kind_of(first)] -= cost_of(first);
  return held.tasks.size() == 1 ? 0 : expected_seconds(0, cost[0]) + expected_seconds(1, cost[1]);
}

std::vector<std::size_t> Controller::refill(std::size_t team) {
  std::vector<std::size_t> given;
  Held& held = held_[team];
  double ahead = seconds_ahead(held);
  // A share of what remains, so that short tasks handed out in bulk cannot leave the others without work at the end.
  const std::size_t share = queue_.size() / (2 * held_.size());
  while (!stopped_ && !queue_.empty()) {
    const bool scarce = queue_.size() < 2 * held_.size();
    const bool few = held.tasks.size() < 2;
    const bool wants_more = held.tasks.empty() || (!scarce && (few || (ahead < lookahead && given.size() < share)));
    if (!wants_more) break;
    const std::size_t task = queue_.front();
    queue_.pop_front();
    if (!held.tasks.empty()) ahead += expected_seconds(kind_of(task), cost_of(task));
    held.tasks.push_back(task);
    held.cost[kind_of(task)] += cost_of(task);
    given.push_back(task);
    ++outstanding_;
  }
  return given;
}

void Controller::came_back(std::size_t team, std::size_t task, double seconds) {
  Held& held = held_[team];
  const auto found = std::find(held.tasks.begin(), held.tasks.end(), task);  // the first: teams keep the order
  expects(found != held.tasks.end(), "a task comes back from the team that had it");
  held.tasks.erase(found);
  held.cost[kind_of(task)] -= cost_of(task);
  if (held.tasks.empty()) held.cost = {};  // rounding does not add up
  --outstanding_;
  Rate& rate = rate_[kind_of(task)];
  rate.seconds += seconds;
  rate.cost += cost_of(task);
}

}  // namespace rankwise::run
