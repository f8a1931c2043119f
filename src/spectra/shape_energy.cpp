// The scale-free log-gas energy of a spectrum and its exact law. SPDX-License-Identifier: MIT
#include "rankwise/spectra/shape_energy.hpp"

#include <algorithm>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "rankwise/core/contract.hpp"

namespace rankwise::spectra {
namespace {

/// psi'(z) - 1/z - 1/(2 z^2) = 1/(6 z^3) - ..., which is also psi'(1 + z) - 1/z + 1/(2 z^2).
double trigamma_rest(double z) {
  if (z < 12) return boost::math::trigamma(z + 1) - (1 - 0.5 / z) / z;
  // Bernoulli numbers B_4 / B_2, ... ; the first left out is below 1e-17 of the sum
  const double q = 1 / (z * z);
  const double series = 1 - q * (1.0 / 5 - q * (1.0 / 7 - q * (1.0 / 5 - q * (5.0 / 11 - q * (691.0 / 455 - q * 7)))));
  return q / (6 * z) * series;
}

/// With M = N/2 = n/2 + beta k, the terms of order n^2 of sum and subtrahend are equal and gone.
double variance_large_beta(double n, double beta) {
  const double k = n * (n - 1) / 4;
  const double m = n / 2 + beta * k;
  const double k_over_m = k / m;
  const double share = n / (2 * m);
  double rests = 0;
  for (double j = n; j >= 1; --j) rests += j * j * trigamma_rest(j * beta / 2);
  const double leading = n * (1 - share) - (1 - share) * (1 - share);
  return leading / (2 * beta * beta) + (rests - n * trigamma_rest(beta / 2)) / 4 -
         k_over_m * k_over_m * m * m * trigamma_rest(m);
}

double variance_small_beta(long double n, long double beta) {
  const long double k = n * (n - 1) / 4;
  long double sum = 0;
  for (long double j = 1; j <= n; ++j) sum += j * j * boost::math::trigamma(1 + j * beta / 2);
  sum -= n * boost::math::trigamma(1 + beta / 2);
  return static_cast<double>(sum / 4 - k * k * boost::math::trigamma(n / 2 + beta * k));
}

}  // namespace

double shape_energy(std::span<const double> levels) {
  expects(levels.size() >= 2, "there are at least two levels");
  double scale = 0;
  for (const double x : levels) {
    expects(std::isfinite(x), "levels are finite");
    scale = std::max(scale, std::abs(x));
  }
  expects(scale > 0, "the levels are not all zero");
  double squares = 0;
  double energy = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    squares += (levels[i] / scale) * (levels[i] / scale);
    double row = 0;
    for (std::size_t j = 0; j < i; ++j) row += std::log(std::abs(levels[i] / scale - levels[j] / scale));
    energy += row;
  }
  const auto n = static_cast<double>(levels.size());
  return energy - n * (n - 1) / 4 * std::log(squares);
}

ShapeEnergyLaw shape_energy_law(std::size_t n, double beta) {
  expects(n >= 2, "there are at least two levels");
  expects(std::isfinite(beta) && beta > 0, "beta is finite and positive");
  const auto levels = static_cast<long double>(n);
  const auto b = static_cast<long double>(beta);
  const long double k = levels * (levels - 1) / 4;
  long double sum = 0;
  for (long double j = 1; j <= levels; ++j) sum += j * boost::math::digamma(1 + j * b / 2);
  sum -= levels * boost::math::digamma(1 + b / 2);
  const long double radius = std::numbers::ln2_v<long double> + boost::math::digamma(levels / 2 + b * k);
  ShapeEnergyLaw law;
  law.mean = static_cast<double>(sum / 2 - k * radius);
  law.variance = beta < 1 ? variance_small_beta(levels, b) : variance_large_beta(static_cast<double>(n), beta);
  return law;
}

}  // namespace rankwise::spectra
