// The lane-batched tridiagonal solver for processors with AVX-512F. SPDX-License-Identifier: MIT
#include "linalg/tridiagonal_lanes.hpp"

#ifdef RANKWISE_LANES_X86
#include "core/isa_avx512.hpp"
#include "linalg/tridiagonal_kernel.hpp"

namespace rankwise::linalg {

LaneOutcome solve_lanes_avx512(const LaneProblem& problem) { return LaneSolver<Isa>::solve(problem); }

}  // namespace rankwise::linalg
#endif
