// Variates for 32 replicas at once: exact relations to the counter streams, the same bits from every instruction set,
// then laws at fixed seeds. Each statistical check would fail by accident with probability 1e-4 at another seed.
// SPDX-License-Identifier: MIT
#include "rankwise/random/lanes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <numbers>
#include <vector>

#include "random/statistics.hpp"
#include "random/variates.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/random/distributions.hpp"

using namespace rankwise;
using namespace rankwise::random;
using namespace rankwise::test;

namespace {

constexpr Key key{7, 1234};

LaneStream lanes_from(std::uint64_t first) { return {key, Purpose::matrix, first, 3}; }

std::vector<double> lane_of(const std::vector<double>& rows, std::size_t lane) {
  std::vector<double> numbers;
  for (std::size_t i = lane; i < rows.size(); i += replica_lanes) numbers.push_back(rows[i]);
  return numbers;
}

std::vector<double> gammas(std::uint64_t first, const std::vector<double>& shapes, std::uint64_t sequence = 1) {
  std::vector<double> out(shapes.size() * replica_lanes);
  lanes_from(first).gammas(sequence, shapes, out);
  return out;
}

/// Marsaglia and Tsang's method for one variate as its counters say, with the C library's functions.
double slow_gamma(std::uint64_t replica, std::uint64_t sequence, std::size_t row, double shape) {
  const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  const auto word = [&](std::uint64_t block, std::size_t i) {
    Stream stream(key, Purpose::matrix, replica, sequence, 3);
    for (std::size_t skipped = 0; skipped < 4 * (block & 0xffff); ++skipped) (void)stream.word();
    std::uint64_t w = 0;
    for (std::size_t k = 0; k <= i; ++k) w = stream.word();
    return (static_cast<double>(w >> 12) + 0.5) * 0x1p-52;
  };
  const std::uint64_t block = row / 2;
  const double radius = std::sqrt(-2 * std::log(word(block, 0)));
  const double angle = 2 * std::numbers::pi * word(block, 1);
  const double x = radius * (row % 2 == 0 ? std::cos(angle) : std::sin(angle));
  const double base = 1 + c * x;
  const double v = base * base * base;
  const double u = word(block, 2 + row % 2);
  if (base <= 0 || !(std::log(u) < 0.5 * x * x + d * (1 - v + std::log(v)))) return -1;  // another attempt
  return d * v;
}

}  // namespace

TEST_CASE("uniform rows are the words of the streams of their replicas") {
  std::vector<double> rows(9 * replica_lanes);
  lanes_from(100).uniforms(5, rows);
  for (std::size_t w = 0; w < replica_lanes; ++w) {
    Stream stream(key, Purpose::matrix, 100 + w, 5, 3);
    for (const double u : lane_of(rows, w)) REQUIRE(u == uniform(stream));
  }
  std::vector<double> exponentials(9 * replica_lanes);
  lanes_from(100).exponentials(5, exponentials);
  for (std::size_t i = 0; i < rows.size(); ++i)
    REQUIRE(std::abs(exponentials[i] + std::log(rows[i])) <= 4.5e-16 * exponentials[i]);
}

TEST_CASE("normal rows are Box and Muller's pairs of the streams' words") {
  std::vector<double> rows(7 * replica_lanes);
  lanes_from(4).normals(2, rows);
  for (std::size_t w = 0; w < replica_lanes; ++w) {
    Stream stream(key, Purpose::matrix, 4 + w, 2, 3);
    const auto found = lane_of(rows, w);
    for (std::size_t r = 0; r < found.size(); r += 2) {
      const double radius = std::sqrt(-2 * std::log(uniform(stream)));
      const double angle = 2 * std::numbers::pi * uniform(stream);
      REQUIRE(std::abs(found[r] - radius * std::cos(angle)) < 3e-15 * radius);
      if (r + 1 < found.size()) REQUIRE(std::abs(found[r + 1] - radius * std::sin(angle)) < 3e-15 * radius);
    }
  }
}

TEST_CASE("gamma rows are Marsaglia and Tsang's variates of the streams' words") {
  std::vector<double> shapes;
  for (int r = 0; r < 20; ++r) shapes.push_back(1 + 0.7 * r * r);
  const auto rows = gammas(50, shapes);
  int accepted = 0;
  for (std::size_t w = 0; w < replica_lanes; ++w) {
    const auto found = lane_of(rows, w);
    for (std::size_t r = 0; r < shapes.size(); ++r) {
      const double expected = slow_gamma(50 + w, 1, r, shapes[r]);
      if (expected < 0) continue;
      ++accepted;
      REQUIRE(std::abs(found[r] - expected) < 1e-14 * expected);
    }
  }
  CHECK(accepted > 600);
  CHECK(accepted < 640);  // some were refused at first
}

