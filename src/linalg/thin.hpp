// Thin matrices (N x k, k << N) and small eigenproblems; internal. SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "linalg/small.hpp"
#include "rankwise/linalg/matrix.hpp"

namespace rankwise::linalg {

/// Largest order of the lane kernel: beyond, eight matrices leave the first-level cache.
inline constexpr auto small_eigenproblem = static_cast<Eigen::Index>(small_order);

/// All eigenpairs as symmetric_eigen(); up to order small_eigenproblem by the lane kernel, whose bits do not depend on
/// the BLAS.
[[nodiscard]] SymmetricEigen small_symmetric_eigen(const Matrix& a);
/// The same for many: those of one order go side by side, to the same bits.
[[nodiscard]] std::vector<SymmetricEigen> small_symmetric_eigen(std::span<const Matrix> matrices);

/// A^T B.
[[nodiscard]] Matrix thin_cross(const Matrix& a, const Matrix& b);
/// [A, B] V.
[[nodiscard]] Matrix thin_combination(const Matrix& a, const Matrix& b, const Matrix& v);

/// Gram-Schmidt in column order: column j keeps its direction but for what it shares with the columns before it. The
/// columns come in nearly orthonormal, largest eigenvalue first, so the best known ones move least. By the Cholesky
/// factor of U^T U, which leaves 1e-15 of a departure of 1e-8; from 1e-3 on by Householder QR.
[[nodiscard]] Matrix orthonormalised(Matrix u);

}  // namespace rankwise::linalg
