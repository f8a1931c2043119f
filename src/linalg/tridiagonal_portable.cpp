// The lane-batched tridiagonal solver for any processor. SPDX-License-Identifier: MIT
#include "core/isa_portable.hpp"
#include "linalg/tridiagonal_kernel.hpp"
#include "linalg/tridiagonal_lanes.hpp"

namespace rankwise::linalg {

LaneOutcome solve_lanes_portable(const LaneProblem& problem) { return LaneSolver<Isa>::solve(problem); }

}  // namespace rankwise::linalg
