// Elementary functions of the lane kernels against the C library. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/isa_portable.hpp"
#include "core/lane_math.hpp"

using rankwise::LaneMath;

namespace {

template <typename F>
double in_lane(const F& f, double x) {
  return f(LaneMath::Vec{} + x)[0];
}

/// A deterministic sweep of (0, 1) that hits no grid.
std::vector<double> unit_numbers(int n) {
  std::vector<double> numbers;
  for (int i = 1; i <= n; ++i) numbers.push_back(std::fmod(i * std::numbers::phi, 1.0));
  return numbers;
}

}  // namespace

TEST_CASE("log: two units in the last place over the whole range, tight next to 1") {
  double worst = 0;
  for (const double u : unit_numbers(200000)) {
    const double exponent = -1020 + 2040 * u;
    for (const double x : {std::exp2(exponent), u, 1 + u, 0.5 + u}) {
      const double expected = std::log(x);
      const double error = std::abs(in_lane(LaneMath::log, x) - expected);
      worst = std::max(worst, expected == 0 ? error : error / std::abs(expected));
    }
  }
  CHECK(worst < 4.5e-16);
  CHECK(in_lane(LaneMath::log, 1.0) == 0);
  for (const double d : {0x1p-52, 0x1p-30, 0x1p-10}) {
    CHECK(std::abs(in_lane(LaneMath::log, 1 + d) - std::log1p(d)) <= 2.3e-16 * d);
    CHECK(std::abs(in_lane(LaneMath::log, 1 - d) - std::log1p(-d)) <= 2.3e-16 * d);
  }
  CHECK(std::abs(in_lane(LaneMath::log, 0x1p-1022) + 1022 * std::numbers::ln2) < 1e-13);
}

TEST_CASE("sine and cosine of turns: absolute error below 2.3e-16, quarters exact") {
  double worst = 0;
  for (const double u : unit_numbers(200000)) {
    LaneMath::Vec sine;
    LaneMath::Vec cosine;
    LaneMath::sine_cosine(LaneMath::Vec{} + u, sine, cosine);
    // long double: 2 pi u itself must not be rounded to a double
    const long double angle = 2 * std::numbers::pi_v<long double> * static_cast<long double>(u);
    worst = std::max({worst, static_cast<double>(std::abs(static_cast<long double>(sine[0]) - std::sin(angle))),
                      static_cast<double>(std::abs(static_cast<long double>(cosine[0]) - std::cos(angle)))});
  }
  CHECK(worst < 2.3e-16);
  for (int quarter = 0; quarter <= 4; ++quarter) {
    LaneMath::Vec sine;
    LaneMath::Vec cosine;
    LaneMath::sine_cosine(LaneMath::Vec{} + quarter / 4.0, sine, cosine);
    CHECK(cosine[0] == (quarter % 2 == 1 ? 0 : quarter == 2 ? -1 : 1));
    CHECK(sine[0] == (quarter % 2 == 0 ? 0 : quarter == 3 ? -1 : 1));
  }
}

TEST_CASE("arcsine: absolute error below 5e-16 on [-1, 1], the ends included") {
  double worst = 0;
  for (const double u : unit_numbers(200000)) {
    for (const double x : {2 * u - 1, 1 - std::exp(-40 * u), std::exp(-40 * u)})
      worst = std::max(worst, std::abs(in_lane(LaneMath::arcsine, x) - std::asin(x)));
  }
  CHECK(worst < 5e-16);
  for (const double x :
       {1e-8, 1e-3, 0.1, -0.3, 0.5}) {  // asin x - x in long double, whose 64 bits leave enough at 1e-3
    const auto wide = static_cast<long double>(x);
    const long double expected = std::abs(x) < 1e-4 ? wide * wide * wide / 6 : std::asin(wide) - wide;
    CHECK(std::abs(in_lane(LaneMath::arcsine_excess, x) - static_cast<double>(expected)) <
          5e-13 * std::abs(static_cast<double>(expected)));
  }
  CHECK(in_lane(LaneMath::arcsine, 0.0) == 0);
  CHECK(std::abs(in_lane(LaneMath::arcsine, 1.0) - std::numbers::pi / 2) < 5e-16);
  CHECK(std::abs(in_lane(LaneMath::arcsine, -1.0) + std::numbers::pi / 2) < 5e-16);
}
