// Wigner's semicircle law. SPDX-License-Identifier: MIT
#include "rankwise/spectra/semicircle.hpp"

#include <doctest/doctest.h>

#include <boost/math/quadrature/tanh_sinh.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "rankwise/core/error.hpp"
#include "spectra/close.hpp"
#include "spectra/reference.hpp"

namespace rankwise::spectra {
namespace {

const double nan = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("the semicircle's distribution function gives the reference numbers") {
  CHECK(close(semicircle_cdf(-0.3), reference("theory|semicircle_cdf/x=-0.3"), 1e-14));
  CHECK(close(semicircle_cdf(1.9), reference("theory|semicircle_cdf/x=1.9"), 1e-14));
}

TEST_CASE("the semicircle's density integrates to its distribution function and moments") {
  boost::math::quadrature::tanh_sinh<double> rule;
  for (const double x : {-1.9, -1.0, 0.0, 0.7, 1.99}) {
    CHECK(close(rule.integrate(semicircle_density, -2.0, x), semicircle_cdf(x), 1e-11));
  }
  for (int k = 0; k <= 12; ++k) {
    const double moment = rule.integrate([&](double x) { return std::pow(x, k) * semicircle_density(x); }, -2.0, 2.0);
    CAPTURE(k);
    CHECK(std::abs(moment - semicircle_moment(k)) <= 1e-12 * std::max(1.0, semicircle_moment(k)));
  }
  const double catalan[] = {1, 1, 2, 5, 14, 42, 132, 429, 1430};
  for (int k = 0; k < 9; ++k) CHECK(semicircle_moment(2 * k) == catalan[k]);
  CHECK(semicircle_moment(60) == 3814986502092304.0);
}

TEST_CASE("the semicircle's tail keeps its relative accuracy") {
  // F = (2 / 3 pi) e^(3/2) (1 - 3 e / 40 - ...), e = x + 2 exact in binary.
  for (const int exponent : {-10, -20, -40, -50}) {
    const double e = std::ldexp(1.0, exponent);
    const double leading = 2 / (3 * std::numbers::pi) * e * std::sqrt(e) * (1 - 3 * e / 40);
    CHECK(close(semicircle_cdf(-2 + e), leading, std::max(1e-14, e * e)));
  }
  CHECK(close(semicircle_density(std::nextafter(2.0, 0)), std::sqrt(std::ldexp(1.0, -50)) / (2 * std::numbers::pi),
              1e-14));
}

TEST_CASE("the semicircle is symmetric and its distribution function rises") {
  double before = 0;
  for (int i = 0; i <= 4000; ++i) {
    const double x = -2 + i / 1000.0;
    const double below = semicircle_cdf(x);
    CHECK(below >= before);
    CHECK(close(below + semicircle_cdf(-x), 1, 1e-15));
    CHECK(semicircle_density(x) == semicircle_density(-x));
    before = below;
  }
  CHECK(semicircle_cdf(0) == 0.5);
  CHECK(semicircle_cdf(-2) == 0);
  CHECK(semicircle_cdf(2) == 1);
  CHECK(semicircle_cdf(-infinity) == 0);
  CHECK(semicircle_cdf(infinity) == 1);
  CHECK(semicircle_density(infinity) == 0);
  CHECK(semicircle_density(2) == 0);
}

TEST_CASE("quantiles undo the semicircle's distribution function") {
  for (const double p :
       {1e-300, 1e-100, 1e-30, 1e-16, 1e-9, 1e-4, 0.01, 0.1, 0.3, 0.499999, 0.5, 0.50001, 0.9, 0.9999}) {
    const double x = semicircle_quantile(p);
    CAPTURE(p);
    CHECK(x >= -2);
    CHECK(x <= 2);
    // Next to -2 the neighbours of x are far apart in p.
    const double spread = semicircle_cdf(std::nextafter(x, 2)) - semicircle_cdf(x);
    CHECK(std::abs(semicircle_cdf(x) - p) <= 4e-15 * p + 2 * spread);
    if (p <= 0.25) CHECK(semicircle_quantile(1 - p) == -semicircle_quantile(1 - (1 - p)));
  }
  CHECK(semicircle_quantile(0) == -2);
  CHECK(semicircle_quantile(1) == 2);
  CHECK(semicircle_quantile(0.5) == 0);
}

TEST_CASE("the semicircle refuses what has no meaning") {
  CHECK_THROWS_AS((void)semicircle_density(nan), InternalError);
  CHECK_THROWS_AS((void)semicircle_cdf(nan), InternalError);
  CHECK_THROWS_AS((void)semicircle_quantile(nan), InternalError);
  CHECK_THROWS_AS((void)semicircle_quantile(-0.1), InternalError);
  CHECK_THROWS_AS((void)semicircle_quantile(1.1), InternalError);
  CHECK_THROWS_AS((void)semicircle_moment(-1), InternalError);
}

}  // namespace rankwise::spectra
