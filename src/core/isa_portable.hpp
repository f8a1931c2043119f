// Two-wide vectors of plain C++ for the lane kernels, for any processor; internal. SPDX-License-Identifier: MIT
//
// Behind all other includes of a kernel's source file and before the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "rankwise/core/lanes.hpp"

namespace rankwise {
namespace {

struct Isa {
  using Vec [[gnu::vector_size(16)]] = double;
  using Loose [[gnu::vector_size(16), gnu::aligned(8), gnu::may_alias]] = double;
  using Bits [[gnu::vector_size(16), gnu::may_alias]] = long long;
  using LooseBits [[gnu::vector_size(16), gnu::aligned(8), gnu::may_alias]] = long long;
  static constexpr std::size_t vectors = 8;  ///< that go through a chain of divisions together, to hide their latency
  static Vec square_root(Vec x) { return Vec{__builtin_sqrt(x[0]), __builtin_sqrt(x[1])}; }
};

}  // namespace
}  // namespace rankwise
