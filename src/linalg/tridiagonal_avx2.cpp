// The lane-batched tridiagonal solver for processors with AVX2. SPDX-License-Identifier: MIT
#include "linalg/tridiagonal_lanes.hpp"

#ifdef RANKWISE_LANES_X86
#include "core/isa_avx2.hpp"
#include "linalg/tridiagonal_kernel.hpp"

namespace rankwise::linalg {

LaneOutcome solve_lanes_avx2(const LaneProblem& problem) { return LaneSolver<Isa>::solve(problem); }

}  // namespace rankwise::linalg
#endif
