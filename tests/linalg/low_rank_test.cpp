// Sums of low-rank operators against dense N x N sums. SPDX-License-Identifier: MIT
#include "rankwise/linalg/low_rank.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "linalg/reference.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/machine.hpp"

using namespace rankwise;
using namespace rankwise::linalg;
using namespace rankwise::test;

namespace {

/// A random operator without tail: descending eigenvalues in (0, 1).
LowRankOperator without_tail(Draws& draws, Eigen::Index n, Eigen::Index k) {
  LowRankOperator op{draws.orthonormal(n, k), Vector(k), 0, 0};
  for (Eigen::Index j = 0; j < k; ++j)
    op.values[j] = (static_cast<double>(k - j) + draws.uniform()) / (1.0 + static_cast<double>(k));
  op.trace = slow_trace(dense(op));
  op.frobenius_squared = slow_squared_norm(dense(op));
  return op;
}

void check_consistent(const LowRankOperator& op) {
  REQUIRE(op.vectors.cols() == op.values.size());
  REQUIRE(distance(slow_product(slow_transpose(op.vectors), op.vectors), identity(op.rank())) < 1e-12);
  for (Eigen::Index j = 0; j < op.rank(); ++j) REQUIRE(op.values[j] >= (j + 1 < op.rank() ? op.values[j + 1] : 0));
  REQUIRE(op.tail_trace() >= 0);
  REQUIRE(op.tail_frobenius_squared() >= 0);
}

Matrix top_of(const Matrix& a, Eigen::Index k) {
  const SymmetricEigen pairs = jacobi(a);
  return dense({pairs.vectors.leftCols(k), pairs.values.head(k), 0, 0});
}

}  // namespace

TEST_CASE("merge() without truncation is the dense sum") {
  Draws draws(1);
  for (int trial = 0; trial < 60; ++trial) {
    const auto n = draws.between(1, 30);
    const LowRankOperator a = without_tail(draws, n, draws.between(0, std::min<Eigen::Index>(n, 12)));
    const LowRankOperator b = without_tail(draws, n, draws.between(0, std::min<Eigen::Index>(n, 12)));
    CAPTURE(n);
    const LowRankOperator sum = merge(a, b, 100);
    const Matrix expected = dense(a) + dense(b);
    check_consistent(sum);
    REQUIRE(sum.rank() <= std::min(n, a.rank() + b.rank()));
    REQUIRE(distance(dense(sum), expected) < 1e-12);
    REQUIRE(sum.trace == a.trace + b.trace);
    REQUIRE(sum.frobenius_squared == doctest::Approx(slow_squared_norm(expected)).epsilon(1e-12));
    REQUIRE(sum.tail_trace() < 1e-12);
    REQUIRE(sum.tail_frobenius_squared() < 1e-12);
  }
}

TEST_CASE("merge() with truncation keeps the leading eigenpairs of the dense sum") {
  Draws draws(2);
  for (int trial = 0; trial < 40; ++trial) {
    const Eigen::Index n = 25;
    const LowRankOperator a = without_tail(draws, n, draws.between(1, 8));
    const LowRankOperator b = without_tail(draws, n, draws.between(1, 8));
    const auto k = draws.between(1, a.rank() + b.rank() - 1);
    CAPTURE(k);
    const LowRankOperator sum = merge(a, b, k);
    const Matrix expected = dense(a) + dense(b);
    const SymmetricEigen pairs = jacobi(expected);
    check_consistent(sum);
    REQUIRE(sum.rank() == k);
    REQUIRE(distance(sum.values, pairs.values.head(k)) < 1e-12);
    // The eigenvectors of a gap g are known to round-off / g.
    const double gap = pairs.values[k - 1] - pairs.values[k];
    REQUIRE(distance(dense(sum), top_of(expected, k)) < 1e-12 + 1e-14 / gap);
    // The tail knows exactly what the truncation took away: neither input had one.
    REQUIRE(sum.tail_trace() == doctest::Approx(slow_trace(expected - dense(sum))).epsilon(1e-9));
    REQUIRE(sum.tail_frobenius_squared() == doctest::Approx(slow_squared_norm(expected - dense(sum))).epsilon(1e-9));
  }
}

