// Wigner's semicircle law of variance 1 on [-2, 2]. SPDX-License-Identifier: MIT
#include "rankwise/spectra/semicircle.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "rankwise/core/contract.hpp"

// With |x| = 2 cos(y/2), y in [0, pi], the mass beyond |x| is (y - sin y) / (2 pi): nothing but y - sin y can cancel.

namespace rankwise::spectra {
namespace {

using std::numbers::pi;

double minus_sine(double y) {
  if (y > 1) return y - std::sin(y);
  double series = 1;  // Horner's form of the Taylor series; the first term left out is below 1e-17 of the sum
  for (int k = 17; k >= 5; k -= 2) series = 1 - y * y / (k * (k - 1)) * series;
  return y * y * y / 6 * series;
}

}  // namespace

double semicircle_density(double x) {
  expects(!std::isnan(x), "a density is asked for at a number");
  const double distance = 2 - std::abs(x);
  return distance > 0 ? std::sqrt(distance * (2 + std::abs(x))) / (2 * pi) : 0;
}

double semicircle_cdf(double x) {
  expects(!std::isnan(x), "a distribution function is asked for at a number");
  if (std::abs(x) < 1) return 0.5 + (x * std::sqrt((2 - x) * (2 + x)) / 4 + std::asin(x / 2)) / pi;
  const double distance = std::max(0.0, 2 - std::abs(x));  // in which the tail is relatively accurate
  const double beyond = minus_sine(4 * std::asin(std::sqrt(distance) / 2)) / (2 * pi);
  return x < 0 ? beyond : 1 - beyond;
}

double semicircle_quantile(double p) {
  expects(p >= 0 && p <= 1, "a share of the levels lies in [0, 1]");
  if (p > 0.5) return -semicircle_quantile(1 - p);
  if (p == 0) return -2;
  const double mass = 2 * pi * p;
  // y - sin y is convex and at least y^3 / pi^2, so Newton from that bound falls onto the root.
  double y = std::min(pi, std::cbrt(pi * pi * mass));
  for (int step = 0; step < 50; ++step) {
    const double sine = std::sin(y / 2);
    const double next = y - (minus_sine(y) - mass) / (2 * sine * sine);
    const bool arrived = !(next < y * (1 - 2 * std::numeric_limits<double>::epsilon()));
    y = std::min(y, next);
    if (arrived) break;
  }
  return -2 * std::sin((pi - y) / 2);
}

double semicircle_moment(int k) {
  expects(k >= 0, "the order of a moment is not negative");
  if (k % 2 == 1) return 0;
  double catalan = 1;
  for (int j = 0; j < k / 2; ++j) catalan = catalan * (2 * (2 * j + 1)) / (j + 2);
  return catalan;
}

}  // namespace rankwise::spectra
