// Kernels for operators of few eigenpairs: small eigenproblems side by side, and products of thin matrices; internal.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include "rankwise/core/lanes.hpp"

namespace rankwise::linalg {

constexpr std::size_t small_lanes = 8;   ///< eigenproblems side by side
constexpr std::size_t small_order = 24;  ///< largest order of theirs

/// Thin matrices are column-major without gaps. The same bits from every instruction set: sums over rows are eight
/// partial ones, row i in number i mod 8, which are added pairwise; sums over columns run in their order.
struct SmallKernels {
  /// small_lanes symmetric matrices of order m, 2 <= m <= small_order, entry (i, j) of lane w at [(i m + j) lanes + w],
  /// of magnitude about 1 or below; only j <= i is read. Replaced by orthonormal eigenvectors, entry i of the j-th at
  /// [(j m + i) lanes + w]; values (m, lanes) in no particular order. Faster where both are aligned to 64 bytes. A
  /// lane's result does not depend on the others. Returns a bit for each lane that did not converge.
  std::uint32_t (*eigen)(double* a, double* values, std::size_t m);
  /// c (ka x kb) = A^T B for A (n x ka), B (n x kb).
  void (*cross)(const double* a, std::size_t ka, const double* b, std::size_t kb, std::size_t n, double* c);
  /// out (n x k) = A V, or with `add` out + A V, for A (n x ka), V (ka x k) with leading dimension ldv.
  void (*combine)(const double* a, std::size_t ka, const double* v, std::size_t ldv, std::size_t k, std::size_t n,
                  bool add, double* out);
  /// U (n x k) <- U R^{-1}, R (k x k) upper triangular.
  void (*divide)(double* u, std::size_t k, const double* r, std::size_t n);
};

[[nodiscard]] const SmallKernels& small_kernels(InstructionSet set);
[[nodiscard]] const SmallKernels& small_kernels();  ///< of the widest set

/// One per source file, so that each is compiled for its instruction set.
extern const SmallKernels small_kernels_portable;
#ifdef RANKWISE_LANES_X86
extern const SmallKernels small_kernels_avx2;
extern const SmallKernels small_kernels_avx512;
#endif

}  // namespace rankwise::linalg