TEST_CASE("the operator 0 has no eigenpairs and leaves what it is merged with") {
  Draws draws(11);
  const LowRankOperator a = without_tail(draws, 30, 9);
  const LowRankOperator zero = zero_operator(30);
  CHECK(scaled(a, 0).rank() == 0);
  CHECK(scaled(a, 0).trace == 0);
  for (const LowRankOperator& sum : {merge(a, zero, 9), merge(zero, a, 9), merge_neighbours({a, zero}, 9).at(0), merge_neighbours({zero, a, a}, 9).at(0)}) {
    CHECK(sum.vectors == a.vectors);
    CHECK(sum.values == a.values);
    CHECK(sum.frobenius_squared == a.frobenius_squared);
  }
  CHECK(merge(a, zero, 4).rank() == 4);
  CHECK(merge(a, zero, 4).trace == a.trace);
  CHECK(merge(zero, zero, 4).rank() == 0);
  const auto mixed = merge_neighbours({zero, zero, a, a, zero}, 9);
  CHECK(mixed.size() == 3);
  CHECK(mixed[1].values == merge(a, a, 9).values);
  CHECK(mixed[2].rank() == 0);
}

TEST_CASE("a tree of merges of seven operators is their dense sum") {
  Draws draws(3);
  const Eigen::Index n = 40;
  std::vector<LowRankOperator> level;
  Matrix expected = Matrix::Zero(n, n);
  for (int c = 0; c < 7; ++c) {
    level.push_back(scaled(without_tail(draws, n, 5), 1.0 / 7));
    expected += dense(level.back());
  }
  while (level.size() > 1) {
    std::vector<LowRankOperator> next;
    for (std::size_t i = 0; i + 1 < level.size(); i += 2) next.push_back(merge(level[i], level[i + 1], n));
    if (level.size() % 2 == 1) next.push_back(level.back());
    level = next;
  }
  check_consistent(level[0]);
  CHECK(level[0].rank() == 35);
  CHECK(distance(dense(level[0]), expected) < 1e-12);
  CHECK(level[0].trace == doctest::Approx(slow_trace(expected)).epsilon(1e-13));
  CHECK(level[0].frobenius_squared == doctest::Approx(slow_squared_norm(expected)).epsilon(1e-12));
}

TEST_CASE("a truncating tree equals dense truncation at every node") {
  Draws draws(4);
  const Eigen::Index n = 30;
  const Eigen::Index k = 6;
  std::vector<LowRankOperator> leaves;
  for (int c = 0; c < 4; ++c) leaves.push_back(without_tail(draws, n, k));
  const LowRankOperator left = merge(leaves[0], leaves[1], k);
  const LowRankOperator right = merge(leaves[2], leaves[3], k);
  const LowRankOperator root = merge(left, right, k);
  const Matrix left_dense = top_of(dense(leaves[0]) + dense(leaves[1]), k);
  const Matrix right_dense = top_of(dense(leaves[2]) + dense(leaves[3]), k);
  CHECK(distance(dense(left), left_dense) < 1e-11);
  CHECK(distance(dense(root), top_of(left_dense + right_dense, k)) < 1e-11);
  double trace = 0;
  for (const auto& leaf : leaves) trace += leaf.trace;
  CHECK(root.trace == doctest::Approx(trace).epsilon(1e-15));
  check_consistent(root);
}

TEST_CASE("tails: an isotropic one has the documented cross terms, exactly") {
  // A = leading part + a (I - U U^T), B likewise: then every cross term of merge() is exact.
  Draws draws(5);
  for (int trial = 0; trial < 30; ++trial) {
    const auto n = draws.between(3, 24);
    LowRankOperator a = without_tail(draws, n, draws.between(0, n));
    LowRankOperator b = without_tail(draws, n, draws.between(0, n));
    const auto whole = [&](LowRankOperator& op, double density) {
      const Matrix u = op.vectors;
      const Matrix full = dense(op) + density * (identity(n) - slow_product(u, slow_transpose(u)));
      op.trace = slow_trace(full);
      op.frobenius_squared = slow_squared_norm(full);
      return full;
    };
    const Matrix a_full = whole(a, 0.01);
    const Matrix b_full = whole(b, 0.02);
    CAPTURE(n);
    CAPTURE(a.rank());
    CAPTURE(b.rank());
    const LowRankOperator sum = merge(a, b, 4);
    check_consistent(sum);
    REQUIRE(sum.trace == doctest::Approx(slow_trace(a_full + b_full)).epsilon(1e-13));
    REQUIRE(sum.frobenius_squared == doctest::Approx(slow_squared_norm(a_full + b_full)).epsilon(1e-11));
  }
}

