// Linear assignment against all permutations. SPDX-License-Identifier: MIT
#include "rankwise/linalg/assignment.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include "linalg/reference.hpp"
#include "rankwise/core/error.hpp"

using namespace rankwise;
using namespace rankwise::linalg;
using namespace rankwise::test;

namespace {

/// The largest sum over one-to-one matchings of the smaller side into the larger, by trying them all.
double best_sum(const Matrix& gain) {
  const Matrix g = gain.rows() <= gain.cols() ? gain : slow_transpose(gain);
  std::vector<Eigen::Index> order(static_cast<std::size_t>(g.cols()));
  std::iota(order.begin(), order.end(), 0);
  double best = g.rows() == 0 ? 0 : -INFINITY;
  do {
    double sum = 0;
    for (Eigen::Index i = 0; i < g.rows(); ++i) sum += g(i, order[static_cast<std::size_t>(i)]);
    best = std::max(best, sum);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

void check_optimal(const Matrix& gain) {
  const std::vector<Eigen::Index> column_of = best_assignment(gain);
  REQUIRE(column_of.size() == static_cast<std::size_t>(gain.rows()));
  std::set<Eigen::Index> used;
  double sum = 0;
  for (Eigen::Index i = 0; i < gain.rows(); ++i) {
    const Eigen::Index column = column_of[static_cast<std::size_t>(i)];
    if (column == -1) continue;
    REQUIRE((column >= 0 && column < gain.cols()));
    REQUIRE(used.insert(column).second);
    sum += gain(i, column);
  }
  REQUIRE(static_cast<Eigen::Index>(used.size()) == std::min(gain.rows(), gain.cols()));
  REQUIRE(sum == doctest::Approx(best_sum(gain)).epsilon(1e-12));
}

}  // namespace

TEST_CASE("best_assignment() finds the best of all matchings") {
  Draws draws(1);
  for (int trial = 0; trial < 150; ++trial) {
    const auto m = draws.between(1, 6);
    const auto n = draws.between(1, 6);
    CAPTURE(m);
    CAPTURE(n);
    check_optimal(draws.matrix(m, n));
    // Small integers: many matchings tie.
    Matrix ties = draws.matrix(m, n);
    for (Eigen::Index i = 0; i < ties.size(); ++i) ties.data()[i] = std::round(ties.data()[i]);
    check_optimal(ties);
  }
}

TEST_CASE("rows without a partner get -1, empty sides give nothing") {
  Matrix gain(3, 1);
  gain << 0.1, 0.9, 0.4;
  CHECK(best_assignment(gain) == std::vector<Eigen::Index>{-1, 0, -1});
  CHECK(best_assignment(Matrix(0, 4)).empty());
  CHECK(best_assignment(Matrix(2, 0)) == std::vector<Eigen::Index>{-1, -1});
  CHECK_THROWS_AS((void)best_assignment(Matrix::Constant(2, 2, std::nan(""))), InternalError);
}
