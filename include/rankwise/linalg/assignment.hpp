// Linear assignment. SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "rankwise/linalg/matrix.hpp"

namespace rankwise::linalg {

/// Matches rows to columns, one to one, so that the sum of the matched gains is largest (Hungarian method with
/// potentials, O(min^2 max)). gain: m x n, finite. For every row its column, or -1 when there are fewer columns.
[[nodiscard]] std::vector<Eigen::Index> best_assignment(const Matrix& gain);

}  // namespace rankwise::linalg
