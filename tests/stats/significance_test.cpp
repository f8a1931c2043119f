// Student's t and shares of a count against closed forms, mpmath and SciPy. SPDX-License-Identifier: MIT
#include "rankwise/stats/significance.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "rankwise/core/error.hpp"

namespace rankwise::stats {
namespace {

const double infinity = std::numeric_limits<double>::infinity();

/// Relative accuracy 1e-12.
doctest::Approx about(double value) { return doctest::Approx(value).epsilon(1e-12).scale(0); }

}  // namespace

TEST_CASE("Student's t quantiles") {
  for (const double p : {0.001, 0.2, 0.75, 0.999}) {
    CHECK(students_t_quantile(p, 1) == about(std::tan(std::numbers::pi * (p - 0.5))));  // Cauchy
    CHECK(students_t_quantile(p, 2) == about((2 * p - 1) / std::sqrt(2 * p * (1 - p))));
    CHECK(students_t_quantile(p, 7.5) == about(-students_t_quantile(1 - p, 7.5)));
  }
  CHECK(students_t_quantile(0.5, 3) == 0);
  CHECK(students_t_quantile(0.975, 10) == about(2.2281388519862742));
  CHECK(students_t_quantile(0.001, 4) == about(-7.1731822197823084));
  CHECK(students_t_quantile(0.6, 2.5) == about(0.28145951274854759));
  CHECK(students_t_quantile(0.025, infinity) == about(-1.9599639845400545));
  CHECK(students_t_quantile(1e-10, infinity) == about(-6.361340902404056));
}

TEST_CASE("two-sided thresholds") {
  CHECK(two_sided_threshold(0.05, 9) == about(2.2621571627982055));
  CHECK(two_sided_threshold(1e-3, 29) == about(3.6594050194663328));
  CHECK(two_sided_threshold(1e-9, 19) == about(11.069477097277273));
  CHECK(two_sided_threshold(0.05, infinity) == about(1.9599639845400545));
  CHECK(two_sided_threshold(1e-12, infinity) == about(7.130506848171324));
  CHECK(two_sided_threshold(1e-3, 1e12) == doctest::Approx(two_sided_threshold(1e-3, infinity)).epsilon(1e-9));
  CHECK(two_sided_threshold(0.05, 3) > two_sided_threshold(0.05, 4));
}

TEST_CASE("the error of a share") {
  CHECK(binomial_stderr(25, 100) == about(std::sqrt(0.25 * 0.75 / 100)));
  CHECK(binomial_stderr(0, 10) == 0);
  CHECK(binomial_stderr(10, 10) == 0);
  CHECK(std::isnan(binomial_stderr(0, 0)));
}

TEST_CASE("Wilson's interval") {
  const Interval none = wilson_interval(0, 20, 0.05);
  CHECK(none.low == 0);
  CHECK(none.high == about(0.16112515805281935));
  const Interval some = wilson_interval(3, 20, 0.05);
  CHECK(some.low == about(0.05236874589621662));
  CHECK(some.high == about(0.3604188647407569));
  const Interval most = wilson_interval(997, 1000, 0.01);
  CHECK(most.low == about(0.9882064833170751));
  CHECK(most.high == about(0.9992418987689385));
  const Interval all = wilson_interval(7, 7, 0.05);
  CHECK(all.low == about(0.6456695649333126));
  CHECK(all.high == 1);
  const Interval unknown = wilson_interval(0, 0, 0.05);
  CHECK(unknown.low == 0);
  CHECK(unknown.high == 1);
}

TEST_CASE("impossible counts and probabilities are refused") {
  CHECK_THROWS_AS((void)students_t_quantile(0, 3), InternalError);
  CHECK_THROWS_AS((void)students_t_quantile(1, 3), InternalError);
  CHECK_THROWS_AS((void)students_t_quantile(0.5, 0), InternalError);
  CHECK_THROWS_AS((void)students_t_quantile(std::numeric_limits<double>::quiet_NaN(), 3), InternalError);
  CHECK_THROWS_AS((void)two_sided_threshold(0, 3), InternalError);
  CHECK_THROWS_AS((void)two_sided_threshold(1.2, 3), InternalError);
  CHECK_THROWS_AS((void)binomial_stderr(3, 2), InternalError);
  CHECK_THROWS_AS((void)binomial_stderr(-1, 2), InternalError);
  CHECK_THROWS_AS((void)wilson_interval(1, 2, 0), InternalError);
}

}  // namespace rankwise::stats
