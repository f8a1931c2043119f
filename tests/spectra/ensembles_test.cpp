// Ensembles: exact laws of traces and energies, short forms against dense matrices. Each statistical check would fail
// by accident with probability 1e-4 at another seed. SPDX-License-Identifier: MIT
#include "rankwise/spectra/ensembles.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <functional>

#include "random/statistics.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/linalg/tridiagonal.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/spectra/level_statistics.hpp"
#include "rankwise/spectra/shape_energy.hpp"
#include "spectra/sampled.hpp"

namespace rankwise::spectra {
namespace {

using test::kolmogorov;
using test::kolmogorov_limit;
using test::z_limit;
using Numbers = std::vector<double>;

constexpr random::Key key{20, 261};

random::LaneStream lanes(std::size_t batch, std::uint32_t round = 0) {
  return {key, random::Purpose::matrix, batch * replica_lanes, round};
}
random::Stream stream(std::size_t replica, std::uint32_t round = 0) {
  return {key, random::Purpose::matrix, replica, 7, round};
}

/// Is the sample drawn from chi-square of so many degrees of freedom?
double chi_square_distance(const Numbers& sample, double dof) {
  return kolmogorov(sample, [&](double x) { return boost::math::gamma_p(dof / 2, x / 2); });
}

/// Sum of squared entries.
double trace_of_square(const linalg::Matrix& a) {
  double sum = 0;
  for (Eigen::Index j = 0; j < a.cols(); ++j)
    for (Eigen::Index i = 0; i < a.rows(); ++i) sum += a(i, j) * a(i, j);
  return sum;
}
double trace_of_square(const linalg::ComplexMatrix& a) {
  double sum = 0;
  for (Eigen::Index j = 0; j < a.cols(); ++j)
    for (Eigen::Index i = 0; i < a.rows(); ++i) sum += std::norm(a(i, j));
  return sum;
}

struct Levels {
  Sample lowest, highest, ratio;
  void add(const Numbers& levels) {
    lowest.add(levels.front());
    highest.add(levels.back());
    double sum = 0;
    for (std::size_t k = 0; k + 2 < levels.size(); ++k) {
      const auto [low, high] = std::minmax({levels[k + 1] - levels[k], levels[k + 2] - levels[k + 1]});
      sum += low / high;
    }
    ratio.add(sum / static_cast<double>(levels.size() - 2));
  }
};

Numbers ascending(const linalg::Vector& values) {
  Numbers levels(values.data(), values.data() + values.size());
  std::sort(levels.begin(), levels.end());
  return levels;
}

Levels levels_of(const std::function<void(const random::LaneStream&, TridiagonalLanes&)>& sample, std::size_t n,
                 std::size_t batches) {
  linalg::TridiagonalBatch batch(n);
  TridiagonalLanes matrices;
  Numbers values(n * replica_lanes);
  Levels found;
  for (std::size_t b = 0; b < batches; ++b) {
    sample(lanes(b, 5), matrices);
    batch.eigenvalues(matrices.diagonal, matrices.squares, linalg::OffDiagonal::squared, values);
    for (std::size_t w = 0; w < replica_lanes; ++w) {
      Numbers levels(n);
      for (std::size_t i = 0; i < n; ++i) levels[i] = values[i * replica_lanes + w];
      found.add(levels);
    }
  }
  return found;
}

void check_same_law(const Levels& brief, const Levels& dense) {
  CHECK(two_sample_kolmogorov(brief.lowest, dense.lowest) < kolmogorov_limit);
  CHECK(two_sample_kolmogorov(brief.highest, dense.highest) < kolmogorov_limit);
  CHECK(two_sample_kolmogorov(brief.ratio, dense.ratio) < kolmogorov_limit);
}

}  // namespace

TEST_CASE("beta-Hermite: the trace of the square is chi-square, the trace normal") {
  for (const double beta : {0.01, 0.5, 1.0, 2.0, 4.0, 100.0}) {
    for (const auto n : std::vector<std::size_t>{2, 11, 40}) {
      CAPTURE(beta);
      CAPTURE(n);
      const auto size = static_cast<double>(n);
      Numbers squares;
      Numbers traces;
      TridiagonalLanes t;
      for (std::size_t b = 0; b < 60; ++b) {
        sample_hermite(beta, n, lanes(b), t);
        REQUIRE(t.diagonal.size() == n * replica_lanes);
        REQUIRE(t.squares.size() == (n - 1) * replica_lanes);
        for (std::size_t w = 0; w < replica_lanes; ++w) {
          double square = 0;
          double trace = 0;
          for (std::size_t i = 0; i < n; ++i) {
            const double d = t.diagonal[i * replica_lanes + w];
            square += d * d + (i + 1 < n ? 2 * t.squares[i * replica_lanes + w] : 0);
            trace += d;
          }
          squares.push_back(beta * size / 2 * square);
          traces.push_back(trace * std::sqrt(beta / 2));
        }
      }
      CHECK(chi_square_distance(squares, size + beta * size * (size - 1) / 2) < kolmogorov_limit);
      CHECK(kolmogorov(traces, [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }) < kolmogorov_limit);
    }
  }
}

TEST_CASE("beta-Hermite: the energy Lambda has its exact mean and variance") {
  for (const double beta : {0.5, 1.0, 2.0, 4.0, 20.0}) {
    for (const auto n : std::vector<std::size_t>{10, 50}) {
      CAPTURE(beta);
      CAPTURE(n);
      const ShapeEnergyLaw law = shape_energy_law(n, beta);
      linalg::TridiagonalBatch batch(n);
      TridiagonalLanes t;
      Numbers values(n * replica_lanes);
      Sample energies;
      for (std::size_t b = 0; b < 150; ++b) {
        sample_hermite(beta, n, lanes(b, 1), t);
        batch.eigenvalues(t.diagonal, t.squares, linalg::OffDiagonal::squared, values);
        const auto found = level_statistics(values, values, {0, n}, 0);
        energies.add(found.shape_energy);
      }
      CHECK(std::abs(energies.mean_z(law.mean)) < z_limit);
      CHECK(std::abs(energies.variance_z(law.variance)) < z_limit);
    }
  }
}

TEST_CASE("beta-Laguerre: the trace is chi-square, the trace of the square has its exact mean, real m included") {
  for (const double beta : {0.3, 1.0, 2.0, 4.0}) {
    for (const auto& [n, m] : std::vector<std::pair<std::size_t, double>>{{2, 2}, {9, 9}, {9, 14.5}, {30, 200}}) {
      CAPTURE(beta);
      CAPTURE(n);
      CAPTURE(m);
      const auto size = static_cast<double>(n);
      Numbers traces;
      Sample squares;
      BidiagonalLanes b;
      TridiagonalLanes t;
      for (std::size_t k = 0; k < 60; ++k) {
        sample_laguerre(beta, n, m, lanes(k, 2), b);
        multiply_out(b, t);
        for (std::size_t w = 0; w < replica_lanes; ++w) {
          double trace = 0;
          double square = 0;
          for (std::size_t i = 0; i < n; ++i) {
            const double d = t.diagonal[i * replica_lanes + w];
            trace += d;
            square += d * d + (i + 1 < n ? 2 * t.squares[i * replica_lanes + w] : 0);
          }
          traces.push_back(beta * m * trace);
          squares.add(square);
        }
      }
      CHECK(chi_square_distance(traces, beta * size * m) < kolmogorov_limit);
      CHECK(std::abs(squares.mean_z(size * (m + size - 1 + 2 / beta) / m)) < z_limit);
    }
  }
}

TEST_CASE("B B^T is the product, and its levels are the squared singular values") {
  const std::size_t n = 12;
  BidiagonalLanes b;
  TridiagonalLanes t;
  sample_laguerre(1, n, 20, lanes(3), b);
  multiply_out(b, t);
  linalg::TridiagonalBatch batch(n);
  Numbers values(n * replica_lanes);
  batch.eigenvalues(t.diagonal, t.squares, linalg::OffDiagonal::squared, values);
  for (std::size_t w = 0; w < replica_lanes; ++w) {
    linalg::Matrix dense = linalg::Matrix::Zero(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(n));
    Numbers diagonal(n);
    Numbers sub(n - 1);
    for (std::size_t i = 0; i < n; ++i) {
      const auto at = static_cast<Eigen::Index>(i);
      dense(at, at) = diagonal[i] = std::sqrt(b.diagonal[i * replica_lanes + w]);
      if (i + 1 < n) dense(at + 1, at) = sub[i] = std::sqrt(b.sub[i * replica_lanes + w]);
    }
    const linalg::Matrix transposed = dense.transpose();
    const linalg::Matrix product = linalg::product(dense, transposed);
    for (std::size_t i = 0; i < n; ++i) {
      const auto at = static_cast<Eigen::Index>(i);
      REQUIRE(std::abs(product(at, at) - t.diagonal[i * replica_lanes + w]) < 1e-15 * (1 + product(at, at)));
      if (i + 1 == n) continue;
      REQUIRE(std::abs(product(at + 1, at) * product(at + 1, at) - t.squares[i * replica_lanes + w]) < 1e-14);
    }
    const auto singular = linalg::bidiagonal_singular_values(diagonal, sub);
    for (std::size_t i = 0; i < n; ++i)
      REQUIRE(std::abs(values[i * replica_lanes + w] - singular[i] * singular[i]) < 1e-14);
  }
}

TEST_CASE("dense matrices are Hermitian, with chi-square traces of their squares") {
  const std::size_t n = 7;
  const double size = 7;
  Numbers goe;
  Numbers gue;
  Numbers gse;
  Numbers wishart;
  Numbers deformed;
  const Numbers h{-3, 0, 1, 1, 2.5, 10, -0.5};
  for (std::size_t r = 0; r < 2000; ++r) {
    auto draw = stream(r);
    const auto a = goe_matrix(n, draw);
    const auto b = gue_matrix(n, draw);
    const auto c = gse_matrix(n, draw);
    REQUIRE(a == a.transpose());
    REQUIRE(b == b.adjoint());
    REQUIRE(c == c.adjoint());
    goe.push_back(size / 2 * trace_of_square(a));
    gue.push_back(size * trace_of_square(b));
    gse.push_back(size * trace_of_square(c));  // every level twice
    const auto w = wishart_matrix(n, 11, draw);
    REQUIRE(w == w.transpose());
    wishart.push_back(11 * w.trace());
    auto d = diagonal_plus_goe(h, 0.25, draw);
    REQUIRE(d == d.transpose());
    for (std::size_t i = 0; i < n; ++i) d(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(i)) -= h[i];
    deformed.push_back(trace_of_square(d) / (2 * 0.25 * 0.25));
  }
  CHECK(chi_square_distance(goe, size * (size + 1) / 2) < kolmogorov_limit);
  CHECK(chi_square_distance(gue, size * size) < kolmogorov_limit);
  CHECK(chi_square_distance(gse, size + 2 * size * (size - 1)) < kolmogorov_limit);
  CHECK(chi_square_distance(wishart, size * 11) < kolmogorov_limit);
  CHECK(chi_square_distance(deformed, size * (size + 1) / 2) < kolmogorov_limit);
}

TEST_CASE("GSE matrices are self-dual: every level comes twice") {
  auto draw = stream(0, 1);
  const std::size_t n = 9;
  const auto a = gse_matrix(n, draw);
  const auto half = static_cast<Eigen::Index>(n);
  CHECK(a.bottomRightCorner(half, half) == a.topLeftCorner(half, half).conjugate());
  CHECK(a.bottomLeftCorner(half, half) == -a.topRightCorner(half, half).conjugate());
  const auto levels = ascending(linalg::hermitian_eigenvalues(a));
  for (std::size_t i = 0; i < 2 * n; i += 2) CHECK(std::abs(levels[i + 1] - levels[i]) < 1e-14);
  for (std::size_t i = 1; i + 1 < 2 * n; i += 2) CHECK(levels[i + 1] - levels[i] > 1e-3);
}

TEST_CASE("the short forms have the levels of the dense matrices") {
  constexpr std::size_t batches = 80;
  const std::size_t n = 8;
  Levels goe;
  Levels gue;
  Levels gse;
  Levels wishart;
  for (std::size_t r = 0; r < 2500; ++r) {
    auto draw = stream(r, 2);
    goe.add(ascending(linalg::symmetric_eigenvalues(goe_matrix(n, draw))));
    gue.add(ascending(linalg::hermitian_eigenvalues(gue_matrix(n, draw))));
    const auto twice = ascending(linalg::hermitian_eigenvalues(gse_matrix(n, draw)));
    Numbers once;
    for (std::size_t i = 0; i < 2 * n; i += 2) once.push_back(twice[i]);
    gse.add(once);
    wishart.add(ascending(linalg::symmetric_eigenvalues(wishart_matrix(n, 11, draw))));
  }
  const auto hermite = [&](double beta) {
    return levels_of([=](const auto& s, auto& t) { sample_hermite(beta, n, s, t); }, n, batches);
  };
  check_same_law(hermite(1), goe);
  check_same_law(hermite(2), gue);
  check_same_law(hermite(4), gse);
  check_same_law(levels_of(
                     [&](const auto& s, auto& t) {
                       BidiagonalLanes b;
                       sample_laguerre(1, n, 11, s, b);
                       multiply_out(b, t);
                     },
                     n, batches),
                 wishart);
  // and the test sees a difference: beta 1.3 is not 1
  CHECK(two_sample_kolmogorov(hermite(1.3).ratio, goe.ratio) > kolmogorov_limit);
}

TEST_CASE("Wigner entries have the law that was asked for") {
  const std::size_t n = 60;
  const double root = std::sqrt(60.0);
  const auto entries = [&](EntryLaw law) {
    auto draw = stream(1, 3);
    const auto a = wigner_matrix(n, law, draw);
    CHECK(a == a.transpose());
    Numbers upper;
    for (Eigen::Index j = 0; j < a.cols(); ++j)
      for (Eigen::Index i = 0; i <= j; ++i) upper.push_back(root * a(i, j));
    return upper;
  };
  const auto signs = entries({EntryLaw::Kind::rademacher});
  double sum = 0;
  for (const double x : signs) {
    CHECK(std::abs(std::abs(x) - 1) < 1e-15);
    sum += x;
  }
  CHECK(std::abs(sum) / std::sqrt(static_cast<double>(signs.size())) < z_limit);
  const double edge = std::sqrt(3.0);
  CHECK(kolmogorov(entries({EntryLaw::Kind::uniform}), [&](double x) { return (x + edge) / (2 * edge); }) <
        kolmogorov_limit);
  for (const double dof : {2.5, 5.0, 40.0}) {
    const boost::math::students_t law(dof);
    const double unit = std::sqrt((dof - 2) / dof);
    CHECK(kolmogorov(entries({EntryLaw::Kind::student_t, dof}), [&](double x) { return cdf(law, x / unit); }) <
          kolmogorov_limit);
  }
}

TEST_CASE("Poisson levels are the order statistics of uniform numbers") {
  const std::size_t n = 15;
  std::vector<Numbers> level(n);
  for (std::size_t b = 0; b < 80; ++b) {
    Numbers rows(n * replica_lanes);
    sample_poisson(n, lanes(b, 4), rows);
    for (std::size_t w = 0; w < replica_lanes; ++w) {
      for (std::size_t i = 0; i < n; ++i) {
        level[i].push_back(rows[i * replica_lanes + w]);
        if (i > 0) REQUIRE(level[i].back() > level[i - 1].back());
      }
    }
  }
  for (const auto i : std::vector<std::size_t>{1, 2, 8, 15}) {
    CAPTURE(i);
    const auto law = [&](double x) {
      return boost::math::ibeta(static_cast<double>(i), static_cast<double>(n + 1 - i), x);
    };
    CHECK(kolmogorov(level[i - 1], law) < kolmogorov_limit);
  }
}

TEST_CASE("a lane is its replica, wherever the batch begins") {
  const random::LaneStream from(key, random::Purpose::matrix, 100);
  const random::LaneStream later(key, random::Purpose::matrix, 105);
  TridiagonalLanes a;
  TridiagonalLanes b;
  sample_hermite(1.7, 20, from, a);
  sample_hermite(1.7, 20, later, b);
  for (std::size_t i = 0; i < 20; ++i) {
    for (std::size_t w = 0; w + 5 < replica_lanes; ++w) {
      REQUIRE(b.diagonal[i * replica_lanes + w] == a.diagonal[i * replica_lanes + w + 5]);
      if (i < 19) REQUIRE(b.squares[i * replica_lanes + w] == a.squares[i * replica_lanes + w + 5]);
    }
  }
}

TEST_CASE("what is no ensemble is refused") {
  TridiagonalLanes t;
  BidiagonalLanes b;
  Numbers rows(3 * replica_lanes);
  auto draw = stream(0);
  CHECK_THROWS_AS(sample_hermite(1, 1, lanes(0), t), InternalError);
  for (const double beta : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    CHECK_THROWS_AS(sample_hermite(beta, 5, lanes(0), t), InternalError);
    CHECK_THROWS_AS(sample_laguerre(beta, 5, 9, lanes(0), b), InternalError);
  }
  CHECK_THROWS_AS(sample_laguerre(1, 5, 4.5, lanes(0), b), InternalError);
  CHECK_THROWS_AS(sample_poisson(4, lanes(0), rows), InternalError);
  CHECK_THROWS_AS((void)goe_matrix(0, draw), InternalError);
  CHECK_THROWS_AS((void)wishart_matrix(3, 0, draw), InternalError);
  CHECK_THROWS_AS((void)wigner_matrix(3, {EntryLaw::Kind::student_t, 2}, draw), InternalError);
}

}  // namespace rankwise::spectra
