// Slow and obvious versions of the linalg floor, and random inputs for both. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "rankwise/linalg/low_rank.hpp"
#include "rankwise/linalg/matrix.hpp"
#include "rankwise/linalg/sign_matrix.hpp"
#include "rankwise/random/stream.hpp"

namespace rankwise::test {

/// Inputs drawn in order from one stream; entries of matrices are standard normal.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : stream_({seed, 7}, random::Purpose::user, 0) {}

  [[nodiscard]] linalg::Matrix matrix(Eigen::Index rows, Eigen::Index columns);
  [[nodiscard]] linalg::Matrix symmetric(Eigen::Index n);
  /// n x k with orthonormal columns, k <= n.
  [[nodiscard]] linalg::Matrix orthonormal(Eigen::Index n, Eigen::Index k);
  [[nodiscard]] linalg::SignMatrix signs(std::size_t rows, std::size_t columns);
  /// One of first .. last.
  [[nodiscard]] Eigen::Index between(Eigen::Index first, Eigen::Index last);
  [[nodiscard]] double uniform();

 private:
  random::Stream stream_;
};

[[nodiscard]] linalg::Matrix slow_product(const linalg::Matrix& a, const linalg::Matrix& b);
[[nodiscard]] linalg::Matrix slow_transpose(const linalg::Matrix& a);
/// All eigenpairs by Jacobi rotations, descending.
[[nodiscard]] linalg::SymmetricEigen jacobi(linalg::Matrix a);
/// U diag(values) U^T.
[[nodiscard]] linalg::Matrix dense(const linalg::LowRankOperator& op);
[[nodiscard]] linalg::Matrix identity(Eigen::Index n);
/// Largest absolute entry of a - b; infinity when the shapes differ or an entry is NaN.
[[nodiscard]] double distance(const linalg::Matrix& a, const linalg::Matrix& b);
[[nodiscard]] double slow_squared_norm(const linalg::Matrix& a);
[[nodiscard]] double slow_trace(const linalg::Matrix& a);

}  // namespace rankwise::test
