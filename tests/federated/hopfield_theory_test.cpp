// Mean field of retrieval against published numbers, its own equations and limits. SPDX-License-Identifier: MIT
#include "rankwise/federated/hopfield_theory.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "rankwise/core/error.hpp"

using namespace rankwise;
using federated::hebb_capacity;
using federated::hebb_retrieval;
using federated::pseudo_inverse_retrieval;

namespace {

/// Simpson's rule with a fixed fine step, unlike the solver's.
template <typename Function>
double gaussian_mean(const Function& f) {
  constexpr int intervals = 40000;
  constexpr double range = 10;
  double sum = 0;
  for (int i = 0; i <= intervals; ++i) {
    const double z = -range + 2 * range * i / intervals;
    sum += (i == 0 || i == intervals ? 1 : i % 2 == 1 ? 4 : 2) * std::exp(-z * z / 2) * f(z);
  }
  return sum * 2 * range / intervals / 3 / std::sqrt(2 * std::numbers::pi);
}

}  // namespace

TEST_CASE("the capacity at temperature 0, .138, and the overlap there, .967") {
  CHECK(hebb_capacity(0) == doctest::Approx(.1379055665).epsilon(1e-9));
  CHECK(hebb_retrieval(.1379055, 0).overlap == doctest::Approx(.967).epsilon(.001));
  CHECK(std::isnan(hebb_retrieval(.13791, 0).overlap));
  CHECK(hebb_retrieval(.13790, 0).overlap > .967);
}

TEST_CASE("temperature 0: the published equation") {
  for (const double load : {1e-4, .01, .05, .1, .12, .137}) {
    const auto s = hebb_retrieval(load, 0);
    const double y = s.overlap / std::sqrt(2 * s.noise);
    CHECK(y * (std::sqrt(2 * load) + 2 / std::sqrt(std::numbers::pi) * std::exp(-y * y)) ==
          doctest::Approx(std::erf(y)).epsilon(1e-10));
    CHECK(s.overlap == doctest::Approx(std::erf(y)).epsilon(1e-12));
  }
  CHECK(hebb_retrieval(0, 0).overlap == 1);
}

TEST_CASE("above it: the saddle-point equations") {
  for (const double temperature : {.05, .2, .5, .8}) {
    for (const double part : {.01, .3, .9, .999}) {
      const double load = part * hebb_capacity(temperature);
      const auto s = hebb_retrieval(load, temperature);
      const auto field = [&](double z) { return std::tanh((s.overlap + std::sqrt(s.noise) * z) / temperature); };
      CHECK(gaussian_mean(field) == doctest::Approx(s.overlap).epsilon(1e-9));
      CHECK(gaussian_mean([&](double z) { return field(z) * field(z); }) == doctest::Approx(s.order).epsilon(1e-9));
      const double left = 1 - (1 - s.order) / temperature;
      CHECK(left > 0);
      CHECK(s.noise == doctest::Approx(load * s.order / (left * left)).epsilon(1e-8));
    }
    CHECK(std::isnan(hebb_retrieval(1.001 * hebb_capacity(temperature), temperature).overlap));
  }
}

TEST_CASE("limits of Hebb's couplings") {
  // T_M = 1 - 1.95 sqrt(load) near T = 1 (Amit, Gutfreund and Sompolinsky)
  CHECK(.01 / std::sqrt(hebb_capacity(.99)) == doctest::Approx(1.95).epsilon(.005));
  CHECK(hebb_capacity(1) == 0);
  CHECK(std::isnan(hebb_retrieval(0, 1).overlap));
  CHECK(std::isnan(hebb_retrieval(.01, 2).overlap));
  // no load: Curie and Weiss
  const double m = hebb_retrieval(0, .6).overlap;
  CHECK(std::tanh(m / .6) == doctest::Approx(m).epsilon(1e-12));
  CHECK(hebb_retrieval(1e-7, .6).overlap == doctest::Approx(m).epsilon(1e-5));
  // the two sets of equations meet, O(T^2) apart
  for (const double load : {.05, .12}) {
    CHECK(std::abs(hebb_retrieval(load, 1e-3).overlap - hebb_retrieval(load, 0).overlap) < 1e-5);
    CHECK(hebb_retrieval(load, 9e-4).overlap == hebb_retrieval(load, 0).overlap);
  }
  CHECK_THROWS_AS((void)hebb_retrieval(-.1, 0), InternalError);
  CHECK_THROWS_AS((void)hebb_retrieval(.1, -1), InternalError);
}

TEST_CASE("pseudo-inverse: its equation with the R-transform by inverting the resolvent") {
  for (const double load : {.05, .3, .5, .8}) {
    for (const double temperature : {.01, .05, .1, .19}) {
      const auto s = pseudo_inverse_retrieval(load, temperature);
      if (std::isnan(s.overlap)) continue;
      const double x = (1 - s.overlap * s.overlap) / temperature;
      if (x < 1e-6) {
        CHECK(s.overlap > .999);
        continue;
      }
      // z above 1 with load/(z - 1) + (1 - load)/z = x
      double low = 1;
      double high = 1 + 1 / x;
      for (int i = 0; i < 200; ++i) {
        const double z = (low + high) / 2;
        (load / (z - 1) + (1 - load) / z > x ? low : high) = z;
      }
      const double reaction = low - 1 / x;
      // 1/x is up to 1e6 where m is all but 1
      CHECK(std::tanh(s.overlap * (1 - reaction) / temperature) == doctest::Approx(s.overlap).epsilon(1e-7));
      CHECK(s.noise == 0);
    }
  }
}

TEST_CASE("pseudo-inverse: limits") {
  CHECK(pseudo_inverse_retrieval(.99, 0).overlap == 1);
  CHECK(std::isnan(pseudo_inverse_retrieval(1, 0).overlap));
  const double m = pseudo_inverse_retrieval(0, .6).overlap;
  CHECK(std::tanh(m / .6) == doctest::Approx(m).epsilon(1e-12));
  // the highest temperature falls with the load, from 1
  CHECK(!std::isnan(pseudo_inverse_retrieval(.1, .58).overlap));
  CHECK(std::isnan(pseudo_inverse_retrieval(.1, .61).overlap));
  CHECK(!std::isnan(pseudo_inverse_retrieval(.5, .2).overlap));
  CHECK(std::isnan(pseudo_inverse_retrieval(.5, .21).overlap));
  CHECK_THROWS_AS((void)pseudo_inverse_retrieval(-.1, 0), InternalError);
}
