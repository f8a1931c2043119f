// Packed Bernoulli bits: every bit against a slow reference of one lane, then the law. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "random/statistics.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/random/distributions.hpp"

using namespace rankwise;
using namespace rankwise::random;
using namespace rankwise::test;

namespace {

struct Reference {
  std::uint64_t bits = 0;
  std::size_t words = 0;  ///< how many raw words it may look at
};

/// Lane by lane: digit t of a lane's fraction is its bit in raw word t; the lane is 1 when the fraction is below p. A
/// lane stops at the first digit that differs from p's, at the latest after p's last digit 1; the words drawn are those
/// of the slowest lane.
Reference one_lane_at_a_time(const std::array<std::uint64_t, 32>& raw, std::uint64_t numerator) {
  Reference out;
  if (numerator == 0) return out;
  if (numerator == std::uint64_t{1} << 32) return {~std::uint64_t{0}, 0};
  std::size_t significant = 32;
  while ((numerator >> (32 - significant) & 1U) == 0) --significant;
  for (unsigned lane = 0; lane < 64; ++lane) {
    std::uint64_t fraction = 0;
    std::size_t needed = significant;
    for (std::size_t t = 0; t < 32; ++t) {
      const std::uint64_t digit = raw[t] >> lane & 1U;
      fraction = 2 * fraction + digit;
      if (t < needed && digit != (numerator >> (31 - t) & 1U)) needed = t + 1;
    }
    if (fraction < numerator) out.bits |= std::uint64_t{1} << lane;
    out.words = std::max(out.words, needed);
  }
  return out;
}

void check_against_reference(double p, std::uint64_t seed, int draws) {
  const Probability32 probability(p);
  for (int i = 0; i < draws; ++i) {
    Stream drawn({seed, 1}, Purpose::flips, 0, static_cast<std::uint64_t>(i));
    Stream raw = drawn;
    std::array<std::uint64_t, 32> words{};
    Stream(raw).words(words);
    const Reference expected = one_lane_at_a_time(words, probability.numerator);
    REQUIRE(bernoulli_word(drawn, probability) == expected.bits);
    for (std::size_t w = 0; w < expected.words; ++w) (void)raw.word();
    REQUIRE(drawn.word() == raw.word());  // as many words as the reference needed, no more
  }
}

}  // namespace

TEST_CASE("Probability32 rounds to the nearest 2^-32 and refuses what is no probability") {
  CHECK(Probability32(0).numerator == 0);
  CHECK(Probability32(1).numerator == std::uint64_t{1} << 32);
  CHECK(Probability32(0.5).numerator == std::uint64_t{1} << 31);
  CHECK(Probability32(0x1p-34).numerator == 0);
  CHECK(Probability32(0x1.8p-33).numerator == 1);
  CHECK(Probability32(1 - 0x1p-40).numerator == std::uint64_t{1} << 32);
  for (const double p : {0.1, 0.05, 1.0 / 3, 0.9999}) {
    CHECK(std::abs(static_cast<double>(Probability32(p).numerator) * 0x1p-32 - p) <= 0x1p-33);
  }
  for (const double bad : {-1e-9, 1.0000001, std::nan("")}) CHECK_THROWS_AS(Probability32{bad}, InternalError);
}

TEST_CASE("bernoulli_word equals the reference lane by lane, in bits and in words drawn") {
  for (int sixteenth = 0; sixteenth <= 16; ++sixteenth) {
    check_against_reference(sixteenth / 16.0, 100 + static_cast<std::uint64_t>(sixteenth), 200);
  }
  for (const double p : {0x1p-32, 1 - 0x1p-32, 0x1p-31, 0.1, 0.05, 1.0 / 3, 0.123456789, 1e-9, 0.999999}) {
    check_against_reference(p, 200, 200);
  }
}

TEST_CASE("bernoulli_words() draws what bernoulli_word() draws, and leaves the stream where it does") {
  std::vector<double> probabilities = {0, 1, 0x1p-32, 1 - 0x1p-32, 0x1p-10, 0x3p-10, 0x1p-9, 1e-9, 0.999999};
  for (int step = 0; step <= 40; ++step) probabilities.push_back(step / 40.0);
  for (const double p : probabilities) {
    CAPTURE(p);
    for (const std::size_t count : {0UL, 1UL, 2UL, 3UL, 17UL, 64UL, 127UL, 128UL, 300UL, 1500UL}) {
      for (std::size_t begun = 0; begun < 4; ++begun) {  // words of a block already taken
        Stream slow({9, count}, Purpose::flips, begun);
        for (std::size_t i = 0; i < begun; ++i) (void)slow.word();
        Stream fast = slow;
        std::vector<std::uint64_t> words(count + 1, 77);
        bernoulli_words(fast, Probability32(p), std::span(words).first(count));
        bool equal = words.back() == 77;
        for (std::size_t i = 0; i < count; ++i) equal = equal && words[i] == bernoulli_word(slow, Probability32(p));
        REQUIRE(equal);
        REQUIRE(fast.word() == slow.word());
      }
    }
  }
}

