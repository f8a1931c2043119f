// The Marchenko-Pastur law of unit variance. SPDX-License-Identifier: MIT
#include "rankwise/spectra/marchenko_pastur.hpp"

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <numbers>

#include "rankwise/core/contract.hpp"

// In the angle t, x = 1 + c + 2 s cos t with s = sqrt c, the continuous law is (2/pi) sin^2 t / x dt on [0, pi]. For
// c <= 1 the mass above is
//     [t - sin t / s + (1 - c) beta / c] / pi,   beta = arg(1 + s e^{it}),
// the usual closed form with its two arcs joined. It cancels where s is small (beta = s sin t - s^2 sin(2t)/2 + ...)
// and where the mass is (at both edges as the cube of the angle); there the series and the integral itself take over.

namespace rankwise::spectra {
namespace {

using std::numbers::pi;

/// (beta - s sin t) / s^2
double excess_angle(double s, double t) {
  if (s > 0.25) return (std::atan2(s * std::sin(t), 1 + s * std::cos(t)) - s * std::sin(t)) / (s * s);
  double sum = 0;
  double power = -1;
  for (int k = 2; k <= 30; ++k) {
    sum += power * std::sin(k * t) / k;
    power *= -s;
  }
  return sum;
}

/// Mass between an edge and the angle `t` from it. `s` is sqrt(c) <= 1 at the upper edge, -sqrt(c) at the lower; `gap`
/// is (1 + s)^2, the position of the edge.
double mass_from_edge(double s, double gap, double t) {
  // The pole of the integrand, x = 0, lies at a distance of sqrt(gap / |s|) from the edge.
  if (t <= std::min(0.5, std::sqrt(gap / std::abs(s)))) {
    const auto integrand = [&](double angle) {
      const double half = std::sin(angle / 2);
      return std::sin(angle) * std::sin(angle) / (gap - 4 * s * half * half);
    };
    return 2 / pi * boost::math::quadrature::gauss<double, 20>::integrate(integrand, 0.0, t);
  }
  const double c = s * s;
  if (std::abs(s) <= 0.25) {
    return (t - std::atan2(s * std::sin(t), 1 + s * std::cos(t)) + excess_angle(s, t)) / pi;
  }
  return (t - std::sin(t) / s + (1 + s) * (1 - s) / c * std::atan2(s * std::sin(t), 1 + s * std::cos(t))) / pi;
}

}  // namespace

MarchenkoPastur::MarchenkoPastur(double ratio) : ratio_(ratio), root_(std::sqrt(ratio)) {
  expects(std::isfinite(ratio) && ratio > 0, "the ratio of dimension to samples is finite and positive");
  const double gap = (1 - ratio) / (1 + root_);  // 1 - sqrt c, without its cancellation
  lower_ = gap * gap;
  upper_ = (1 + root_) * (1 + root_);
}

double MarchenkoPastur::density(double x) const {
  expects(!std::isnan(x), "a density is asked for at a number");
  if (!(x > lower_ && x < upper_)) return 0;
  return std::sqrt(upper_ - x) * std::sqrt(x - lower_) / (2 * pi * ratio_ * x);
}

double MarchenkoPastur::cdf(double x) const {
  expects(!std::isnan(x), "a distribution function is asked for at a number");
  if (x < 0) return 0;
  if (x >= upper_) return 1;
  const double atom = atom_mass();
  if (x <= lower_) return atom;
  // c > 1: 1/c of the law of ratio 1/c, c times as wide. The angle is the same.
  const double s = std::min(root_, 1 / root_);
  const double mass = std::min(1.0, 1 / ratio_);
  const double scale = std::max(1.0, ratio_);
  const double width = 4 * root_;
  const double from_lower = 2 * std::asin(std::min(1.0, std::sqrt((x - lower_) / width)));
  const double from_upper = 2 * std::asin(std::min(1.0, std::sqrt((upper_ - x) / width)));
  if (from_upper < from_lower) return 1 - mass * mass_from_edge(s, upper_ / scale, from_upper);
  return atom + mass * mass_from_edge(-s, lower_ / scale, from_lower);
}

double MarchenkoPastur::moment(int k) const {
  expects(k >= 0, "the order of a moment is not negative");
  double sum = 0;
  double term = 1;
  for (int j = 0; j < k; ++j) {
    sum += term;
    term *= ratio_ * (k - j) / (j + 1) * (k - 1 - j) / (j + 2);
  }
  return k == 0 ? 1 : sum;
}

}  // namespace rankwise::spectra
