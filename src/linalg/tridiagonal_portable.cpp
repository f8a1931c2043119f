// The lane-batched tridiagonal solver in two-wide vectors of plain C++, for any processor.
// SPDX-License-Identifier: MIT
#include "linalg/tridiagonal_kernel.hpp"
#include "linalg/tridiagonal_lanes.hpp"

namespace rankwise::linalg {
namespace {

struct Portable {
  using Vec [[gnu::vector_size(16)]] = double;
  using Loose [[gnu::vector_size(16), gnu::aligned(8), gnu::may_alias]] = double;
  using Bits [[gnu::vector_size(16), gnu::may_alias]] = long long;
  static constexpr std::size_t vectors = 8;
  static Vec square_root(Vec x) { return Vec{__builtin_sqrt(x[0]), __builtin_sqrt(x[1])}; }
};

}  // namespace

LaneOutcome solve_lanes_portable(const LaneProblem& problem) { return LaneSolver<Portable>::solve(problem); }

}  // namespace rankwise::linalg
