// Metrics against plain arithmetic. SPDX-License-Identifier: MIT
#include "experiments/federated_hopfield/metrics.hpp"

#include <doctest/doctest.h>

#include <cmath>


using namespace rankwise;
using namespace rankwise::experiments;

namespace {

random::Stream stream(std::uint64_t replica) { return {{5, 6}, random::Purpose::user, replica}; }

/// Pseudo-inverse kernel X^T (X X^T)^-1 X, dense.
linalg::Matrix projector(const linalg::SignMatrix& patterns) {
  const linalg::Matrix x = patterns.to_dense();
  const auto eigen = linalg::symmetric_eigen(x * x.transpose());
  const linalg::Matrix inverse = eigen.vectors * eigen.values.cwiseInverse().asDiagonal() * eigen.vectors.transpose();
  return x.transpose() * inverse * x;
}

federated::ServerRound spectrum_of(const linalg::SignMatrix& patterns, Eigen::Index k) {
  const auto op = linalg::hebbian_operator(patterns.transposed(), k);
  federated::ServerRound round;
  round.eigenvalues = op.values;
  round.eigenvectors = op.vectors;
  round.accepted.dispersion = linalg::Vector::LinSpaced(static_cast<Eigen::Index>(patterns.rows()), .1, .2);
  return round;
}

}  // namespace

TEST_CASE("a perfect memory: magnetisation and retrieval 1, distance 0, whatever order and signs") {
  const auto xi = hopfield::random_archetypes(stream(2), 3, 60);
  linalg::SignMatrix memory(3, 60);
  for (std::size_t i = 0; i < 60; ++i) {
    memory.set(0, i, xi(2, i) > 0);
    memory.set(1, i, xi(0, i) < 0);
    memory.set(2, i, xi(1, i) > 0);
  }
  const auto m = hopfield::round_metrics(xi, memory, spectrum_of(xi, 3), 3);
  CHECK(m.magnetisation.minCoeff() == 1);
  CHECK(m.retrieval == doctest::Approx(1));
  CHECK(m.frobenius < 1e-7);
  CHECK(m.pattern_of_archetype == std::vector<Eigen::Index>{1, 2, 0});
  CHECK(m.dispersion(0) == doctest::Approx(.15));
  CHECK(m.overlap.minCoeff() == doctest::Approx(1).epsilon(1e-12));
  CHECK(std::isnan(m.spectral_gap));
}

TEST_CASE("the projector distance needs no N x N matrix but equals the one that does") {
  const auto xi = hopfield::random_archetypes(stream(3), 4, 50);
  for (const std::int64_t rows : {1, 3, 6}) {
    const auto memory = hopfield::random_archetypes(stream(4), rows, 50);
    const double expected = (projector(memory) - projector(xi)).norm() / projector(xi).norm();
    CHECK(hopfield::round_metrics(xi, memory, spectrum_of(memory, 1), 4).frobenius == doctest::Approx(expected).epsilon(1e-10));
  }
}

TEST_CASE("an empty memory: everything is 0, the distance 1") {
  const auto xi = hopfield::random_archetypes(stream(5), 2, 40);
  auto server = spectrum_of(xi, 2);
  server.rejected = true;
  const auto m = hopfield::round_metrics(xi, linalg::SignMatrix(0, 40), server, 1);
  CHECK(m.magnetisation.maxCoeff() == 0);
  CHECK(m.retrieval == 0);
  CHECK(m.frobenius == 1);
  CHECK(std::isnan(m.dispersion(0)));
  CHECK(m.spectral_gap == doctest::Approx(1 - server.eigenvalues(1) / server.eigenvalues(0)));
  CHECK(m.outlier(0) == doctest::Approx(40 * server.eigenvalues(0)));
}
