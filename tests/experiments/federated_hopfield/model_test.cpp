// The law of the examples. SPDX-License-Identifier: MIT
#include "experiments/federated_hopfield/model.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "rankwise/random/distributions.hpp"

using namespace rankwise;
using namespace rankwise::experiments;

namespace {
random::Stream stream(std::uint64_t replica) { return {{7, 8}, random::Purpose::flips, replica}; }
}  // namespace

TEST_CASE("examples without noise are the archetypes, sorted by class") {
  const auto xi = hopfield::random_archetypes(stream(1), 3, 100);
  const auto batch = hopfield::noisy_batch(xi, {2, 0, 130}, 1, stream(2));
  REQUIRE(batch.rows() == 100);
  REQUIRE(batch.columns() == 132);
  bool equal = true;
  for (std::size_t i = 0; i < 100; ++i) {
    for (std::size_t a = 0; a < 132; ++a) equal = equal && batch(i, a) == xi(a < 2 ? 0 : 2, i);
  }
  CHECK(equal);
}

TEST_CASE("bits flip with probability (1 - r)/2, independently of neuron, example and class") {
  // 240,000 bits: standard error of the frequency 8e-4 at most; 5 standard errors are missed once in 1.7 million
  for (const double r : {0.0, .3, .8}) {
    const auto xi = hopfield::random_archetypes(stream(3), 2, 400);
    const auto batch = hopfield::noisy_batch(xi, {300, 300}, r, stream(4));
    const double p = (1 - r) / 2;
    double wrong[2] = {0, 0};
    double pairs = 0;
    for (std::size_t i = 0; i < 400; ++i) {
      for (std::size_t a = 0; a < 600; ++a) {
        const bool flipped = batch(i, a) != xi(a / 300, i);
        wrong[a / 300] += flipped;
        pairs += flipped && a > 0 && batch(i, a - 1) != xi((a - 1) / 300, i);
      }
    }
    for (const double w : wrong) CHECK(std::abs(w / 120000 - p) < 5 * std::sqrt(p * (1 - p) / 120000));
    CHECK(std::abs(pairs / (400 * 599) - p * p) < 5 * std::sqrt(p * p / (400 * 599)));
  }
}

TEST_CASE("a batch has the bits of the slow generator: neuron by neuron, one word of flips at a time") {
  for (const double r : {0.0, .12, .5, .8, .9, .99, 1.0}) {
    for (const std::size_t neurons : {1UL, 2UL, 63UL, 65UL, 130UL}) {
      for (const std::int64_t examples : {1, 2, 16, 63, 64, 65, 200}) {
        const std::vector<std::int64_t> counts = {examples / 3, 0, examples - examples / 3};
        const auto xi = hopfield::random_archetypes(stream(7), 3, static_cast<std::int64_t>(neurons));
        const auto batch = hopfield::noisy_batch(xi, counts, r, stream(8));
        auto flips = stream(8);
        linalg::SignMatrix slow(neurons, static_cast<std::size_t>(examples));
        for (std::size_t i = 0; i < neurons; ++i) {
          for (std::size_t a = 0; a < slow.columns(); ++a) slow.set(i, a, xi(static_cast<std::int64_t>(a) < counts[0] ? 0 : 2, i) > 0);
          for (auto& word : slow.row(i)) word ^= random::bernoulli_word(flips, random::Probability32((1 - r) / 2));
        }
        slow.clear_padding();
        REQUIRE(batch == slow);
      }
    }
  }
}

TEST_CASE("archetypes are balanced and uncorrelated") {
  const auto xi = hopfield::random_archetypes(stream(5), 20, 5000);
  const auto overlaps = xi.gram();
  for (Eigen::Index mu = 0; mu < 20; ++mu) {
    CHECK(overlaps(mu, mu) == 5000);
    for (Eigen::Index nu = 0; nu < mu; ++nu) CHECK(std::abs(overlaps(mu, nu)) < 5.5 * std::sqrt(5000.0));
  }
}