TEST_CASE("tails of Hebbian operators with common archetypes: the squared norm is close to the dense one") {
  // Five clients show noisy versions of the same three patterns; their tails share little beyond chance.
  Draws draws(6);
  const std::size_t n = 120;
  const std::size_t m = 60;
  const SignMatrix patterns = draws.signs(3, n);
  LowRankOperator sum;
  Matrix whole = Matrix::Zero(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(n));
  for (int client = 0; client < 5; ++client) {
    SignMatrix x(n, m);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t a = 0; a < m; ++a) x.set(i, a, (patterns(a % 3, i) > 0) != (draws.uniform() < 0.25));
    }
    const LowRankOperator op = scaled(hebbian_operator(x, 8), 0.2);
    sum = client == 0 ? op : merge(sum, op, 8);
    const Matrix signs = x.to_dense();
    whole += slow_product(signs, slow_transpose(signs)) * (0.2 / static_cast<double>(n * m));
  }
  CHECK(sum.trace == doctest::Approx(1).epsilon(1e-14));
  MESSAGE("relative error of the squared norm ", sum.frobenius_squared / slow_squared_norm(whole) - 1);
  CHECK(sum.frobenius_squared == doctest::Approx(slow_squared_norm(whole)).epsilon(0.01));
}

TEST_CASE("merging with nothing, with oneself and with the orthogonal complement") {
  Draws draws(7);
  const Eigen::Index n = 12;
  const LowRankOperator a = without_tail(draws, n, 4);
  const LowRankOperator nothing{Matrix(n, 0), Vector(0), 0, 0};
  for (const LowRankOperator& same : {merge(a, nothing, n), merge(nothing, a, n)}) {
    CHECK(same.rank() == 4);
    CHECK(distance(dense(same), dense(a)) < 1e-14);
    CHECK(same.trace == a.trace);
    CHECK(same.frobenius_squared == a.frobenius_squared);
  }
  const LowRankOperator none = merge(nothing, nothing, 3);
  CHECK(none.rank() == 0);
  CHECK(none.dimension() == n);
  CHECK(none.trace == 0);

  const LowRankOperator twice = merge(a, a, n);  // identical: no new directions
  CHECK(twice.rank() == 4);
  CHECK(distance(twice.values, 2 * a.values) < 1e-14);
  CHECK(twice.frobenius_squared == doctest::Approx(4 * a.frobenius_squared).epsilon(1e-14));

  const Matrix frame = draws.orthonormal(n, 5);
  LowRankOperator left{frame.leftCols(2), Vector::Constant(2, 0.5), 1, 0.5};
  LowRankOperator right{frame.rightCols(3), Vector::Constant(3, 0.25), 0.75, 0.1875};
  const LowRankOperator both = merge(left, right, n);
  CHECK(both.rank() == 5);
  CHECK(distance(dense(both), dense(left) + dense(right)) < 1e-14);
  CHECK(both.frobenius_squared == doctest::Approx(0.6875).epsilon(1e-14));
}

TEST_CASE("zero eigenvalues and negative round-off are dropped, not rooted") {
  Draws draws(8);
  LowRankOperator a = without_tail(draws, 10, 3);
  a.values[2] = -1e-18;
  const LowRankOperator b{draws.orthonormal(10, 2), Vector::Zero(2), 0, 0};
  const LowRankOperator sum = merge(a, b, 10);
  CHECK(sum.rank() == 2);
  check_consistent(sum);
  CHECK(distance(sum.values, a.values.head(2)) < 1e-14);
}

TEST_CASE("operators of very different size keep what is above 1e-14 of the largest") {
  Draws draws(9);
  const Matrix frame = draws.orthonormal(20, 3);
  const LowRankOperator big{frame.leftCols(1), Vector::Constant(1, 1.0), 1, 1};
  for (const double size : {1e-6, 1e-10, 1e-12}) {
    const LowRankOperator small{frame.rightCols(2), Vector::Constant(2, size), 2 * size, 2 * size * size};
    const LowRankOperator sum = merge(big, small, 5);
    CHECK(sum.rank() == 3);
    check_consistent(sum);
    CHECK(distance(dense(sum), dense(big) + dense(small)) < 1e-15);
  }
  const LowRankOperator lost{frame.rightCols(2), Vector::Constant(2, 1e-16), 2e-16, 2e-32};
  CHECK(merge(big, lost, 5).rank() == 1);
  CHECK(merge(big, lost, 5).trace == 1 + 2e-16);
}