TEST_CASE("a variate depends on its own row and replica alone") {
  const std::vector<double> shapes{0.4, 3, 1, 0.05, 20, 7.5, 1.2};
  const auto all = gammas(64, shapes);
  const std::vector<double> few(shapes.begin(), shapes.begin() + 4);
  const auto beginning = gammas(64, few);
  CHECK(std::equal(beginning.begin(), beginning.end(), all.begin()));
  const auto shifted = gammas(60, shapes);
  for (std::size_t w = 0; w + 4 < replica_lanes; ++w) REQUIRE(lane_of(shifted, w + 4) == lane_of(all, w));
  CHECK(gammas(64, shapes, 2) != all);
  std::vector<double> normals(8 * replica_lanes);
  std::vector<double> fewer(3 * replica_lanes);
  lanes_from(9).normals(0, normals);
  lanes_from(9).normals(0, fewer);
  CHECK(std::equal(fewer.begin(), fewer.end(), normals.begin()));
}

TEST_CASE("every instruction set gives the same bits") {
  Stream stream(key, Purpose::user, 0);
  const VariateKernels& reference = variate_kernels(InstructionSet::portable);
  for (int repeat = 0; repeat < 2000; ++repeat) {
    std::vector<std::uint64_t> words(3 * replica_lanes);
    stream.words(words);
    if (repeat == 0) words[0] = 0;  // the smallest and the largest uniform number
    if (repeat == 0) words[1] = ~std::uint64_t{0};
    const std::vector<double> d(replica_lanes, std::exp2(repeat % 30 - 1) - 1.0 / 3 + 0.5);
    const std::vector<double> c(replica_lanes, 1 / std::sqrt(9 * d.front()));
    const auto run = [&](const VariateKernels& k, std::uint32_t& accepted) {
      std::vector<double> out(5 * replica_lanes);
      k.uniforms(words.data(), out.data());
      k.normals(words.data(), &words[replica_lanes], &out[replica_lanes], &out[2 * replica_lanes]);
      k.exponentials(words.data(), &out[3 * replica_lanes]);
      accepted = k.gammas(&out[replica_lanes], &words[2 * replica_lanes], d.data(), c.data(), &out[4 * replica_lanes]);
      return out;
    };
    std::uint32_t expected_lanes = 0;
    const auto expected = run(reference, expected_lanes);
    for (const InstructionSet set : instruction_sets()) {
      std::uint32_t lanes = 0;
      REQUIRE(run(variate_kernels(set), lanes) == expected);
      REQUIRE(lanes == expected_lanes);
    }
  }
  CHECK(instruction_sets().back() == InstructionSet::portable);
}

TEST_CASE("the laws: normal, exponential, gamma from shape 5e-4 to 1e6") {
  std::vector<double> rows(3000 * replica_lanes);
  lanes_from(0).normals(11, rows);
  CHECK(kolmogorov(rows, [](double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }) < kolmogorov_limit);
  double product = 0;  // the two of a pair are independent
  for (std::size_t r = 0; r < 3000; r += 2)
    for (std::size_t w = 0; w < replica_lanes; ++w)
      product += rows[r * replica_lanes + w] * rows[(r + 1) * replica_lanes + w];
  CHECK(std::abs(product) / std::sqrt(1500.0 * replica_lanes) < z_limit);
  lanes_from(0).exponentials(12, rows);
  CHECK(kolmogorov(rows, [](double x) { return -std::expm1(-x); }) < kolmogorov_limit);
  std::uint64_t sequence = 20;
  for (const double shape : {5e-4, 0.05, 0.5, 0.999, 1.0, 1.5, 3.0, 50.0, 1e6}) {
    CAPTURE(shape);
    const auto sample = gammas(0, std::vector<double>(1000, shape), sequence++);
    // An underflow to 0 stands for what is below the smallest double.
    const auto law = [&](double x) { return boost::math::gamma_p(shape, std::max(x, 1e-307)); };
    auto positive = sample;
    if (shape < 1e-3) std::erase_if(positive, [](double x) { return x < 1e-300; });
    const double below = shape < 1e-3 ? boost::math::gamma_p(shape, 1e-300) : 0;
    CHECK(kolmogorov(positive, [&](double x) { return (law(x) - below) / (1 - below); }) < kolmogorov_limit);
    if (shape < 1e-3) {
      const auto n = static_cast<double>(sample.size());
      const double share = 1 - static_cast<double>(positive.size()) / n;
      CHECK(std::abs(share - below) / std::sqrt(below * (1 - below) / n) < z_limit);
    }
  }
}

TEST_CASE("odd requests are refused") {
  std::vector<double> rows(2 * replica_lanes);
  CHECK_THROWS_AS(lanes_from(0).uniforms(0, std::span(rows).first(33)), InternalError);
  CHECK_THROWS_AS(lanes_from(0).gammas(0, std::vector<double>{1}, rows), InternalError);
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL})
    CHECK_THROWS_AS(lanes_from(0).gammas(0, std::vector<double>{1, bad}, rows), InternalError);
}
