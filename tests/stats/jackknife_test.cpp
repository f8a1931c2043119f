// The jackknife, against the mean, a closed form and sums by hand. SPDX-License-Identifier: MIT
#include "rankwise/stats/jackknife.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "rankwise/core/error.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/stats/moments.hpp"

namespace rankwise::stats {
namespace {

using Values = std::vector<double>;
const double nan = std::numeric_limits<double>::quiet_NaN();
const Values seven{3.25, -1.5, 0.125, 7.75, 2, 2, -0.625};

/// Within a relative error. doctest alone adds 1 to the scale, which makes the comparison of small numbers empty.
doctest::Approx about(double value, double relative = 1e-13) {
  return doctest::Approx(value).epsilon(relative).scale(0);
}

double mean(std::span<const double> x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}
/// Sum of squares / n: biased by the factor (n - 1)/n.
double plug_in_variance(std::span<const double> x) {
  double squares = 0;
  for (const double v : x) squares += (v - mean(x)) * (v - mean(x));
  return squares / static_cast<double>(x.size());
}

}  // namespace

TEST_CASE("the jackknife of the mean is the error of the mean") {
  const Jackknife j = jackknife(seven, seven.size(), mean);
  CHECK(j.blocks == 7);
  CHECK(j.estimate == mean(seven));
  CHECK(j.corrected == about(mean(seven)));
  CHECK(j.standard_error == about(moments(seven).standard_error));
}

TEST_CASE("the jackknife takes the whole bias out of the plug-in variance") {
  const Jackknife j = jackknife(seven, seven.size(), plug_in_variance);
  CHECK(j.estimate == about(plug_in_variance(seven)));
  CHECK(j.corrected == about(moments(seven).variance));
}

TEST_CASE("blocks of a mean are blocks of means") {
  // Three equal blocks with means 1, 4 and 10: the mean over blocks and its error.
  const Values x{0, 2, 3, 5, 9, 11};
  const Jackknife j = jackknife(x, 3, mean);
  CHECK(j.blocks == 3);
  CHECK(j.estimate == 5);
  CHECK(j.standard_error == about(moments(Values{1, 4, 10}).standard_error));
  // Seven values in three blocks: 2, 2 and 3 of them.
  std::vector<std::size_t> lengths;
  (void)jackknife(seven, 3, [&](std::span<const double> part) { return lengths.push_back(part.size()), part[0]; });
  CHECK(lengths == std::vector<std::size_t>{7, 5, 5, 4});
}

TEST_CASE("by hand from the parts") {
  const Values parts{1, 2, 6};
  const Jackknife j = jackknife(4, 3, [&](std::size_t b) { return parts[b]; });
  CHECK(j.estimate == 4);
  CHECK(j.corrected == about(3 * 4 - 2 * 3));
  CHECK(j.standard_error == about(std::sqrt(2.0 / 3 * 14)));
}

TEST_CASE("several statistics at once are each one alone") {
  const Values estimates{mean(seven), plug_in_variance(seven)};
  const auto without = [](std::size_t b) {
    Values rest = seven;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(b));
    return rest;
  };
  const std::vector<Jackknife> both = jackknife(estimates, 7, [&](std::size_t b) {
    return Values{mean(without(b)), plug_in_variance(without(b))};
  });
  REQUIRE(both.size() == 2);
  for (std::size_t k = 0; k < 2; ++k) {
    const Jackknife alone = jackknife(seven, 7, k == 0 ? mean : plug_in_variance);
    CHECK(both[k].estimate == alone.estimate);
    CHECK(both[k].corrected == alone.corrected);
    CHECK(both[k].standard_error == alone.standard_error);
  }
}

TEST_CASE("the error of a ratio is the spread of that ratio") {
  // mean(x)/mean(y) with x = 2 + z, y = 4 + w: to first order variance (1 + 1/4)/(16 n).
  Values errors, ratios;
  for (std::uint64_t trial = 0; trial < 400; ++trial) {
    random::Stream stream({21, 0}, random::Purpose::matrix, trial);
    Values x(50), y(50);
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = 2 + random::normal(stream);
      y[i] = 4 + random::normal(stream);
    }
    const auto ratio = [&](std::size_t left_out) {
      double above = 0, below = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        if (i == left_out) continue;
        above += x[i];
        below += y[i];
      }
      return above / below;
    };
    ratios.push_back(ratio(x.size()));
    errors.push_back(jackknife(ratios.back(), x.size(), ratio).standard_error);
  }
  const double exact = std::sqrt(1.25 / (16 * 50));
  // The spread of 400 values has relative error 1/sqrt(800) = 3.5 %; 14 % is 3.9 sigma, a false alarm of 1e-4. The mean
  // of 400 errors fluctuates by 0.7 % about a value within the next order, 1/50.
  CHECK(std::sqrt(moments(ratios).variance) == about(exact, 0.14));
  CHECK(moments(errors).mean == about(exact, 0.047));
}

TEST_CASE("missing blocks and too few of them") {
  const Jackknife j = jackknife(4, 3, [](std::size_t b) { return b == 1 ? nan : 1.0; });
  CHECK(j.estimate == 4);
  CHECK(std::isnan(j.corrected));
  CHECK(std::isnan(j.standard_error));
  const auto zero = [](std::size_t) { return 0.0; };
  CHECK_THROWS_AS((void)jackknife(1, 1, zero), InternalError);
  CHECK_THROWS_AS((void)jackknife(1, 0, zero), InternalError);
  CHECK_THROWS_AS((void)jackknife(seven, 8, mean), InternalError);
  CHECK_THROWS_AS((void)jackknife(seven, 1, mean), InternalError);
  const auto one = [](std::size_t) { return Values(1); };
  CHECK_THROWS_AS((void)jackknife(Values(2), 3, one), InternalError);
  CHECK_THROWS_AS((void)jackknife(Values(1), 1, one), InternalError);
}

}  // namespace rankwise::stats
