// Symmetric eigenproblems through LAPACK, with the answers checked. SPDX-License-Identifier: MIT
#include <cblas.h>
#include <lapacke.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "linalg/lapack.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/linalg/matrix.hpp"

namespace rankwise::linalg {
namespace {

constexpr double pair_tolerance = 1e-10;

void require_square_and_finite(const Matrix& a, const char* who) {
  expects(a.rows() == a.cols(), "an eigenproblem needs a square matrix");
  for (Eigen::Index j = 0; j < a.cols(); ++j) require_finite(&a(j, j), a.rows() - j, who);
}

/// Of the lower triangle.
double largest_magnitude(const Matrix& a) {
  double largest = 0;
  for (Eigen::Index j = 0; j < a.cols(); ++j) {
    for (Eigen::Index i = j; i < a.rows(); ++i) largest = std::max(largest, std::abs(a(i, j)));
  }
  return largest;
}

void require_success(lapack_int info, const char* routine) {
  if (info != 0) throw NumericalError(concat("LAPACK ", routine, " did not converge (info ", info, ")"));
}

}  // namespace

bool pairs_hold(const Matrix& a, const SymmetricEigen& pairs) {
  // The largest magnitude scales everything to order one, so that squares neither overflow nor vanish.
  const double largest = largest_magnitude(a);
  const Eigen::Index n = a.rows();
  const Eigen::Index k = pairs.values.size();
  double norm_squared = 0;
  for (Eigen::Index j = 0; j < n; ++j) {
    double column = 0;
    for (Eigen::Index i = j + 1; i < n; ++i) column += (a(i, j) / largest) * (a(i, j) / largest);
    norm_squared += 2 * column + (a(j, j) / largest) * (a(j, j) / largest);
  }
  Matrix image = Matrix::Zero(n, k);
  cblas_dsymm(CblasColMajor, CblasLeft, CblasLower, blas_int(n), blas_int(k), 1 / largest, a.data(), leading(a),
              pairs.vectors.data(), leading(pairs.vectors), 0.0, image.data(), leading(image));
  const double allowed = pair_tolerance * pair_tolerance * norm_squared;
  for (Eigen::Index j = 0; j < k; ++j) {
    double residual = 0;
    for (Eigen::Index i = 0; i < n; ++i) {
      const double error = image(i, j) - pairs.values[j] / largest * pairs.vectors(i, j);
      residual += error * error;
    }
    if (!(residual <= allowed)) return false;
  }
  const Matrix overlaps = gram(pairs.vectors);
  for (Eigen::Index j = 0; j < k; ++j) {
    for (Eigen::Index i = 0; i < k; ++i) {
      if (!(std::abs(overlaps(i, j) - (i == j ? 1.0 : 0.0)) <= pair_tolerance)) return false;
    }
  }
  return true;
}

SymmetricEigen symmetric_eigen(const Matrix& a) {
  require_square_and_finite(a, "symmetric_eigen");
  if (a.size() == 0) return {Vector(0), Matrix(0, 0)};
  Matrix work = a;
  Vector ascending(a.rows());
  require_success(
      LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', blas_int(a.rows()), work.data(), leading(work), ascending.data()),
      "dsyevd");
  return {ascending.reverse(), work.rowwise().reverse()};
}

Vector symmetric_eigenvalues(const Matrix& a) {
  require_square_and_finite(a, "symmetric_eigenvalues");
  if (a.size() == 0) return Vector(0);
  Matrix work = a;
  Vector ascending(a.rows());
  require_success(
      LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'N', 'L', blas_int(a.rows()), work.data(), leading(work), ascending.data()),
      "dsyevd");
  return ascending.reverse();
}

Vector hermitian_eigenvalues(const ComplexMatrix& a) {
  expects(a.rows() == a.cols(), "an eigenproblem needs a square matrix");
  if (a.size() == 0) return Vector(0);
  const auto* const numbers = reinterpret_cast<const double*>(a.data());
  for (Eigen::Index j = 0; j < a.cols(); ++j)
    require_finite(numbers + 2 * (j * a.rows() + j), 2 * (a.rows() - j), "hermitian_eigenvalues");
  ComplexMatrix work = a;
  Vector ascending(a.rows());
  require_success(LAPACKE_zheevd(LAPACK_COL_MAJOR, 'N', 'L', blas_int(a.rows()),
                                 reinterpret_cast<lapack_complex_double*>(work.data()),
                                 std::max(1, blas_int(work.rows())), ascending.data()),
                  "zheevd");
  return ascending.reverse();
}

SymmetricEigen top_eigenpairs(const Matrix& a, Eigen::Index k) {
  require_square_and_finite(a, "top_eigenpairs");
  const Eigen::Index n = a.rows();
  expects(k >= 0 && k <= n, "top_eigenpairs() needs 0 <= k <= n");
  if (k == 0) return {Vector(0), Matrix(n, 0)};
  if (5 * k >= n || largest_magnitude(a) == 0) {
    SymmetricEigen all = symmetric_eigen(a);
    return {all.values.head(k), all.vectors.leftCols(k)};
  }
  Matrix work = a;
  Vector ascending(n);
  Matrix vectors(n, k);
  std::vector<lapack_int> support(2 * static_cast<std::size_t>(k));
  lapack_int found = 0;
  // The safe minimum as tolerance asks dsyevr for eigenvalues to full relative accuracy.
  const lapack_int info = LAPACKE_dsyevr(LAPACK_COL_MAJOR, 'V', 'I', 'L', blas_int(n), work.data(), leading(work), 0, 0,
                                         blas_int(n - k + 1), blas_int(n), LAPACKE_dlamch('S'), &found,
                                         ascending.data(), vectors.data(), leading(vectors), support.data());
  if (info == 0 && found == k) {
    SymmetricEigen top{ascending.head(k).reverse(), vectors.rowwise().reverse()};
    if (pairs_hold(a, top)) return top;
  }
  SymmetricEigen all = symmetric_eigen(a);
  return {all.values.head(k), all.vectors.leftCols(k)};
}

}  // namespace rankwise::linalg
