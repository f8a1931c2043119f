// Points, families and tasks of a request. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "options.hpp"
#include "rankwise/run/experiment.hpp"

namespace rankwise::run {

/// One unit of work: the theory of a family, or a block of its replicas.
struct Task {
  std::size_t family = 0;
  bool theory = false;
  Block block;
  Cost cost;                    ///< of a block; closed forms count as nothing
  std::uint64_t family_id = 0;  ///< content identity, as in /tasks
  /// By point of the family: replicas of the block, from its first, that the file has already; empty: none of any.
  /// Their values are written anew to be compared, but tallies have counted them.
  std::vector<std::int64_t> already{};
};

struct Plan {
  std::vector<Point> points;  ///< sorted by parameter in table order
  std::vector<Family> families;
  std::vector<Task> tasks;  ///< theory first, then longest first
  std::vector<std::string> warnings;
};

/// Points and families: the product of the sweep, completed and checked, no tasks yet. Throws UsageError (also for two
/// points of the same identity).
[[nodiscard]] Plan make_plan(const Request& request, const Inputs& inputs);
/// The tasks, those of --slice; apart, since there may be too many replicas for this host's memory.
void add_tasks(Plan& plan, const Request& request);

}  // namespace rankwise::run
