// Symmetric positive operators kept by their leading eigenpairs. SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "rankwise/linalg/matrix.hpp"
#include "rankwise/linalg/sign_matrix.hpp"

namespace rankwise::linalg {

/// A symmetric positive semi-definite N x N operator, known by k eigenpairs and by the trace and squared Frobenius norm
/// of the whole. What was cut off (the tail) is known by what it adds to these two.
struct LowRankOperator {
  Matrix vectors;                ///< N x k, orthonormal columns
  Vector values;                 ///< k, descending, >= 0
  double trace = 0;              ///< of the whole operator, tail included
  double frobenius_squared = 0;  ///< squared Frobenius norm of the whole operator, tail included

  [[nodiscard]] Eigen::Index dimension() const { return vectors.rows(); }
  [[nodiscard]] Eigen::Index rank() const { return values.size(); }
  [[nodiscard]] double tail_trace() const;              ///< >= 0
  [[nodiscard]] double tail_frobenius_squared() const;  ///< >= 0
};

/// What hebbian_operator() need not find out by itself.
struct HebbianHints {
  const SignMatrix* patterns = nullptr;  ///< Khat x N: near the leading eigenvectors, where to start; may be empty
  double gram_squares = -1;              ///< gram_squares() of the examples where it is known, else negative
};

/// (1/(N M)) X X^T for N neurons (rows) and M examples (columns), its k leading eigenpairs, 1 <= k <= min(N, M).
/// Trace is 1 and the norm exact (an integer, rounded once). Vectors are orthonormal to 1e-11. Where X has a smaller
/// rank than k (repeated examples or neurons), fewer columns: a zero eigenvalue has no direction to report.
///
/// min(N, M) <= 64, or below four times k + 4 (rounded up to 16): exact integer Gram matrix on the smaller side, dense
/// eigen-solver; all k pairs are eigenpairs to 1e-10. Beyond, subspace iteration on the packed examples in single
/// precision, its last product in exact integers (double beyond 8192 examples) and the Rayleigh-Ritz step in double. It
/// promises, of the k pairs, those whose value exceeds 1.05 times the noise edge s (1 + sqrt(N/M))^2, s what the values
/// before it leave of the trace: error of the value below 1e-10 of it, estimated from the residual by residual^2/gap,
/// and residual below 1e-5 of it. The others are Ritz pairs of the noise bulk, at or below the true eigenvalues; where one
/// of the promised is below two edges, they too have converged, to 1e-4. That no direction of strength
/// kappa > 3 sqrt(N/M) went unseen (the threshold is sqrt(N/M)) is read off the squared norm, which for noise is known
/// within a few N/M; where that fails, the iteration goes on with Chebyshev polynomials until all k pairs have
/// converged, and ends in the dense solver if they do not. Measured costs: leading_pairs.cpp.
/// The bits depend on X, k and the hints alone, given the BLAS.
[[nodiscard]] LowRankOperator hebbian_operator(const SignMatrix& neurons_by_examples, Eigen::Index k,
                                               const HebbianHints& hints = {});

/// hebbian_operator() of each, with hints for each, bit for bit. Up to min(N, M) = 24 eight small eigenproblems of one
/// order go through vector instructions together, which costs a quarter of eight alone.
[[nodiscard]] std::vector<LowRankOperator> hebbian_operators(std::span<const SignMatrix> examples, Eigen::Index k,
                                                             std::span<const HebbianHints> hints);

/// The operator 0: no eigenpairs.
[[nodiscard]] LowRankOperator zero_operator(Eigen::Index dimension);
/// c times the operator, c >= 0; without eigenpairs where c = 0.
[[nodiscard]] LowRankOperator scaled(LowRankOperator op, double c);
/// The k leading eigenpairs (all when k >= rank); trace and norm stay.
[[nodiscard]] LowRankOperator truncated(LowRankOperator op, Eigen::Index k);
/// Vectors and values as float32 holds them, the vectors orthonormal again (they move by 1e-8); trace and norm stay.
[[nodiscard]] LowRankOperator rounded_to_single(LowRankOperator op);
/// Leading part times x (N x b): U diag(lambda) U^T x, never N x N. The tail adds nothing.
[[nodiscard]] Matrix apply(const LowRankOperator& op, const Matrix& x);

/// A + B by its k leading eigenpairs: with F = [U_A sqrt(lambda_A), U_B sqrt(lambda_B)], those of the small matrix F^T F,
/// whose blocks are diag(lambda_A), diag(lambda_B) and sqrt(lambda_A) U_A^T U_B sqrt(lambda_B); O(N (k_A + k_B)^2).
/// Columns belonging to eigenvalues below 1e-14 of the largest are dropped. The trace is exact. The squared norm is exact
/// while neither has a tail. A tail enters the cross terms as isotropic on the complement of its own leading vectors:
/// <A_k, B_tail> = sum lambda_A (1 - |U_B^T u_A|^2) tr(B_tail)/(N - k_B), and <A_tail, B_tail> by the dimension that the
/// two complements share. Measured error of the squared norm of Hebbian clients with common archetypes: 0.3 %, and 2 %
/// after a chain of 40 clients of 20 examples kept at rank 11. Vectors are orthonormal to 1e-13.
/// The operator 0 leaves the other as it is. Fixed order of operations: the bits depend on A, B and k alone.
[[nodiscard]] LowRankOperator merge(const LowRankOperator& a, const LowRankOperator& b, Eigen::Index k);

/// merge() of neighbours, operators 2i and 2i + 1 to one; the last of an odd number stays as it is. Bit for bit what
/// merge() gives, but up to k_A + k_B = 24 eight small eigenproblems go through vector instructions together.
[[nodiscard]] std::vector<LowRankOperator> merge_neighbours(std::vector<LowRankOperator> operators, Eigen::Index k);

}  // namespace rankwise::linalg
