// Small eigenproblems in lanes against LAPACK, thin products against plain loops. SPDX-License-Identifier: MIT
#include "linalg/small.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "linalg/thin.hpp"
#include "rankwise/linalg/low_rank.hpp"
#include "rankwise/random/distributions.hpp"

namespace rankwise::linalg {
namespace {

random::Stream stream(std::uint64_t replica) { return {{41, 3}, random::Purpose::matrix, replica}; }

Matrix gaussian(Eigen::Index n, Eigen::Index k, random::Stream& draws) {
  Matrix a(n, k);
  for (Eigen::Index i = 0; i < a.size(); ++i) a.data()[i] = random::normal(draws);
  return a;
}

/// What must be solved: random, graded over 300 decades, low rank, diagonal, degenerate, zero.
std::vector<Matrix> problems(Eigen::Index m) {
  random::Stream draws = stream(static_cast<std::uint64_t>(m));
  std::vector<Matrix> all;
  const Matrix g = gaussian(m, m, draws);
  all.emplace_back(g + g.transpose());
  const Matrix tall = gaussian(2 * m, m, draws);
  all.emplace_back(tall.transpose() * tall);
  for (const double step : {.5, 1e-2, 1e-20}) {
    Matrix graded = tall.transpose() * tall;
    for (Eigen::Index j = 0; j < m; ++j) {
      for (Eigen::Index i = 0; i < m; ++i)
        graded(i, j) *= std::pow(step, static_cast<double>(i) / 2) * std::pow(step, static_cast<double>(j) / 2);
    }
    all.push_back(graded);
    all.emplace_back(graded.reverse());
  }
  const Matrix thin = gaussian(m, 1, draws);
  all.emplace_back(thin * thin.transpose());
  all.emplace_back(Matrix::Identity(m, m));
  all.emplace_back(Matrix::Zero(m, m));
  all.emplace_back(Matrix::Constant(m, m, 1e-200));
  all.emplace_back(1e200 * (g + g.transpose()));
  Matrix blocks = Matrix::Zero(m, m);
  blocks.topLeftCorner(m / 2, m / 2) = all[1].topLeftCorner(m / 2, m / 2);
  blocks.bottomRightCorner(m - m / 2, m - m / 2) = all[0].bottomRightCorner(m - m / 2, m - m / 2);
  all.push_back(blocks);
  Matrix diagonal = Matrix::Zero(m, m);
  for (Eigen::Index i = 0; i < m; ++i) diagonal(i, i) = static_cast<double>((7 * i) % 5) - 1;
  all.push_back(diagonal);
  return all;
}

bool same_bits(const SymmetricEigen& a, const SymmetricEigen& b) {
  return a.values == b.values && a.vectors == b.vectors;
}

TEST_CASE("eigenpairs up to order 24: values of LAPACK, residuals and orthonormality at rounding") {
  for (Eigen::Index m = 2; m <= static_cast<Eigen::Index>(small_order); ++m) {
    const auto all = problems(m);
    const auto found = small_symmetric_eigen(std::span<const Matrix>(all));
    for (std::size_t p = 0; p < all.size(); ++p) {
      const SymmetricEigen expected = symmetric_eigen(all[p]);
      const double size = std::max(std::abs(expected.values[0]), std::abs(expected.values[m - 1]));
      const double bound = 4e-15 * static_cast<double>(m);
      CHECK((found[p].values - expected.values).cwiseAbs().maxCoeff() <= bound * size);
      const Matrix scaled = size > 0 ? Matrix(all[p] / size) : all[p];
      const Matrix residual =
          scaled * found[p].vectors - found[p].vectors * (found[p].values / (size > 0 ? size : 1)).asDiagonal();
      CHECK(residual.cwiseAbs().maxCoeff() <= bound);
      CHECK((found[p].vectors.transpose() * found[p].vectors - Matrix::Identity(m, m)).cwiseAbs().maxCoeff() <= bound);
      for (Eigen::Index j = 1; j < m; ++j) CHECK(found[p].values[j] <= found[p].values[j - 1]);
      // whatever goes beside it
      CHECK(same_bits(found[p], small_symmetric_eigen(all[p])));
    }
  }
}

TEST_CASE("every instruction set gives the same bits, and a lane nothing to its neighbours") {
  for (const std::size_t m : {2UL, 7UL, 16UL, 22UL, 24UL}) {
    const auto all = problems(static_cast<Eigen::Index>(m));
    std::vector<double> a(m * m * small_lanes);
    for (std::size_t w = 0; w < small_lanes; ++w) {
      for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j <= i; ++j)
          a[(i * m + j) * small_lanes + w] = all[w](static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) / 1000;
      }
    }
    std::vector<double> vectors = a;
    std::vector<double> values(m * small_lanes);
    CHECK(small_kernels(InstructionSet::portable).eigen(vectors.data(), values.data(), m) == 0);
    for (const InstructionSet set : instruction_sets()) {
      std::vector<double> others = a;
      std::vector<double> other_values(m * small_lanes);
      CHECK(small_kernels(set).eigen(others.data(), other_values.data(), m) == 0);
      CHECK(others == vectors);
      CHECK(other_values == values);
    }
  }
}

