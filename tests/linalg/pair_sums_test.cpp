// Sums over pairs of rows by every instruction set against plain loops. SPDX-License-Identifier: MIT
#include "linalg/pair_sums.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "linalg/reference.hpp"
#include "linalg/sliced_signs.hpp"
#include "rankwise/core/error.hpp"

using namespace rankwise;
using namespace rankwise::linalg;
using namespace rankwise::test;

namespace {

std::int64_t slow_product(const SignMatrix& a, std::size_t i, std::size_t j) {
  std::int64_t sum = 0;
  for (std::size_t c = 0; c < a.columns(); ++c) sum += a(i, c) * a(j, c);
  return sum;
}

PairSums slow_sums(const SignMatrix& x, const SignMatrix& y) {
  PairSums out;
  std::int64_t squares = 0;
  for (std::size_t i = 0; i < x.rows(); ++i) {
    for (std::size_t j = 0; j < x.rows(); ++j) {
      const std::int64_t a = slow_product(x, i, j);
      squares += a * a;
      if (j >= i) continue;
      const std::int64_t b = slow_product(y, i, j);
      ++(a == 0 || b == 0 ? out.signs.zero : (a > 0) == (b > 0) ? out.signs.agree : out.signs.disagree);
    }
  }
  out.squares = static_cast<double>(squares);
  return out;
}

void check_all(const SignMatrix& x, const SignMatrix& y) {
  CAPTURE(x.rows());
  CAPTURE(x.columns());
  CAPTURE(y.columns());
  const PairSums expected = slow_sums(x, y);
  for (const CountVariant& variant : count_variants()) {
    CAPTURE(variant.name);
    const PairSums got = pair_sums(variant, x, y);
    REQUIRE(got.squares == expected.squares);
    REQUIRE(got.signs.agree == expected.signs.agree);
    REQUIRE(got.signs.disagree == expected.signs.disagree);
    REQUIRE(got.signs.zero == expected.signs.zero);
  }
  for (const SlicedVariant& variant : sliced_variants()) {
    if (std::max(x.columns(), y.columns()) > most_sliced_columns) break;
    CAPTURE(variant.name);
    const SignAgreement got = sliced_agreement(variant, x, y);
    REQUIRE(got.agree == expected.signs.agree);
    REQUIRE(got.disagree == expected.signs.disagree);
    REQUIRE(got.zero == expected.signs.zero);
  }
  REQUIRE(pair_sums(x, y).squares == expected.squares);
  REQUIRE(pair_sums(x, y).signs.agree == expected.signs.agree);
  REQUIRE(gram_squares(x) == expected.squares);
  REQUIRE(gram_squares(x.transposed()) == expected.squares);  // of X X^T and of X^T X
}

}  // namespace

TEST_CASE("every instruction set gives the sums of a double loop, at odd sizes too") {
  Draws draws(1);
  for (const std::size_t n : {1UL, 2UL, 3UL, 7UL, 8UL, 9UL, 12UL, 63UL, 64UL, 65UL, 100UL, 137UL}) {
    for (const std::size_t m : {1UL, 2UL, 16UL, 63UL, 64UL, 65UL, 129UL, 200UL}) {
      check_all(draws.signs(n, m), draws.signs(n, static_cast<std::size_t>(draws.between(1, 7))));
    }
  }
  check_all(draws.signs(150, 40), draws.signs(150, 70));  // more than a strip of rows, two words of patterns
}

TEST_CASE("few columns of many rows, every number of them") {
  Draws draws(3);
  for (std::size_t m = 1; m <= most_sliced_columns; ++m) {
    check_all(draws.signs(130, m), draws.signs(130, 1 + m % 5));
    check_all(draws.signs(70, 5), draws.signs(70, m));
  }
  check_all(draws.signs(600, 16), draws.signs(600, 3));
}

TEST_CASE("long rows: more words than bytes can count, and more than a strip") {
  Draws draws(2);
  check_all(draws.signs(13, 64 * 70 + 5), draws.signs(13, 3));
  check_all(draws.signs(10, 64 * 260), draws.signs(10, 2));
}

TEST_CASE("equal rows have the largest squares") {
  const SignMatrix x(20, 64 * 40);  // all -1: every byte of every comparison counts 0, of its opposite 8
  CHECK(gram_squares(x) == 400. * 2560 * 2560);
  SignMatrix half = x;
  for (std::size_t i = 0; i < 10; ++i) {
    for (std::size_t c = 0; c < half.columns(); ++c) half.set(i, c, true);
  }
  check_all(half, SignMatrix(20, 1));
}

TEST_CASE("no rows, no columns, other numbers of rows") {
  CHECK(gram_squares(SignMatrix()) == 0);
  CHECK(gram_squares(SignMatrix(5, 0)) == 0);
  CHECK(pair_sums(SignMatrix(0, 3), SignMatrix(0, 2)).squares == 0);
  CHECK(pair_sums(SignMatrix(10, 0), SignMatrix(10, 3)).signs.zero == 45);
  CHECK_THROWS_AS((void)pair_sums(SignMatrix(3, 1), SignMatrix(4, 1)), InternalError);
}
