// The lane-batched tridiagonal solver for processors with AVX-512F. SPDX-License-Identifier: MIT
#include "linalg/tridiagonal_lanes.hpp"

#ifdef RANKWISE_TRIDIAGONAL_X86
#include <immintrin.h>

#include <limits>

#pragma GCC target("avx512f")
#include "linalg/tridiagonal_kernel.hpp"

namespace rankwise::linalg {
namespace {

struct Avx512 {
  using Vec [[gnu::vector_size(64)]] = double;
  using Loose [[gnu::vector_size(64), gnu::aligned(8), gnu::may_alias]] = double;
  using Bits [[gnu::vector_size(64), gnu::may_alias]] = long long;
  static constexpr std::size_t vectors = 4;
  static Vec square_root(Vec x) { return _mm512_maskz_sqrt_pd(0xff, x); }
};

}  // namespace

LaneOutcome solve_lanes_avx512(const LaneProblem& problem) { return LaneSolver<Avx512>::solve(problem); }

}  // namespace rankwise::linalg
#endif
