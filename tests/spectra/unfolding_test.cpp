// Unfolding of one spectrum by itself. SPDX-License-Identifier: MIT
#include "rankwise/spectra/unfolding.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "rankwise/core/error.hpp"
#include "rankwise/linalg/matrix.hpp"
#include "rankwise/random/distributions.hpp"

using namespace rankwise;
using namespace rankwise::spectra;

namespace {

std::vector<double> random_levels(std::size_t n, std::uint64_t seed) {
  random::Stream stream({seed, 1}, random::Purpose::user, 0);
  std::vector<double> levels(n);
  for (double& x : levels) x = 3 + random::normal(stream);
  std::sort(levels.begin(), levels.end());
  return levels;
}

}  // namespace

TEST_CASE("a staircase on a polynomial is unfolded to whole numbers, whatever the place and scale of the levels") {
  // x + x^3/3 at x_k is k + 1/2
  std::vector<double> levels;
  for (int k = 0; k < 60; ++k) {
    double x = 0;
    const double target = (k + 0.5 - 30) / 10;
    for (int i = 0; i < 60; ++i) x -= (x + x * x * x / 3 - target) / (1 + x * x);
    levels.push_back(1e6 * (x + 7));
  }
  const auto unfolded = unfold_polynomial(levels, 3);
  for (std::size_t k = 0; k < levels.size(); ++k) CHECK(std::abs(unfolded[k] - (static_cast<double>(k) + 0.5)) < 1e-9);
  const auto more = unfold_polynomial(levels, 9);
  for (std::size_t k = 0; k < levels.size(); ++k) CHECK(std::abs(more[k] - (static_cast<double>(k) + 0.5)) < 1e-9);
}

TEST_CASE("the fit is the least-squares one: the residual is orthogonal to every power") {
  const auto levels = random_levels(80, 3);
  const auto unfolded = unfold_polynomial(levels, 7);
  for (int power = 0; power <= 7; ++power) {
    double product = 0;
    double size = 0;
    for (std::size_t k = 0; k < levels.size(); ++k) {
      const double basis = std::pow((levels[k] - 3) / 3, power);
      product += (static_cast<double>(k) + 0.5 - unfolded[k]) * basis;
      size += std::abs(basis) * 80;
    }
    CHECK(std::abs(product) < 1e-13 * size);
  }
}

TEST_CASE("few different levels lower the degree; none at all give the middle") {
  const std::vector<double> three{1, 2, 4};
  const auto exact = unfold_polynomial(three, 9);
  for (std::size_t k = 0; k < 3; ++k) CHECK(std::abs(exact[k] - (static_cast<double>(k) + 0.5)) < 1e-12);
  for (const double x : unfold_polynomial(std::vector<double>{5, 5, 5, 5}, 9)) CHECK(x == 2);
}

TEST_CASE("local unfolding: a ladder stays one, a uniform change of scale is undone, edges use what there is") {
  std::vector<double> ladder;
  for (int k = 0; k < 30; ++k) ladder.push_back(0.25 * k - 3);
  const auto flat = unfold_local(ladder, 4);
  for (std::size_t k = 0; k < ladder.size(); ++k) CHECK(std::abs(flat[k] - static_cast<double>(k)) < 1e-13);
  const auto levels = random_levels(50, 8);
  const auto unfolded = unfold_local(levels, 3);
  for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
    double sum = 0;
    double count = 0;
    for (std::size_t j = k > 3 ? k - 3 : 0; j < levels.size() - 1 && j <= k + 3; ++j, ++count)
      sum += levels[j + 1] - levels[j];
    CHECK(std::abs(unfolded[k + 1] - unfolded[k] - (levels[k + 1] - levels[k]) * count / sum) < 1e-12);
  }
  CHECK(unfold_local(std::vector<double>{2, 2, 2}, 1) == std::vector<double>{0, 0, 0});
}

TEST_CASE("the mean spacing alone") {
  const auto levels = random_levels(20, 9);
  const auto unfolded = unfold_mean(levels);
  CHECK(unfolded.front() == 0);
  CHECK(std::abs(unfolded.back() - 19) < 1e-13);
  CHECK(unfold_mean(std::vector<double>{1, 1}) == std::vector<double>{0, 0});
}

TEST_CASE("one level, or levels out of order, are refused") {
  CHECK_THROWS_AS((void)unfold_mean(std::vector<double>{1}), InternalError);
  CHECK_THROWS_AS((void)unfold_local(std::vector<double>{2, 1}, 3), InternalError);
  CHECK_THROWS_AS((void)unfold_polynomial(std::vector<double>{1, 2, 3}, 0), InternalError);
}
