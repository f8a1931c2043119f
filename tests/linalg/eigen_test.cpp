// Symmetric eigenproblems: closed forms, Jacobi as a slow reference, hard spectra. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "linalg/lapack.hpp"
#include "linalg/reference.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/linalg/matrix.hpp"

using namespace rankwise;
using namespace rankwise::linalg;
using namespace rankwise::test;

namespace {

/// Largest |A V - V diag| relative to the largest entry of A, and departure of V from orthonormal.
void check_pairs(const Matrix& a, const SymmetricEigen& pairs, double tolerance) {
  Matrix scaled = pairs.vectors;
  for (Eigen::Index j = 0; j < scaled.cols(); ++j) scaled.col(j) *= pairs.values[j];
  REQUIRE(distance(slow_product(a, pairs.vectors), scaled) <=
          tolerance * distance(a, Matrix::Zero(a.rows(), a.cols())));
  REQUIRE(distance(slow_product(slow_transpose(pairs.vectors), pairs.vectors), identity(pairs.vectors.cols())) <=
          tolerance);
  for (Eigen::Index j = 1; j < pairs.values.size(); ++j) REQUIRE(pairs.values[j - 1] >= pairs.values[j]);
}

/// U diag U^T with given eigenvalues, exactly symmetric.
Matrix with_spectrum(Draws& draws, const Vector& values) {
  const Matrix u = draws.orthonormal(values.size(), values.size());
  Matrix scaled = u;
  for (Eigen::Index j = 0; j < values.size(); ++j) scaled.col(j) *= values[j];
  Matrix out = slow_product(scaled, slow_transpose(u));
  for (Eigen::Index j = 0; j < out.cols(); ++j) {
    for (Eigen::Index i = 0; i < j; ++i) out(i, j) = out(j, i);
  }
  return out;
}

}  // namespace

TEST_CASE("all solvers give the eigenvalues 2 - 2 cos(pi j/(n+1)) of the second difference") {
  for (const Eigen::Index n : {1, 2, 7, 60, 200}) {
    Matrix a = Matrix::Zero(n, n);
    for (Eigen::Index i = 0; i < n; ++i) {
      a(i, i) = 2;
      if (i > 0) a(i, i - 1) = a(i - 1, i) = -1;
    }
    Vector expected(n);
    for (Eigen::Index j = 0; j < n; ++j) {
      expected[j] = 2 - 2 * std::cos(std::numbers::pi * static_cast<double>(n - j) / static_cast<double>(n + 1));
    }
    CHECK(distance(symmetric_eigenvalues(a), expected) < 1e-13);
    CHECK(distance(symmetric_eigen(a).values, expected) < 1e-13);
    for (const Eigen::Index k : {Eigen::Index{1}, n / 10, n / 3, n}) {
      const SymmetricEigen top = top_eigenpairs(a, k);
      CHECK(distance(top.values, expected.head(k)) < 1e-13);
      check_pairs(a, top, 1e-12);
    }
  }
}

TEST_CASE("solvers agree with Jacobi on random matrices") {
  Draws draws(1);
  for (int trial = 0; trial < 60; ++trial) {
    const auto n = draws.between(1, 24);
    const auto k = draws.between(0, n);
    CAPTURE(n);
    CAPTURE(k);
    const Matrix a = draws.symmetric(n);
    const SymmetricEigen slow = jacobi(a);
    const SymmetricEigen all = symmetric_eigen(a);
    const SymmetricEigen top = top_eigenpairs(a, k);
    REQUIRE(distance(all.values, slow.values) < 1e-12);
    REQUIRE(distance(symmetric_eigenvalues(a), slow.values) < 1e-12);
    REQUIRE(distance(top.values, slow.values.head(k)) < 1e-12);
    REQUIRE(top.vectors.rows() == n);
    check_pairs(a, all, 1e-12);
    check_pairs(a, top, 1e-12);
    // Simple eigenvalues: the vectors agree up to sign.
    for (Eigen::Index j = 0; j < k; ++j) {
      double overlap = 0;
      for (Eigen::Index i = 0; i < n; ++i) overlap += top.vectors(i, j) * slow.vectors(i, j);
      REQUIRE(std::abs(overlap) == doctest::Approx(1).epsilon(1e-9));
    }
  }
}

TEST_CASE("top_eigenpairs holds where eigenvalues coincide, cluster or vanish") {
  Draws draws(2);
  const Eigen::Index n = 60;
  Vector repeated = Vector::Constant(n, 1);  // a fourfold top over a flat rest
  repeated.head(4).setConstant(5);
  Vector clustered(n);
  for (Eigen::Index j = 0; j < n; ++j) clustered[j] = 1 - 1e-13 * static_cast<double>(j);
  Vector single = Vector::Zero(n);
  single[0] = 3;
  for (const Vector& spectrum : {repeated, clustered, single, Vector(Vector::Constant(n, 2))}) {
    const Matrix a = with_spectrum(draws, spectrum);
    for (const Eigen::Index k : {1, 2, 4, 8, 11, 12, 30, 60}) {
      CAPTURE(k);
      const SymmetricEigen top = top_eigenpairs(a, k);
      CHECK(distance(top.values, spectrum.head(k)) < 1e-12);
      check_pairs(a, top, 1e-10);
    }
  }
}

