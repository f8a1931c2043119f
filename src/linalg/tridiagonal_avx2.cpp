// The lane-batched tridiagonal solver for processors with AVX2. SPDX-License-Identifier: MIT
#include "linalg/tridiagonal_lanes.hpp"

#ifdef RANKWISE_TRIDIAGONAL_X86
#include <immintrin.h>

#include <limits>

#pragma GCC target("avx2")
#include "linalg/tridiagonal_kernel.hpp"

namespace rankwise::linalg {
namespace {

struct Avx2 {
  using Vec [[gnu::vector_size(32)]] = double;
  using Loose [[gnu::vector_size(32), gnu::aligned(8), gnu::may_alias]] = double;
  using Bits [[gnu::vector_size(32), gnu::may_alias]] = long long;
  static constexpr std::size_t vectors = 8;
  static Vec square_root(Vec x) { return _mm256_sqrt_pd(x); }
};

}  // namespace

LaneOutcome solve_lanes_avx2(const LaneProblem& problem) { return LaneSolver<Avx2>::solve(problem); }

}  // namespace rankwise::linalg
#endif
