// Ratios of consecutive level spacings. SPDX-License-Identifier: MIT
#include "rankwise/spectra/spacing_ratio.hpp"

#include <boost/math/quadrature/tanh_sinh.hpp>
#include <cmath>
#include <numbers>

#include "rankwise/core/contract.hpp"
#include "spectra/palm_ratio.hpp"

namespace rankwise::spectra {
namespace {

constexpr double v_of_one = 2.0 / 3;  ///< v at r = 1

/// log of v^beta (1 - v)^{beta/2} relative to r = 1, where it is largest: the only part that beta makes steep.
double log_steepness(double beta, double v) {
  return beta * (std::log(v / v_of_one) + 0.5 * std::log((1 - v) / (1 - v_of_one)));
}

double v_of(double r) { return r * (1 + r) / (1 + r * (1 + r)); }

double r_of(double v) { return v / (1 - v) / (0.5 + 0.5 * std::sqrt((1 + 3 * v) / (1 - v))); }

/// Integral over 0 < v < v_end <= 2/3 of f(r) times the weight of v over its steep part at r = 1.
template <typename Function>
double weighed(double beta, double v_end, const Function& f) {
  if (v_end == 0) return 0;
  boost::math::quadrature::tanh_sinh<double> rule;
  return rule.integrate(
      [&](double v) {
        return v > 0 ? f(v) * std::exp(log_steepness(beta, v)) / std::sqrt((1 - v) * (1 + 3 * v)) : 0.0;
      },
      0.0, v_end, 1e-13);
}

}  // namespace

SpacingRatioSurmise::SpacingRatioSurmise(double beta) : beta_(beta), mean_(2 * std::numbers::ln2 - 1) {
  expects(std::isfinite(beta) && beta >= 0, "beta is finite and not negative");
  if (beta == 0) return;
  half_mass_ = weighed(beta, v_of_one, [](double) { return 1.0; });
  mean_ = weighed(beta, v_of_one, r_of) / half_mass_;
}

double SpacingRatioSurmise::pdf(double r) const {
  expects(r >= 0, "a ratio of spacings is not negative");
  // r and 1/r have the same law; above 1 the other one keeps the powers small.
  if (r > 1) return std::isinf(r) ? 0 : pdf(1 / r) / (r * r);
  if (beta_ == 0) return 1 / ((1 + r) * (1 + r));
  if (r == 0) return 0;
  return std::exp(log_steepness(beta_, v_of(r))) / ((1 + r + r * r) * 2 * half_mass_);
}

double SpacingRatioSurmise::folded_pdf(double r) const {
  expects(r >= 0 && r <= 1, "a folded ratio of spacings lies in [0, 1]");
  return 2 * pdf(r);
}

double SpacingRatioSurmise::folded_cdf(double r) const {
  expects(r >= 0 && r <= 1, "a folded ratio of spacings lies in [0, 1]");
  if (beta_ == 0) return 2 * r / (1 + r);
  return r == 1 ? 1 : weighed(beta_, v_of(r), [](double) { return 1.0; }) / half_mass_;
}

double surmise_mean_ratio(double beta) { return SpacingRatioSurmise(beta).mean(); }

MeanRatio mean_ratio(double beta) {
  expects(std::isfinite(beta) && beta >= 0, "beta is finite and not negative");
  constexpr double computed = 1e-10;
  if (beta == 0) return {2 * std::numbers::ln2 - 1, 0};
  if (beta == 1) {
    static const double goe = palm_mean_ratio(1);
    return {goe, computed};
  }
  if (beta == 2) {
    static const double gue = palm_mean_ratio(2);
    return {gue, computed};
  }
  if (beta == 4) {
    static const double gse = palm_mean_ratio(4);
    return {gse, computed};
  }
  return {surmise_mean_ratio(beta), 0.025 / (1 + 3 * beta)};
}

}  // namespace rankwise::spectra
