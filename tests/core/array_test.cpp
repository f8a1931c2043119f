// SPDX-License-Identifier: MIT
#include "rankwise/core/array.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "rankwise/core/error.hpp"

using rankwise::Array;
using rankwise::ElementType;

TEST_CASE("a shape that does not match the values is refused") {
  CHECK_THROWS_AS(Array(std::vector<double>{1, 2, 3}, {2, 2}), rankwise::InternalError);
  CHECK(Array(std::vector<double>{1, 2, 3}).shape() == std::vector<std::size_t>{3});
  CHECK(Array::scalar(2.0).size() == 1);
}

TEST_CASE("missing values are NaN, the lowest integer, an empty text") {
  CHECK(std::isnan(Array::missing(ElementType::float64, {2}).real(1)));
  CHECK(Array::missing(ElementType::int64, {2}).values<std::int64_t>()[0] == std::numeric_limits<std::int64_t>::min());
  CHECK(Array::missing(ElementType::int8, {1}).is_missing(0));
  CHECK(Array::missing(ElementType::text, {1}).is_missing(0));
  CHECK_FALSE(Array(std::vector<std::int64_t>{0}).is_missing(0));
}

TEST_CASE("paste and cut are inverse on every box, against plain index arithmetic") {
  Array whole = Array::missing(ElementType::int64, {2, 3, 4, 5});
  const Array part(std::vector<std::int64_t>{1, 2, 3, 4, 5, 6}, {2, 3});
  const std::vector<std::size_t> at{1, 2};
  whole.paste(at, part);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 5; ++j) {
      const std::size_t flat = ((1 * 3 + 2) * 4 + i) * 5 + j;
      if (i < 2 && j < 3) {
        CHECK(whole.real(flat) == static_cast<double>(1 + 3 * i + j));
      } else {
        CHECK(whole.is_missing(flat));
      }
    }
  }
  CHECK(whole.cut(at, {2, 3}) == part);
  const std::vector<std::size_t> full{0, 1, 2, 3};
  whole.paste(full, Array::scalar(std::int64_t{9}));
  CHECK(whole.real(((0 * 3 + 1) * 4 + 2) * 5 + 3) == 9);
  CHECK_THROWS_AS(whole.paste(at, Array(std::vector<std::int64_t>(6), {1, 6})), rankwise::InternalError);
  CHECK_THROWS_AS(whole.paste(at, Array(std::vector<double>(6), {2, 3})), rankwise::InternalError);
}

TEST_CASE("equality is of bits") {
  const double nan = std::nan("");
  CHECK(Array(std::vector<double>{nan, 1}) == Array(std::vector<double>{nan, 1}));
  CHECK_FALSE(Array(std::vector<double>{0.0}) == Array(std::vector<double>{-0.0}));
  CHECK_FALSE(Array(std::vector<double>{1, 2}) == Array(std::vector<double>{1, 2}, {2, 1}));
}
