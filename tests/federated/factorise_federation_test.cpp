// Factorisation of noisy federations against theory and measured oracles. Seeds are fixed. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <numbers>

#include "federated/factorise_support.hpp"

using namespace rankwise;
using namespace rankwise::federated;
using namespace rankwise::federated::testing;

namespace {

FactoriseOptions with(Factoriser method) {
  FactoriseOptions options;
  options.method = method;
  return options;
}

Stream starts(std::uint64_t seed) { return stream(seed, Purpose::factoriser); }

/// Squared overlap of an outlier's eigenvector with its archetype, for one homogeneous client.
double gamma_of(double kappa, double q) { return (1 - q / (kappa * kappa)) / (1 + q / kappa); }
double magnetisation_of(double gamma) { return std::erf(std::sqrt(gamma / (2 * (1 - gamma)))); }
double dispersion_of_source(double gamma) {
  return 2 * (1 - std::sqrt(gamma) * magnetisation_of(gamma) -
              std::sqrt(2 * (1 - gamma) / std::numbers::pi) * std::exp(-gamma / (2 * (1 - gamma))));
}

struct Moments {
  double mean = 0;
  double error = 0;
};
Moments moments(const std::vector<double>& values) {
  Moments m;
  for (const double value : values) m.mean += value / static_cast<double>(values.size());
  double square = 0;
  for (const double value : values) square += (value - m.mean) * (value - m.mean);
  const auto count = static_cast<double>(values.size());
  m.error = std::sqrt(square / (count - 1) / count);
  return m;
}

}  // namespace

TEST_CASE("three archetypes at N = 400: search takes no mixture in 200 federations") {
  // Two starts instead of sixteen make it meet mixtures before patterns: accepting below .34 at once then spoils 1 run
  // in 40 (measured, 400 runs), so that none in 200 has probability .006.
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const SyntheticRound it = federation(400, 3, 1, 1200, .8, seed, 3);
    for (const Index number : {0, 2}) {
      FactoriseOptions options;
      options.starts = number;
      const Comparison result = compare(it.archetypes, factorise(it.span, options, starts(seed)).signs);
      CAPTURE(seed);
      CAPTURE(number);
      CHECK(result.ghosts == 0);
      CHECK(result.recovered == 3);
      CHECK(least(result.magnetisation) >= .99);
    }
  }
}

TEST_CASE("three random starts keep ica out of the mixtures") {
  // With one start 12 of 1000 such runs lose a pattern (measured): none in 500 would have probability .002.
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const SignMatrix archetypes = random_signs(3, 400, stream(seed, Purpose::archetypes));
    const Patterns patterns = factorise(span_of(columns_of(archetypes), seed), with(Factoriser::ica), starts(seed));
    CAPTURE(seed);
    CHECK(compare(archetypes, patterns.signs, 1).recovered == 3);
  }
}

TEST_CASE("the mixture of three is a candidate that the stages turn away") {
  // The reason for two stages: the mixture is a fixed point of sgn(V V^T x) whose dispersion is below D_2.
  const SignMatrix archetypes = random_signs(3, 400, stream(5, Purpose::archetypes));
  const Span span = span_of(columns_of(archetypes), 5);
  const Matrix x = columns_of(archetypes);
  Matrix mixture(400, 1);
  for (Index i = 0; i < 400; ++i) mixture(i, 0) = x(i, 0) + x(i, 1) + x(i, 2) >= 0 ? 1. : -1.;
  const Matrix y = linalg::product(span.vectors, linalg::transposed_product(span.vectors, mixture));
  for (Index i = 0; i < 400; ++i) CHECK(y(i, 0) * mixture(i, 0) > 0);
  CHECK(dispersion(y.col(0)) < default_dispersion_threshold(3, 400));
  CHECK(dispersion(y.col(0)) > .24);
}

TEST_CASE("a span of noise alone has no patterns") {
  const Index sizes[][2] = {{400, 6}, {1000, 20}};
  for (const auto& [n, kept] : sizes) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const Span span = span_of(normals(n, kept, stream(seed, Purpose::noise)), seed);
      for (const Factoriser method : {Factoriser::search, Factoriser::ica}) {
        CAPTURE(n);
        CAPTURE(seed);
        CAPTURE(static_cast<int>(method));
        const Patterns patterns = factorise(span, with(method), starts(seed));
        CHECK(patterns.signs.rows() == 0);
        CHECK(patterns.start_steps > 0);
      }
    }
  }
}

TEST_CASE("directions of noise beside the archetypes cost nothing and add no ghost") {
  const Index sizes[][2] = {{400, 3}, {400, 6}, {1000, 20}};
  for (const auto& [n, k] : sizes) {
    for (const Index extra : {1, 2, 3}) {
      for (std::uint64_t seed = 0; seed < 3; ++seed) {
        const SyntheticRound it = federation(n, k, 1, 3 * n, .8, 100 + seed, k);
        Matrix wider(n, k + extra);
        wider << it.span.vectors, normals(n, extra, stream(seed, Purpose::noise));
        const Span span = span_of(wider, seed);
        REQUIRE(span.kept == k + extra);
        for (const Factoriser method : {Factoriser::search, Factoriser::ica}) {
          CAPTURE(n);
          CAPTURE(k);
          CAPTURE(extra);
          CAPTURE(seed);
          CAPTURE(static_cast<int>(method));
          const Comparison result = compare(it.archetypes, factorise(span, with(method), starts(seed)).signs);
          CHECK(result.recovered == k);
          CHECK(result.ghosts == 0);
        }
      }
    }
  }
}

