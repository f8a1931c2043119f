// Unfolding in lanes against the distribution functions in long double. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "rankwise/core/lanes.hpp"
#include "rankwise/spectra/level_statistics.hpp"
#include "spectra/close.hpp"
#include "spectra/reference.hpp"

namespace rankwise::spectra {
namespace {

using Real = long double;
constexpr Real pi = std::numbers::pi_v<Real>;

Real slow_semicircle(double level) {
  const Real x = std::clamp<Real>(level, -2, 2);
  return 0.5L + x * std::sqrt((2 - x) * (2 + x)) / (4 * pi) + std::asin(x / 2) / pi;
}

/// (R + (1 + c) phi - (1 - c) psi)/(2 pi c) of the textbooks, its angles by their tangents: tan^2(phi/2) =
/// (x - a)/(b - x), tan^2(psi/2) = (b/a) tan^2(phi/2).
Real slow_marchenko_pastur(double ratio, double level) {
  const Real c = ratio;
  const Real root = std::sqrt(c);
  const Real a = (1 - root) * (1 - root);
  const Real b = (1 + root) * (1 + root);
  const Real x = std::clamp<Real>(level, a, b);
  const Real below = std::sqrt(x - a);
  const Real above = std::sqrt(b - x);
  const Real phi = 2 * std::atan2(below, above);
  const Real psi = 2 * std::atan2((1 + root) * below, (1 - root) * above);
  return (below * above + (1 + c) * phi - (1 - c) * psi) / (2 * pi * c);
}

/// Whole rows of levels from low to high, the ends and their neighbours among them.
std::vector<double> levels_between(double low, double high, std::size_t rows) {
  std::vector<double> x(rows * replica_lanes);
  const auto last = static_cast<double>(x.size() - 1);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double t = static_cast<double>(i) / last;  // denser at both ends
    x[i] = low + (high - low) * t * t * (3 - 2 * t);
  }
  x[1] = std::nextafter(low, high);
  x[x.size() - 2] = std::nextafter(high, low);
  return x;
}

std::vector<double> semicircle(const std::vector<double>& x) {
  std::vector<double> u(x.size());
  unfold_semicircle(x, u);
  const auto rows = static_cast<double>(x.size() / replica_lanes);
  for (double& f : u) f /= rows;
  return u;
}

std::vector<double> marchenko_pastur(double ratio, const std::vector<double>& x) {
  std::vector<double> u(x.size());
  unfold_marchenko_pastur(ratio, x, u);
  const auto rows = static_cast<double>(x.size() / replica_lanes);
  for (double& f : u) f /= rows;
  return u;
}

/// The largest fall from one value to the next.
double largest_fall(const std::vector<double>& f) {
  double fall = 0;
  for (std::size_t i = 0; i + 1 < f.size(); ++i) fall = std::max(fall, f[i] - f[i + 1]);
  return fall;
}

}  // namespace

TEST_CASE("levels are unfolded by the semicircle") {
  const auto x = levels_between(-2, 2, 512);
  const auto f = semicircle(x);
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    worst = std::max(worst, std::abs(f[i] - static_cast<double>(slow_semicircle(x[i]))));
  CHECK(worst < 5e-16);
  CHECK(largest_fall(f) < 5e-16);
  CHECK(f.front() == 0);
  CHECK(f.back() == 1);
  const double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> outside(replica_lanes, -2.0001);
  outside[1] = -infinity;
  outside[2] = infinity;
  outside[3] = 2.5;
  outside[4] = -0.3;
  outside[5] = 1.9;
  const auto ends = semicircle(outside);
  CHECK(ends[0] == 0);
  CHECK(ends[1] == 0);
  CHECK(ends[2] == 1);
  CHECK(ends[3] == 1);
  CHECK(close(ends[4], reference("theory|semicircle_cdf/x=-0.3"), 1e-15));
  CHECK(close(ends[5], reference("theory|semicircle_cdf/x=1.9"), 1e-15));
}

TEST_CASE("levels are unfolded by Marchenko and Pastur's law") {
  for (const double ratio : {1e-4, 0.01, 0.25, 0.5, 0.9, 1 - 1e-9, 1.0}) {
    CAPTURE(ratio);
    const double root = std::sqrt(ratio);
    const double a = (1 - root) * (1 - root);
    const double b = (1 + root) * (1 + root);
    const auto x = levels_between(a, b, 512);
    const auto f = marchenko_pastur(ratio, x);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      worst = std::max(worst, std::abs(f[i] - static_cast<double>(slow_marchenko_pastur(ratio, x[i]))));
    CHECK(worst < 2e-15);
    CHECK(largest_fall(f) < 2e-15);
    // The end is rounded: what may lie below it is the law's own mass up to 4 units in its last place.
    CHECK(f.front() <= 1.001 * static_cast<double>(slow_marchenko_pastur(ratio, a * (1 + 0x1p-50))));
    CHECK(close(f.back(), 1, 2e-15));
    std::vector<double> outside(replica_lanes, 0.0);
    outside[1] = -5;
    outside[2] = b * 1.001;
    outside[3] = 1e300;
    const auto ends = marchenko_pastur(ratio, outside);
    CHECK(ends[0] == 0);
    CHECK(ends[1] == 0);
    CHECK(close(ends[2], 1, 2e-15));
    CHECK(ends[3] == ends[2]);
  }
  const auto at = [](double ratio, double x) {
    return marchenko_pastur(ratio, std::vector<double>(replica_lanes, x))[0];
  };
  CHECK(close(at(0.25, 1), reference("theory|mp_cdf/c=0.25/x=1.0"), 4e-15));
  CHECK(close(at(0.5, 0.3), reference("theory|mp_cdf/c=0.5/x=0.3"), 4e-15));
  CHECK(close(at(0.5, 2), reference("theory|mp_cdf/c=0.5/x=2.0"), 4e-15));
  CHECK(close(at(1, 1), reference("theory|mp_cdf/c=1.0/x=1.0"), 4e-15));
}

}  // namespace rankwise::spectra
