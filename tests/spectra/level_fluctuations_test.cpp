// Number variance, rigidity and form factor of single spectra: closed forms of ladders and of independent levels, and
// slow oracles. Each statistical check would fail by accident with probability 1e-4 at another seed.
// SPDX-License-Identifier: MIT
#include "rankwise/spectra/level_fluctuations.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <vector>

#include "rankwise/core/error.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/spectra/ensembles.hpp"
#include "spectra/close.hpp"
#include "spectra/sampled.hpp"

namespace rankwise::spectra {
namespace {

constexpr random::Key key{11, 77};

/// n levels at random on (0, n), ascending.
std::vector<double> random_levels(std::size_t n, std::uint64_t seed) {
  random::Stream stream(key, random::Purpose::user, seed);
  std::vector<double> levels(n);
  for (double& x : levels) x = static_cast<double>(n) * random::uniform(stream);
  std::sort(levels.begin(), levels.end());
  return levels;
}

/// Levels i + offset.
std::vector<double> ladder(int n, double offset) {
  std::vector<double> levels;
  for (int i = 0; i < n; ++i) levels.push_back(i + offset);
  return levels;
}

double count_in(const std::vector<double>& levels, double from, double to) {
  return static_cast<double>(
      std::count_if(levels.begin(), levels.end(), [&](double x) { return from <= x && x < to; }));
}

/// All windows by the midpoints of the pieces of their starts on which no level comes or goes.
double slow_number_variance(const std::vector<double>& levels, double low, double high, double length) {
  std::vector<double> ends{low, high - length};
  for (const double x : levels) {
    for (const double end : {x, x - length})
      if (low < end && end < high - length) ends.push_back(end);
  }
  std::sort(ends.begin(), ends.end());
  long double sum = 0;
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
    const double middle = 0.5 * (ends[i] + ends[i + 1]);
    const long double excess = static_cast<long double>(count_in(levels, middle, middle + length)) - length;
    sum += (static_cast<long double>(ends[i + 1]) - ends[i]) * excess * excess;
  }
  return static_cast<double>(sum / (static_cast<long double>(high) - length - low));
}

/// Delta_3 of one window: the normal equations of the line, all integrals piece by piece between the levels.
double slow_rigidity(const std::vector<double>& levels, double from, double length) {
  std::vector<long double> ends{from};
  for (const double x : levels)
    if (from < x && x < from + length) ends.push_back(x);
  ends.push_back(static_cast<long double>(from) + length);
  const auto integral = [&](auto&& f) {  // of f(N, s), s in 0 .. 1 along the window
    long double sum = 0;
    for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
      const auto staircase = static_cast<long double>(i);
      sum += boost::math::quadrature::gauss<long double, 7>::integrate(
          [&](long double s) { return f(staircase, s); }, (ends[i] - from) / length, (ends[i + 1] - from) / length);
    }
    return sum;
  };
  // min over A, B of int (N - A - B s)^2
  const long double n0 = integral([](long double n, long double) { return n; });
  const long double n1 = integral([](long double n, long double s) { return n * s; });
  const long double slope = 12 * (n1 - n0 / 2);
  const long double height = n0 - slope / 2;
  return static_cast<double>(integral([&](long double n, long double s) {
    const long double off = n - height - slope * s;
    return off * off;
  }));
}

std::vector<double> rigidity_starts(double low, double high, double length) {
  const double step = std::max(length / 4, 1.0) / std::numbers::phi;
  const double slack = high - low - length;
  const double steps = std::floor(slack / step);
  std::vector<double> starts;
  for (double i = 0; i <= steps; ++i) starts.push_back(low + (slack - steps * step) / 2 + i * step);
  return starts;
}

double slow_mean_rigidity(const std::vector<double>& levels, double low, double high, double length) {
  Sample windows;
  for (const double x : rigidity_starts(low, high, length)) windows.add(slow_rigidity(levels, x, length));
  return windows.mean();
}

