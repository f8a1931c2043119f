// Random-matrix ensembles, sampled exactly in law. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rankwise/linalg/matrix.hpp"
#include "rankwise/random/lanes.hpp"

namespace rankwise::spectra {

/// 32 symmetric tridiagonal matrices for linalg::TridiagonalBatch: entry i of lane w at [replica_lanes i + w].
struct TridiagonalLanes {
  std::vector<double> diagonal;  ///< (n, lanes)
  std::vector<double> squares;   ///< (n - 1, lanes), squared off-diagonal entries
};

/// The beta-Hermite ensemble: eigenvalue density ~ prod_{i<j} |x_i - x_j|^beta prod exp(-beta n x_i^2 / 4), the
/// semicircle on [-2, 2] for large n. beta = 1, 2, 4: GOE, GUE, GSE. Diagonal N(0, 2/(beta n)), squared off-diagonals
/// chi^2_{beta (n - i)} / (beta n), i = 1 .. n - 1 (Dumitriu and Edelman, J. Math. Phys. 43 (2002)): 2 n - 1 variates
/// instead of n^2. n >= 2, beta > 0 finite, else InternalError. Sequences 0 and 1 of the stream.
void sample_hermite(double beta, std::size_t n, const random::LaneStream& stream, TridiagonalLanes& out);

/// 32 lower bidiagonal matrices B, squared: (B B^T)_ii = diagonal_i + sub_{i-1}.
struct BidiagonalLanes {
  std::vector<double> diagonal;  ///< (n, lanes), squared entries
  std::vector<double> sub;       ///< (n - 1, lanes), squared entries
};

/// The beta-Laguerre ensemble: the n non-zero eigenvalues of a Wishart matrix X X^T / m, X n x m with entries of unit
/// variance, n <= m; beta = 1 real, 2 complex (E|x|^2 = 1), 4 quaternion. Marchenko and Pastur's law of ratio n/m for
/// large n. B_ii^2 = chi^2_{beta (m - i + 1)} / (beta m), B_{i+1,i}^2 = chi^2_{beta (n - i)} / (beta m) (Dumitriu and
/// Edelman 2002). Real m >= n is allowed. n >= 2, m >= n, beta > 0, finite, else InternalError. Sequences 0 and 1.
void sample_laguerre(double beta, std::size_t n, double m, const random::LaneStream& stream, BidiagonalLanes& out);

/// B B^T as tridiagonal matrices: what is small beside the largest eigenvalue loses its relative accuracy.
void multiply_out(const BidiagonalLanes& factor, TridiagonalLanes& out);

/// n independent uniform numbers on (0, 1), in order: partial sums of n + 1 exponentials over their total. (n, lanes).
/// Sequence 0.
void sample_poisson(std::size_t n, const random::LaneStream& stream, std::span<double> out);

// Dense matrices, for the ensembles that have no short form and as oracles for those that do. n >= 1, else
// InternalError.

/// (A + A^T) / sqrt(2 n), A iid N(0, 1): variance 1/n off the diagonal, 2/n on it.
[[nodiscard]] linalg::Matrix goe_matrix(std::size_t n, random::Stream& stream);
/// (A + A^H) / (2 sqrt n), E|A_ij|^2 = 2: E|h_ij|^2 = 1/n.
[[nodiscard]] linalg::ComplexMatrix gue_matrix(std::size_t n, random::Stream& stream);
/// Quaternion self-dual, as the complex Hermitian matrix of size 2 n (A + A^H) / sqrt(8 n), A = [X, Y; -conj Y, conj
/// X]: each eigenvalue comes twice.
[[nodiscard]] linalg::ComplexMatrix gse_matrix(std::size_t n, random::Stream& stream);
/// X X^T / m, X n x m iid N(0, 1), m >= 1: real Wishart.
[[nodiscard]] linalg::Matrix wishart_matrix(std::size_t n, std::size_t m, random::Stream& stream);

/// Law of the entries of a Wigner matrix, brought to mean 0 and variance 1.
struct EntryLaw {
  enum class Kind { rademacher, uniform, student_t } kind = Kind::rademacher;
  double degrees_of_freedom = 5;  ///< of student_t, > 2
};
/// Symmetric with iid entries of variance 1/n on and above the diagonal.
[[nodiscard]] linalg::Matrix wigner_matrix(std::size_t n, EntryLaw law, random::Stream& stream);

/// diag(h) + scale V, V of the GOE with variance 1 off the diagonal and 2 on it (Rosenzweig and Porter, Phys. Rev. 120
/// (1960), at scale = n^{-gamma/2}); h may be anything.
[[nodiscard]] linalg::Matrix diagonal_plus_goe(std::span<const double> h, double scale, random::Stream& stream);

}  // namespace rankwise::spectra
