// Products, sums and bases of dense matrices against plain loops. SPDX-License-Identifier: MIT
#include "rankwise/linalg/matrix.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

#include "linalg/reference.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/linalg/single_precision.hpp"

using namespace rankwise;
using namespace rankwise::linalg;
using namespace rankwise::test;

TEST_CASE("products equal plain loops on random shapes, empty ones included") {
  Draws draws(1);
  for (int trial = 0; trial < 200; ++trial) {
    const auto n = draws.between(0, 20);
    const auto m = draws.between(0, 20);
    const auto l = draws.between(0, 20);
    CAPTURE(n);
    CAPTURE(m);
    CAPTURE(l);
    const Matrix a = draws.matrix(n, m);
    const Matrix b = draws.matrix(m, l);
    const Matrix c = draws.matrix(n, l);
    REQUIRE(distance(product(a, b), slow_product(a, b)) < 1e-13);
    REQUIRE(distance(transposed_product(a, c), slow_product(slow_transpose(a), c)) < 1e-13);
    REQUIRE(distance(gram(a), slow_product(slow_transpose(a), a)) < 1e-13);
  }
  const Matrix wide = draws.matrix(150, 300);
  CHECK(distance(product(slow_transpose(wide), wide), slow_product(slow_transpose(wide), wide)) < 1e-11);
  CHECK(distance(gram(wide), slow_product(slow_transpose(wide), wide)) < 1e-11);
}

TEST_CASE("gram() is exactly symmetric, and everything gives the same bits twice") {
  use_one_blas_thread();
  Draws draws(2);
  const Matrix a = draws.matrix(123, 77);
  const Matrix b = draws.matrix(77, 45);
  const Matrix g = gram(a);
  CHECK(distance(g, slow_transpose(g)) == 0);
  for (int i = 0; i < 5; ++i) {
    const Matrix elsewhere = a;  // the same numbers at another address
    CHECK(distance(gram(elsewhere), g) == 0);
    CHECK(distance(product(elsewhere, b), product(a, b)) == 0);
    CHECK(distance(transposed_product(elsewhere, a), transposed_product(a, a)) == 0);
    CHECK(distance(orthonormal_basis(elsewhere), orthonormal_basis(a)) == 0);
  }
}

TEST_CASE("sizes that do not fit are broken promises") {
  const Matrix a = Matrix::Zero(3, 4);
  CHECK_THROWS_AS((void)product(a, a), InternalError);
  CHECK_THROWS_AS((void)transposed_product(a, Matrix::Zero(4, 4)), InternalError);
  CHECK_THROWS_AS((void)dot(Vector::Zero(3), Vector::Zero(4)), InternalError);
}

TEST_CASE("dot() and squared_norm() sum in the documented order") {
  Draws draws(3);
  for (Eigen::Index n = 0; n <= 70; ++n) {
    const Matrix numbers = draws.matrix(n, 2);
    const Vector a = numbers.col(0);
    const Vector b = numbers.col(1);
    std::array<double, 8> sums{};
    for (Eigen::Index i = 0; i < n; ++i) sums[static_cast<std::size_t>(i % 8)] += a[i] * b[i];
    const double expected = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    REQUIRE(dot(a, b) == expected);
    REQUIRE(dot(a, b) == dot(b, a));
    REQUIRE(squared_norm(a) == dot(a, a));
    REQUIRE(squared_norm(numbers) == doctest::Approx(slow_squared_norm(numbers)).epsilon(1e-14));
  }
  // Column-major storage order: a matrix is summed like the vector of its columns.
  const Matrix a = draws.matrix(13, 9);
  CHECK(squared_norm(a) == squared_norm(a.reshaped(117, 1)));
}

TEST_CASE("orthonormal_basis() spans the columns and finds their rank") {
  Draws draws(4);
  for (int trial = 0; trial < 100; ++trial) {
    const auto n = draws.between(1, 25);
    const auto k = draws.between(1, 30);
    const auto rank = draws.between(0, std::min(n, k));
    CAPTURE(n);
    CAPTURE(k);
    CAPTURE(rank);
    const Matrix a = slow_product(draws.orthonormal(n, rank), slow_transpose(draws.orthonormal(k, rank)));
    const Matrix q = orthonormal_basis(a);
    REQUIRE(q.rows() == n);
    REQUIRE(q.cols() == rank);
    REQUIRE(distance(slow_product(slow_transpose(q), q), identity(rank)) < 1e-13);
    REQUIRE(distance(slow_product(q, slow_product(slow_transpose(q), a)), a) < 1e-13);
  }
}

TEST_CASE("orthonormal_basis() drops what falls below the tolerance") {
  Matrix a = Matrix::Zero(5, 3);
  a(0, 0) = 1;
  a(1, 1) = 1e-6;
  a(2, 2) = 1e-12;
  CHECK(orthonormal_basis(a).cols() == 2);
  CHECK(orthonormal_basis(a, 1e-3).cols() == 1);
  CHECK(orthonormal_basis(a, 0).cols() == 3);
  CHECK(orthonormal_basis(Matrix::Zero(5, 3), 0).cols() == 0);
  CHECK(orthonormal_basis(Matrix(5, 0)).rows() == 5);
  CHECK(orthonormal_basis(Matrix(0, 5)).cols() == 0);
}

TEST_CASE("orthonormal_basis() refuses NaN and infinity") {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    Matrix a = identity(4);
    a(1, 3) = bad;
    CHECK_THROWS_AS((void)orthonormal_basis(a), NumericalError);
  }
}

TEST_CASE("single-precision products are those of plain loops") {
  // small integers: exact in single precision
  using rankwise::linalg::FloatBuffer;
  constexpr Eigen::Index rows = 5;
  constexpr Eigen::Index inner = 7;
  constexpr Eigen::Index columns = 3;
  FloatBuffer a(rows * inner);
  FloatBuffer b(inner * columns);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i % 11) - 5;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i % 5) - 2;
  FloatBuffer c(rows * columns);
  FloatBuffer t(rows * columns);
  rankwise::linalg::multiply(a, b, c, rows, inner, columns);
  rankwise::linalg::multiply_transposed(a, b, t, rows, inner, columns);
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (Eigen::Index j = 0; j < columns; ++j) {
      float plain = 0;
      float transposed = 0;
      for (Eigen::Index l = 0; l < inner; ++l) {
        plain += a[static_cast<std::size_t>(i + l * rows)] * b[static_cast<std::size_t>(l + j * inner)];
        transposed += a[static_cast<std::size_t>(l + i * inner)] * b[static_cast<std::size_t>(l + j * inner)];
      }
      CHECK(c[static_cast<std::size_t>(i + j * rows)] == plain);
      CHECK(t[static_cast<std::size_t>(i + j * rows)] == transposed);
    }
  }
  CHECK_THROWS_AS(rankwise::linalg::multiply(a, b, c, rows, inner, columns + 1), rankwise::InternalError);
}
