// Vectors of AVX2 for the lane kernels; internal. SPDX-License-Identifier: MIT
//
// Behind all other includes of a kernel's source file and before the kernel.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <limits>

#include "rankwise/core/lanes.hpp"

#pragma GCC target("avx2")

namespace rankwise {
namespace {

struct Isa {
  using Vec [[gnu::vector_size(32)]] = double;
  using Loose [[gnu::vector_size(32), gnu::aligned(8), gnu::may_alias]] = double;
  using Bits [[gnu::vector_size(32), gnu::may_alias]] = long long;
  using LooseBits [[gnu::vector_size(32), gnu::aligned(8), gnu::may_alias]] = long long;
  static constexpr std::size_t vectors = 8;  ///< that go through a chain of divisions together, to hide their latency
  static Vec square_root(Vec x) { return _mm256_sqrt_pd(x); }
};

}  // namespace
}  // namespace rankwise
