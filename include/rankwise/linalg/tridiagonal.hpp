// Eigenvalues of symmetric tridiagonal matrices, 32 at a time in SIMD lanes or one alone. SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "rankwise/core/lanes.hpp"

namespace rankwise::linalg {

/// What a batch is given of the couplings: the off-diagonal entries themselves, or their squares, which is all that the
/// eigenvalues depend on (for chi variates and products of bidiagonals the squares come for free).
/// Plain ones may have any size that a double has; of squares, couplings outside 1e-154 .. 1e154 cannot be expressed.
enum class OffDiagonal { plain, squared };

struct TridiagonalReport {
  std::size_t by_lapack = 0;  ///< lanes that did not converge in time and were solved by LAPACK dsterf instead
  std::size_t sweeps = 0;     ///< QL sweeps of the slowest lane; about 2 n for random matrices
};

/// Solver of batches of replica_lanes matrices of one order n, with the memory that it needs (512 n bytes).
///
/// Root-free QL with Wilkinson's shift (Pal, Walker and Kahan; B. N. Parlett, The Symmetric Eigenvalue Problem, SIAM
/// 1998, section 8.15), every lane at a row of its own. Absolute errors are a small multiple of the rounding unit times
/// the largest entry of the matrix, as from LAPACK dsterf; small eigenvalues of graded matrices are not relatively
/// accurate.
/// The eigenvalues of a lane are the same bits on every processor, whatever the other lanes hold: pad at will.
///
///     TridiagonalBatch batch(n);
///     batch.eigenvalues(diagonal, squares, OffDiagonal::squared, values);
class TridiagonalBatch {
 public:
  /// n >= 1, else InternalError.
  explicit TridiagonalBatch(std::size_t n);

  [[nodiscard]] std::size_t order() const { return n_; }

  /// diagonal (n, lanes), off_diagonal (n - 1, lanes) -> values (n, lanes), ascending in each lane, in the units of the
  /// diagonal. values overlaps neither input. NaN, infinity and negative squares are a NumericalError naming the lane;
  /// other sizes an InternalError.
  TridiagonalReport eigenvalues(std::span<const double> diagonal, std::span<const double> off_diagonal,
                                OffDiagonal kind, std::span<double> values);

 private:
  struct alignas(64) Row {
    std::array<double, replica_lanes> lane;
  };

  std::size_t n_;
  std::vector<Row> diagonal_;
  std::vector<Row> squares_;
};

/// Eigenvalues of one matrix, ascending, by LAPACK dsterf: diagonal (n), off_diagonal (n - 1), n >= 1. NaN and infinity
/// are a NumericalError, other sizes an InternalError.
[[nodiscard]] std::vector<double> tridiagonal_eigenvalues(std::span<const double> diagonal,
                                                          std::span<const double> off_diagonal);

/// Singular values of one bidiagonal matrix, ascending, each to high relative accuracy however small, by LAPACK dlasq1
/// (differential qd): diagonal (n), off_diagonal (n - 1), above or below alike, n >= 1. Errors as above.
[[nodiscard]] std::vector<double> bidiagonal_singular_values(std::span<const double> diagonal,
                                                             std::span<const double> off_diagonal);

}  // namespace rankwise::linalg
