// What a run tells its user. SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "plan.hpp"
#include "rankwise/core/log.hpp"

namespace rankwise::run {

/// "5 clients on 5 ranks (1 per rank); rank 0 aggregates".
[[nodiscard]] std::string placement_text(const std::vector<std::int64_t>& clients);
/// Warning that names the ranks without a client, or "".
[[nodiscard]] std::string idle_text(const std::vector<std::int64_t>& clients);
/// --list: one line per point with the parameters that are swept.
[[nodiscard]] std::string points_text(const Plan& plan, const Config& config);
/// --dry-run: points, tasks, cost, longest task, memory, size of the file.
[[nodiscard]] std::string dry_run_text(const Plan& plan, const Request& request, double result_bytes);
/// claim | measured +- error | theory | z | verdict.
[[nodiscard]] std::string claims_text(const std::vector<Judged>& claims);

/// A bar with ETA on a terminal, a line every 30 s elsewhere.
class Progress {
 public:
  Progress(const Log& log, const Plan& plan);
  void finished(std::size_t task);
  void close();

 private:
  const Log& log_;
  const Plan& plan_;
  double start_;
  double last_;
  double work_done_ = 0;
  double work_ = 0;
  std::size_t tasks_done_ = 0;
  bool terminal_;
};

}  // namespace rankwise::run