TEST_CASE("with few binary digits every outcome of the digits is exact") {
  // 4 digits: over all 16 equally likely digit strings a lane is 1 for exactly j of them, so P = j/16 without error.
  for (std::uint64_t j = 0; j <= 16; ++j) {
    std::array<std::uint64_t, 32> raw{};
    // Lane s of words 0..3 spells the string s; 64 lanes hold each string four times.
    for (std::size_t t = 0; t < 4; ++t) {
      for (unsigned lane = 0; lane < 64; ++lane) raw[t] |= std::uint64_t{(lane % 16) >> (3 - t) & 1U} << lane;
    }
    CHECK(std::popcount(one_lane_at_a_time(raw, j << 28).bits) == static_cast<int>(4 * j));
  }
}

TEST_CASE("0 and 1 take no word, 1/2 takes one, and 0.1 about seven") {
  Stream stream({5, 5}, Purpose::flips, 0);
  Stream still = stream;
  CHECK(bernoulli_word(stream, Probability32(0)) == 0);
  CHECK(bernoulli_word(stream, Probability32(1)) == ~std::uint64_t{0});
  CHECK(stream.word() == still.word());
  CHECK(bernoulli_word(stream, Probability32(0.5)) == ~still.word());
  CHECK(stream.word() == still.word());
  // Words per draw, counted by following the raw stream: mean 7.34 for a full expansion (64 lanes, a geometric law
  // each).
  Stream drawn({6, 6}, Purpose::flips, 0);
  Stream raw = drawn;
  std::int64_t words = 0;
  const int draws = 20000;
  for (int i = 0; i < draws; ++i) (void)bernoulli_word(drawn, Probability32(0.1));
  for (const std::uint64_t target = drawn.word(); raw.word() != target;) ++words;
  const double mean = static_cast<double>(words) / draws;
  // E max of 64 geometric(1/2) = sum over t >= 0 of 1 - (1 - 2^-t)^64 = 7.3; standard deviation 1.8 a draw.
  double expected = 0;
  for (int t = 0; t < 32; ++t) expected += 1 - std::pow(1 - std::ldexp(1.0, -t), 64);
  CHECK(expected == doctest::Approx(7.34).epsilon(0.01));
  CHECK(std::abs(mean - expected) < z_limit * 1.9 / std::sqrt(draws));
}

TEST_CASE("frequencies are p in every lane; lanes and successive words are uncorrelated") {
  for (const double p : {0.02, 0.1, 0.45, 0.75}) {
    CAPTURE(p);
    Stream stream({7, 7}, Purpose::flips, 0);
    const int draws = 100000;
    const Probability32 probability(p);
    std::vector<std::int64_t> per_lane(64, 0);
    std::vector<double> expected(64, draws * p);
    std::int64_t total = 0;
    std::int64_t both_lanes = 0;  // lane and its neighbour (63 of them a word)
    std::int64_t both_words = 0;  // a lane in two successive words
    std::uint64_t before = bernoulli_word(stream, probability);
    for (int i = 0; i < draws; ++i) {
      const std::uint64_t bits = bernoulli_word(stream, probability);
      for (unsigned lane = 0; lane < 64; ++lane) per_lane[lane] += static_cast<std::int64_t>(bits >> lane & 1U);
      total += std::popcount(bits);
      both_lanes += std::popcount(bits & bits >> 1);
      both_words += std::popcount(bits & before);
      before = bits;
    }
    const double n = 64.0 * draws;
    CHECK(std::abs(static_cast<double>(total) - n * p) / std::sqrt(n * p * (1 - p)) < z_limit);
    // Each lane's z is standard normal: 64 of them, a bound at 1e-4 over all.
    for (unsigned lane = 0; lane < 64; ++lane) {
      CHECK(std::abs(static_cast<double>(per_lane[lane]) - draws * p) / std::sqrt(draws * p * (1 - p)) < 4.8);
    }
    // Products of neighbours: mean p^2, variance p^2(1-p^2) + 2 p^3(1-p) per pair from overlapping pairs.
    const double variance = p * p * (1 - p * p) + 2 * p * p * p * (1 - p);
    CHECK(std::abs(static_cast<double>(both_lanes) - 63.0 * draws * p * p) / std::sqrt(63.0 * draws * variance) <
          z_limit);
    CHECK(std::abs(static_cast<double>(both_words) - n * p * p) / std::sqrt(n * variance) < z_limit);
  }
}
