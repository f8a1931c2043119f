// Moments and quantiles. SPDX-License-Identifier: MIT
#include "rankwise/stats/moments.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "rankwise/core/error.hpp"

namespace rankwise::stats {
namespace {

using Sample = std::vector<double>;
const double nan = std::numeric_limits<double>::quiet_NaN();
const Sample seven{3.25, -1.5, 0.125, 7.75, 2, 2, -0.625};

}  // namespace

TEST_CASE("moments of a sample by hand and as numpy has them") {
  const Moments three = moments(Sample{1, 2, 6});
  CHECK(three.count == 3);
  CHECK(three.mean == 3);
  CHECK(three.variance == 7);
  CHECK(three.standard_error == std::sqrt(7.0 / 3));
  const Moments m = moments(seven);
  CHECK(m.mean == doctest::Approx(1.8571428571428572).epsilon(1e-15));
  CHECK(m.variance == doctest::Approx(9.523065476190476).epsilon(1e-14));
  CHECK(m.standard_error == doctest::Approx(1.1663781227243881).epsilon(1e-14));
}

TEST_CASE("moments skip what is missing") {
  const Moments m = moments(Sample{nan, 1, nan, 2, 6, nan});
  CHECK(m.count == 3);
  CHECK(m.mean == 3);
  CHECK(m.variance == 7);
  for (const Sample& none : {Sample{}, Sample{nan, nan}}) {
    CHECK(moments(none).count == 0);
    CHECK(std::isnan(moments(none).mean));
    CHECK(std::isnan(moments(none).variance));
    CHECK(std::isnan(moments(none).standard_error));
  }
  const Moments single = moments(Sample{nan, 4});
  CHECK(single.count == 1);
  CHECK(single.mean == 4);
  CHECK(std::isnan(single.variance));
  CHECK(std::isnan(single.standard_error));
}

TEST_CASE("the variance survives a large common offset, and equal values have none") {
  const double offset = 1e9;  // the textbook formula E[x^2] - mean^2 has no digit left here
  CHECK(moments(Sample{offset + 1, offset + 2, offset + 6}).variance == doctest::Approx(7).epsilon(1e-12));
  CHECK(moments(Sample(1000, 0.1)).variance < 1e-30);
  CHECK(moments(Sample(8, 0.5)).variance == 0);
}

TEST_CASE("quantiles as numpy's default") {
  CHECK(quantile(seven, 0) == -1.5);
  CHECK(quantile(seven, 0.1) == doctest::Approx(-0.975).epsilon(1e-14));
  CHECK(quantile(seven, 0.25) == -0.25);
  CHECK(quantile(seven, 1.0 / 3) == doctest::Approx(0.125).epsilon(1e-14));
  CHECK(quantile(seven, 0.5) == 2);
  CHECK(quantile(seven, 0.9) == doctest::Approx(5.05).epsilon(1e-14));
  CHECK(quantile(seven, 1) == 7.75);
  CHECK(quantile(Sample{1, 2}, 0.5) == 1.5);
  CHECK(quantile(Sample{nan, 5, nan}, 0.7) == 5);
  CHECK(std::isnan(quantile(Sample{nan}, 0.5)));
  CHECK_THROWS_AS((void)quantile(seven, 1.5), InternalError);
  CHECK_THROWS_AS((void)quantile(seven, nan), InternalError);
}

TEST_CASE("several quantiles are those asked for one by one") {
  const std::vector<double> sample{3, std::nan(""), -1, 7.5, 7.5, 0.25};
  const std::vector<double> probabilities{0.5, 0, 1, 0.3};
  const auto all = quantiles(sample, probabilities);
  REQUIRE(all.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(all[i] == quantile(sample, probabilities[i]));
  CHECK(std::isnan(quantiles({}, probabilities).front()));
  CHECK_THROWS_AS((void)quantiles(sample, std::vector<double>{0.5, 1.5}), InternalError);
}

}  // namespace rankwise::stats
