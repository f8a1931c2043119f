// Distributions: exact relations to the words drawn, then laws at fixed seeds. Each statistical check would fail by
// accident with probability 1e-4 at another seed. SPDX-License-Identifier: MIT
#include "rankwise/random/distributions.hpp"

#include <doctest/doctest.h>

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "random/statistics.hpp"
#include "rankwise/core/error.hpp"

using namespace rankwise;
using namespace rankwise::random;
using namespace rankwise::test;

namespace {

Stream stream_of(std::uint64_t seed) { return Stream({seed, 99}, Purpose::user, 0); }

template <typename Draw>
std::vector<double> sample_of(std::size_t n, const Draw& draw) {
  std::vector<double> sample(n);
  for (double& x : sample) x = draw();
  return sample;
}

/// Mean and variance against the law's, each as a z with the variance of the estimate from the law's fourth moment.
void check_moments(const std::vector<double>& sample, double mean, double variance, double kurtosis) {
  const auto n = static_cast<double>(sample.size());
  double first = 0;
  double second = 0;
  for (const double x : sample) {
    first += x - mean;
    second += (x - mean) * (x - mean);
  }
  CHECK(std::abs(first / n) / std::sqrt(variance / n) < z_limit);
  CHECK(std::abs(second / n - variance) / (variance * std::sqrt((kurtosis - 1) / n)) < z_limit);
}

}  // namespace

TEST_CASE("uniform() is (top 52 bits + 1/2) 2^-52, exactly, one word each") {
  Stream drawn = stream_of(1);
  Stream raw = stream_of(1);
  for (int i = 0; i < 10000; ++i) {
    const double u = uniform(drawn);
    const std::uint64_t top = raw.word() >> 12;
    // u 2^53 is the odd integer 2 top + 1 below 2^53: representable, so nothing was rounded.
    REQUIRE(static_cast<std::uint64_t>(std::ldexp(u, 53)) == 2 * top + 1);
    REQUIRE(std::ldexp(static_cast<double>(2 * top + 1), -53) == u);
    REQUIRE((u > 0 && u < 1));
  }
  CHECK(drawn.word() == raw.word());
}

TEST_CASE("uniform() is uniform") {
  Stream stream = stream_of(2);
  const auto sample = sample_of(200000, [&] { return uniform(stream); });
  CHECK(kolmogorov(sample, [](double x) { return x; }) < kolmogorov_limit);
  check_moments(sample, 0.5, 1.0 / 12, 1.8);
}

TEST_CASE("below(n) takes the high half of word times n and redraws only where that would be biased") {
  __extension__ using Wide = unsigned __int128;
  const std::uint64_t huge = (std::uint64_t{1} << 63) + 1;  // here almost half of the words are rejected
  for (const std::uint64_t n : {std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{1000}, huge, ~std::uint64_t{0}}) {
    Stream drawn = stream_of(3);
    Stream raw = stream_of(3);
    const std::uint64_t biased = static_cast<std::uint64_t>((Wide{1} << 64) % n);
    int redraws = 0;
    for (int i = 0; i < 2000; ++i) {
      const std::uint64_t value = below(drawn, n);
      Wide product = Wide{raw.word()} * n;
      for (; static_cast<std::uint64_t>(product) < biased; ++redraws) product = Wide{raw.word()} * n;
      REQUIRE(value == static_cast<std::uint64_t>(product >> 64));
      REQUIRE(value < n);
    }
    CHECK((redraws > 500) == (n == huge));
  }
  Stream stream = stream_of(3);
  CHECK_THROWS_AS((void)below(stream, 0), InternalError);
}

TEST_CASE("below(n) is uniform on its n values") {
  for (const std::uint64_t n : {2U, 7U, 100U}) {
    Stream stream = stream_of(4 + n);
    std::vector<int> counts(n, 0);
    const int draws = 200000;
    for (int i = 0; i < draws; ++i) ++counts[below(stream, n)];
    CHECK(std::abs(chi_square_z(counts, std::vector<double>(n, draws / static_cast<double>(n)))) < z_limit);
  }
}

TEST_CASE("normal() is the quantile of uniform() and normally distributed") {
  Stream drawn = stream_of(5);
  Stream raw = stream_of(5);
  for (int i = 0; i < 1000; ++i) REQUIRE(normal(drawn) == normal_quantile(uniform(raw)));
  const auto sample = sample_of(200000, [&] { return normal(drawn); });
  CHECK(kolmogorov(sample, [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }) < kolmogorov_limit);
  check_moments(sample, 0, 1, 3);
}

