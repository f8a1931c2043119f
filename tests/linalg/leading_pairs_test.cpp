// Iterated eigenpairs of packed examples against the dense solver. SPDX-License-Identifier: MIT
#include "linalg/leading_pairs.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "linalg/reference.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/linalg/low_rank.hpp"
#include "rankwise/random/distributions.hpp"

using namespace rankwise;
using namespace rankwise::linalg;
using namespace rankwise::test;

namespace {

/// Column a of `count` shows pattern a mod K of quality r.
SignMatrix examples(const SignMatrix& patterns, std::size_t count, double r, std::uint64_t seed) {
  random::Stream stream({seed, 11}, random::Purpose::user, 0);
  SignMatrix out(patterns.columns(), count);
  random::bernoulli_words(stream, random::Probability32((1 - r) / 2), out.words());
  out.clear_padding();
  for (std::size_t i = 0; i < out.rows(); ++i) {
    for (std::size_t a = 0; a < count; ++a) {
      const bool flipped = out(i, a) > 0;
      out.set(i, a, (patterns(a % patterns.rows(), i) > 0) != flipped);
    }
  }
  return out;
}

double scale_of(const SignMatrix& x) { return static_cast<double>(x.rows()) * static_cast<double>(x.columns()); }

/// Checks what is promised of hebbian_operator(); returns how many pairs it has above the noise.
Eigen::Index check_promise(const SignMatrix& x, Eigen::Index k, const SignMatrix* patterns) {
  const LowRankOperator op = hebbian_operator(x, k, {patterns, -1});
  const Matrix gram = x.gram().cast<double>();
  const SymmetricEigen exact = symmetric_eigen(gram);
  const auto n = static_cast<double>(x.rows());
  const double root_q = std::sqrt(n / static_cast<double>(x.columns()));
  double left = n;
  Eigen::Index above = 0;
  for (; above < op.rank(); ++above) {
    const double value = op.values[above] * n;
    const double level = left / (n - static_cast<double>(above));
    if (value <= 1.05 * level * (1 + root_q) * (1 + root_q)) {
      // Nothing of strength 3 sqrt(q) goes unseen: its eigenvalue would be this large.
      REQUIRE(exact.values[above] / static_cast<double>(x.columns()) < level * (1 + 3 * root_q) * (1 + root_q / 3));
      break;
    }
    left -= value;
    REQUIRE(std::abs(op.values[above] * scale_of(x) / exact.values[above] - 1) < 1e-10);
    const Matrix u = op.vectors.col(above);
    const Matrix image = slow_product(gram, u);
    double residual = 0;
    for (Eigen::Index i = 0; i < u.rows(); ++i) {
      residual += std::pow(image(i, 0) - exact.values[above] * u(i, 0), 2);
    }
    REQUIRE(std::sqrt(residual) < 1e-5 * exact.values[above]);
  }
  // Ritz values lie below eigenvalues of the same place, and descend.
  for (Eigen::Index j = 0; j < op.rank(); ++j) {
    REQUIRE(op.values[j] * scale_of(x) < exact.values[j] * (1 + 1e-12));
    if (j > 0) REQUIRE(op.values[j] <= op.values[j - 1]);
  }
  REQUIRE(distance(slow_product(slow_transpose(op.vectors), op.vectors), identity(op.rank())) < 1e-11);
  REQUIRE(op.trace == 1);
  REQUIRE(op.frobenius_squared == doctest::Approx(slow_squared_norm(gram) / scale_of(x) / scale_of(x)).epsilon(1e-14));
  return above;
}

}  // namespace

