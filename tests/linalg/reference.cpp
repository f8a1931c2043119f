// Slow and obvious versions of the linalg floor. SPDX-License-Identifier: MIT
#include "linalg/reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "rankwise/random/distributions.hpp"

namespace rankwise::test {

using linalg::Matrix;

Matrix Draws::matrix(Eigen::Index rows, Eigen::Index columns) {
  Matrix out(rows, columns);
  for (Eigen::Index j = 0; j < columns; ++j) {
    for (Eigen::Index i = 0; i < rows; ++i) out(i, j) = random::normal(stream_);
  }
  return out;
}

Matrix Draws::symmetric(Eigen::Index n) {
  Matrix out = matrix(n, n);
  for (Eigen::Index j = 0; j < n; ++j) {
    for (Eigen::Index i = 0; i < j; ++i) out(i, j) = out(j, i);
  }
  return out;
}

Matrix Draws::orthonormal(Eigen::Index n, Eigen::Index k) {
  Matrix out = matrix(n, k);
  for (Eigen::Index j = 0; j < k; ++j) {
    for (int pass = 0; pass < 2; ++pass) {  // Gram-Schmidt twice is enough
      for (Eigen::Index other = 0; other < j; ++other) {
        double overlap = 0;
        for (Eigen::Index i = 0; i < n; ++i) overlap += out(i, j) * out(i, other);
        for (Eigen::Index i = 0; i < n; ++i) out(i, j) -= overlap * out(i, other);
      }
      double norm = 0;
      for (Eigen::Index i = 0; i < n; ++i) norm += out(i, j) * out(i, j);
      for (Eigen::Index i = 0; i < n; ++i) out(i, j) /= std::sqrt(norm);
    }
  }
  return out;
}

linalg::SignMatrix Draws::signs(std::size_t rows, std::size_t columns) {
  linalg::SignMatrix out(rows, columns);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) out.set(i, j, (stream_.word() & 1U) != 0);
  }
  return out;
}

Eigen::Index Draws::between(Eigen::Index first, Eigen::Index last) {
  return first + static_cast<Eigen::Index>(random::below(stream_, static_cast<std::uint64_t>(last - first + 1)));
}

double Draws::uniform() { return random::uniform(stream_); }

Matrix slow_product(const Matrix& a, const Matrix& b) {
  Matrix out(a.rows(), b.cols());
  for (Eigen::Index i = 0; i < a.rows(); ++i) {
    for (Eigen::Index j = 0; j < b.cols(); ++j) {
      double sum = 0;
      for (Eigen::Index l = 0; l < a.cols(); ++l) sum += a(i, l) * b(l, j);
      out(i, j) = sum;
    }
  }
  return out;
}

Matrix slow_transpose(const Matrix& a) {
  Matrix out(a.cols(), a.rows());
  for (Eigen::Index i = 0; i < a.rows(); ++i) {
    for (Eigen::Index j = 0; j < a.cols(); ++j) out(j, i) = a(i, j);
  }
  return out;
}

linalg::SymmetricEigen jacobi(Matrix a) {
  const Eigen::Index n = a.rows();
  Matrix v = identity(n);
  for (int sweep = 0; sweep < 60; ++sweep) {
    double off = 0;
    for (Eigen::Index p = 0; p < n; ++p) {
      for (Eigen::Index q = p + 1; q < n; ++q) {
        off = std::max(off, std::abs(a(p, q)));
        if (a(p, q) == 0) continue;
        const double theta = (a(q, q) - a(p, p)) / (2 * a(p, q));
        const double t = std::copysign(1.0, theta) / (std::abs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1);
        const double s = t * c;
        for (Eigen::Index i = 0; i < n; ++i) {
          const double left = a(i, p);
          a(i, p) = c * left - s * a(i, q);
          a(i, q) = s * left + c * a(i, q);
        }
        for (Eigen::Index i = 0; i < n; ++i) {
          const double upper = a(p, i);
          a(p, i) = c * upper - s * a(q, i);
          a(q, i) = s * upper + c * a(q, i);
          const double first = v(i, p);
          v(i, p) = c * first - s * v(i, q);
          v(i, q) = s * first + c * v(i, q);
        }
      }
    }
    if (off < 1e-18) break;
  }
  std::vector<Eigen::Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](Eigen::Index i, Eigen::Index j) { return a(i, i) > a(j, j); });
  linalg::SymmetricEigen out{linalg::Vector(n), Matrix(n, n)};
  for (Eigen::Index j = 0; j < n; ++j) {
    const Eigen::Index from = order[static_cast<std::size_t>(j)];
    out.values[j] = a(from, from);
    for (Eigen::Index i = 0; i < n; ++i) out.vectors(i, j) = v(i, from);
  }
  return out;
}

Matrix dense(const linalg::LowRankOperator& op) {
  Matrix out = Matrix::Zero(op.dimension(), op.dimension());
  for (Eigen::Index l = 0; l < op.rank(); ++l) {
    for (Eigen::Index j = 0; j < op.dimension(); ++j) {
      for (Eigen::Index i = 0; i < op.dimension(); ++i) out(i, j) += op.values[l] * op.vectors(i, l) * op.vectors(j, l);
    }
  }
  return out;
}

Matrix identity(Eigen::Index n) {
  Matrix out = Matrix::Zero(n, n);
  for (Eigen::Index i = 0; i < n; ++i) out(i, i) = 1;
  return out;
}

double distance(const Matrix& a, const Matrix& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (Eigen::Index i = 0; i < a.size(); ++i) {
    const double difference = std::abs(a.data()[i] - b.data()[i]);
    if (std::isnan(difference)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, difference);
  }
  return largest;
}

double slow_squared_norm(const Matrix& a) {
  long double sum = 0;
  for (Eigen::Index i = 0; i < a.size(); ++i) sum += static_cast<long double>(a.data()[i]) * a.data()[i];
  return static_cast<double>(sum);
}

double slow_trace(const Matrix& a) {
  long double sum = 0;
  for (Eigen::Index i = 0; i < a.rows(); ++i) sum += a(i, i);
  return static_cast<double>(sum);
}

}  // namespace rankwise::test
