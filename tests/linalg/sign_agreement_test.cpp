// Agreement of signs of two Gram matrices against the double loop. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "linalg/reference.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/linalg/sign_matrix.hpp"

using namespace rankwise;
using namespace rankwise::linalg;
using namespace rankwise::test;

namespace {

SignAgreement slow_agreement(const SignMatrix& x, const SignMatrix& y) {
  SignAgreement out;
  for (std::size_t j = 0; j < x.rows(); ++j) {
    for (std::size_t i = 0; i < j; ++i) {
      int a = 0;
      int b = 0;
      for (std::size_t c = 0; c < x.columns(); ++c) a += x(i, c) * x(j, c);
      for (std::size_t c = 0; c < y.columns(); ++c) b += y(i, c) * y(j, c);
      if (a == 0 || b == 0) {
        ++out.zero;
      } else {
        ++((a > 0) == (b > 0) ? out.agree : out.disagree);
      }
    }
  }
  return out;
}

void check_equal(const SignAgreement& got, const SignAgreement& expected) {
  REQUIRE(got.agree == expected.agree);
  REQUIRE(got.disagree == expected.disagree);
  REQUIRE(got.zero == expected.zero);
}

}  // namespace

TEST_CASE("sign_agreement() equals the double loop, ties of even ranks included") {
  Draws draws(1);
  for (int trial = 0; trial < 60; ++trial) {
    const auto n = static_cast<std::size_t>(draws.between(1, 150));
    const auto a = static_cast<std::size_t>(draws.between(1, 100));
    const auto b = static_cast<std::size_t>(draws.between(1, 8));
    CAPTURE(n);
    CAPTURE(a);
    CAPTURE(b);
    const SignMatrix x = draws.signs(n, a);
    const SignMatrix y = draws.signs(n, b);
    check_equal(sign_agreement(x, y), slow_agreement(x, y));
  }
  const SignMatrix x = draws.signs(300, 129);
  const SignMatrix y = draws.signs(300, 2);
  check_equal(sign_agreement(x, y), slow_agreement(x, y));
}

TEST_CASE("a matrix agrees with itself; flipping neurons of one side leaves the count of pairs") {
  Draws draws(2);
  const SignMatrix x = draws.signs(77, 5);  // odd: no ties
  const SignAgreement self = sign_agreement(x, x);
  CHECK(self.agree == 77 * 76 / 2);
  CHECK(self.disagree == 0);
  CHECK(self.zero == 0);
  SignMatrix y = x;
  for (std::size_t c = 0; c < 5; ++c) y.set(0, c, x(0, c) < 0);
  const SignAgreement flipped = sign_agreement(x, y);
  CHECK(flipped.disagree == 76);
  CHECK(flipped.agree == 77 * 76 / 2 - 76);
}

TEST_CASE("the tie rate of two patterns is one half") {
  // C(2,1)/2^2 = 1/2; over 499500 dependent pairs of 1000 neurons: standard deviation below 2 % here.
  Draws draws(3);
  const SignAgreement agreement = sign_agreement(draws.signs(1000, 101), draws.signs(1000, 2));
  CHECK(static_cast<double>(agreement.zero) / 499500 == doctest::Approx(0.5).epsilon(0.02));
}

TEST_CASE("no neurons, one neuron, no columns, other numbers of rows") {
  CHECK(sign_agreement(SignMatrix(0, 3), SignMatrix(0, 2)).zero == 0);
  const SignAgreement one = sign_agreement(SignMatrix(1, 3), SignMatrix(1, 2));
  CHECK(one.agree + one.disagree + one.zero == 0);
  CHECK(sign_agreement(SignMatrix(10, 3), SignMatrix(10, 0)).zero == 45);
  CHECK_THROWS_AS((void)sign_agreement(SignMatrix(3, 1), SignMatrix(4, 1)), InternalError);
}
