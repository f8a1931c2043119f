// All eigenpairs of a very small symmetric matrix; internal. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "rankwise/linalg/matrix.hpp"

namespace rankwise::linalg {

/// One matrix alone; eight of one order side by side are the business of small.hpp. Largest order for which it beats
/// LAPACK (dsyevd 21, 46, 72, 169 us at order 16, 24, 32, 48).
inline constexpr Eigen::Index small_eigen_order = 32;

/// a: n x n column by column, both triangles; becomes the eigenvectors, in columns that go with `values`, unordered.
/// False where the iteration did not converge. n <= small_eigen_order.
using SolveSmall = bool (*)(std::size_t n, double* a, double* values);

struct SmallEigenVariant {
  const char* name;
  SolveSmall solve;
};

/// What this processor can run, fastest first; the last one is plain C++. All give the same bits.
[[nodiscard]] std::span<const SmallEigenVariant> small_eigen_variants();

/// As symmetric_eigen(), which it calls beyond small_eigen_order; only the lower triangle is read.
[[nodiscard]] SymmetricEigen lone_symmetric_eigen(const Matrix& a);

}  // namespace rankwise::linalg