TEST_CASE("strong and weak archetypes are found to the accuracy promised, with and without a warm start") {
  Draws draws(1);
  const struct {
    std::size_t neurons, examples;
    double quality;
  } settings[] = {{200, 200, .9}, {200, 150, .8},  {300, 120, .6}, {150, 400, .5},  {200, 200, .4},
                  {256, 256, .3}, {200, 200, .25}, {200, 300, .2}, {130, 130, .99}, {200, 200, 1}};
  for (const auto& s : settings) {
    CAPTURE(s.neurons);
    CAPTURE(s.examples);
    CAPTURE(s.quality);
    const SignMatrix patterns = draws.signs(3, s.neurons);
    const SignMatrix x = examples(patterns, s.examples, s.quality, 5);
    const SignMatrix none(0, s.neurons);
    const SignMatrix wrong = draws.signs(4, s.neurons);
    for (const SignMatrix* start : {static_cast<const SignMatrix*>(nullptr), &patterns, &none, &wrong}) {
      CHECK(check_promise(x, 11, start) >= 3);
    }
  }
}

TEST_CASE("below the threshold the pairs are Ritz pairs of the bulk, near its edge") {
  Draws draws(2);
  for (const double r : {0.0, .05, .1}) {
    const SignMatrix patterns = draws.signs(3, 200);
    const SignMatrix x = examples(patterns, 200, r, 6);
    (void)check_promise(x, 11, &patterns);
    const LowRankOperator op = hebbian_operator(x, 11);
    CHECK(op.rank() == 11);
    CHECK(op.values[0] * 200 < 4.3);
    CHECK(op.values[10] * 200 > 1);
  }
}

TEST_CASE("identical examples, all entries equal, few different examples or neurons") {
  Draws draws(3);
  const SignMatrix few = draws.signs(5, 100);
  const SignMatrix repeated = examples(few, 150, 1, 7);  // rank 5
  CHECK(hebbian_operator(repeated, 11).rank() == 5);
  CHECK(check_promise(repeated, 11, nullptr) == 5);
  CHECK(hebbian_operator(repeated.transposed(), 11).rank() == 5);
  (void)check_promise(repeated.transposed(), 11, nullptr);
  const SignMatrix equal(100, 150);
  const LowRankOperator one = hebbian_operator(equal, 11);
  REQUIRE(one.rank() == 1);
  CHECK(one.values[0] == doctest::Approx(1).epsilon(1e-14));
  CHECK(one.frobenius_squared == 1);
}

TEST_CASE("more archetypes than pairs, and more than the block holds") {
  Draws draws(4);
  const SignMatrix patterns = draws.signs(20, 240);
  const SignMatrix x = examples(patterns, 300, .9, 8);
  CHECK(check_promise(x, 11, nullptr) == 11);
  CHECK(check_promise(x, 11, &patterns) == 11);
  CHECK(check_promise(x, 40, &patterns) >= 20);  // three lines of columns
}

TEST_CASE("an archetype that the memory lacks is found all the same") {
  Draws draws(5);
  const SignMatrix patterns = draws.signs(4, 300);
  SignMatrix known(3, 300);
  for (std::size_t mu = 0; mu < 3; ++mu) {
    for (std::size_t i = 0; i < 300; ++i) known.set(mu, i, patterns(mu, i) > 0);
  }
  CHECK(check_promise(examples(patterns, 300, .8, 9), 11, &known) >= 4);
  CHECK(check_promise(examples(patterns, 300, .35, 9), 11, &known) >= 4);
}

TEST_CASE("iteration gives the same bits twice, and few products where the archetypes are strong and known") {
  use_one_blas_thread();
  Draws draws(6);
  const SignMatrix patterns = draws.signs(3, 400);
  const SignMatrix x = examples(patterns, 400, .9, 10);
  const double squares = gram_squares(x);
  const auto a = leading_pairs(x, 11, &patterns, squares);
  const auto b = leading_pairs(x, 11, &patterns, squares);
  REQUIRE(a.has_value());
  REQUIRE(b.has_value());
  CHECK(distance(a->vectors, b->vectors) == 0);
  CHECK(distance(a->values, b->values) == 0);
  CHECK(a->products <= 2);
  CHECK(a->promised == 3);
}
