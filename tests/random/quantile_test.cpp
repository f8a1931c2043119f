// The normal quantile against the inversion of erfc in extended precision. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "rankwise/core/error.hpp"
#include "rankwise/random/distributions.hpp"

using namespace rankwise;
using namespace rankwise::random;

namespace {

/// The x <= 0 with Phi(x) = tail, by Newton's method on log Phi in long double from `start`.
long double lower_quantile(long double tail, long double start) {
  const long double root_half = std::sqrt(0.5L);
  const long double root_two_pi = std::sqrt(8 * std::atan(1.0L));
  long double x = start;
  for (int step = 0; step < 4; ++step) {
    const long double phi = std::erfc(-x * root_half) / 2;
    const long double density = std::exp(-x * x / 2) / root_two_pi;
    x -= std::log(phi / tail) * phi / density;
  }
  return x;
}

/// Relative error of normal_quantile at p; p's complement is exact in long double.
double error_at(double p) {
  const double got = normal_quantile(p);
  if (p == 0.5) return std::abs(got);
  const bool upper = p > 0.5;
  const long double tail = upper ? 1.0L - static_cast<long double>(p) : static_cast<long double>(p);
  const long double size = -lower_quantile(tail, -std::abs(static_cast<long double>(got)));
  return static_cast<double>(std::abs((upper ? 1 : -1) * static_cast<long double>(got) - size) / size);
}

}  // namespace

TEST_CASE("normal_quantile inverts erfc to 1e-14 from 1e-300 to 1 - 1e-16") {
  double worst = 0;
  for (int exponent = -3000; exponent <= -4; ++exponent)
    worst = std::max(worst, error_at(std::pow(10.0, exponent / 10.0)));
  for (int i = 1; i < 4000; ++i) worst = std::max(worst, error_at(i / 4000.0));
  for (double gap = 0x1p-53; gap < 0.1; gap *= 1.37) worst = std::max(worst, error_at(1 - gap));
  for (double gap = 1e-16; gap < 0.1; gap *= 3.1) {
    worst = std::max(worst, error_at(0.5 + gap));
    worst = std::max(worst, error_at(0.5 - gap));
  }
  MESSAGE("largest relative error ", worst);
  CHECK(worst < 1e-14);
}

TEST_CASE("normal_quantile is continuous where its formulas meet, odd and increasing") {
  // Joints: |p - 1/2| = 0.425, and sqrt(-log p) = 5.
  for (const double joint : {0.075, 0.925, std::exp(-25.0)}) {
    const double left = normal_quantile(joint * (1 - 1e-15));
    const double right = normal_quantile(joint * (1 + 1e-15));
    CHECK(std::abs(right - left) <= 2e-14 * std::abs(left));
  }
  double before = -std::numeric_limits<double>::infinity();
  for (int i = 1; i < 1024; ++i) {
    const double p = i / 1024.0;  // 1 - p is exact
    const double x = normal_quantile(p);
    REQUIRE(x > before);
    REQUIRE(normal_quantile(1 - p) == -x);
    before = x;
  }
  CHECK(normal_quantile(0.5) == 0.0);
}

TEST_CASE("normal_quantile wants a probability strictly inside (0, 1)") {
  for (const double bad : {0.0, 1.0, -0.1, 1.1, std::nan("")})
    CHECK_THROWS_AS((void)normal_quantile(bad), InternalError);
}
