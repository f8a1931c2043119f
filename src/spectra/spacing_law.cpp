// Spacings of neighbouring levels: exact law and Wigner's surmise. SPDX-License-Identifier: MIT
#include "rankwise/spectra/spacing_law.hpp"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "rankwise/core/contract.hpp"
#include "spectra/nystrom.hpp"

namespace rankwise::spectra {
namespace {

using std::numbers::pi;

/// A function and its first two derivatives.
struct Jet {
  double value = 0;
  double first = 0;
  double second = 0;
};

/// det(I - K) on (0, t), K(x, y) = sinc(x - y) + parity sinc(x + y), sinc(z) = sin(pi z)/(pi z), with derivatives by t.
/// In scaled variables x = t xi the derivative of the kernel has rank one, v(xi) v(eta) with
/// v = sqrt 2 cos(pi t xi), or sqrt 2 sin(pi t xi) for the odd kernel. With R = (I - K)^{-1} therefore
/// (log D)' = -v R v, R' = R v v R, and D''/D = -2 v R v'.
Jet parity_determinant(int parity, double t) {
  // The kernel's functions oscillate pi t times over (0, 1); the error falls faster than exponentially beyond that.
  const int order = 16 + static_cast<int>(std::ceil(5 * t));
  const Quadrature rule = gauss_legendre(order, 0, 1);
  linalg::Matrix a(order, order);
  linalg::Vector v(order);
  linalg::Vector v_slope(order);
  const auto scaled_sinc = [t](double z) { return z == 0 ? t : std::sin(pi * t * z) / (pi * z); };
  for (int i = 0; i < order; ++i) {
    const double x = rule.nodes[static_cast<std::size_t>(i)];
    const double weight = rule.weights[static_cast<std::size_t>(i)];
    for (int j = 0; j <= i; ++j) {
      const double y = rule.nodes[static_cast<std::size_t>(j)];
      const double kernel = scaled_sinc(x - y) + parity * scaled_sinc(x + y);
      a(i, j) = -std::sqrt(weight * rule.weights[static_cast<std::size_t>(j)]) * kernel;
      a(j, i) = a(i, j);
    }
    a(i, i) += 1;
    const double height = std::sqrt(2 * weight);
    v[i] = height * (parity > 0 ? std::cos(pi * t * x) : std::sin(pi * t * x));
    v_slope[i] = height * pi * x * (parity > 0 ? -std::sin(pi * t * x) : std::cos(pi * t * x));
  }
  const LuFactors lu(a);
  const double d = lu.determinant();
  const linalg::Vector rv = lu.solve(v);
  return {d, -d * linalg::dot(v, rv), -2 * d * linalg::dot(v_slope, rv)};
}

/// Beyond this s the gap probability is below 1e-20 for beta = 1, and the more so for 2 and 4.
constexpr double longest_gap = 9;

/// E_beta(0; s) with derivatives by s, for s up to longest_gap.
Jet gap(double beta, double s) {
  if (beta == 4) {
    const Jet even = parity_determinant(1, s);
    const Jet odd = parity_determinant(-1, s);
    return {(even.value + odd.value) / 2, (even.first + odd.first) / 2, (even.second + odd.second) / 2};
  }
  const Jet even = parity_determinant(1, s / 2);
  if (beta == 1) return {even.value, even.first / 2, even.second / 4};
  const Jet odd = parity_determinant(-1, s / 2);
  return {even.value * odd.value, (even.first * odd.value + even.value * odd.first) / 2,
          (even.second * odd.value + 2 * even.first * odd.first + even.value * odd.second) / 4};
}

void expects_beta(double beta) {
  expects(beta == 0 || beta == 1 || beta == 2 || beta == 4, "the exact spacing law is known for beta = 0, 1, 2, 4");
}

void expects_spacing(double u) { expects(u >= 0, "a spacing is not negative"); }

enum Column : std::size_t { gap_column, survival_column, density_column };

}  // namespace

double gap_probability(double beta, double s) {
  expects_beta(beta);
  expects_spacing(s);
  if (beta == 0) return std::exp(-s);
  return s > longest_gap ? 0 : std::clamp(gap(beta, s).value, 0.0, 1.0);
}

struct SpacingLaw::Table {
  ChebyshevTable jets;
  double survival = 0;  ///< 1 - cdf at the end of the table
  double hazard = 0;    ///< pdf / survival there
};

SpacingLaw::SpacingLaw(double beta) : beta_(beta), local_constant_(1 - std::numbers::egamma) {
  expects_beta(beta);
  if (beta == 0) return;
  const auto survival = [beta](double u) { return -gap(beta, u).first; };
  int panels = 2;
  while (survival(panels) > 1e-13) ++panels;  // of width 1
  auto table = std::make_shared<Table>();
  table->jets = ChebyshevTable(0, panels, panels, 24, [beta](double u) {
    const Jet e = gap(beta, u);
    return std::vector<double>{e.value, -e.first, e.second};
  });
  table->survival = survival(panels);
  table->hazard = gap(beta, panels).second / table->survival;
  const ChebyshevTable& jets = table->jets;
  variance_ = 2 * jets.integral([&](double u) { return jets(gap_column, u); }) - 1;
  local_constant_ = 1 + jets.integral([&](double u) { return (jets(gap_column, u) - (u < 1 ? 1 : 0)) / u; });
  table_ = table;
}

double SpacingLaw::pdf(double u) const {
  expects_spacing(u);
  if (beta_ == 0) return std::exp(-u);
  const double beyond = u - table_->jets.high();
  if (beyond <= 0) return std::max(0.0, table_->jets(density_column, u));
  const double curvature = beta_ * pi * pi / 16;
  const double hazard = table_->hazard + 2 * curvature * beyond;
  const double exponent = (table_->hazard + curvature * beyond) * beyond;
  return exponent > 700 ? 0 : table_->survival * hazard * std::exp(-exponent);
}

double SpacingLaw::cdf(double u) const {
  expects_spacing(u);
  if (beta_ == 0) return -std::expm1(-u);
  const double beyond = u - table_->jets.high();
  if (beyond <= 0) return std::clamp(1 - table_->jets(survival_column, u), 0.0, 1.0);
  const double curvature = beta_ * pi * pi / 16;
  return 1 - table_->survival * std::exp(-(table_->hazard + curvature * beyond) * beyond);
}

double SpacingLaw::moment(double q) const {
  expects(q >= 1, "moments of spacings from the first on");
  if (beta_ == 0) return boost::math::tgamma(q + 1);
  const ChebyshevTable& jets = table_->jets;
  // The part that is 1 on (0, 1) is taken out: there u^{q-1} has no Taylor series at 0.
  return 1 + jets.integral([&](double u) { return q * std::pow(u, q - 1) * (jets(survival_column, u) - (u < 1 ? 1 : 0)); });
}

SpacingSurmise::SpacingSurmise(double beta) : beta_(beta) {
  expects(std::isfinite(beta) && beta >= 0, "beta is finite and not negative");
  if (beta == 0) return;
  const double ratio = boost::math::tgamma_delta_ratio((beta + 1) / 2, 0.5);  // Gamma(a) / Gamma(a + 1/2)
  b_ = 1 / (ratio * ratio);
  log_a_ = std::numbers::ln2 + (beta + 1) / 2 * std::log(b_) - boost::math::lgamma((beta + 1) / 2);
  variance_ = (beta + 1) / 2 * ratio * ratio - 1;
}

double SpacingSurmise::pdf(double u) const {
  expects_spacing(u);
  if (beta_ == 0) return std::exp(-u);
  return u == 0 || std::isinf(u) ? 0 : std::exp(log_a_ + beta_ * std::log(u) - b_ * u * u);
}

double SpacingSurmise::cdf(double u) const {
  expects_spacing(u);
  if (beta_ == 0) return -std::expm1(-u);
  return std::isinf(u) ? 1 : boost::math::gamma_p((beta_ + 1) / 2, b_ * u * u);
}

double SpacingSurmise::moment(double q) const {
  expects(q >= 1, "moments of spacings from the first on");
  if (beta_ == 0) return boost::math::tgamma(q + 1);
  const double half = (beta_ + 1) / 2;
  return std::exp(boost::math::lgamma(half + q / 2) - boost::math::lgamma(half) - q / 2 * std::log(b_));
}

}  // namespace rankwise::spectra
