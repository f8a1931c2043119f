// The Marchenko-Pastur law of unit variance. SPDX-License-Identifier: MIT
#include "rankwise/spectra/marchenko_pastur.hpp"

#include <doctest/doctest.h>

#include <boost/math/quadrature/tanh_sinh.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "rankwise/core/error.hpp"
#include "rankwise/spectra/generalised_marchenko_pastur.hpp"
#include "rankwise/spectra/semicircle.hpp"
#include "spectra/close.hpp"
#include "spectra/reference.hpp"

namespace rankwise::spectra {
namespace {

using std::numbers::pi;
const double nan = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

/// Integral of f times the continuous law over [lower, x], in the angle from the lower edge.
template <typename Function>
double integral(const MarchenkoPastur& law, double x, const Function& f) {
  const double c = law.ratio();
  const auto integrand = [&](double t) {
    const double half = std::sin(t / 2);
    const double at = law.lower() + 4 * std::sqrt(c) * half * half;
    const double sine = std::sin(t);
    return at > 0 ? 2 / pi * sine * sine / at * f(at) : 0.0;
  };
  const double end = 2 * std::asin(std::sqrt(std::min(1.0, (x - law.lower()) / (4 * std::sqrt(c)))));
  // Panels on the scale of the pole below the lower edge.
  boost::math::quadrature::tanh_sinh<double> rule;
  double sum = 0;
  double low = 0;
  for (double high = std::min(end, 1e-3); low < end; high = std::min(end, 4 * high)) {
    sum += rule.integrate(integrand, low, high);
    low = high;
  }
  return sum;
}

double one(double) { return 1; }

}  // namespace

TEST_CASE("the Marchenko-Pastur distribution function gives the reference numbers") {
  CHECK(close(MarchenkoPastur(0.25).cdf(1), reference("theory|mp_cdf/c=0.25/x=1.0"), 1e-13));
  CHECK(close(MarchenkoPastur(0.5).cdf(0.3), reference("theory|mp_cdf/c=0.5/x=0.3"), 1e-13));
  CHECK(close(MarchenkoPastur(0.5).cdf(2), reference("theory|mp_cdf/c=0.5/x=2.0"), 1e-13));
  CHECK(close(MarchenkoPastur(1).cdf(1), reference("theory|mp_cdf/c=1.0/x=1.0"), 1e-13));
}

TEST_CASE("the Marchenko-Pastur density integrates to its distribution function and moments") {
  for (const double c : {1e-6, 0.01, 0.06, 0.0626, 0.3, 0.99, 0.999999, 1.0, 1.000001, 1.5, 20.0, 1e5}) {
    const MarchenkoPastur law(c);
    CAPTURE(c);
    for (const double share : {1e-8, 1e-4, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.9999}) {
      const double x = law.lower() + share * (law.upper() - law.lower());
      CAPTURE(share);
      // At small c the rounding of x itself moves it with respect to the edges.
      const double tolerance = c == 1 || share > 0.001 ? 4e-13 : 1e-6;
      const double expected = integral(law, x, one);
      CHECK(std::abs(law.cdf(x) - law.atom_mass() - expected) <= tolerance * expected + (c > 1 ? 3e-16 : 0));
    }
    CHECK(close(integral(law, law.upper(), one) + law.atom_mass(), 1, 1e-13));
    CHECK(law.moment(0) == 1);
    CHECK(law.moment(1) == 1);
    CHECK(close(law.moment(2), 1 + c, 1e-15));
    CHECK(close(law.moment(3), 1 + 3 * c + c * c, 1e-15));
    for (int k = 1; k <= 9; ++k) {
      CHECK(close(integral(law, law.upper(), [&](double x) { return std::pow(x, k); }), law.moment(k), 1e-12));
    }
  }
}

TEST_CASE("the Marchenko-Pastur distribution function is relatively accurate at the lower edge") {
  // c = 1: F = (2/pi) [asin r + r sqrt(1 - r^2)], r = sqrt(x)/2.
  const MarchenkoPastur square(1);
  CHECK(square.lower() == 0);
  for (const double x : {1e-300, 1e-30, 1e-8, 0.01, 0.4, 1.0, 3.0}) {
    const double r = std::sqrt(x) / 2;
    CHECK(close(square.cdf(x), 2 / pi * (std::asin(r) + r * std::sqrt(1 - r * r)), 1e-14));
  }
  // c = 1/4: lower edge 1/4, F = sqrt(2)/(2 pi c a) (2/3) e^(3/2) to leading order.
  const MarchenkoPastur quarter(0.25);
  for (const int exponent : {-30, -40, -52}) {
    const double e = std::ldexp(1.0, exponent);
    CHECK(close(quarter.cdf(0.25 + e), std::sqrt(2.0) * 16 / (2 * pi) * 2 / 3 * e * std::sqrt(e), 10 * e + 1e-14));
  }
}

TEST_CASE("both Marchenko-Pastur laws are one") {
  for (const double m : {50.0, 100.0, 400.0}) {
    const MarchenkoPastur law(100 / m);
    const GeneralisedMarchenkoPastur general(100, std::vector<Component>{{1, 1, m}});
    CHECK(close(law.upper(), general.edge(), 1e-14));
    CHECK(law.atom_mass() == general.atom_mass());
    for (const double share : {0.01, 0.2, 0.5, 0.9}) {
      const double x = law.lower() + share * (law.upper() - law.lower());
      CHECK(close(law.density(x), general.density(x), 1e-11));
    }
  }
}

TEST_CASE("the non-zero levels beyond the square follow the inverse ratio") {
  for (const double c : {1.25, 4.0, 64.0}) {
    const MarchenkoPastur wide(c);
    const MarchenkoPastur levels(1 / c);
    CHECK(close(wide.atom_mass(), 1 - 1 / c, 1e-15));
    CHECK(levels.atom_mass() == 0);
    for (const double share : {0.001, 0.3, 0.8}) {
      const double x = levels.lower() + share * (levels.upper() - levels.lower());
      // Both numbers of the difference are rounded once, below 1: 1.1e-16 each, and c times that is all there can be.
      CHECK(std::abs(c * (wide.cdf(c * x) - wide.atom_mass()) - levels.cdf(x)) <= 2.3e-16 * c);
      CHECK(close(c * c * wide.density(c * x), levels.density(x), 1e-11));
    }
    for (int k = 1; k < 8; ++k) CHECK(close(c * wide.moment(k) / std::pow(c, k), levels.moment(k), 1e-14));
  }
}

TEST_CASE("small ratios give the semicircle") {
  const double s = 1e-6;
  const MarchenkoPastur law(s * s);
  for (const double x : {-1.9, -0.5, 0.0, 1.0, 1.9}) {
    CHECK(std::abs(law.cdf(1 + s * x) - semicircle_cdf(x)) < 2e-6);
    CHECK(std::abs(s * law.density(1 + s * x) - semicircle_density(x)) < 2e-6);
  }
}

TEST_CASE("the Marchenko-Pastur distribution function rises from 0 to 1") {
  for (const double c : {1e-4, 0.0624, 0.0626, 0.25, 0.9999, 1.0, 1.0001, 3.0, 17.0}) {
    const MarchenkoPastur law(c);
    CAPTURE(c);
    double before = 0;
    for (int i = -10; i <= 4010; ++i) {
      const double x = law.lower() + (law.upper() - law.lower()) * i / 4000;
      const double below = law.cdf(x);
      CHECK(below >= before - 4e-16);
      CHECK(below <= 1);
      CHECK(law.density(x) >= 0);
      before = below;
    }
    CHECK(law.cdf(-1e-300) == 0);
    CHECK(law.cdf(-infinity) == 0);
    CHECK(law.cdf(0) == law.atom_mass());
    CHECK(law.cdf(law.lower()) == law.atom_mass());
    CHECK(law.cdf(law.upper()) == 1);
    CHECK(law.cdf(infinity) == 1);
    CHECK(law.density(law.lower()) == 0);
    CHECK(law.density(law.upper()) == 0);
    CHECK(law.density(-infinity) == 0);
    CHECK(law.density(infinity) == 0);
  }
}

TEST_CASE("the Marchenko-Pastur law refuses what has no meaning") {
  for (const double c : {0.0, -1.0, nan, infinity}) CHECK_THROWS_AS((void)MarchenkoPastur(c), InternalError);
  const MarchenkoPastur law(0.5);
  CHECK_THROWS_AS((void)law.density(nan), InternalError);
  CHECK_THROWS_AS((void)law.cdf(nan), InternalError);
  CHECK_THROWS_AS((void)law.moment(-1), InternalError);
}

}  // namespace rankwise::spectra