TEST_CASE("twenty archetypes at N = 400 and fifty at N = 1000 are all recovered") {
  const Index sizes[][2] = {{400, 20}, {1000, 50}};
  for (const auto& [n, k] : sizes) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const SyntheticRound it = federation(n, k, 1, 20000, .8, 200 + seed, k);
      for (const Factoriser method : {Factoriser::search, Factoriser::ica}) {
        const Patterns patterns = factorise(it.span, with(method), starts(seed));
        const Comparison result = compare(it.archetypes, patterns.signs);
        CAPTURE(n);
        CAPTURE(seed);
        CAPTURE(static_cast<int>(method));
        CHECK(result.recovered == k);
        CHECK(result.ghosts == 0);
        CHECK(least(result.magnetisation) >= .99);
        // Measured elsewhere: 2000 and 4800 start-steps; without deflation fifty archetypes take 15000 or more.
        if (method == Factoriser::search) CHECK(patterns.start_steps <= (k == 20 ? 2500 : 8000));
      }
    }
  }
}

TEST_CASE("at Khat/N = .15 the last archetypes are found in what deflation left of them") {
  // After 46 of 60 the rest has lost 46/400 of its squared length: its dispersion there lies above D_2 = .113.
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const SyntheticRound it = federation(400, 60, 1, 20000, .8, 250 + seed, 60);
    const Comparison result = compare(it.archetypes, factorise(it.span, with(Factoriser::search), starts(seed)).signs);
    CAPTURE(seed);
    CHECK(result.recovered == 60);
    CHECK(result.ghosts == 0);
  }
}

TEST_CASE("poor data: magnetisation and dispersion meet the theory") {
  // N = 400, K = 3, M_eff = 1200. Unequal draws of the classes and finite N move the mean by less than .005 (measured
  // elsewhere .9903 and .9407 against .9904 and .9395); with four standard errors beside it a false alarm is rare.
  constexpr int seeds = 40;
  for (const double quality : {.15, .12}) {
    const double kappa = quality * quality / 3 * 400 / (1 - quality * quality);
    const double gamma = gamma_of(kappa, 400. / 1200);
    CHECK(magnetisation_of(gamma) == doctest::Approx(quality > .13 ? .9904 : .9395).epsilon(1e-4));
    CHECK(dispersion_of_source(gamma) == doctest::Approx(quality > .13 ? .1322 : .2128).epsilon(1e-3));
    for (const Factoriser method : {Factoriser::search, Factoriser::ica}) {
      std::vector<double> magnetisation;
      std::vector<double> spread;
      Index mixtures = 0;
      for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        const SyntheticRound it = federation(400, 3, 1, 1200, quality, 300 + seed, 3);
        const Patterns patterns = factorise(it.span, with(method), starts(seed));
        const Comparison result = compare(it.archetypes, patterns.signs, .75);
        mixtures += result.ghosts;
        magnetisation.insert(magnetisation.end(), result.magnetisation.begin(), result.magnetisation.end());
        for (Index i = 0; i < patterns.dispersion.size(); ++i) spread.push_back(patterns.dispersion[i]);
      }
      const Moments m = moments(magnetisation);
      const Moments d = moments(spread);
      CAPTURE(quality);
      CAPTURE(static_cast<int>(method));
      CHECK(spread.size() == 3 * seeds);
      CHECK(mixtures == 0);
      CHECK(std::abs(m.mean - magnetisation_of(gamma)) < .005 + 4 * m.error);
      CHECK(std::abs(d.mean - dispersion_of_source(gamma)) < .01 + 4 * d.error);
    }
  }
}

TEST_CASE("where patterns and mixtures both lie below D_2, the patterns are taken") {
  // r = .105: patterns have D near .29, their mixture little more. Measured: 1 of 600 accepted near no archetype; 14 of
  // 591 when the second stage takes what it caught in reverse order. More than 6 at a rate of 1/600: probability 1e-4.
  Index strangers = 0;
  Index accepted = 0;
  std::vector<double> magnetisation;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const SyntheticRound it = federation(400, 3, 1, 1200, .105, 300 + seed, 3);
    const Patterns patterns = factorise(it.span, with(Factoriser::search), starts(seed));
    const Comparison result = compare(it.archetypes, patterns.signs, .7);
    strangers += result.ghosts;
    accepted += static_cast<Index>(patterns.signs.rows());
    magnetisation.insert(magnetisation.end(), result.magnetisation.begin(), result.magnetisation.end());
  }
  const double kappa = .105 * .105 / 3 * 400 / (1 - .105 * .105);
  const Moments m = moments(magnetisation);
  CHECK(strangers <= 6);
  CHECK(accepted >= 597);
  CHECK(std::abs(m.mean - magnetisation_of(gamma_of(kappa, 400. / 1200))) < .005 + 4 * m.error);
}

TEST_CASE("the layered memory recovers a few strong archetypes") {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const SyntheticRound it = federation(400, 3, 3, 400, .8, 400 + seed, 11);
    FactoriseOptions options = with(Factoriser::lam);
    options.score_threshold = .3;  // r^2/3 = .213 is sharpened to .45
    const Comparison result = compare(it.archetypes, factorise(it.span, options, starts(seed)).signs);
    CAPTURE(seed);
    CHECK(result.recovered == 3);
    CHECK(result.ghosts == 0);
  }
}
