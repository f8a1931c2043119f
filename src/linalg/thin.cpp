// SPDX-License-Identifier: MIT
#include "linalg/thin.hpp"

#include <lapacke.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "linalg/lapack.hpp"
#include "rankwise/core/error.hpp"

namespace rankwise::linalg {
namespace {

std::size_t size(Eigen::Index n) { return static_cast<std::size_t>(n); }

/// Up to this many columns the kernels are faster than the BLAS, whose packing costs more than its products gain.
constexpr Eigen::Index thin_columns = 24;

Matrix by_householder(Matrix u) {
  Vector factors(u.cols());
  if (LAPACKE_dgeqrf(LAPACK_COL_MAJOR, blas_int(u.rows()), blas_int(u.cols()), u.data(), leading(u), factors.data()) !=
      0) {
    throw NumericalError("LAPACK dgeqrf failed");
  }
  const Vector diagonal = u.diagonal();
  if (LAPACKE_dorgqr(LAPACK_COL_MAJOR, blas_int(u.rows()), blas_int(u.cols()), blas_int(u.cols()), u.data(), leading(u),
                     factors.data()) != 0) {
    throw NumericalError("LAPACK dorgqr failed");
  }
  // QR is unique up to signs; take those that leave the columns pointing where they pointed.
  for (Eigen::Index j = 0; j < u.cols(); ++j) {
    if (diagonal[j] < 0) u.col(j) = -u.col(j);
  }
  return u;
}

/// The upper triangular R with R^T R = s, in place; false where s is not positive.
bool factor_cholesky(Matrix& s) {
  for (Eigen::Index j = 0; j < s.cols(); ++j) {
    for (Eigen::Index i = 0; i <= j; ++i) {
      double x = s(i, j);
      for (Eigen::Index k = 0; k < i; ++k) x -= s(k, i) * s(k, j);
      if (i == j && !(x > 0)) return false;
      s(i, j) = i == j ? std::sqrt(x) : x / s(i, i);
    }
  }
  return true;
}

double largest_departure(const Matrix& s) {
  double largest = 0;
  for (Eigen::Index j = 0; j < s.cols(); ++j) {
    for (Eigen::Index i = 0; i <= j; ++i) largest = std::max(largest, std::abs(s(i, j) - (i == j ? 1.0 : 0.0)));
  }
  return largest;
}

bool is_small(const Matrix& a) { return a.rows() >= 2 && a.rows() <= small_eigenproblem; }

/// Lane `lane` of a solved batch, largest eigenvalue first; of equal ones the first comes first.
SymmetricEigen sorted_lane(const double* vectors, const double* values, std::size_t m, std::size_t lane, double scale) {
  std::vector<std::size_t> order(m);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto value = [&](std::size_t j) { return values[j * small_lanes + lane]; };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return value(i) > value(j); });
  SymmetricEigen pairs{Vector(static_cast<Eigen::Index>(m)),
                       Matrix(static_cast<Eigen::Index>(m), static_cast<Eigen::Index>(m))};
  for (std::size_t j = 0; j < m; ++j) {
    const auto column = static_cast<Eigen::Index>(j);
    pairs.values[column] = value(order[j]) * scale;
    for (std::size_t i = 0; i < m; ++i)
      pairs.vectors(static_cast<Eigen::Index>(i), column) = vectors[(order[j] * m + i) * small_lanes + lane];
  }
  return pairs;
}

/// A power of two from which the entries, divided by it, are below 1 in size; 1 for a matrix of zeros.
double scale_of(const Matrix& a) {
  double largest = 0;
  for (Eigen::Index j = 0; j < a.cols(); ++j) {
    for (Eigen::Index i = j; i < a.rows(); ++i) largest = std::max(largest, std::abs(a(i, j)));
  }
  int exponent = 0;
  if (largest > 0) (void)std::frexp(largest, &exponent);
  return std::ldexp(1.0, std::clamp(exponent, -1000, 1000));
}

/// Up to small_lanes matrices of one order.
void solve_batch(std::span<const Matrix> matrices, std::span<const std::size_t> which,
                 std::vector<SymmetricEigen>& out) {
  const std::size_t m = size(matrices[which.front()].rows());
  struct alignas(64) Row {
    std::array<double, small_lanes> lane{};
  };
  std::vector<Row> rows(m * (m + 1));
  double* const a = rows.data()->lane.data();
  double* const values = a + m * m * small_lanes;
  std::vector<double> scales;
  for (std::size_t w = 0; w < which.size(); ++w) {
    const Matrix& matrix = matrices[which[w]];
    scales.push_back(scale_of(matrix));
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        a[(i * m + j) * small_lanes + w] =
            matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) / scales[w];
      }
    }
  }
  const std::uint32_t failed = small_kernels().eigen(a, values, m);
  for (std::size_t w = 0; w < which.size(); ++w) {
    const bool has_failed = (failed >> w & 1U) != 0;
    out[which[w]] = has_failed ? symmetric_eigen(matrices[which[w]]) : sorted_lane(a, values, m, w, scales[w]);
  }
}

}  // namespace

std::vector<SymmetricEigen> small_symmetric_eigen(std::span<const Matrix> matrices) {
  std::vector<SymmetricEigen> out(matrices.size());
  std::vector<std::size_t> batch;
  const auto flush = [&] {
    if (!batch.empty()) solve_batch(matrices, batch, out);
    batch.clear();
  };
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    const Matrix& a = matrices[i];
    expects(a.rows() == a.cols(), "an eigenproblem needs a square matrix");
    if (!is_small(a)) {
      out[i] = symmetric_eigen(a);
      continue;
    }
    for (Eigen::Index j = 0; j < a.cols(); ++j) require_finite(&a(j, j), a.rows() - j, "symmetric_eigen");
    if (!batch.empty() && (batch.size() == small_lanes || matrices[batch.front()].rows() != a.rows())) flush();
    batch.push_back(i);
  }
  flush();
  return out;
}

SymmetricEigen small_symmetric_eigen(const Matrix& a) {
  return std::move(small_symmetric_eigen(std::span(&a, 1)).front());
}

Matrix thin_cross(const Matrix& a, const Matrix& b) {
  if (std::max(a.cols(), b.cols()) > thin_columns) return transposed_product(a, b);
  Matrix c(a.cols(), b.cols());
  small_kernels().cross(a.data(), size(a.cols()), b.data(), size(b.cols()), size(a.rows()), c.data());
  return c;
}

Matrix thin_combination(const Matrix& a, const Matrix& b, const Matrix& v) {
  expects(v.rows() == a.cols() + b.cols() && a.rows() == b.rows(), "[A, B] V of fitting sizes");
  if (std::max(a.cols(), b.cols()) > thin_columns) {
    return product(a, v.topRows(a.cols())) + product(b, v.bottomRows(b.cols()));
  }
  Matrix out(a.rows(), v.cols());
  const auto combine = [&](const Matrix& part, const double* coefficients, bool add) {
    small_kernels().combine(part.data(), size(part.cols()), coefficients, size(v.rows()), size(v.cols()),
                            size(a.rows()), add, out.data());
  };
  combine(a, v.data(), false);
  combine(b, v.data() + a.cols(), true);
  return out;
}

Matrix orthonormalised(Matrix u) {
  if (u.cols() == 0) return u;
  Matrix s = thin_cross(u, u);
  if (!(largest_departure(s) < 1e-3) || !factor_cholesky(s)) return by_householder(std::move(u));
  small_kernels().divide(u.data(), size(u.cols()), s.data(), size(u.rows()));
  return u;
}

}  // namespace rankwise::linalg
