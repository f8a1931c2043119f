// Hebbian operators of packed examples against the dense N x N matrix. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>

#include "linalg/reference.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/linalg/low_rank.hpp"

using namespace rankwise;
using namespace rankwise::linalg;
using namespace rankwise::test;

namespace {

Matrix dense_hebbian(const SignMatrix& x) {
  const Matrix signs = x.to_dense();
  return slow_product(signs, slow_transpose(signs)) /
         (static_cast<double>(x.rows()) * static_cast<double>(x.columns()));
}

void check_orthonormal(const Matrix& u, double tolerance = 1e-12) {
  REQUIRE(distance(slow_product(slow_transpose(u), u), identity(u.cols())) < tolerance);
}

void check_against_dense(const SignMatrix& x, Eigen::Index k) {
  const LowRankOperator op = hebbian_operator(x, k);
  const Matrix whole = dense_hebbian(x);
  const SymmetricEigen expected = jacobi(whole);
  REQUIRE(op.dimension() == static_cast<Eigen::Index>(x.rows()));
  REQUIRE(op.rank() <= k);
  REQUIRE(distance(op.values, expected.values.head(op.rank())) < 1e-13);
  // What was left out for want of rank is round-off.
  for (Eigen::Index j = op.rank(); j < k; ++j) REQUIRE(std::abs(expected.values[j]) < 1e-13);
  check_orthonormal(op.vectors);
  Matrix image = op.vectors;
  for (Eigen::Index j = 0; j < op.rank(); ++j) image.col(j) *= op.values[j];
  REQUIRE(distance(slow_product(whole, op.vectors), image) < 1e-13);
  REQUIRE(op.trace == 1);
  REQUIRE(op.frobenius_squared == doctest::Approx(slow_squared_norm(whole)).epsilon(1e-14));
  REQUIRE(op.tail_trace() == doctest::Approx(1 - slow_trace(dense(op))).epsilon(1e-10));
  REQUIRE(op.tail_frobenius_squared() >= 0);
}

}  // namespace

TEST_CASE("hebbian_operator() equals the dense matrix on either side of M = N") {
  Draws draws(1);
  for (int trial = 0; trial < 60; ++trial) {
    const auto n = draws.between(1, 40);
    const auto m = draws.between(1, 40);
    const auto k = draws.between(1, std::min(n, m));
    CAPTURE(n);
    CAPTURE(m);
    CAPTURE(k);
    check_against_dense(draws.signs(static_cast<std::size_t>(n), static_cast<std::size_t>(m)), k);
  }
  check_against_dense(draws.signs(90, 60), 5);
  check_against_dense(draws.signs(60, 90), 5);
}

TEST_CASE("with all eigenpairs nothing is left in the tail") {
  Draws draws(2);
  const LowRankOperator op = hebbian_operator(draws.signs(30, 12), 12);
  CHECK(op.rank() == 12);
  CHECK(op.tail_trace() < 1e-14);
  CHECK(op.tail_frobenius_squared() < 1e-14);
}

TEST_CASE("one pattern shown M times is its projector") {
  Draws draws(3);
  const SignMatrix pattern = draws.signs(1, 50);
  for (const std::size_t m : {std::size_t{1}, std::size_t{7}, std::size_t{80}}) {
    SignMatrix x(50, m);
    for (std::size_t i = 0; i < 50; ++i) {
      for (std::size_t a = 0; a < m; ++a) x.set(i, a, pattern(0, i) > 0);
    }
    const LowRankOperator op = hebbian_operator(x, 1);
    REQUIRE(op.rank() == 1);
    CHECK(op.values[0] == doctest::Approx(1).epsilon(1e-14));
    CHECK(op.frobenius_squared == 1);
    for (std::size_t i = 0; i < 50; ++i) {
      const double sign = op.vectors(0, 0) * pattern(0, 0) > 0 ? 1 : -1;
      CHECK(op.vectors(static_cast<Eigen::Index>(i), 0) * sign ==
            doctest::Approx(pattern(0, i) / std::sqrt(50.0)).epsilon(1e-13));
    }
  }
}

TEST_CASE("repeated examples and repeated neurons lower the rank instead of giving NaN") {
  Draws draws(4);
  const SignMatrix few = draws.signs(40, 3);
  SignMatrix repeated(40, 12);  // three different examples, four times each
  for (std::size_t i = 0; i < 40; ++i) {
    for (std::size_t a = 0; a < 12; ++a) repeated.set(i, a, few(i, a % 3) > 0);
  }
  const LowRankOperator op = hebbian_operator(repeated, 8);
  CHECK(op.rank() == 3);
  check_against_dense(repeated, 8);
  const SignMatrix twins = repeated.transposed();  // 12 neurons in three groups, 40 examples
  CHECK(hebbian_operator(twins, 8).rank() == 3);
  check_against_dense(twins, 8);
}

TEST_CASE("tiny eigenvalues keep orthonormal vectors") {
  // Two examples that differ in one neuron of 4000: eigenvalues 1 - 1/4000 and 1/4000.
  Draws draws(5);
  SignMatrix x = draws.signs(4000, 1);
  SignMatrix two(4000, 2);
  for (std::size_t i = 0; i < 4000; ++i) {
    two.set(i, 0, x(i, 0) > 0);
    two.set(i, 1, (x(i, 0) > 0) != (i == 17));
  }
  const LowRankOperator op = hebbian_operator(two, 2);
  REQUIRE(op.rank() == 2);
  CHECK(op.values[1] == doctest::Approx(1.0 / 4000).epsilon(1e-11));
  check_orthonormal(op.vectors);
  CHECK(std::abs(op.vectors(17, 1)) == doctest::Approx(std::sqrt(1 - 0.25 / 1000)).epsilon(1e-3));
}

TEST_CASE("two neurons, one neuron") {
  SignMatrix x(2, 3);  // rows +++ and ++-: overlap 1 of 3
  for (std::size_t a = 0; a < 3; ++a) {
    x.set(0, a, true);
    x.set(1, a, a < 2);
  }
  const LowRankOperator op = hebbian_operator(x, 2);
  CHECK(op.values[0] == doctest::Approx(2.0 / 3).epsilon(1e-15));
  CHECK(op.values[1] == doctest::Approx(1.0 / 3).epsilon(1e-15));
  CHECK(op.frobenius_squared == doctest::Approx(20.0 / 36).epsilon(1e-15));
  CHECK(hebbian_operator(SignMatrix(1, 5), 1).values[0] == doctest::Approx(1).epsilon(1e-15));
}

TEST_CASE("k outside 1..min(N, M) is a broken promise") {
  const SignMatrix x(5, 3);
  CHECK_THROWS_AS((void)hebbian_operator(x, 0), InternalError);
  CHECK_THROWS_AS((void)hebbian_operator(x, 4), InternalError);
  CHECK_THROWS_AS((void)hebbian_operator(x.transposed(), 4), InternalError);
}

TEST_CASE("the same examples give the same bits") {
  use_one_blas_thread();
  Draws draws(6);
  for (const std::size_t m : {std::size_t{40}, std::size_t{200}}) {
    const SignMatrix x = draws.signs(120, m);
    const LowRankOperator a = hebbian_operator(x, 7);
    const LowRankOperator b = hebbian_operator(x, 7);
    CHECK(distance(a.vectors, b.vectors) == 0);
    CHECK(distance(a.values, b.values) == 0);
  }
}
