// SPDX-License-Identifier: MIT
#include "linalg/tridiagonal_support.hpp"

#include <algorithm>
#include <cmath>

#include "rankwise/random/distributions.hpp"
#include "rankwise/random/stream.hpp"

namespace rankwise::test {

using linalg::OffDiagonal;


namespace {

std::vector<double> column(const std::vector<double>& rows, std::size_t lane) {
  std::vector<double> out(rows.size() / replica_lanes);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = rows[replica_lanes * i + lane];
  return out;
}

}  // namespace

Lanes::Lanes(std::size_t order, OffDiagonal off_kind)
    : n(order),
      kind(off_kind),
      diagonal(order * replica_lanes),
      off_diagonal((order - 1) * replica_lanes),
      values(order * replica_lanes) {}

std::vector<double> Lanes::lane_values(std::size_t lane) const { return column(values, lane); }
std::vector<double> Lanes::lane_diagonal(std::size_t lane) const { return column(diagonal, lane); }

std::vector<double> Lanes::lane_off_diagonal(std::size_t lane) const {
  std::vector<double> e = column(off_diagonal, lane);
  if (kind == OffDiagonal::squared) {
    for (double& x : e) x = std::sqrt(x);
  }
  return e;
}

void Lanes::set_lane(std::size_t lane, const std::vector<double>& d, const std::vector<double>& e) {
  for (std::size_t i = 0; i < n; ++i) diagonal[replica_lanes * i + lane] = d[i];
  for (std::size_t i = 0; i + 1 < n; ++i) {
    off_diagonal[replica_lanes * i + lane] = kind == OffDiagonal::squared ? e[i] * e[i] : e[i];
  }
}

linalg::TridiagonalReport solve(const linalg::TridiagonalVariant& variant, Lanes& lanes, bool no_sweeps) {
  struct alignas(64) Row {
    double lane[replica_lanes];
  };
  thread_local std::vector<Row> work;
  if (work.size() < 2 * lanes.n + 1) work.resize(2 * lanes.n + 1);
  return solve_batch(variant,
                     {lanes.n, lanes.diagonal.data(), lanes.off_diagonal.data(), lanes.kind, lanes.values.data(),
                      work[0].lane, work[lanes.n + 1].lane, no_sweeps ? 0 : 30 * lanes.n});
}

std::vector<double> lane_by_lapack(const Lanes& lanes, std::size_t lane) {
  return linalg::tridiagonal_eigenvalues(lanes.lane_diagonal(lane), lanes.lane_off_diagonal(lane));
}

Lanes beta_hermite_lanes(std::size_t n, double beta, std::uint64_t seed) {
  Lanes lanes(n, OffDiagonal::squared);
  const double scale = beta * static_cast<double>(n);
  for (std::size_t w = 0; w < replica_lanes; ++w) {
    random::Stream stream({seed, 11}, random::Purpose::matrix, w);
    for (std::size_t i = 0; i < n; ++i) {
      lanes.diagonal[replica_lanes * i + w] = std::sqrt(2 / scale) * random::normal(stream);
      if (i + 1 == n) break;
      const double shape = beta * static_cast<double>(n - 1 - i) / 2;
      lanes.off_diagonal[replica_lanes * i + w] = 2 * random::gamma(stream, shape) / scale;
    }
  }
  return lanes;
}

double largest_entry(const std::vector<double>& d, const std::vector<double>& e) {
  double largest = 0;
  for (const double x : d) largest = std::max(largest, std::abs(x));
  for (const double x : e) largest = std::max(largest, std::abs(x));
  return largest;
}

}  // namespace rankwise::test