std::complex<double> slow_amplitude(const std::vector<double>& levels, double tau) {
  std::complex<long double> sum = 0;
  const auto n = static_cast<long double>(levels.size());
  for (std::size_t j = 0; j < levels.size(); ++j) {
    const long double z = (static_cast<long double>(j) - (n - 1) / 2) / (n / 6);
    sum += std::polar(std::exp(-z * z / 2), 2 * std::numbers::pi_v<long double> * tau * levels[j]);
  }
  return {static_cast<double>(sum.real()), static_cast<double>(sum.imag())};
}

struct Amplitudes {
  Amplitudes(const FormFactorAmplitudes& form_factor, const std::vector<double>& levels)
      : real(form_factor.tau().size()), imaginary(real.size()) {
    form_factor.evaluate(levels, real, imaginary);
  }
  std::vector<double> real;
  std::vector<double> imaginary;
};

}  // namespace

TEST_CASE("the number variance of a rigid ladder is that of the fractional part of L") {
  const auto levels = ladder(100, 0.375);
  for (const double length : {0.25, 1.0, 3.0, 7.5, 20.125, 0.0625}) {
    CAPTURE(length);
    const double part = length - std::floor(length);
    // starts over a whole number of steps
    CHECK(std::abs(mean_number_variance(levels, 10, 50 + length, length) - part * (1 - part)) < 1e-13);
  }
  CHECK(mean_number_variance(levels, 10, 10.5, 0.5) == 0.25);   // one window alone, with one level
  CHECK(mean_number_variance(levels, 10.375, 11.375, 1) == 0);  // [low, high): the level at the top is not inside
  CHECK(mean_number_variance({}, 0, 5, 2) == 4);
}

TEST_CASE("the rigidity of a rigid ladder in closed form") {
  // Over L steps from x above a level: 1/12 - 3 B(x)^2/L^2 with B(x) = x^2 - x + 1/6; on average 1/12 - 1/(60 L^2).
  const auto levels = ladder(120, 0);
  Sample phases;
  for (const double length : {1.0, 2.0, 5.0, 30.0}) {
    for (int k = 0; k < 64; ++k) {
      CAPTURE(length);
      CAPTURE(k);
      const double x = (k + 0.5) / 64;
      const double b = x * x - x + 1.0 / 6;
      const double found = mean_rigidity(levels, 20 + x, 20 + x + length, length);
      CHECK(close(found, 1.0 / 12 - 3 * b * b / (length * length), 1e-11));
      if (length == 2) phases.add(found);
    }
  }
  CHECK(close(phases.mean(), 1.0 / 12 - 1.0 / (60 * 4), 1e-4));  // 64 midpoints of a polynomial of degree 4
  CHECK(mean_rigidity({}, 0, 5, 2) == 0);
  // Many windows see every phase of a ladder, whole lengths included.
  const auto long_ladder = ladder(4000, 0);
  for (const double length : {1.0, 4.0, 8.0}) {
    const double expected = 1.0 / 12 - 1 / (60 * length * length);
    CHECK(std::abs(mean_rigidity(long_ladder, 10, 3900, length) - expected) < 1e-3 * expected);
  }
}

TEST_CASE("number variance and rigidity of random levels against slow oracles") {
  for (const auto n : std::vector<std::size_t>{1, 2, 7, 60}) {
    for (int repeat = 0; repeat < 4; ++repeat) {
      auto levels = random_levels(n, 10 * n + static_cast<std::size_t>(repeat));
      if (repeat == 3) std::fill(levels.begin(), levels.end(), levels.front());
      const auto width = static_cast<double>(n);
      for (const double part : {0.03, 0.2, 0.5, 0.77, 1.0}) {
        for (const double margin : {0.0, 0.113}) {
          const double low = margin * width;
          const double high = (1 - margin) * width;
          const double length = std::min(part * width, high - low);
          CAPTURE(n);
          CAPTURE(length);
          if (length < high - low) {
            CHECK(close(mean_number_variance(levels, low, high, length),
                        slow_number_variance(levels, low, high, length), 1e-12));
          } else {
            const double excess = count_in(levels, low, high) - length;
            CHECK(close(mean_number_variance(levels, low, high, length), excess * excess, 1e-14));
          }
          CHECK(std::abs(mean_rigidity(levels, low, high, length) - slow_mean_rigidity(levels, low, high, length)) <
                1e-14 * (1 + length * length));
        }
      }
    }
  }
}

