// Packed signs against plain loops over +-1. SPDX-License-Identifier: MIT
#include "rankwise/linalg/sign_matrix.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "linalg/reference.hpp"
#include "linalg/xor_popcount.hpp"
#include "rankwise/core/error.hpp"

using namespace rankwise;
using namespace rankwise::linalg;
using namespace rankwise::test;

namespace {

IntMatrix slow_products(const SignMatrix& a, const SignMatrix& b) {
  IntMatrix out(static_cast<Eigen::Index>(a.rows()), static_cast<Eigen::Index>(b.rows()));
  for (std::size_t i = 0; i < a.rows(); ++i) {
    for (std::size_t j = 0; j < b.rows(); ++j) {
      int sum = 0;
      for (std::size_t c = 0; c < a.columns(); ++c) sum += a(i, c) * b(j, c);
      out(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = sum;
    }
  }
  return out;
}

bool padding_is_clear(const SignMatrix& a) {
  for (std::size_t r = 0; r < a.rows(); ++r) {
    for (std::size_t bit = a.columns(); bit < 64 * a.words_per_row(); ++bit) {
      if ((a.row(r)[bit / 64] >> bit % 64 & 1U) != 0) return false;
    }
  }
  return true;
}

const std::vector<std::size_t> sizes = {1, 2, 7, 8, 9, 63, 64, 65, 100, 127, 128, 129, 200};

}  // namespace

TEST_CASE("a new matrix is all -1, and set() changes one entry") {
  SignMatrix a(3, 70);
  CHECK(a.words_per_row() == 2);
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 70; ++j) REQUIRE(a(i, j) == -1);
  }
  a.set(1, 69, true);
  CHECK(a(1, 69) == 1);
  CHECK(a.row(1)[1] == std::uint64_t{1} << 5);
  CHECK(a(0, 69) == -1);
  CHECK(a(2, 69) == -1);
  CHECK(a(1, 68) == -1);
  a.set(1, 69, false);
  CHECK(a == SignMatrix(3, 70));
  CHECK_THROWS_AS(a.set(3, 0, true), InternalError);
  CHECK_THROWS_AS(a.set(0, 70, true), InternalError);
}

TEST_CASE("from_signs() and to_dense() are inverse; both zeros are +1, NaN is refused") {
  Draws draws(1);
  for (const std::size_t columns : sizes) {
    const SignMatrix a = draws.signs(5, columns);
    const Matrix dense_signs = a.to_dense();
    REQUIRE(dense_signs.rows() == 5);
    for (std::size_t i = 0; i < 5; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        REQUIRE(dense_signs(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) == a(i, j));
      }
    }
    REQUIRE(SignMatrix::from_signs(dense_signs) == a);
    REQUIRE(SignMatrix::from_signs(1e-300 * dense_signs) == a);
  }
  Matrix zeros(1, 2);
  zeros << 0.0, -0.0;
  CHECK(SignMatrix::from_signs(zeros)(0, 0) == 1);
  CHECK(SignMatrix::from_signs(zeros)(0, 1) == 1);
  zeros(0, 1) = std::nan("");
  CHECK_THROWS_AS((void)SignMatrix::from_signs(zeros), NumericalError);
}

TEST_CASE("clear_padding() clears what lies past the last column and nothing else") {
  for (const std::size_t columns : sizes) {
    SignMatrix a(3, columns);
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::uint64_t& word : a.row(r)) word = ~std::uint64_t{0};
    }
    a.clear_padding();
    CHECK(padding_is_clear(a));
    for (std::size_t j = 0; j < columns; ++j) REQUIRE(a(2, j) == 1);
  }
}

TEST_CASE("transposed() moves every entry and keeps the padding clear") {
  Draws draws(2);
  for (const std::size_t rows : sizes) {
    for (const std::size_t columns : sizes) {
      const SignMatrix a = draws.signs(rows, columns);
      const SignMatrix t = a.transposed();
      REQUIRE(t.rows() == columns);
      REQUIRE(t.columns() == rows);
      bool equal = true;
      for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) equal = equal && t(j, i) == a(i, j);
      }
      REQUIRE(equal);
      REQUIRE(padding_is_clear(t));
      REQUIRE(t.transposed() == a);
    }
  }
}

TEST_CASE("gram(), overlaps() and row_product() equal sums of products of signs") {
  Draws draws(3);
  for (const std::size_t rows : sizes) {
    const auto columns = static_cast<std::size_t>(draws.between(1, 200));
    const auto others = static_cast<std::size_t>(draws.between(1, 40));
    CAPTURE(rows);
    CAPTURE(columns);
    CAPTURE(others);
    const SignMatrix a = draws.signs(rows, columns);
    const SignMatrix b = draws.signs(others, columns);
    const IntMatrix expected = slow_products(a, a);
    REQUIRE((a.gram() == expected));
    REQUIRE((a.overlaps(b) == slow_products(a, b)));
    REQUIRE((b.overlaps(a) == slow_products(b, a)));
    REQUIRE(a.row_product(0, rows - 1) == expected(0, static_cast<Eigen::Index>(rows) - 1));
    REQUIRE(a.row_product(rows / 2, rows / 2) == static_cast<std::int64_t>(columns));
  }
}

TEST_CASE("rows longer than a strip of words are summed over all strips") {
  Draws draws(4);
  const SignMatrix a = draws.signs(11, 2 * 64 * 256 + 77);
  CHECK((a.gram() == slow_products(a, a)));
}

TEST_CASE("every instruction set counts the same differing bits") {
  Draws draws(5);
  const SignMatrix a = draws.signs(23, 64 * 9);
  for (const CountVariant& variant : count_variants()) {
    CAPTURE(variant.name);
    for (std::size_t n_rows = 0; n_rows <= 15; ++n_rows) {
      for (std::size_t words = 0; words <= 9; ++words) {
        std::vector<std::uint64_t> group(lanes * words);
        for (std::size_t w = 0; w < words; ++w) {
          for (std::size_t lane = 0; lane < lanes; ++lane) group[lanes * w + lane] = a.row(15 + lane)[w];
        }
        std::vector<std::uint64_t> counts(lanes * n_rows + 1, 1000);
        variant.count(a.row(0).data(), a.words_per_row(), n_rows, group.data(), words, counts.data());
        for (std::size_t r = 0; r < n_rows; ++r) {
          for (std::size_t lane = 0; lane < lanes; ++lane) {
            std::uint64_t expected = 1000;
            for (std::size_t bit = 0; bit < 64 * words; ++bit) expected += a(r, bit) != a(15 + lane, bit);
            REQUIRE(counts[lanes * r + lane] == expected);
          }
        }
        REQUIRE(counts.back() == 1000);
      }
    }
  }
  CHECK(std::string(count_variants().back().name) == "plain");
}

TEST_CASE("matrices without rows or columns") {
  CHECK(SignMatrix().gram().size() == 0);
  CHECK(SignMatrix(0, 5).transposed() == SignMatrix(5, 0));
  CHECK(SignMatrix(5, 0).transposed() == SignMatrix(0, 5));
  CHECK((SignMatrix(3, 0).gram() == IntMatrix::Zero(3, 3)));
  CHECK(SignMatrix(3, 0).row(2).empty());
  CHECK(SignMatrix(0, 4).overlaps(SignMatrix(2, 4)).cols() == 2);
  CHECK_THROWS_AS((void)SignMatrix(2, 4).overlaps(SignMatrix(2, 5)), InternalError);
}
