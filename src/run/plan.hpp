// Points, families and tasks of a request. SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "options.hpp"
#include "rankwise/run/experiment.hpp"

namespace rankwise::run {

/// One unit of work: the theory of a family, or a block of its replicas.
struct Task {
  std::size_t family = 0;
  bool theory = false;
  Block block;
  Cost cost;
};

struct Plan {
  std::vector<Point> points;  ///< sorted by parameter in table order
  std::vector<Family> families;
  std::vector<Task> tasks;    ///< theory first, then longest first
  std::vector<std::string> warnings;
};

/// Points and families: the product of the sweep, completed and checked, no tasks yet. Throws UsageError (also for two
/// points of the same identity).
[[nodiscard]] Plan make_plan(const Request& request, const Inputs& inputs);
/// The tasks; apart, since there may be too many replicas for this host's memory.
void add_tasks(Plan& plan, const Request& request);

}  // namespace rankwise::run
