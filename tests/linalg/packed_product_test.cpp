// Products of packed signs with dense columns, every instruction set. SPDX-License-Identifier: MIT
#include "linalg/packed_product.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "linalg/reference.hpp"
#include "rankwise/random/distributions.hpp"

using namespace rankwise;
using namespace rankwise::linalg;
using namespace rankwise::test;

namespace {

template <typename T>
void check_panel(MultiplyPanel<T> first, MultiplyPanel<T> multiply_panel, const SignMatrix& s, Draws& draws,
                 double range, double epsilon) {
  const Interleaved groups(s);
  Panels<T> in(s.columns(), line_width<T>);
  Panels<T> out(s.rows(), line_width<T>);
  Panels<T> by_first = out;
  for (std::size_t a = 0; a < s.columns(); ++a) {
    for (std::size_t c = 0; c < line_width<T>; ++c) in.at(a, c) = static_cast<T>(range * (draws.uniform() - .5));
  }
  multiply_panel(groups.group(0), s.rows(), s.columns(), in.panel(0), out.panel(0));
  first(groups.group(0), s.rows(), s.columns(), in.panel(0), by_first.panel(0));
  REQUIRE(std::equal(out.values().begin(), out.values().end(), by_first.values().begin()));  // the same bits
  double largest = 0;
  for (std::size_t i = 0; i < s.rows(); ++i) {
    for (std::size_t c = 0; c < line_width<T>; ++c) {
      double sum = 0;
      for (std::size_t a = 0; a < s.columns(); ++a) sum += s(i, a) * static_cast<double>(in.at(a, c));
      largest = std::max(largest, std::abs(sum - static_cast<double>(out.at(i, c))));
    }
  }
  REQUIRE(largest < epsilon * static_cast<double>(s.columns()));
  for (std::size_t v = s.rows() * line_width<T>; v < out.values().size(); ++v) REQUIRE(out.values()[v] == 0);
}

}  // namespace

TEST_CASE("every instruction set multiplies as a plain loop does, all with the same bits") {
  Draws draws(1);
  for (const std::size_t rows : {1UL, 7UL, 8UL, 9UL, 64UL, 71UL, 150UL}) {
    for (const std::size_t columns : {1UL, 3UL, 16UL, 63UL, 64UL, 65UL, 200UL}) {
      CAPTURE(rows);
      CAPTURE(columns);
      const SignMatrix s = draws.signs(rows, columns);
      const ProductVariant& first = product_variants().front();
      for (const ProductVariant& variant : product_variants()) {
        CAPTURE(variant.name);
        check_panel(first.single_precision, variant.single_precision, s, draws, 1, 1e-7);
        check_panel(first.double_precision, variant.double_precision, s, draws, 1, 2e-16);
        check_panel(first.integer, variant.integer, s, draws, 1e7, 1e-300);  // exact
      }
    }
  }
  CHECK(std::string(product_variants().back().name) == "plain");
}
