// Leading eigenpairs of X X^T by iteration on the packed X; internal. SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "rankwise/linalg/sign_matrix.hpp"

namespace rankwise::linalg {

struct LeadingPairs {
  Vector values;     ///< of X X^T, k or the numerical rank, descending
  Matrix vectors;    ///< N x as many, orthonormal
  int products = 0;  ///< pairs of products X (X^T .) that it took
  int promised = 0;  ///< leading pairs that stand above the noise and have converged
};

/// The columns that are iterated for k pairs: k and at least four more, in whole lines of 16.
[[nodiscard]] Eigen::Index block_width(Eigen::Index k);

/// As hebbian_operator() promises; nothing when that was not reached in a fixed number of steps. x is N x M with
/// min(N, M) >= 4 block_width(k); `patterns` may be null or empty; `squares` = gram_squares(x).
[[nodiscard]] std::optional<LeadingPairs> leading_pairs(const SignMatrix& x, Eigen::Index k, const SignMatrix* patterns,
                                                        double squares);

}  // namespace rankwise::linalg
