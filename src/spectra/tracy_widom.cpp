// The law of the largest eigenvalue of a Gaussian ensemble. SPDX-License-Identifier: MIT
#include "rankwise/spectra/tracy_widom.hpp"

#include <algorithm>
#include <array>
#include <boost/math/special_functions/airy.hpp>
#include <cmath>
#include <cstddef>
#include <vector>

#include "rankwise/core/contract.hpp"
#include "spectra/falling_root.hpp"
#include "spectra/nystrom.hpp"

namespace rankwise::spectra {
namespace {

/// Ai by Taylor polynomials about the points of a grid: a hundred times faster than the library's function, which gives
/// value and slope at those points. The equation Ai'' = x Ai gives the other coefficients.
class FastAiry {
 public:
  FastAiry() {
    for (double x = lowest; x <= highest; x += step) {
      std::array<double, terms> a{boost::math::airy_ai(x), boost::math::airy_ai_prime(x)};
      a[2] = x * a[0] / 2;
      for (std::size_t k = 3; k < terms; ++k) {
        a[k] = (x * a[k - 2] + a[k - 3]) / static_cast<double>(k * (k - 1));
      }
      coefficients_.push_back(a);
    }
  }
  /// Ai(x) for x >= lowest; above `highest` it is below 1e-30 and given as 0.
  double operator()(double x) const {
    const double at = std::round((x - lowest) / step);
    if (at >= static_cast<double>(coefficients_.size())) return 0;
    const std::array<double, terms>& a = coefficients_[static_cast<std::size_t>(at)];
    const double h = x - (lowest + at * step);
    double sum = 0;
    for (std::size_t k = terms; k-- > 0;) sum = sum * h + a[k];
    return sum;
  }
  static constexpr double lowest = -16;

 private:
  static constexpr double highest = 24;
  static constexpr double step = 0.25;
  static constexpr std::size_t terms = 18;  ///< the remainder at step/2 is below 1e-17 of the largest term
  std::vector<std::array<double, terms>> coefficients_;
};

/// F_+-(s) with their logarithmic slopes.
struct Determinants {
  double even = 0;
  double odd = 0;
  double even_slope = 0;  ///< (log F_+)'
  double odd_slope = 0;
};

/// In s the kernel on (s, inf) changes at its lower end alone, so (log F)' is the resolvent's value there.
Determinants determinants(const FastAiry& airy, double s) {
  const double length = std::max(16 - s, 12.0);  // beyond, the kernel is below 1e-19 of its largest value
  const int order = 20 + static_cast<int>(std::ceil(1.5 * length));
  const Quadrature rule = gauss_legendre(order, 0, length);
  linalg::Matrix minus(order, order);
  linalg::Matrix plus(order, order);
  linalg::Vector end(order);
  for (int i = 0; i < order; ++i) {
    const double x = rule.nodes[static_cast<std::size_t>(i)] + s;
    const double root = std::sqrt(rule.weights[static_cast<std::size_t>(i)]);
    end[i] = root * airy(x);
    for (int j = 0; j <= i; ++j) {
      const double b = root * std::sqrt(rule.weights[static_cast<std::size_t>(j)]) *
                       airy(x + rule.nodes[static_cast<std::size_t>(j)]);
      const double one = i == j ? 1 : 0;
      minus(i, j) = minus(j, i) = one - b;
      plus(i, j) = plus(j, i) = one + b;
    }
  }
  const LuFactors even(minus);
  const LuFactors odd(plus);
  const double at_end = airy(s);
  return {even.determinant(), odd.determinant(), (linalg::dot(end, even.solve(end)) + at_end) / 2,
          (linalg::dot(end, odd.solve(end)) - at_end) / 2};
}

/// cdf and pdf at x.
std::vector<double> law(const FastAiry& airy, double beta, double x) {
  const double scale = beta == 4 ? std::cbrt(4.0) : 1;
  const Determinants d = determinants(airy, scale * x);
  if (beta == 1) return {d.even, d.even * d.even_slope};
  if (beta == 2) return {d.even * d.odd, d.even * d.odd * (d.even_slope + d.odd_slope)};
  return {(d.even + d.odd) / 2, scale * (d.even * d.even_slope + d.odd * d.odd_slope) / 2};
}

enum Column : std::size_t { cdf_column, pdf_column };

}  // namespace

struct TracyWidom::Table {
  ChebyshevTable columns;
};

TracyWidom::TracyWidom(double beta) {
  expects(beta == 1 || beta == 2 || beta == 4, "Tracy and Widom's law is known for beta = 1, 2, 4");
  const FastAiry airy;
  double low = -4;
  while (law(airy, beta, low)[cdf_column] > 1e-16) low -= 1;
  double high = 2;
  while (law(airy, beta, high)[pdf_column] > 1e-16) high += 1;
  auto table = std::make_shared<Table>();
  table->columns =
      ChebyshevTable(low, high, static_cast<int>(high - low), 18, [&](double x) { return law(airy, beta, x); });
  const ChebyshevTable& columns = table->columns;
  mean_ = columns.integral([&](double x) { return x * columns(pdf_column, x); });
  variance_ = columns.integral([&](double x) { return (x - mean_) * (x - mean_) * columns(pdf_column, x); });
  table_ = table;
}

double TracyWidom::pdf(double x) const {
  expects(!std::isnan(x), "the argument of a density is a number");
  const ChebyshevTable& columns = table_->columns;
  return x < columns.low() || x > columns.high() ? 0 : std::max(0.0, columns(pdf_column, x));
}

double TracyWidom::cdf(double x) const {
  expects(!std::isnan(x), "the argument of a distribution function is a number");
  const ChebyshevTable& columns = table_->columns;
  if (x < columns.low()) return 0;
  return x > columns.high() ? 1 : std::clamp(columns(cdf_column, x), 0.0, 1.0);
}

double TracyWidom::quantile(double p) const {
  expects(p > 0 && p < 1, "a probability lies strictly between 0 and 1");
  return falling_root([&](double x) { return p - cdf(x); }, table_->columns.low(), table_->columns.high());
}

}  // namespace rankwise::spectra