TEST_CASE("thin products: plain loops, and the same bits from every instruction set") {
  random::Stream draws = stream(99);
  for (const Eigen::Index n : {1, 7, 8, 9, 64, 257}) {
    for (const Eigen::Index ka : {1, 2, 5, 11}) {
      const Eigen::Index kb = 12 - ka;
      const Matrix a = gaussian(n, ka, draws);
      const Matrix b = gaussian(n, kb, draws);
      const Matrix v = gaussian(12, 7, draws);
      Matrix both(n, 12);
      both << a, b;
      const Matrix cross = thin_cross(a, b);
      const Matrix combined = thin_combination(a, b, v);
      const double rounding = 1e-15 * static_cast<double>(n + 12);
      CHECK((cross - Matrix(a.transpose() * b)).cwiseAbs().maxCoeff() < 10 * rounding);
      CHECK((combined - Matrix(both * v)).cwiseAbs().maxCoeff() < 10 * rounding);
      // as the header says: eight partial sums, added pairwise
      double partial[8] = {};
      for (Eigen::Index i = 0; i < n; ++i) partial[i % 8] += a(i, ka - 1) * b(i, kb - 1);
      CHECK(cross(ka - 1, kb - 1) == ((partial[0] + partial[1]) + (partial[2] + partial[3])) +
                                         ((partial[4] + partial[5]) + (partial[6] + partial[7])));
      for (const InstructionSet set : instruction_sets()) {
        const auto size = [](Eigen::Index x) { return static_cast<std::size_t>(x); };
        Matrix c(ka, kb);
        small_kernels(set).cross(a.data(), size(ka), b.data(), size(kb), size(n), c.data());
        CHECK(c == cross);
        Matrix out(n, 7);
        small_kernels(set).combine(a.data(), size(ka), v.data(), 12, 7, size(n), false, out.data());
        small_kernels(set).combine(b.data(), size(kb), v.data() + ka, 12, 7, size(n), true, out.data());
        CHECK(out == combined);
      }
    }
  }
}

TEST_CASE("nearly orthonormal columns become orthonormal and hardly move; others go through Householder's QR") {
  random::Stream draws = stream(5);
  for (const double departure : {1e-12, 1e-8, 1e-4, 1e-2, 1.0}) {
    const Matrix q = orthonormal_basis(gaussian(100, 11, draws));
    const Matrix u = q + departure * gaussian(100, 11, draws) / 10;
    const Matrix result = orthonormalised(u);
    CHECK((result.transpose() * result - Matrix::Identity(11, 11)).cwiseAbs().maxCoeff() < 3e-15);
    CHECK((result - q).cwiseAbs().maxCoeff() < 4 * departure);
    // column 0 keeps its direction, column j lies in the span of the first j + 1
    CHECK((result.col(0) - u.col(0) / u.col(0).norm()).cwiseAbs().maxCoeff() < 1e-14);
  }
  CHECK(orthonormalised(Matrix(5, 0)).cols() == 0);
}

TEST_CASE("Hebbian operators made together are those made alone, small and large") {
  random::Stream draws = stream(8);
  for (const std::size_t columns : {16UL, 24UL, 25UL, 90UL}) {
    std::vector<SignMatrix> batches(19, SignMatrix(100, columns));
    for (SignMatrix& batch : batches) {
      for (std::size_t r = 0; r < 100; ++r) {
        for (std::size_t c = 0; c < columns; ++c)
          batch.set(r, c, random::uniform(draws) < .5 + .4 * static_cast<double>(r % 2));
      }
    }
    for (std::size_t r = 0; r < 100; ++r) batches[5].set(r, 3, batches[5](r, 2) > 0);  // of a lower rank
    const std::vector<HebbianHints> hints(batches.size());
    const auto together = hebbian_operators(batches, 11, hints);
    REQUIRE(together.size() == batches.size());
    for (std::size_t i = 0; i < batches.size(); ++i) {
      const LowRankOperator alone = hebbian_operator(batches[i], 11);
      CHECK(together[i].vectors == alone.vectors);
      CHECK(together[i].values == alone.values);
      CHECK(together[i].frobenius_squared == alone.frobenius_squared);
    }
  }
}

TEST_CASE("neighbours merged together are those merged alone") {
  random::Stream draws = stream(7);
  for (const std::size_t count : {1UL, 2UL, 3UL, 17UL, 40UL}) {
    std::vector<LowRankOperator> operators;
    for (std::size_t i = 0; i < count; ++i) {
      // ranks and sizes differ, so that batches break up
      SignMatrix batch(64, 3 + i % 4);
      for (std::size_t r = 0; r < 64; ++r) {
        for (std::size_t c = 0; c < batch.columns(); ++c) batch.set(r, c, random::uniform(draws) < .5);
      }
      operators.push_back(
          scaled(hebbian_operator(batch, static_cast<Eigen::Index>(3 + i % 2)), 1 + static_cast<double>(i)));
    }
    const auto merged = merge_neighbours(operators, 5);
    REQUIRE(merged.size() == (count + 1) / 2);
    for (std::size_t i = 0; i < merged.size(); ++i) {
      const LowRankOperator alone =
          2 * i + 1 < count ? merge(operators[2 * i], operators[2 * i + 1], 5) : operators[2 * i];
      CHECK(merged[i].vectors == alone.vectors);
      CHECK(merged[i].values == alone.values);
      CHECK(merged[i].frobenius_squared == alone.frobenius_squared);
      CHECK(merged[i].trace == alone.trace);
    }
  }
}

}  // namespace
}  // namespace rankwise::linalg
