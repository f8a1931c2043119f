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

/// In units whose worth in seconds is measured: the stated cost, or one for each family's theory.
double Controller::cost_of(std::size_t task) const { return tasks_[task].theory ? 1 : tasks_[task].cost.seconds; }

double Controller::expected_seconds(std::size_t task) const {
  const Rate& rate = rate_[tasks_[task].theory ? 1 : 0];
  // Before the first one came back: long, so that nobody is given many.
  return rate.cost > 0 ? cost_of(task) * rate.seconds / rate.cost : lookahead;
}

std::vector<std::size_t> Controller::refill(std::size_t team) {
  std::vector<std::size_t> given;
  auto& held = held_[team];
  double ahead = 0;
  for (std::size_t i = 1; i < held.size(); ++i) ahead += expected_seconds(held[i]);
  // A share of what remains, so that short tasks handed out in bulk cannot leave the others without work at the end.
  const std::size_t share = queue_.size() / (2 * held_.size());
  while (!stopped_ && !queue_.empty()) {
    const bool scarce = queue_.size() < 2 * held_.size();
    const bool wants_more =
        held.empty() || (!scarce && (held.size() < 2 || (ahead < lookahead && given.size() < share)));
    if (!wants_more) break;
    const std::size_t task = queue_.front();
    queue_.pop_front();
    if (!held.empty()) ahead += expected_seconds(task);
    held.push_back(task);
    given.push_back(task);
    ++outstanding_;
  }
  return given;
}

void Controller::came_back(std::size_t team, std::size_t task, double seconds) {
  auto& held = held_[team];
  const auto found = std::find(held.begin(), held.end(), task);
  expects(found != held.end(), "a task comes back from the team that had it");
  held.erase(found);
  --outstanding_;
  Rate& rate = rate_[tasks_[task].theory ? 1 : 0];
  rate.seconds += seconds;
  rate.cost += cost_of(task);
}

}  // namespace rankwise::run
