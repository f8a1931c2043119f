// Sign agreement of matrices with few columns by bit-sliced counters; internal. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rankwise/linalg/sign_matrix.hpp"

namespace rankwise::linalg {

/// Six planes of a counter hold up to 63.
inline constexpr std::size_t most_sliced_columns = 63;

/// The columns of a matrix as bit rows of n rows each, twice: as they are and negated, padded with zeros to eight
/// columns at a time and `stride` words a row, a multiple of four.
struct SlicedColumns {
  const std::uint64_t* planes;  ///< column a, negated or not (0, 1): planes + (2 a + which) stride
  const std::uint64_t* rows;    ///< one word per row of the matrix: its bits
  std::size_t columns;
};

struct SlicedCounts {
  std::uint64_t agree = 0;
  std::uint64_t zero = 0;
};

/// Over the pairs j < i < n.
using CountSliced = SlicedCounts (*)(const SlicedColumns& x, const SlicedColumns& y, std::size_t n, std::size_t stride);

struct SlicedVariant {
  const char* name;
  CountSliced count;
};

/// What this processor can run, fastest first; the last one is plain C++.
[[nodiscard]] std::span<const SlicedVariant> sliced_variants();

/// sign_agreement() for at most most_sliced_columns of either.
[[nodiscard]] SignAgreement sliced_agreement(const SlicedVariant& variant, const SignMatrix& x, const SignMatrix& y);

}  // namespace rankwise::linalg
