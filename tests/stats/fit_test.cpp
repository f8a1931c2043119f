// Straight lines, against exact lines, SciPy and the normal equations in numpy. SPDX-License-Identifier: MIT
#include "rankwise/stats/fit.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "rankwise/core/error.hpp"

namespace rankwise::stats {
namespace {

using Values = std::vector<double>;
const double nan = std::numeric_limits<double>::quiet_NaN();
const Values x{0, 1, 2, 3.5, 5, 8};
const Values y{1.1, 2.9, 5.2, 7.7, 11.3, 16.9};
const Values errors{0.1, 0.2, 0.1, 0.3, 0.5, 0.2};

doctest::Approx about(double value) { return doctest::Approx(value).epsilon(1e-12); }

}  // namespace

TEST_CASE("an exact line is found exactly") {
  const LinearFit line = linear_fit(Values{1, 2, 4, 8}, Values{-1, -3, -7, -15});
  CHECK(line.count == 4);
  CHECK(line.slope == about(-2));
  CHECK(line.intercept == about(1));
  CHECK(line.r_squared == about(1));
  CHECK(line.slope_stderr < 1e-14);
  CHECK(line.chi_squared < 1e-28);
}

TEST_CASE("the fit with equal weights is SciPy's linregress") {
  const LinearFit line = linear_fit(x, y);
  CHECK(line.slope == about(1.9912536443148685));
  CHECK(line.intercept == about(1.0450923226433435));
  CHECK(line.slope_stderr == about(0.03780056997051729));
  CHECK(line.intercept_stderr == about(0.1590696012875586));
  CHECK(line.r_squared == about(0.9985606117537041));
}

TEST_CASE("the fit with known errors solves the weighted normal equations") {
  const LinearFit line = linear_fit(x, y, errors);
  CHECK(line.slope == doctest::Approx(1.97829773).epsilon(1e-8));
  CHECK(line.intercept == doctest::Approx(1.12586478).epsilon(1e-8));
  CHECK(line.slope_stderr == doctest::Approx(0.02693958).epsilon(1e-7));
  CHECK(line.intercept_stderr == doctest::Approx(0.07867518).epsilon(1e-7));
  CHECK(line.chi_squared == about(4.238702122320507));
  CHECK(line.r_squared == about(0.9992146017621348));
  // Errors ten times as large change neither the line nor its quality, and its own errors by ten.
  Values larger = errors;
  for (double& e : larger) e *= 10;
  const LinearFit loose = linear_fit(x, y, larger);
  CHECK(loose.slope == about(line.slope));
  CHECK(loose.slope_stderr == about(10 * line.slope_stderr));
  CHECK(loose.r_squared == about(line.r_squared));
}

TEST_CASE("missing points are skipped and too few decide nothing") {
  const LinearFit whole = linear_fit(Values{0, 1, 2, 3}, Values{1, 2, 2, 5});
  const LinearFit holes = linear_fit(Values{0, nan, 1, 2, 9, 3}, Values{1, 7, 2, 2, nan, 5});
  CHECK(holes.count == 4);
  CHECK(holes.slope == whole.slope);
  CHECK(holes.slope_stderr == whole.slope_stderr);

  const LinearFit pair = linear_fit(Values{0, 1}, Values{1, 3});
  CHECK(pair.slope == 2);
  CHECK(pair.intercept == 1);
  CHECK(std::isnan(pair.slope_stderr));
  CHECK(linear_fit(Values{0, 1}, Values{1, 3}, Values{1, 1}).slope_stderr == about(std::sqrt(2.0)));

  CHECK(std::isnan(linear_fit(Values{1}, Values{1}).slope));
  CHECK(std::isnan(linear_fit(Values{}, Values{}).intercept));
  CHECK(std::isnan(linear_fit(Values(5, 0.1), Values{1, 2, 3, 4, 5}).slope));
  const LinearFit flat = linear_fit(Values{0, 1, 2}, Values(3, 0.1));
  CHECK(std::abs(flat.slope) < 1e-16);
  CHECK(std::isnan(flat.r_squared));
  CHECK_THROWS_AS((void)linear_fit(Values{1, 2}, Values{1}), InternalError);
  CHECK_THROWS_AS((void)linear_fit(Values{1, 2}, Values{1, 2}, Values{1, 0}), InternalError);
  CHECK_THROWS_AS((void)linear_fit(Values{1, 2}, Values{1, 2}, Values{1}), InternalError);
}

}  // namespace rankwise::stats
