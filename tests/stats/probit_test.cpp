// A rising probability, against the closed form of two places and a known law. SPDX-License-Identifier: MIT
#include "rankwise/stats/probit.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "rankwise/core/error.hpp"
#include "rankwise/random/distributions.hpp"

namespace rankwise::stats {
namespace {

struct Outcomes {
  std::vector<double> x;
  std::vector<bool> hit;
  void add(double at, int hits, int trials) {
    for (int i = 0; i < trials; ++i) {
      x.push_back(at);
      hit.push_back(i < hits);
    }
  }
};

doctest::Approx about(double value, double epsilon = 1e-8) { return doctest::Approx(value).epsilon(epsilon).scale(0); }

/// Variance of the probit of a share p of n, by the delta method.
double probit_variance(double p, double n) {
  const double eta = random::normal_quantile(p);
  const double density = std::exp(-eta * eta / 2) / std::sqrt(2 * std::numbers::pi);
  return p * (1 - p) / n / (density * density);
}

}  // namespace

TEST_CASE("two places: the fit goes through both shares, with their binomial errors") {
  for (const double floor : {0.0, 0.1}) {
    CAPTURE(floor);
    Outcomes o;
    o.add(3, 30, 100);
    o.add(5, 160, 200);
    const auto fit = probit_fit(o.x, o.hit, floor);
    CHECK(fit.count == 300);
    // P is the floor and the rest of Phi
    const double low = (.3 - floor) / (1 - floor);
    const double high = (.8 - floor) / (1 - floor);
    const double z_low = random::normal_quantile(low);
    const double z_high = random::normal_quantile(high);
    const double scale = 2 / (z_high - z_low);
    CHECK(fit.scale == about(scale));
    CHECK(fit.midpoint == about(3 - scale * z_low));
    CHECK(fit.crossing(.3).value == about(3));
    CHECK(fit.crossing(.8).value == about(5));
    CHECK(fit.width(.3, .8).value == about(2));
    if (floor > 0) continue;
    const double v_low = probit_variance(.3, 100);
    const double v_high = probit_variance(.8, 200);
    CHECK(fit.scale_variance == about(std::pow(scale, 4) / 4 * (v_low + v_high)));
    // x(.3) = midpoint + scale z, so that its error is the share's own over the slope
    CHECK(fit.crossing(.3).standard_error == about(scale * std::sqrt(v_low)));
    CHECK(fit.crossing(.8).standard_error == about(scale * std::sqrt(v_high)));
    CHECK(fit.width(.25, .75).standard_error ==
          about((random::normal_quantile(.75) - random::normal_quantile(.25)) * std::sqrt(fit.scale_variance)));
  }
}

TEST_CASE("units and origin of x pass through") {
  Outcomes o;
  Outcomes moved;
  for (int i = 0; i < 9; ++i) {
    o.add(i, i * i / 9, 10);
    moved.add(1000 + 1e-3 * i, i * i / 9, 10);
  }
  const auto a = probit_fit(o.x, o.hit);
  const auto b = probit_fit(moved.x, moved.hit);
  CHECK(b.midpoint - 1000 == about(1e-3 * a.midpoint, 1e-7));
  CHECK(b.scale == about(1e-3 * a.scale, 1e-7));
  CHECK(b.crossing(.9).standard_error == about(1e-3 * a.crossing(.9).standard_error, 1e-6));
}

TEST_CASE("nothing to fit: one outcome alone, a clean cut, a probability that falls") {
  const auto decides_nothing = [](const Outcomes& o) {
    const auto fit = probit_fit(o.x, o.hit);
    CHECK(std::isnan(fit.midpoint));
    CHECK(std::isnan(fit.scale));
    CHECK(std::isnan(fit.crossing(.5).value));
    CHECK(std::isnan(fit.crossing(.5).standard_error));
    CHECK(std::isnan(fit.width(.25, .75).value));
  };
  decides_nothing({});
  Outcomes always;
  always.add(0, 4, 4);
  always.add(1, 4, 4);
  decides_nothing(always);
  Outcomes cut;
  cut.add(0, 0, 4);
  cut.add(1, 4, 4);
  decides_nothing(cut);
  Outcomes falls;
  falls.add(0, 9, 10);
  falls.add(1, 2, 10);
  decides_nothing(falls);
  Outcomes falls_clean;
  falls_clean.add(0, 10, 10);
  falls_clean.add(1, 0, 10);
  decides_nothing(falls_clean);
  CHECK_THROWS_AS((void)probit_fit(cut.x, std::vector<bool>(1)), InternalError);
  CHECK_THROWS_AS((void)probit_fit(cut.x, cut.hit, 1), InternalError);
}

TEST_CASE("simulated outcomes: midpoint and scale within their errors, which are the right ones") {
  // 200 fits of 400 outcomes each, floor .05; |mean of z| < 4/sqrt(200), variance of z within 4 sqrt(2/200) of 1:
  // a correct fit fails with probability 3e-4.
  double sum[2] = {0, 0};
  double squares[2] = {0, 0};
  constexpr int fits = 200;
  for (int f = 0; f < fits; ++f) {
    random::Stream stream({7, 11}, random::Purpose::user, static_cast<std::uint64_t>(f));
    std::vector<double> x;
    std::vector<bool> hit;
    for (int i = 0; i < 400; ++i) {
      x.push_back(2 + 3 * (random::uniform(stream) - .5));
      const double p = .05 + .95 * std::erfc(-(x.back() - 2.2) / (.4 * std::numbers::sqrt2)) / 2;
      hit.push_back(random::uniform(stream) < p);
    }
    const auto fit = probit_fit(x, hit, .05);
    // the logarithm of a scale is nearer to normal
    const double z[2] = {(fit.midpoint - 2.2) / std::sqrt(fit.midpoint_variance),
                         std::log(fit.scale / .4) / (std::sqrt(fit.scale_variance) / fit.scale)};
    for (int k = 0; k < 2; ++k) {
      sum[k] += z[k];
      squares[k] += z[k] * z[k];
    }
  }
  for (int k = 0; k < 2; ++k) {
    CAPTURE(k);
    CHECK(std::abs(sum[k] / fits) < 4 / std::sqrt(fits));
    CHECK(std::abs(squares[k] / fits - 1) < 4 * std::sqrt(2.0 / fits));
  }
}

}  // namespace rankwise::stats
