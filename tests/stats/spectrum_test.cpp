// The exact ensemble spectrum: by hand, in any order, at its limits, and its accuracy. SPDX-License-Identifier: MIT
#include "rankwise/stats/spectrum.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "rankwise/core/error.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/stats/kolmogorov.hpp"
#include "rankwise/stats/moments.hpp"

namespace rankwise::stats {
namespace {

using Values = std::vector<double>;
using Counts = std::vector<std::int64_t>;
const double nan = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

/// Within a relative error. doctest alone adds 1 to the scale, which makes the comparison of small numbers empty.
doctest::Approx about(double value, double relative = 1e-13) {
  return doctest::Approx(value).epsilon(relative).scale(0);
}

SpectrumTally tally_of(const std::vector<Values>& replicas, const Values& edges) {
  SpectrumTally tally = empty_spectrum(replicas.at(0).size(), edges.size() - 1);
  for (const Values& levels : replicas) add_replica(tally, levels, edges);
  return tally;
}

/// `replicas` spectra of n sorted normals each.
std::vector<Values> normal_spectra(std::size_t replicas, std::size_t n) {
  std::vector<Values> spectra(replicas, Values(n));
  for (std::size_t r = 0; r < replicas; ++r) {
    random::Stream stream({71, 0}, random::Purpose::matrix, r);
    for (double& x : spectra[r]) x = random::normal(stream);
    std::sort(spectra[r].begin(), spectra[r].end());
  }
  return spectra;
}

const Values wide_edges{-8, -3, -1.5, -1, -0.25, 0, 0.1, 1.25, 2, 8};

}  // namespace

TEST_CASE("two replicas by hand") {
  const Values edges{0, 1, 2, 4};
  const SpectrumTally tally = tally_of({{-0.5, 0.5, 0.75}, {1, 1.5, 4}}, edges);
  CHECK(tally.counts == Counts{2, 2, 1});  // 1 is in [1, 2), 4 in the last bin with both its ends
  CHECK(tally.count_squares == Counts{4, 4, 1});
  CHECK(tally.outside == Counts{1, 0});
  CHECK(spectrum_reach(edges) == 4);
  const std::int64_t unit = std::int64_t{1} << 42;  // quanta of 2^(2-44)
  CHECK(tally.level_sums == Counts{unit / 2, 2 * unit, 19 * unit / 4});
  // Squares in units of 2^44 quanta^2: unit^2 = 2^84 is 2^40 of them.
  CHECK(tally.level_squares_upper == Counts{5 * (unit >> 4), 10 * (unit >> 4), 265 * (unit >> 6)});
  CHECK(tally.level_squares_lower == Counts{0, 0, 0});
  CHECK(replicas_in(tally) == 2);

  const SpectrumSummary s = summarise(tally, edges, 2);
  CHECK(s.density == Values{1.0 / 3, 1.0 / 3, 1.0 / 12});
  // Counts {2,0}, {0,2}, {0,1}: errors of their means 1, 1 and 1/2, over n times the width.
  CHECK(s.density_stderr == Values{1.0 / 3, 1.0 / 3, 1.0 / 12});
  CHECK(s.level_mean == Values{0.25, 1, 2.375});
  CHECK(s.level_stderr == Values{0.75, 0.5, 1.625});
  CHECK(s.below == about(1.0 / 6));
  CHECK(s.inside == about(5.0 / 6));
  CHECK(s.above == 0);
}

TEST_CASE("a level is rounded to the nearest quantum, halves away from zero") {
  const Values edges{-1, 1};
  const double quantum = 0x1p-44;
  const SpectrumTally tally =
      tally_of({{-0.75 * quantum, -0.5 * quantum, 0.25 * quantum, 0.5 * quantum, 1.75 * quantum}}, edges);
  CHECK(tally.level_sums == Counts{-1, -1, 0, 1, 2});
  CHECK(tally.level_squares_upper == Counts{0, 0, 0, 0, 0});
  CHECK(tally.level_squares_lower == Counts{1, 1, 0, 1, 4});
}

TEST_CASE("one replica has no errors, none has nothing") {
  const Values edges{-1, 0, 1};
  const SpectrumSummary one = summarise(tally_of({{-2.0 / 3, 0.5}}, edges), edges, 1);
  CHECK(one.density == Values{0.5, 0.5});
  CHECK(one.level_mean[1] == 0.5);
  CHECK(std::isnan(one.level_stderr[1]));
  CHECK(std::isnan(one.density_stderr[0]));
  const SpectrumTally empty = empty_spectrum(2, 2);
  const SpectrumSummary none = summarise(empty, edges, 0);
  for (const double x : {none.density[0], none.density_stderr[1], none.level_mean[0], none.level_stderr[0], none.below,
                         none.inside, none.above}) {
    CHECK(std::isnan(x));
  }
  CHECK(std::isnan(kolmogorov_distance(empty, Values{0, 0.5, 1})));
}

TEST_CASE("order and grouping leave no trace") {
  const std::vector<Values> spectra = normal_spectra(40, 25);
  const SpectrumTally whole = tally_of(spectra, wide_edges);
  std::vector<Values> backwards(spectra.rbegin(), spectra.rend());
  CHECK(tally_of(backwards, wide_edges) == whole);
  SpectrumTally merged = tally_of({spectra.begin() + 13, spectra.end()}, wide_edges);
  merged += empty_spectrum(25, wide_edges.size() - 1);
  merged += tally_of({spectra.begin(), spectra.begin() + 13}, wide_edges);
  CHECK(merged == whole);
}

TEST_CASE("a summary is the moments of each bin and each level over the replicas") {
  const std::vector<Values> spectra = normal_spectra(50, 30);
  const SpectrumSummary s = summarise(tally_of(spectra, wide_edges), wide_edges, 50);
  double integral = 0;
  for (std::size_t j = 0; j + 1 < wide_edges.size(); ++j) {
    const double width = wide_edges[j + 1] - wide_edges[j];
    Values densities;
    for (const Values& levels : spectra) {
      const auto count = std::count_if(levels.begin(), levels.end(),
                                       [&](double x) { return x >= wide_edges[j] && x < wide_edges[j + 1]; });
      densities.push_back(static_cast<double>(count) / (30 * width));
    }
    const Moments m = moments(densities);
    CHECK(s.density[j] == about(m.mean, 1e-13));
    CHECK(s.density_stderr[j] == about(m.standard_error, 1e-12));
    integral += s.density[j] * width;
  }
  CHECK(integral == about(s.inside, 1e-14));
  CHECK(s.below + s.inside + s.above == about(1, 1e-15));
  for (std::size_t k = 0; k < 30; ++k) {
    Values level;
    for (const Values& levels : spectra) level.push_back(levels[k]);
    CHECK(std::abs(s.level_mean[k] - moments(level).mean) < 1e-13 * 8);
    CHECK(s.level_stderr[k] == about(moments(level).standard_error, 1e-12));
  }
}

TEST_CASE("levels far narrower than the spectrum keep their means and errors") {
  // Standard deviation 1e-9 at 0.9 of a scale of 1: the textbook E[x^2] - mean^2 in double has lost every digit.
  const Values edges{-1, 0, 1};
  random::Stream stream({81, 0}, random::Purpose::matrix, 0);
  Values level(300);
  for (double& x : level) x = 0.9 + 1e-9 * random::normal(stream);
  SpectrumTally tally = empty_spectrum(1, 2);
  for (const double x : level) add_replica(tally, Values{x}, edges);
  const SpectrumSummary s = summarise(tally, edges, 300);
  CHECK(std::abs(s.level_mean[0] - moments(level).mean) < 1e-13);
  // A quantum of 2^-44 is 6e-5 standard deviations wide.
  CHECK(s.level_stderr[0] == about(moments(level).standard_error, 1e-5));
  // Without any spread there is no error at all.
  SpectrumTally same = empty_spectrum(1, 2);
  for (int r = 0; r < 1000; ++r) add_replica(same, Values{0.1}, edges);
  CHECK(summarise(same, edges, 1000).level_stderr[0] == 0);
}

TEST_CASE("the largest levels and the most replicas do not overflow") {
  const Values edges{-3, 0, 3};
  const double reach = spectrum_reach(edges);
  SpectrumTally tally = empty_spectrum(2, 2);
  add_replica(tally, Values{-reach, reach}, edges);
  add_replica(tally, Values{reach, reach}, edges);
  for (int doubling = 1; doubling < 18; ++doubling) tally += SpectrumTally(tally);
  CHECK(replicas_in(tally) == most_spectrum_replicas);
  CHECK(tally.level_sums == Counts{0, std::int64_t{1} << 62});
  const SpectrumSummary s = summarise(tally, edges, most_spectrum_replicas);
  CHECK(s.level_mean == Values{0, reach});
  CHECK(s.level_stderr[0] == about(reach / std::sqrt(0x1p18 - 1), 1e-15));
  CHECK(s.level_stderr[1] == 0);
  CHECK(s.inside == 0);
  CHECK_THROWS_AS(add_replica(tally, Values{0, 0}, edges), InternalError);
  SpectrumTally one = tally_of({{0, 0}}, edges);
  CHECK_THROWS_AS(one += tally, InternalError);
  CHECK(replicas_in(one) == 1);
}

TEST_CASE("the reach is the power of two next above the edges") {
  CHECK(spectrum_reach(Values{0, 4}) == 4);
  CHECK(spectrum_reach(Values{0, 4.01}) == 8);
  CHECK(spectrum_reach(Values{-4.01, 1}) == 8);
  CHECK(spectrum_reach(Values{-0.3, 0.1, 0.2}) == 0.5);
  CHECK(spectrum_reach(Values{-1e-30, 0}) == std::exp2(-99));
  for (const Values& bad : {Values{}, Values{1}, Values{1, 1}, Values{2, 1}, Values{nan, 1}, Values{0, nan, 1},
                            Values{0, infinity}, Values{0, 1e300}, Values{0, 1e-300}}) {
    CHECK_THROWS_AS((void)spectrum_reach(bad), InternalError);
  }
}

TEST_CASE("the distance to a law is the one at the edges") {
  const Values edges{0, 1, 2, 4};
  const SpectrumTally tally = tally_of({{-0.5, 0.5, 0.75}, {1, 1.5, 4}}, edges);  // F_n = 1/6, 3/6, 5/6, 1
  CHECK(kolmogorov_distance(tally, Values{0, 0.5, 0.9, 1}) == about(1.0 / 6));
  CHECK(kolmogorov_distance(tally, Values{0.1, 0.8, 0.9, 1}) == about(0.8 - 0.5));
  CHECK(kolmogorov_distance(tally, Values{0.1, 0.5, 0.8, 0.9}) == about(1 - 0.9));

  const std::vector<Values> spectra = normal_spectra(20, 100);
  Values all, cdf, fine;
  for (const Values& levels : spectra) all.insert(all.end(), levels.begin(), levels.end());
  for (int j = 0; j <= 800; ++j) fine.push_back(-4 + 0.01 * j);
  const auto law = [](double x) { return std::erfc(-(x - 0.1) / std::sqrt(2.0)) / 2; };
  for (const double edge : fine) cdf.push_back(law(edge));
  const double binned = kolmogorov_distance(tally_of(spectra, fine), cdf);
  const double exact = kolmogorov_distance(all, law);
  CHECK(binned <= exact);
  CHECK(binned > exact - 0.01 * 0.4 - 1e-12);  // the law's largest share of a bin
  CHECK(binned > 0.02);
}

TEST_CASE("what does not fit is refused, and leaves the tally as it was") {
  const Values edges{0, 1, 2, 4};
  SpectrumTally tally = tally_of({{-0.5, 0.5, 0.75}}, edges);
  const SpectrumTally before = tally;
  for (const Values& bad : {Values{1, 2}, Values{1, 2, 3, 4}, Values{1, 3, 2}, Values{1, 2, nan}, Values{nan, 1, 2},
                            Values{1, nan, 2}, Values{1, 2, 4.001}, Values{-4.001, 1, 2}, Values{1, 2, infinity}}) {
    CHECK_THROWS_AS(add_replica(tally, bad, edges), InternalError);
  }
  CHECK_THROWS_AS(add_replica(tally, Values{1, 2, 3}, Values{0, 1, 2}), InternalError);
  CHECK_THROWS_AS(tally += empty_spectrum(3, 2), InternalError);
  CHECK_THROWS_AS(tally += empty_spectrum(2, 3), InternalError);
  CHECK(tally == before);

  CHECK_THROWS_AS((void)summarise(tally, edges, 2), InternalError);
  CHECK_THROWS_AS((void)summarise(tally, Values{0, 1, 2}, 1), InternalError);
  CHECK_THROWS_AS((void)kolmogorov_distance(tally, Values{0, 0.5, 1}), InternalError);
  CHECK_THROWS_AS((void)kolmogorov_distance(tally, Values{0, 0.5, 1, 1.1}), InternalError);
  CHECK_THROWS_AS((void)kolmogorov_distance(tally, Values{0, nan, 1, 1}), InternalError);
  SpectrumTally torn = tally;
  torn.counts[0] += 1;
  CHECK_THROWS_AS((void)replicas_in(torn), InternalError);
  torn = tally;
  torn.level_squares_lower.pop_back();
  CHECK_THROWS_AS((void)replicas_in(torn), InternalError);
  CHECK_THROWS_AS((void)empty_spectrum(0, 3), InternalError);
  CHECK_THROWS_AS((void)empty_spectrum(3, 0), InternalError);
  CHECK_THROWS_AS((void)empty_spectrum(most_spectrum_levels + 1, 1), InternalError);
}

}  // namespace rankwise::stats
