// Hebbian operators from packed examples. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "linalg/lapack.hpp"
#include "linalg/leading_pairs.hpp"
#include "linalg/packed_product.hpp"
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

/// The exact Gram matrix of the smaller side.
Matrix smaller_gram(const SignMatrix& x) {
  const IntMatrix counts = x.columns() < x.rows() ? x.transposed().gram() : x.gram();
  return counts.cast<double>();
}

/// The k leading pairs from those of smaller_gram().
LeadingPairs pairs_from_gram(const SignMatrix& x, const SymmetricEigen& top, Eigen::Index k) {
  const auto side = static_cast<double>(std::min(x.rows(), x.columns()));
  // The eigenvalues of the integer matrix are known to about side * epsilon of the largest; below that they are zeros
  // of a matrix with repeated rows or columns, and have no direction.
  const double cut = 4 * side * std::numeric_limits<double>::epsilon() * top.values[0];
  Eigen::Index rank = 0;
  while (rank < k && top.values[rank] > cut) ++rank;
  LeadingPairs out;
  out.values = top.values.head(rank);
  out.vectors = x.columns() < x.rows() ? neuron_vectors(x, top, rank) : orthonormalised(top.vectors.leftCols(rank));
  return out;
}

Eigen::Index smaller_side(const SignMatrix& x) { return static_cast<Eigen::Index>(std::min(x.rows(), x.columns())); }

LowRankOperator operator_of(const SignMatrix& x, LeadingPairs top, double squares) {
  const double scale = static_cast<double>(x.rows()) * static_cast<double>(x.columns());
  LowRankOperator out;
  out.vectors = std::move(top.vectors);
  out.values = top.values / scale;
  out.trace = 1;
  out.frobenius_squared = squares / (scale * scale);
  return out;
}

}  // namespace

std::vector<LowRankOperator> hebbian_operators(std::span<const SignMatrix> examples, Eigen::Index k,
                                               std::span<const HebbianHints> hints) {
  expects(hints.size() == examples.size(), "hints for each batch of examples");
  // Small eigenproblems go side by side.
  std::vector<Matrix> grams;
  std::vector<std::size_t> of_gram;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    expects(k >= 1 && k <= smaller_side(examples[i]), "hebbian_operators() needs 1 <= k <= min(neurons, examples)");
    if (smaller_side(examples[i]) > small_eigenproblem) continue;
    grams.push_back(smaller_gram(examples[i]));
    of_gram.push_back(i);
  }
  const auto eigen = small_symmetric_eigen(std::span<const Matrix>(grams));
  std::vector<LowRankOperator> made;
  std::size_t next = 0;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const SignMatrix& x = examples[i];
    double squares = hints[i].gram_squares;
    if (squares < 0) squares = x.rows() <= x.columns() ? gram_squares(x) : gram_squares(x.transposed());
    if (next < of_gram.size() && of_gram[next] == i) {
      made.push_back(operator_of(x, pairs_from_gram(x, eigen[next++], k), squares));
      continue;
    }
    std::optional<LeadingPairs> top;
    const Eigen::Index side = smaller_side(x);
    if (side > 64 && side >= 4 * block_width(k)) top = leading_pairs(x, k, hints[i].patterns, squares);
    if (!top) top = pairs_from_gram(x, top_eigenpairs(smaller_gram(x), k), k);
    made.push_back(operator_of(x, std::move(*top), squares));
  }
  return made;
}

LowRankOperator hebbian_operator(const SignMatrix& neurons_by_examples, Eigen::Index k, const HebbianHints& hints) {
  return std::move(hebbian_operators(std::span(&neurons_by_examples, 1), k, std::span(&hints, 1)).at(0));
}

}  // namespace rankwise::linalg