TEST_CASE("both statistics follow a shift of the levels, and do not see levels outside of their range") {
  const auto levels = random_levels(300, 5);
  auto moved = levels;
  for (double& x : moved) x += 1024;
  const std::vector<double> inside(levels.begin() + 80, levels.end() - 80);
  const double low = inside.front();
  const double high = inside.back();
  for (const double length : {0.5, 3.0, 41.0}) {
    const double variance = mean_number_variance(levels, low, high, length);
    const double delta = mean_rigidity(levels, low, high, length);
    CHECK(close(mean_number_variance(moved, low + 1024, high + 1024, length), variance, 1e-11));
    CHECK(close(mean_rigidity(moved, low + 1024, high + 1024, length), delta, 1e-11));
    CHECK(mean_number_variance(inside, low, high, length) == variance);
    CHECK(mean_rigidity(inside, low, high, length) == delta);
  }
}

TEST_CASE("independent levels: L (1 - L/n) and L/15") {
  // n levels on (0, n): a count is binomial, and given the count the levels of a window are independent, each of which
  // adds 1/15 to Delta_3.
  constexpr std::size_t n = 200;
  constexpr int batches = 40;
  const std::vector<double> lengths{0.5, 2, 10, 40};
  std::vector<Sample> variance(lengths.size());
  std::vector<Sample> delta(lengths.size());
  std::vector<double> rows(n * replica_lanes);
  for (int b = 0; b < batches; ++b) {
    sample_poisson(n, {key, random::Purpose::matrix, replica_lanes * static_cast<std::uint64_t>(b)}, rows);
    for (double& x : rows) x *= n;
    for (std::size_t w = 0; w < replica_lanes; ++w) {
      const auto levels = lane_of(rows, w);
      for (std::size_t k = 0; k < lengths.size(); ++k) {
        variance[k].add(mean_number_variance(levels, 50, 150, lengths[k]));
        delta[k].add(mean_rigidity(levels, 50, 150, lengths[k]));
      }
    }
  }
  for (std::size_t k = 0; k < lengths.size(); ++k) {
    CAPTURE(lengths[k]);
    CHECK(std::abs(variance[k].mean_z(lengths[k] * (1 - lengths[k] / n))) < test::z_limit);
    CHECK(std::abs(delta[k].mean_z(lengths[k] / 15)) < test::z_limit);
  }
}

TEST_CASE("form factor amplitudes are the sums they stand for, on grids and off them") {
  std::vector<double> grid;
  for (int k = 1; k <= 150; ++k) grid.push_back(0.02 * k);
  const std::vector<double> odd{0, 0.5, -0.25, 1, 2, 3, 4, 4.1, 4.1, 4.1, 4.1, 3.7, 1e-9, -3, 0.3};
  for (const auto n : std::vector<std::size_t>{1, 2, 3, 4, 5, 97, 400}) {
    const auto levels = random_levels(n, 900 + n);
    for (const auto& tau : {grid, odd, std::vector<double>{0.7}, std::vector<double>{}}) {
      const FormFactorAmplitudes form_factor(n, tau);
      double weights = slow_amplitude(levels, 0).real();
      const Amplitudes found(form_factor, levels);
      double worst = 0;
      for (std::size_t k = 0; k < tau.size(); ++k) {
        const auto expected = slow_amplitude(levels, tau[k]);
        worst = std::max(worst, std::abs(std::complex(found.real[k], found.imaginary[k]) - expected) / weights);
      }
      CAPTURE(n);
      CHECK(worst < 1e-11);
    }
  }
}

