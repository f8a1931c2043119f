// What a run tells its user. SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "plan.hpp"
#include "rankwise/core/log.hpp"
#include "stored.hpp"

namespace rankwise::run {

/// "5 clients on 5 ranks (1 per rank); rank 0 aggregates", for the clients of one team of several.
[[nodiscard]] std::string placement_text(const std::vector<std::int64_t>& clients, std::size_t teams);
/// "8 tasks at a time, each on 2 ranks": teams side by side without clients.
[[nodiscard]] std::string ensemble_text(std::size_t teams, std::size_t ranks, std::size_t last);
/// Warning that names the ranks without a client, or "".
[[nodiscard]] std::string idle_text(const std::vector<std::int64_t>& clients, int first_rank);
/// --list: one line per point with the parameters that are swept.
[[nodiscard]] std::string points_text(const Plan& plan, const Config& config);
/// --dry-run: points, tasks, cost, longest task, memory, size of the file.
/// Of a run that is resumed, what remains.
[[nodiscard]] std::string dry_run_text(const Plan& plan, const Request& request, double result_bytes,
                                       const std::vector<TaskState>& states);
/// claim | measured +- error | theory | z | verdict.
[[nodiscard]] std::string claims_text(const std::vector<Judged>& claims);

/// A bar with ETA on a terminal, a line every 30 s elsewhere.
class Progress {
 public:
  /// `done[i]`: task i was done before.
  Progress(const Log& log, const Plan& plan, const std::vector<bool>& done);
  /// By what the tasks took so far; infinite before the first.
  [[nodiscard]] double seconds_left() const;
  void finished(std::size_t task);
  void close();

 private:
  const Log& log_;
  const Plan& plan_;
  double start_;
  double last_;
  double work_done_ = 0;
  double work_ = 0;
  double work_before_ = 0;  ///< done by earlier sessions
  std::size_t tasks_done_ = 0;
  bool terminal_;
};

}  // namespace rankwise::run
