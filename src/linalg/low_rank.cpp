// Low-rank operators: sums, products, what was cut off. SPDX-License-Identifier: MIT
#include "rankwise/linalg/low_rank.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "linalg/thin.hpp"
#include "rankwise/core/contract.hpp"

namespace rankwise::linalg {
namespace {

double sum(const Vector& values) {
  double total = 0;
  for (Eigen::Index j = 0; j < values.size(); ++j) total += values[j];
  return total;
}

/// How many leading entries of a descending list exceed `cut`.
Eigen::Index count_above(const Vector& descending, double cut) {
  Eigen::Index count = 0;
  while (count < descending.size() && descending[count] > cut) ++count;
  return count;
}

/// tr(A B) of two operators with overlaps U_A^T U_B. Leading parts: exact. A tail is taken as isotropic on the
/// complement of its own leading vectors, where it lives.
double inner_product(const LowRankOperator& a, const LowRankOperator& b, const Matrix& overlaps) {
  const auto n = static_cast<double>(a.dimension());
  // Squared lengths of A's vectors within B's span, and the reverse.
  Vector a_in_b = Vector::Zero(a.rank());
  Vector b_in_a = Vector::Zero(b.rank());
  double leading_parts = 0;
  for (Eigen::Index j = 0; j < b.rank(); ++j) {
    for (Eigen::Index i = 0; i < a.rank(); ++i) {
      const double squared = overlaps(i, j) * overlaps(i, j);
      a_in_b[i] += squared;
      b_in_a[j] += squared;
      leading_parts += a.values[i] * b.values[j] * squared;
    }
  }
  // Weight of a leading part that its partner's tail can see.
  const auto outside = [](const LowRankOperator& op, const Vector& inside) {
    double weight = 0;
    for (Eigen::Index i = 0; i < op.rank(); ++i) weight += op.values[i] * std::max(0.0, 1 - inside[i]);
    return weight;
  };
  const double a_room = n - static_cast<double>(a.rank());
  const double b_room = n - static_cast<double>(b.rank());
  const double a_density = a_room > 0 ? a.tail_trace() / a_room : 0;
  const double b_density = b_room > 0 ? b.tail_trace() / b_room : 0;
  const double common_room =
      std::max(0.0, n - static_cast<double>(a.rank()) - static_cast<double>(b.rank()) + sum(a_in_b));
  return leading_parts + b_density * outside(a, a_in_b) + a_density * outside(b, b_in_a) +
         a_density * b_density * common_room;
}

}  // namespace

double LowRankOperator::tail_trace() const { return std::max(0.0, trace - sum(values)); }

double LowRankOperator::tail_frobenius_squared() const {
  double leading_part = 0;
  for (Eigen::Index j = 0; j < rank(); ++j) leading_part += values[j] * values[j];
  return std::max(0.0, frobenius_squared - leading_part);
}

LowRankOperator zero_operator(Eigen::Index dimension) {
  LowRankOperator op;
  op.vectors.resize(dimension, 0);
  return op;
}

LowRankOperator scaled(LowRankOperator op, double c) {
  expects(c >= 0 && std::isfinite(c), "scaled() needs a finite factor >= 0");
  if (c == 0) return zero_operator(op.dimension());
  op.values *= c;
  op.trace *= c;
  op.frobenius_squared *= c * c;
  return op;
}

LowRankOperator truncated(LowRankOperator op, Eigen::Index k) {
  expects(k >= 0, "truncated() needs k >= 0");
  if (k >= op.rank()) return op;
  op.vectors = Matrix(op.vectors.leftCols(k));
  op.values = Vector(op.values.head(k));
  return op;
}

LowRankOperator rounded_to_single(LowRankOperator op) {
  const auto round = [](double* numbers, Eigen::Index count) {
    for (Eigen::Index i = 0; i < count; ++i) numbers[i] = static_cast<double>(static_cast<float>(numbers[i]));
  };
  round(op.values.data(), op.values.size());
  round(op.vectors.data(), op.vectors.size());
  op.vectors = orthonormalised(std::move(op.vectors));
  return op;
}

Matrix apply(const LowRankOperator& op, const Matrix& x) {
  expects(x.rows() == op.dimension(), "apply() to vectors of the operator's dimension");
  Matrix inner = transposed_product(op.vectors, x);
  for (Eigen::Index j = 0; j < inner.cols(); ++j) {
    for (Eigen::Index i = 0; i < inner.rows(); ++i) inner(i, j) *= op.values[i];
  }
  return product(op.vectors, inner);
}

namespace {

/// Two operators on their way to one.
struct Merger {
  const LowRankOperator* a;
  const LowRankOperator* b;
  Matrix overlaps;  ///< U_A^T U_B