TEST_CASE("only the lower triangle is read") {
  Draws draws(3);
  for (const Eigen::Index n : {10, 40}) {
    const Matrix a = draws.symmetric(n);
    Matrix half = a;
    for (Eigen::Index j = 0; j < n; ++j) {
      for (Eigen::Index i = 0; i < j; ++i) half(i, j) = std::nan("");
    }
    for (const Eigen::Index k : {3, 7})
      CHECK(distance(top_eigenpairs(half, k).vectors, top_eigenpairs(a, k).vectors) == 0);
    CHECK(distance(symmetric_eigen(half).vectors, symmetric_eigen(a).vectors) == 0);
    CHECK(distance(symmetric_eigenvalues(half), symmetric_eigenvalues(a)) == 0);
  }
}

TEST_CASE("extreme scales neither overflow nor vanish") {
  Draws draws(4);
  const Matrix a = draws.symmetric(30);
  const Vector expected = symmetric_eigenvalues(a);
  for (const double scale : {1e-200, 1e200}) {
    const SymmetricEigen top = top_eigenpairs(scale * a, 3);
    for (Eigen::Index j = 0; j < 3; ++j) CHECK(top.values[j] / scale == doctest::Approx(expected[j]).epsilon(1e-12));
    check_pairs(a, {top.values / scale, top.vectors}, 1e-12);
  }
}

TEST_CASE("the zero matrix, the empty one and no pairs at all") {
  const SymmetricEigen none = top_eigenpairs(Matrix::Zero(20, 20), 2);
  CHECK(distance(none.values, Vector::Zero(2)) == 0);
  CHECK(distance(slow_product(slow_transpose(none.vectors), none.vectors), identity(2)) < 1e-15);
  CHECK(symmetric_eigen(Matrix(0, 0)).values.size() == 0);
  CHECK(symmetric_eigenvalues(Matrix(0, 0)).size() == 0);
  CHECK(top_eigenpairs(Matrix(0, 0), 0).vectors.size() == 0);
  CHECK(top_eigenpairs(identity(5), 0).vectors.rows() == 5);
}

TEST_CASE("NaN and infinity are numerical errors, wrong shapes broken promises") {
  for (const double bad :
       {std::nan(""), std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    Matrix a = identity(20);
    a(7, 3) = bad;
    CHECK_THROWS_AS((void)symmetric_eigen(a), NumericalError);
    CHECK_THROWS_AS((void)symmetric_eigenvalues(a), NumericalError);
    CHECK_THROWS_AS((void)top_eigenpairs(a, 2), NumericalError);
  }
  CHECK_THROWS_AS((void)symmetric_eigen(Matrix::Zero(2, 3)), InternalError);
  CHECK_THROWS_AS((void)top_eigenpairs(identity(3), 4), InternalError);
  CHECK_THROWS_AS((void)top_eigenpairs(identity(3), -1), InternalError);
}

TEST_CASE("the check on the pairs accepts good ones and sees each way to be wrong") {
  Draws draws(5);
  const Matrix a = draws.symmetric(25);
  const SymmetricEigen good = top_eigenpairs(a, 3);
  CHECK(pairs_hold(a, good));
  SymmetricEigen wrong_value = good;
  wrong_value.values[1] *= 1 + 1e-8;
  CHECK_FALSE(pairs_hold(a, wrong_value));
  SymmetricEigen wrong_vector = good;
  wrong_vector.vectors(4, 2) += 1e-8;
  CHECK_FALSE(pairs_hold(a, wrong_vector));
  SymmetricEigen same_twice = good;  // no residual, but not orthonormal
  same_twice.values[1] = same_twice.values[0];
  same_twice.vectors.col(1) = same_twice.vectors.col(0);
  CHECK_FALSE(pairs_hold(a, same_twice));
  SymmetricEigen not_a_number = good;
  not_a_number.vectors(0, 0) = std::nan("");
  CHECK_FALSE(pairs_hold(a, not_a_number));
}

TEST_CASE("eigenpairs are the same bits every time") {
  use_one_blas_thread();
  Draws draws(6);
  const Matrix a = draws.symmetric(90);
  for (const Eigen::Index k : {5, 50}) {
    const SymmetricEigen first = top_eigenpairs(a, k);
    for (int i = 0; i < 5; ++i) {
      const Matrix elsewhere = a;
      const SymmetricEigen again = top_eigenpairs(elsewhere, k);
      CHECK(distance(again.vectors, first.vectors) == 0);
      CHECK(distance(again.values, first.values) == 0);
    }
  }
}

TEST_CASE("hermitian_eigenvalues: a rotated diagonal, and twice over in the real form of twice the size") {
  const Eigen::Index n = 7;
  ComplexMatrix a(n, n);
  Matrix real_form(2 * n, 2 * n);
  for (Eigen::Index j = 0; j < n; ++j) {
    for (Eigen::Index i = j; i < n; ++i) {
      const double x = std::sin(static_cast<double>(3 * i + 5 * j + 1));
      const double y = i == j ? 0 : std::cos(static_cast<double>(7 * i - 2 * j));
      a(i, j) = {x, y};
      a(j, i) = {x, -y};
    }
  }
  real_form << a.real(), -a.imag(), a.imag(), a.real();
  const Vector twice = symmetric_eigenvalues(real_form);
  a.triangularView<Eigen::StrictlyUpper>().setConstant({1e300, 1e300});  // is not read
  const Vector values = hermitian_eigenvalues(a);
  for (Eigen::Index i = 0; i < n; ++i) {
    CHECK(std::abs(values[i] - twice[2 * i]) < 1e-13);
    CHECK(std::abs(values[i] - twice[2 * i + 1]) < 1e-13);
  }
  CHECK(hermitian_eigenvalues(ComplexMatrix(0, 0)).size() == 0);
  a(3, 2) = {0, std::nan("")};
  CHECK_THROWS_AS((void)hermitian_eigenvalues(a), NumericalError);
}
