// Tridiagonal and bidiagonal models of 32 matrices at a time. SPDX-License-Identifier: MIT
#include "rankwise/spectra/ensembles.hpp"

#include <cmath>

#include "rankwise/core/contract.hpp"

namespace rankwise::spectra {
namespace {

constexpr std::size_t row = replica_lanes;
constexpr std::uint64_t on_diagonal = 0;
constexpr std::uint64_t off_diagonal = 1;

/// chi^2 of `dof(i)` degrees of freedom times `scale`, i = 0 .. rows - 1.
template <typename Dof>
void chi_squares(const random::LaneStream& stream, std::uint64_t sequence, std::size_t rows, double scale, Dof&& dof,
                 std::vector<double>& out) {
  std::vector<double> shapes(rows);
  for (std::size_t i = 0; i < rows; ++i) shapes[i] = dof(static_cast<double>(i)) / 2;
  out.resize(rows * row);
  stream.gammas(sequence, shapes, out);
  for (double& x : out) x *= 2 * scale;
}

}  // namespace

void sample_hermite(double beta, std::size_t n, const random::LaneStream& stream, TridiagonalLanes& out) {
  expects(n >= 2 && beta > 0 && std::isfinite(beta), "the beta-Hermite ensemble has n >= 2 and finite beta > 0");
  const auto size = static_cast<double>(n);
  out.diagonal.resize(n * row);
  stream.normals(on_diagonal, out.diagonal);
  const double scale = std::sqrt(2 / (beta * size));
  for (double& x : out.diagonal) x *= scale;
  chi_squares(
      stream, off_diagonal, n - 1, 1 / (beta * size), [&](double i) { return beta * (size - 1 - i); }, out.squares);
}

void sample_laguerre(double beta, std::size_t n, double m, const random::LaneStream& stream, BidiagonalLanes& out) {
  const auto size = static_cast<double>(n);
  expects(n >= 2 && m >= size && std::isfinite(m) && beta > 0 && std::isfinite(beta),
          "the beta-Laguerre ensemble has 2 <= n <= m and finite beta > 0");
  const double scale = 1 / (beta * m);
  chi_squares(
      stream, on_diagonal, n, scale, [&](double i) { return beta * (m - i); }, out.diagonal);
  chi_squares(
      stream, off_diagonal, n - 1, scale, [&](double i) { return beta * (size - 1 - i); }, out.sub);
}

void multiply_out(const BidiagonalLanes& factor, TridiagonalLanes& out) {
  const auto& a = factor.diagonal;
  const auto& b = factor.sub;
  out.diagonal = a;
  out.squares.resize(b.size());
  for (std::size_t k = 0; k < b.size(); ++k) {
    out.diagonal[k + row] += b[k];
    out.squares[k] = a[k] * b[k];
  }
}

void sample_poisson(std::size_t n, const random::LaneStream& stream, std::span<double> out) {
  expects(n >= 1 && out.size() == n * row, "Poisson levels are n rows of lanes, n >= 1");
  std::vector<double> steps((n + 1) * row);
  stream.exponentials(on_diagonal, steps);
  for (std::size_t k = row; k < steps.size(); ++k) steps[k] += steps[k - row];
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t w = 0; w < row; ++w) out[i * row + w] = steps[i * row + w] / steps[n * row + w];
  }
}

}  // namespace rankwise::spectra