  Merger(const LowRankOperator& first, const LowRankOperator& second) : a(&first), b(&second) {
    expects(a->dimension() == b->dimension(), "merge() of operators of one dimension");
    overlaps = thin_cross(a->vectors, b->vectors);
  }

  [[nodiscard]] Eigen::Index order() const { return a->rank() + b->rank(); }

  [[nodiscard]] Vector roots() const {
    Vector r(order());
    for (Eigen::Index i = 0; i < order(); ++i)
      r[i] = std::sqrt(std::max(0.0, i < a->rank() ? a->values[i] : b->values[i - a->rank()]));
    return r;
  }

  /// F^T F.
  [[nodiscard]] Matrix gram() const {
    const Vector r = roots();
    Matrix g = Matrix::Zero(order(), order());
    for (Eigen::Index i = 0; i < order(); ++i) g(i, i) = r[i] * r[i];
    for (Eigen::Index i = 0; i < a->rank(); ++i) {
      for (Eigen::Index j = 0; j < b->rank(); ++j)
        g(a->rank() + j, i) = g(i, a->rank() + j) = r[i] * overlaps(i, j) * r[a->rank() + j];
    }
    return g;
  }

  [[nodiscard]] LowRankOperator result(const SymmetricEigen& right, Eigen::Index k) const {
    const double largest = right.values.size() > 0 ? std::max(0.0, right.values[0]) : 0;
    const Eigen::Index rank = std::min({k, a->dimension(), count_above(right.values, 1e-14 * largest)});
    const Vector r = roots();
    Matrix turn = right.vectors.leftCols(rank);  // F = [U_A, U_B] diag(r)
    for (Eigen::Index j = 0; j < rank; ++j) {
      const double inverse = 1 / std::sqrt(right.values[j]);
      for (Eigen::Index i = 0; i < order(); ++i) turn(i, j) *= r[i] * inverse;
    }
    LowRankOperator out;
    out.vectors = orthonormalised(thin_combination(a->vectors, b->vectors, turn));
    out.values = right.values.head(rank);
    out.trace = a->trace + b->trace;
    out.frobenius_squared = a->frobenius_squared + b->frobenius_squared + 2 * inner_product(*a, *b, overlaps);
    return out;
  }
};

}  // namespace

namespace {

bool is_zero(const LowRankOperator& op) { return op.rank() == 0 && op.trace == 0; }

}  // namespace

LowRankOperator merge(const LowRankOperator& a, const LowRankOperator& b, Eigen::Index k) {
  expects(k >= 0, "merge() needs k >= 0");
  if (is_zero(a)) return truncated(b, k);
  if (is_zero(b)) return truncated(a, k);
  const Merger merger(a, b);
  return merger.result(small_symmetric_eigen(merger.gram()), k);
}

std::vector<LowRankOperator> merge_neighbours(std::vector<LowRankOperator> operators, Eigen::Index k) {
  expects(k >= 0, "merge_neighbours() needs k >= 0");
  std::vector<LowRankOperator> merged(operators.size() / 2);
  std::vector<Merger> mergers;
  std::vector<std::size_t> places;  // of their results
  std::vector<Matrix> grams;
  for (std::size_t i = 0; i < merged.size(); ++i) {
    LowRankOperator& a = operators[2 * i];
    LowRankOperator& b = operators[2 * i + 1];
    if (is_zero(a) || is_zero(b)) {
      merged[i] = truncated(std::move(is_zero(a) ? b : a), k);
      continue;
    }
    mergers.emplace_back(a, b);
    places.push_back(i);
    grams.push_back(mergers.back().gram());
  }
  const auto eigen = small_symmetric_eigen(std::span<const Matrix>(grams));
  for (std::size_t i = 0; i < mergers.size(); ++i) merged[places[i]] = mergers[i].result(eigen[i], k);
  if (operators.size() % 2 == 1) merged.push_back(std::move(operators.back()));
  return merged;
}

}  // namespace rankwise::linalg
