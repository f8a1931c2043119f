// Quadrature, linear solves and tables for Fredholm determinants by Nystrom's method. SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <vector>

#include "rankwise/linalg/matrix.hpp"

namespace rankwise::spectra {

/// Nodes, ascending, and weights of a quadrature rule.
struct Quadrature {
  std::vector<double> nodes;
  std::vector<double> weights;
};

/// Gauss-Legendre rule with `order` >= 1 nodes on [low, high]: Newton's method on the Legendre polynomial.
[[nodiscard]] Quadrature gauss_legendre(int order, double low = -1, double high = 1);

/// P_0(x) ... P_{order-1}(x).
[[nodiscard]] std::vector<double> legendre_polynomials(int order, double x);

/// LU factors of a square matrix with partial pivoting. For the small systems of this floor; the order of operations is
/// fixed, so the numbers do not depend on the BLAS.
class LuFactors {
 public:
  explicit LuFactors(linalg::Matrix a);
  [[nodiscard]] double determinant() const;
  /// a^{-1} b for a regular matrix.
  [[nodiscard]] linalg::Vector solve(linalg::Vector b) const;

 private:
  linalg::Matrix lu_;
  std::vector<Eigen::Index> swaps_;
};

/// Piecewise Chebyshev interpolants of several smooth functions on one interval.
class ChebyshevTable {
 public:
  ChebyshevTable() = default;
  /// `panels` equal panels of [low, high] with `nodes` Chebyshev points each; `functions(x)` gives all values at x.
  ChebyshevTable(double low, double high, int panels, int nodes,
                 const std::function<std::vector<double>(double)>& functions);
  /// Function number `which` at x, low <= x <= high.
  [[nodiscard]] double operator()(std::size_t which, double x) const;
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }
  /// Integral over [low, high] of f(x), a smooth function of x on every panel.
  [[nodiscard]] double integral(const std::function<double(double)>& f) const;

 private:
  double low_ = 0;
  double high_ = 0;
  std::size_t panels_ = 0;
  std::size_t nodes_ = 0;
  std::size_t functions_ = 0;
  std::vector<double> coefficients_;  ///< [panel][function][node]
};

}  // namespace rankwise::spectra
