// Batches of tridiagonal matrices for the test and the benchmark. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "linalg/tridiagonal_lanes.hpp"

namespace rankwise::test {

/// A batch in memory: arrays (rows, lanes).
struct Lanes {
  Lanes(std::size_t order, linalg::OffDiagonal off_kind);

  std::size_t n;
  linalg::OffDiagonal kind;
  std::vector<double> diagonal;      ///< n rows
  std::vector<double> off_diagonal;  ///< n - 1 rows
  std::vector<double> values;        ///< n rows

  [[nodiscard]] std::vector<double> lane_values(std::size_t lane) const;
  /// The lane as a matrix of its own; off-diagonals plain.
  [[nodiscard]] std::vector<double> lane_diagonal(std::size_t lane) const;
  [[nodiscard]] std::vector<double> lane_off_diagonal(std::size_t lane) const;
  void set_lane(std::size_t lane, const std::vector<double>& d, const std::vector<double>& e);
};

/// Solves all lanes with one variant; 0 sweeps allowed means the usual number.
linalg::TridiagonalReport solve(const linalg::TridiagonalVariant& variant, Lanes& lanes, bool no_sweeps = false);

/// One lane through LAPACK dsterf.
[[nodiscard]] std::vector<double> lane_by_lapack(const Lanes& lanes, std::size_t lane);

/// Dumitriu and Edelman's model (J. Math. Phys. 43, 2002): diagonal N(0, 2/(beta n)), squared couplings
/// chi^2_{beta (n - i)}/(beta n); the spectrum fills [-2, 2].
[[nodiscard]] Lanes beta_hermite_lanes(std::size_t n, double beta, std::uint64_t seed);

/// Largest |entry| of the matrix.
[[nodiscard]] double largest_entry(const std::vector<double>& d, const std::vector<double>& e);

}  // namespace rankwise::test
