// The Kolmogorov distance. SPDX-License-Identifier: MIT
#include "rankwise/stats/kolmogorov.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "rankwise/core/error.hpp"
#include "rankwise/random/distributions.hpp"

namespace rankwise::stats {
namespace {

using Sample = std::vector<double>;
const double nan = std::numeric_limits<double>::quiet_NaN();

double uniform_law(double x) { return std::clamp(x, 0.0, 1.0); }
double normal_law(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }
/// Mass .4 at 0, the rest uniform on (0, 1).
double law_with_atom(double x) { return x < 0 ? 0 : 0.4 + 0.6 * std::clamp(x, 0.0, 1.0); }

}  // namespace

TEST_CASE("distance by hand and as SciPy has it") {
  CHECK(kolmogorov_distance(Sample{0.5}, uniform_law) == doctest::Approx(0.5));
  CHECK(kolmogorov_distance(Sample{0.75, 0.25}, uniform_law) == doctest::Approx(0.25));
  CHECK(kolmogorov_distance(Sample{2, 3}, uniform_law) == 1);
  const Sample u{0.11, 0.93, 0.42, 0.5, 0.77, 0.05};
  CHECK(kolmogorov_distance(u, uniform_law) == doctest::Approx(0.22333333333333333).epsilon(1e-14));
  const Sample z{0.3, -1.2, 2.1, 0.05, -0.4};
  CHECK(kolmogorov_distance(z, normal_law) == doctest::Approx(0.1821355794371834).epsilon(1e-13));
}

TEST_CASE("ties, atoms and missing values") {
  // Two of five at the atom, the others where the law wants them: only the steps of F_n remain.
  CHECK(kolmogorov_distance(Sample{0, 0, 1.0 / 6, 0.5, 5.0 / 6}, law_with_atom) == doctest::Approx(0.1));
  // Nothing at the atom.
  CHECK(kolmogorov_distance(Sample{0.5, 0.9}, law_with_atom) == doctest::Approx(0.7));
  CHECK(kolmogorov_distance(Sample{nan, 0.75, nan, 0.25}, uniform_law) == doctest::Approx(0.25));
  CHECK(std::isnan(kolmogorov_distance(Sample{nan}, uniform_law)));
  CHECK_THROWS_AS((void)kolmogorov_distance(Sample{0.5}, [](double) { return 1.5; }), InternalError);
  CHECK_THROWS_AS((void)kolmogorov_distance(Sample{0.5}, [](double) { return nan; }), InternalError);
}

TEST_CASE("a sample of the law is near it and one of another law is not") {
  random::Stream stream({11, 0}, random::Purpose::matrix, 0);
  Sample sample;
  for (int i = 0; i < 4000; ++i) sample.push_back(random::normal(stream));
  // Kolmogorov's limit: P(sqrt(n) D > 2.0) = 6.7e-4 and P(sqrt(n) D < 0.3) = 1e-5.
  const double scaled = std::sqrt(4000.0) * kolmogorov_distance(sample, normal_law);
  CHECK(scaled < 2.0);
  CHECK(scaled > 0.3);
  for (double& x : sample) x += 0.1;
  CHECK(kolmogorov_distance(sample, normal_law) > 0.02);
}

}  // namespace rankwise::stats