TEST_CASE("weights of the form factor: their squares, and the symmetry of a symmetric spectrum") {
  for (const auto n : std::vector<std::size_t>{1, 6, 400}) {
    long double expected = 0;
    for (std::size_t j = 0; j < n; ++j) {
      const long double z = (static_cast<long double>(j) - (static_cast<long double>(n) - 1) / 2) * 6 / n;
      expected += std::exp(-z * z);
    }
    CHECK(close(FormFactorAmplitudes(n, {}).sum_of_squared_weights(), static_cast<double>(expected), 1e-14));
  }
  const auto levels = ladder(11, -5);
  const Amplitudes symmetric(FormFactorAmplitudes(11, {0.1, 0.37, 2}), levels);
  for (const double part : symmetric.imaginary) CHECK(std::abs(part) < 1e-14);
  CHECK(close(symmetric.real[2], slow_amplitude(levels, 0).real(), 1e-14));  // a ladder comes back at whole times
}

TEST_CASE("the form factor of a Poisson process") {
  // Level j + m less level j is a sum of m exponential spacings: <exp(2 pi i tau (v_{j+m} - v_j))> = (1 - 2 pi i
  // tau)^-m, which makes <|Z|^2> close to sum w^2 where <Z> is small.
  constexpr std::size_t n = 60;
  constexpr std::size_t replicas = 4000;
  const std::vector<double> tau{0.05, 0.5, 1, 2};
  const FormFactorAmplitudes form_factor(n, tau);
  std::vector<Sample> power(tau.size());
  for (std::size_t r = 0; r < replicas; ++r) {
    random::Stream stream(key, random::Purpose::matrix, r);
    std::vector<double> levels(n);
    double level = 0;
    for (double& x : levels) x = level -= std::log(random::uniform(stream));
    const Amplitudes z(form_factor, levels);
    for (std::size_t k = 0; k < tau.size(); ++k) power[k].add(z.real[k] * z.real[k] + z.imaginary[k] * z.imaginary[k]);
  }
  const auto weight = [](std::size_t j) {
    const double z = (static_cast<double>(j) - 0.5 * (n - 1)) * 6 / n;
    return std::exp(-0.5 * z * z);
  };
  for (std::size_t k = 0; k < tau.size(); ++k) {
    double expected = 0;
    for (std::size_t m = 0; m < n; ++m) {
      const auto phase = std::pow(std::complex(1.0, -2 * std::numbers::pi * tau[k]), -static_cast<double>(m));
      for (std::size_t j = 0; j + m < n; ++j) expected += (m > 0 ? 2 : 1) * weight(j) * weight(j + m) * phase.real();
    }
    CAPTURE(tau[k]);
    CHECK(std::abs(power[k].mean_z(expected)) < test::z_limit);
    CHECK(close(expected, form_factor.sum_of_squared_weights(), k == 0 ? 0.5 : 0.01));
  }
}

TEST_CASE("windows and times that make no sense are refused") {
  const auto levels = ladder(10, 0);
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {0.0, -1.0, 5.001, infinity, std::nan("")}) {
    CHECK_THROWS_AS((void)mean_number_variance(levels, 2, 7, bad), InternalError);
    CHECK_THROWS_AS((void)mean_rigidity(levels, 2, 7, bad), InternalError);
  }
  CHECK_THROWS_AS((void)mean_number_variance(levels, -infinity, 7, 1), InternalError);
  CHECK_THROWS_AS((void)mean_rigidity(levels, 0, infinity, 1), InternalError);
  CHECK_THROWS_AS((void)mean_rigidity(levels, std::nan(""), 3, 1), InternalError);
  CHECK_THROWS_AS(FormFactorAmplitudes(0, {}), InternalError);
  CHECK_THROWS_AS(FormFactorAmplitudes(3, {0.0, infinity}), InternalError);
  const FormFactorAmplitudes form_factor(10, {0.5, 1});
  std::vector<double> two(2);
  std::vector<double> three(3);
  CHECK_THROWS_AS(form_factor.evaluate(std::span(levels).first(9), two, two), InternalError);
  CHECK_THROWS_AS(form_factor.evaluate(levels, two, three), InternalError);
  CHECK_THROWS_AS(form_factor.evaluate(levels, three, two), InternalError);
}

}  // namespace rankwise::spectra
