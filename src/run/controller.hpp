// Who does which task next: the whole of the scheduling, without messages or clocks. SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <vector>

#include "plan.hpp"

namespace rankwise::run {

/// Hands out tasks in the order of the plan (theory first, then longest first) to teams that hold a little more than
/// the task they are at, so that none waits for root to notice that it is done.
class Controller {
 public:
  /// `done[i]`: task i needs no run.
  Controller(const std::vector<Task>& tasks, const std::vector<bool>& done, std::size_t teams);

  /// Tasks for `team` now, in order; often none. A team holds one task ahead of the one it does, or as many short ones
  /// as fill `lookahead` seconds by what tasks took so far; none ahead once fewer than two per team remain.
  [[nodiscard]] std::vector<std::size_t> refill(std::size_t team);
  /// A task of `team` came back, however it ended.
  void came_back(std::size_t team, std::size_t task, double seconds);
  /// Hands out nothing more.
  void stop() { stopped_ = true; }
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }
  [[nodiscard]] std::size_t outstanding() const { return outstanding_; }
  [[nodiscard]] bool over() const { return outstanding_ == 0 && (stopped_ || queue_.empty()); }

  static constexpr double lookahead = 0.04;  ///< s, many naps of the service threads

 private:
  /// What a team has, in the order in which it does it.
  struct Held {
    std::deque<std::size_t> tasks;
    std::array<double, 2> cost{};  ///< of all of them, by kind
  };
  [[nodiscard]] std::size_t kind_of(std::size_t task) const;
  [[nodiscard]] double cost_of(std::size_t task) const;
  [[nodiscard]] double expected_seconds(std::size_t kind, double cost) const;
  [[nodiscard]] double seconds_ahead(const Held& held) const;

  struct Rate {
    double seconds = 0;
    double cost = 0;
  };
  const std::vector<Task>& tasks_;
  std::deque<std::size_t> queue_;
  std::vector<Held> held_;    ///< by team
  std::array<Rate, 2> rate_;  ///< of simulation and theory
  std::size_t outstanding_ = 0;
  bool stopped_ = false;
};

}  // namespace rankwise::run
