// Hebbian operators from packed examples. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "linalg/lapack.hpp"
#include "linalg/leading_pairs.hpp"
#include "linalg/packed_product.hpp"
#include "linalg/small_eigen.hpp"
#include "linalg/thin.hpp"
#include "rankwise/core/contract.hpp"
#include "rankwise/linalg/low_rank.hpp"

namespace rankwise::linalg {
namespace {

/// Vectors of X X^T from those of X^T X: u = X v / sqrt(value).
Matrix neuron_vectors(const SignMatrix& x, const SymmetricEigen& right, Eigen::Index count) {
  Panels<double> v(x.columns(), static_cast<std::size_t>(count));
  Panels<double> image(x.rows(), static_cast<std::size_t>(count));
  for (Eigen::Index j = 0; j < count; ++j) {
    const double factor = 1 / std::sqrt(right.values[j]);
    for (std::size_t a = 0; a < x.columns(); ++a) {
      v.at(a, static_cast<std::size_t>(j)) = factor * right.vectors(static_cast<Eigen::Index>(a), j);
    }
  }
  multiply(Interleaved(x), v, image);
  Matrix u(static_cast<Eigen::Index>(x.rows()), count);
  for (Eigen::Index j = 0; j < count; ++j) {
    for (std::size_t i = 0; i < x.rows(); ++i) {
      u(static_cast<Eigen::Index>(i), j) = image.at(i, static_cast<std::size_t>(j));
    }
  }
  // Orthogonality is lost as the first eigenvalue over a vector's own.
  return right.values[count - 1] < 1e-2 * right.values[0] ? orthonormalised(std::move(u)) : u;
}

/// From the exact Gram matrix of the smaller side.
LeadingPairs dense_pairs(const SignMatrix& x, Eigen::Index k) {
  const bool by_examples = x.columns() < x.rows();
  const IntMatrix counts = by_examples ? x.transposed().gram() : x.gram();
  const SymmetricEigen top = counts.rows() <= small_eigen_order ? lone_symmetric_eigen(counts.cast<double>())
                                                                : top_eigenpairs(counts.cast<double>(), k);
  // The eigenvalues of the integer matrix are known to about side * epsilon of the largest; below that they are zeros
  // of a matrix with repeated rows or columns, and have no direction.
  const double cut = 4 * static_cast<double>(counts.rows()) * std::numeric_limits<double>::epsilon() * top.values[0];
  Eigen::Index rank = 0;
  while (rank < k && top.values[rank] > cut) ++rank;
  LeadingPairs out;
  out.values = top.values.head(rank);
  out.vectors = by_examples ? neuron_vectors(x, top, rank) : orthonormalised(top.vectors.leftCols(rank));
  return out;
}

}  // namespace

LowRankOperator hebbian_operator(const SignMatrix& neurons_by_examples, Eigen::Index k, const HebbianHints& hints) {
  const SignMatrix& x = neurons_by_examples;
  const auto side = static_cast<Eigen::Index>(std::min(x.rows(), x.columns()));
  expects(k >= 1 && k <= side, "hebbian_operator() needs 1 <= k <= min(neurons, examples)");
  double squares = hints.gram_squares;
  if (squares < 0) squares = x.rows() <= x.columns() ? gram_squares(x) : gram_squares(x.transposed());
  std::optional<LeadingPairs> top;
  if (side > 64 && side >= 4 * block_width(k)) top = leading_pairs(x, k, hints.patterns, squares);
  if (!top) top = dense_pairs(x, k);
  const double scale = static_cast<double>(x.rows()) * static_cast<double>(x.columns());
  LowRankOperator out;
  out.vectors = std::move(top->vectors);
  out.values = top->values / scale;
  out.trace = 1;
  out.frobenius_squared = squares / (scale * scale);
  return out;
}

}  // namespace rankwise::linalg
