// Root's side of a run: tasks out, results in, journal, stops, progress. SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "controller.hpp"
#include "rankwise/io/journal.hpp"
#include "report.hpp"
#include "service.hpp"
#include "stored.hpp"

namespace rankwise::run {

/// Ranks by team; the first of each is its root.
using Teams = std::vector<std::vector<int>>;

class Conductor final : public Root {
 public:
  struct Run {
    const Request& request;
    const Plan& plan;
    const Teams& teams;
    const Log& log;
    Results& results;
    std::vector<TaskState>& states;  ///< by task of the plan
    io::Journal& journal;
    double program_start;  ///< wall time, where --time-budget begins
    /// Writes the file as it stands, status `interrupted`: for when some rank will not come back in time.
    std::function<void()> write_interrupted;
  };
  explicit Conductor(const Run& run);

  void begin(const Post& post) override;
  void result(int from, Bytes bytes) override;
  void signals(int rank, SignalCounts counts) override;
  bool tick() override;

  /// The run was told to stop, and some tasks are not done for it.
  [[nodiscard]] bool stopped_early() const { return reason_ != Reason::none && controller_.waiting() + abandoned_ > 0; }
  [[nodiscard]] bool stopped_by_a_failure() const { return reason_ == Reason::failure; }
  /// What F.status.json says.
  void write_status(const char* status);

 private:
  enum class Reason { none, request, failure };

  void refill(std::size_t team);
  void take(std::size_t task, const TaskResult& result, std::span<const std::byte> frame);
  void request_stop(Reason reason, const char* why);
  void watch_the_clock(double now);
  [[noreturn]] void end_now(const char* why);
  [[nodiscard]] std::vector<std::int64_t> already(const Task& task) const;

  Run run_;
  Controller controller_;
  PointIndex point_index_;
  std::vector<std::size_t> team_of_;  ///< by rank
  Post post_;
  Progress progress_;
  Reason reason_ = Reason::none;
  StopPhase phase_ = StopPhase::none;
  double grace_;          ///< s
  double stop_time_ = 0;  ///< wall time of the request
  double last_sync_;
  double last_status_ = 0;
  double start_;
  bool unsynced_ = false;
  bool status_failed_ = false;
  std::size_t abandoned_ = 0;
};

}  // namespace rankwise::run
