// Dense matrices and the few BLAS and LAPACK calls made on them. SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <cstdint>

namespace rankwise::linalg {

/// Column-major. Used as a container: products, norms and factorisations go through the functions below, because
/// Eigen's own reductions change their order of summation with the alignment of a map.
using Matrix = Eigen::MatrixXd;
using ComplexMatrix = Eigen::MatrixXcd;
using Vector = Eigen::VectorXd;
using IntMatrix = Eigen::Matrix<std::int32_t, Eigen::Dynamic, Eigen::Dynamic>;

[[nodiscard]] Matrix product(const Matrix& a, const Matrix& b);             ///< A B
[[nodiscard]] Matrix transposed_product(const Matrix& a, const Matrix& b);  ///< A^T B
[[nodiscard]] Matrix gram(const Matrix& a);                                 ///< A^T A, both triangles filled
/// Sum of a_i b_i in a fixed order: term i goes to partial sum i mod 8, the eight are added pairwise.
[[nodiscard]] double dot(const Vector& a, const Vector& b);
/// Squared Frobenius norm: the entries in storage order, summed as in dot().
[[nodiscard]] double squared_norm(const Matrix& a);

/// Orthonormal basis (n x rank) of the columns of A (n x k) by Householder QR with column pivoting; columns whose pivot
/// falls below `tolerance` times the largest are dropped.
[[nodiscard]] Matrix orthonormal_basis(const Matrix& a, double tolerance = 1e-10);

/// Eigenpairs of a symmetric matrix; only the lower triangle is read.
struct SymmetricEigen {
  Vector values;   ///< descending
  Matrix vectors;  ///< orthonormal columns in that order
};
/// All of them (LAPACK dsyevd). Throws NumericalError when LAPACK does not converge or A holds NaN.
[[nodiscard]] SymmetricEigen symmetric_eigen(const Matrix& a);
/// The k largest (LAPACK dsyevr on an index range), 0 <= k <= n. The residual ||A v - lambda v|| of every pair is
/// checked against 1e-10 ||A||_F and orthonormality against 1e-10; beyond it falls back to symmetric_eigen, which is
/// also used, being faster there, for k >= n / 5.
[[nodiscard]] SymmetricEigen top_eigenpairs(const Matrix& a, Eigen::Index k);
/// All eigenvalues, descending (LAPACK dsyevd without vectors).
[[nodiscard]] Vector symmetric_eigenvalues(const Matrix& a);
/// All eigenvalues of a Hermitian matrix, descending (LAPACK zheevd without vectors); only the lower triangle is read.
[[nodiscard]] Vector hermitian_eigenvalues(const ComplexMatrix& a);

}  // namespace rankwise::linalg