TEST_CASE("nearly parallel directions: the small eigenvector comes out of a cancellation, yet orthonormal") {
  Draws draws(13);
  const Matrix frame = draws.orthonormal(50, 2);
  const LowRankOperator a{frame.leftCols(1), Vector::Constant(1, 1.0), 1, 1};
  for (const double angle : {1e-2, 1e-4, 1e-6}) {
    LowRankOperator b = a;
    b.vectors.col(0) = std::cos(angle) * frame.col(0) + std::sin(angle) * frame.col(1);
    const LowRankOperator sum = merge(a, b, 2);
    REQUIRE(sum.rank() == 2);
    check_consistent(sum);
    // Eigenvalues 1 +- cos(angle).
    CHECK(std::abs(sum.values[1] - 2 * std::pow(std::sin(angle / 2), 2)) < 1e-15);
    CHECK(distance(dense(sum), dense(a) + dense(b)) < 1e-14);
  }
}

TEST_CASE("in two dimensions and in one") {
  const LowRankOperator x{identity(2).leftCols(1), Vector::Constant(1, 3.0), 3, 9};
  const LowRankOperator y{identity(2).rightCols(1), Vector::Constant(1, 1.0), 1, 1};
  const LowRankOperator sum = merge(x, y, 2);
  CHECK(sum.values[0] == doctest::Approx(3).epsilon(1e-15));
  CHECK(sum.values[1] == doctest::Approx(1).epsilon(1e-15));
  CHECK(sum.frobenius_squared == doctest::Approx(10).epsilon(1e-15));
  const LowRankOperator one = merge(x, y, 1);
  CHECK(one.tail_trace() == doctest::Approx(1).epsilon(1e-14));
  CHECK(one.tail_frobenius_squared() == doctest::Approx(1).epsilon(1e-13));
  const LowRankOperator scalar{identity(1), Vector::Constant(1, 2.0), 2, 4};
  const LowRankOperator double_scalar = merge(scalar, scalar, 5);
  CHECK(double_scalar.rank() == 1);
  CHECK(double_scalar.values[0] == doctest::Approx(4).epsilon(1e-15));
}

TEST_CASE("scaled() and truncated() do what they say to the trace and the norm") {
  Draws draws(10);
  const LowRankOperator a = without_tail(draws, 9, 5);
  const LowRankOperator half = scaled(a, 0.5);
  CHECK(distance(dense(half), 0.5 * dense(a)) < 1e-15);
  CHECK(half.trace == 0.5 * a.trace);
  CHECK(half.frobenius_squared == 0.25 * a.frobenius_squared);
  CHECK_THROWS_AS((void)scaled(a, -1), InternalError);
  CHECK_THROWS_AS((void)scaled(a, std::nan("")), InternalError);

  const LowRankOperator two = truncated(a, 2);
  CHECK(two.rank() == 2);
  CHECK(two.trace == a.trace);
  CHECK(two.frobenius_squared == a.frobenius_squared);
  CHECK(two.tail_trace() == doctest::Approx(a.values[2] + a.values[3] + a.values[4]).epsilon(1e-13));
  CHECK(distance(two.vectors, a.vectors.leftCols(2)) == 0);
  CHECK(truncated(a, 5).rank() == 5);
  CHECK(truncated(a, 50).rank() == 5);
  CHECK(truncated(a, 0).tail_trace() == a.trace);
  CHECK_THROWS_AS((void)truncated(a, -1), InternalError);
}

TEST_CASE("apply() is the dense leading part times x") {
  Draws draws(11);
  for (int trial = 0; trial < 40; ++trial) {
    const auto n = draws.between(1, 20);
    const LowRankOperator a = without_tail(draws, n, draws.between(0, n));
    const Matrix x = draws.matrix(n, draws.between(0, 6));
    const Matrix y = apply(a, x);
    REQUIRE(y.cols() == x.cols());
    REQUIRE(distance(y, slow_product(dense(a), x)) < 1e-13);
  }
  CHECK_THROWS_AS((void)apply(without_tail(draws, 4, 2), Matrix::Zero(5, 1)), InternalError);
}

TEST_CASE("merge() refuses other dimensions and gives the same bits twice") {
  use_one_blas_thread();
  Draws draws(12);
  CHECK_THROWS_AS((void)merge(without_tail(draws, 4, 2), without_tail(draws, 5, 2), 2), InternalError);
  const LowRankOperator a = without_tail(draws, 100, 11);
  const LowRankOperator b = without_tail(draws, 100, 11);
  const LowRankOperator first = merge(a, b, 11);
  for (int i = 0; i < 5; ++i) {
    const LowRankOperator a2 = a;
    const LowRankOperator again = merge(a2, b, 11);
    CHECK(distance(again.vectors, first.vectors) == 0);
    CHECK(distance(again.values, first.values) == 0);
    CHECK(again.frobenius_squared == first.frobenius_squared);
  }
}
