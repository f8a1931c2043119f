// Products, sums and QR of dense matrices. SPDX-License-Identifier: MIT
#include "rankwise/linalg/matrix.hpp"

#include <cblas.h>
#include <lapacke.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "linalg/lapack.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::linalg {
namespace {

/// Sum of a[i] b[i]: term i goes to partial sum i mod 8, and the eight are added pairwise. One order on every machine
/// and for every alignment, and wide enough for the compiler's vectors.
double lane_dot(const double* a, const double* b, Eigen::Index n) {
  std::array<double, 8> sums{};
  Eigen::Index i = 0;
  for (; i + 8 <= n; i += 8) {
    for (std::size_t lane = 0; lane < 8; ++lane)
      sums[lane] += a[i + static_cast<Eigen::Index>(lane)] * b[i + static_cast<Eigen::Index>(lane)];
  }
  for (std::size_t lane = 0; i < n; ++i, ++lane) sums[lane] += a[i] * b[i];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

}  // namespace

void require_finite(const double* numbers, Eigen::Index count, const char* what) {
  for (Eigen::Index i = 0; i < count; ++i) {
    if (!std::isfinite(numbers[i])) throw NumericalError(concat(what, ": the matrix holds NaN or infinity"));
  }
}

Matrix product(const Matrix& a, const Matrix& b) {
  expects(a.cols() == b.rows(), "product(): columns of A equal rows of B");
  Matrix c = Matrix::Zero(a.rows(), b.cols());
  if (c.size() == 0 || a.cols() == 0) return c;
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, blas_int(a.rows()), blas_int(b.cols()), blas_int(a.cols()),
              1.0, a.data(), leading(a), b.data(), leading(b), 0.0, c.data(), leading(c));
  return c;
}

Matrix transposed_product(const Matrix& a, const Matrix& b) {
  expects(a.rows() == b.rows(), "transposed_product(): rows of A equal rows of B");
  Matrix c = Matrix::Zero(a.cols(), b.cols());
  if (c.size() == 0 || a.rows() == 0) return c;
  cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, blas_int(a.cols()), blas_int(b.cols()), blas_int(a.rows()), 1.0,
              a.data(), leading(a), b.data(), leading(b), 0.0, c.data(), leading(c));
  return c;
}

Matrix gram(const Matrix& a) {
  Matrix c = Matrix::Zero(a.cols(), a.cols());
  if (a.size() == 0) return c;
  cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, blas_int(a.cols()), blas_int(a.rows()), 1.0, a.data(), leading(a),
              0.0, c.data(), leading(c));
  for (Eigen::Index j = 1; j < c.cols(); ++j) {
    for (Eigen::Index i = 0; i < j; ++i) c(i, j) = c(j, i);
  }
  return c;
}

double dot(const Vector& a, const Vector& b) {
  expects(a.size() == b.size(), "dot(): equal lengths");
  return lane_dot(a.data(), b.data(), a.size());
}

double squared_norm(const Matrix& a) { return lane_dot(a.data(), a.data(), a.size()); }

Matrix orthonormal_basis(const Matrix& a, double tolerance) {
  expects(tolerance >= 0, "orthonormal_basis() needs a tolerance >= 0");
  require_finite(a.data(), a.size(), "orthonormal_basis");
  const int n = blas_int(a.rows());
  const int most = std::min(n, blas_int(a.cols()));
  if (most == 0) return Matrix(a.rows(), 0);
  Matrix q = a;
  std::vector<lapack_int> order(static_cast<std::size_t>(a.cols()), 0);
  Vector factors(most);
  if (LAPACKE_dgeqp3(LAPACK_COL_MAJOR, n, blas_int(a.cols()), q.data(), leading(q), order.data(), factors.data()) !=
      0) {
    throw NumericalError("orthonormal_basis: LAPACK dgeqp3 failed");
  }
  const double largest = std::abs(q(0, 0));
  int rank = 0;
  while (rank < most && std::abs(q(rank, rank)) > 0 && std::abs(q(rank, rank)) >= tolerance * largest) ++rank;
  if (rank == 0) return Matrix(a.rows(), 0);
  if (LAPACKE_dorgqr(LAPACK_COL_MAJOR, n, rank, rank, q.data(), leading(q), factors.data()) != 0) {
    throw NumericalError("orthonormal_basis: LAPACK dorgqr failed");
  }
  return q.leftCols(rank);
}

}  // namespace rankwise::linalg