TEST_CASE("gamma(shape) has its law at small, moderate and large shapes") {
  for (const double shape : {0.05, 0.5, 1.0, 1.5, 10.0, 1000.0}) {
    CAPTURE(shape);
    Stream stream = stream_of(6);
    const auto sample = sample_of(100000, [&] { return gamma(stream, shape); });
    CHECK(kolmogorov(sample, [&](double x) { return boost::math::gamma_p(shape, x); }) < kolmogorov_limit);
    check_moments(sample, shape, shape, 3 + 6 / shape);
  }
}

TEST_CASE("chi(dof) is the root of twice a gamma") {
  for (const double dof : {1.0, 2.0, 7.0, 300.5}) {
    CAPTURE(dof);
    Stream stream = stream_of(7);
    Stream same = stream_of(7);
    const double first = chi(stream, dof);
    CHECK(first * first == doctest::Approx(2 * gamma(same, dof / 2)).epsilon(1e-15));
    const auto sample = sample_of(100000, [&] { return chi(stream, dof); });
    CHECK(kolmogorov(sample, [&](double x) { return boost::math::gamma_p(dof / 2, x * x / 2); }) < kolmogorov_limit);
  }
}

TEST_CASE("shapes and degrees of freedom must be positive and finite") {
  Stream stream = stream_of(8);
  for (const double bad : {0.0, -1.0, std::numeric_limits<double>::infinity(), std::nan("")}) {
    CHECK_THROWS_AS((void)gamma(stream, bad), InternalError);
    CHECK_THROWS_AS((void)chi(stream, bad), InternalError);
  }
}

TEST_CASE("multinomial() puts each of n uniforms into the first class whose cumulative sum exceeds it") {
  const std::vector<std::vector<double>> mixtures = {
      {1.0}, {0.5, 0.5}, {0, 0.25, 0, 0.75, 0}, {0.1, 0.2, 0.3, 0.4}, {1.0 / 3, 1.0 / 3, 1.0 / 3}};
  for (const auto& mixture : mixtures) {
    Stream drawn = stream_of(9);
    Stream raw = stream_of(9);
    const std::int64_t n = 5000;
    std::vector<std::int64_t> expected(mixture.size(), 0);
    for (std::int64_t i = 0; i < n; ++i) {
      const double u = uniform(raw);
      double sum = 0;
      for (std::size_t k = 0; k < mixture.size(); ++k) {
        sum += mixture[k];
        if (sum > u) {
          ++expected[k];
          break;
        }
      }
    }
    CHECK(multinomial(drawn, n, mixture) == expected);
    CHECK(drawn.word() == raw.word());  // exactly n words
  }
}

TEST_CASE("multinomial() counts follow their law") {
  Stream stream = stream_of(10);
  const std::vector<double> mixture = {0.02, 0.08, 0.3, 0.6};
  const auto counts = multinomial(stream, 100000, mixture);
  std::vector<double> expected;
  for (const double weight : mixture) expected.push_back(100000 * weight);
  CHECK(std::abs(chi_square_z(counts, expected)) < z_limit);
}

TEST_CASE("multinomial() sends what lies above a sum short of 1 to the last class that can occur") {
  Stream stream = stream_of(11);
  // Short by 1e-10: no uniform of this size falls there by chance, so the rule is seen through a class of weight zero.
  const auto counts = multinomial(stream, 1000, std::vector<double>{0.5, 0.5 - 1e-10, 0});
  CHECK(counts[0] + counts[1] == 1000);
  CHECK(counts[2] == 0);
  CHECK(multinomial(stream, 0, std::vector<double>{1.0}) == std::vector<std::int64_t>{0});
}

TEST_CASE("multinomial() refuses what is no mixture") {
  Stream stream = stream_of(12);
  using Mixture = std::vector<double>;
  CHECK_THROWS_AS((void)multinomial(stream, 1, Mixture{}), InternalError);
  CHECK_THROWS_AS((void)multinomial(stream, 1, Mixture{0.5, 0.4}), InternalError);
  CHECK_THROWS_AS((void)multinomial(stream, 1, Mixture{1.5, -0.5}), InternalError);
  CHECK_THROWS_AS((void)multinomial(stream, 1, Mixture{std::nan(""), 1}), InternalError);
  CHECK_THROWS_AS((void)multinomial(stream, -1, Mixture{1}), InternalError);
  CHECK_NOTHROW((void)multinomial(stream, 1, Mixture{0.5, 0.5 + 5e-10}));
}
