// The small eigen-solver against Jacobi rotations. SPDX-License-Identifier: MIT
#include "linalg/small_eigen.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "linalg/reference.hpp"
#include "rankwise/core/error.hpp"

using namespace rankwise;
using namespace rankwise::linalg;
using namespace rankwise::test;

namespace {

void check(const Matrix& a) {
  const SymmetricEigen got = lone_symmetric_eigen(a);
  const SymmetricEigen expected = jacobi(a);
  const double size = std::max(1e-300, std::sqrt(slow_squared_norm(a)));
  REQUIRE(distance(got.values, expected.values) < 1e-14 * size);
  REQUIRE(distance(slow_product(slow_transpose(got.vectors), got.vectors), identity(a.rows())) < 1e-14);
  Matrix image = got.vectors;
  for (Eigen::Index j = 0; j < a.rows(); ++j) image.col(j) *= got.values[j];
  REQUIRE(distance(slow_product(a, got.vectors), image) < 2e-14 * size);
}

}  // namespace

TEST_CASE("random, repeated, zero and graded spectra") {
  Draws draws(1);
  for (Eigen::Index n = 1; n <= small_eigen_order + 2; ++n) {
    CAPTURE(n);
    check(draws.symmetric(n));
    check(identity(n));
    check(Matrix::Zero(n, n));
    check(Matrix::Ones(n, n));
    const Matrix few = draws.matrix(n, std::max<Eigen::Index>(1, n / 3));
    check(slow_product(few, slow_transpose(few)));
    Matrix graded = draws.symmetric(n);
    for (Eigen::Index j = 0; j < n; ++j) {
      for (Eigen::Index i = 0; i < n; ++i) graded(i, j) *= std::pow(10.0, -static_cast<double>(i + j) / 3);
    }
    check(graded);
  }
  Matrix blocks = Matrix::Zero(16, 16);  // falls apart
  for (Eigen::Index i = 0; i < 16; i += 2) blocks(i, i + 1) = blocks(i + 1, i) = 1;
  check(blocks);
}

TEST_CASE("every instruction set gives the same bits") {
  Draws draws(2);
  for (const std::size_t n : {1UL, 2UL, 3UL, 8UL, 11UL, 16UL, 31UL, 32UL}) {
    const Matrix a = draws.symmetric(static_cast<Eigen::Index>(n));
    std::vector<double> first_vectors(a.data(), a.data() + a.size());
    std::vector<double> first_values(n);
    REQUIRE(small_eigen_variants().front().solve(n, first_vectors.data(), first_values.data()));
    for (const SmallEigenVariant& variant : small_eigen_variants()) {
      CAPTURE(variant.name);
      std::vector<double> vectors(a.data(), a.data() + a.size());
      std::vector<double> values(n);
      REQUIRE(variant.solve(n, vectors.data(), values.data()));
      REQUIRE(vectors == first_vectors);
      REQUIRE(values == first_values);
    }
  }
  CHECK(std::string(small_eigen_variants().back().name) == "plain");
}

TEST_CASE("NaN is refused") {
  Matrix a = identity(4);
  a(3, 1) = std::nan("");
  CHECK_THROWS_AS((void)lone_symmetric_eigen(a), NumericalError);
}
