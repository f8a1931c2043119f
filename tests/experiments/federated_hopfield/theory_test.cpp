// Closed forms of a round. SPDX-License-Identifier: MIT
#include "experiments/federated_hopfield/theory.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "experiments/federated_hopfield/model.hpp"
#include "rankwise/linalg/low_rank.hpp"
#include "rankwise/spectra/spiked_covariance.hpp"

using namespace rankwise;
using namespace rankwise::experiments;

namespace {
random::Stream stream(std::uint64_t replica) { return {{9, 9}, random::Purpose::flips, replica}; }
}  // namespace

TEST_CASE("equal clients and one archetype: the reference values of N = 800, M = 1600") {
  // reference/federated_hopfield.json, theory.homogeneous, r = .035
  const auto xi = hopfield::random_archetypes(stream(1), 1, 800);
  const std::vector<hopfield::RealisedClient> clients(4, {.25, .035, 400, {1}});
  const auto theory = hopfield::round_theory(xi, clients, linalg::SignMatrix(0, 800));
  CHECK(theory.edge == doctest::Approx(2.9106436507591877).epsilon(1e-12));
  CHECK(theory.outlier(0) == doctest::Approx(2.9871173472576533).epsilon(1e-12));
  CHECK(theory.overlap(0) == doctest::Approx(.31840552440949177).epsilon(1e-12));
  CHECK(theory.magnetisation(0) == doctest::Approx(.5056978631159926).epsilon(1e-12));
}

TEST_CASE("an archetype that nobody sees is below the threshold") {
  const auto xi = hopfield::random_archetypes(stream(2), 2, 400);
  const auto theory = hopfield::round_theory(xi, {{1, .8, 1200, {1, 0}}}, linalg::SignMatrix(0, 400));
  CHECK(theory.overlap(0) > .99);
  CHECK(theory.overlap(1) == 0);
  CHECK(theory.magnetisation(1) == 0);
  CHECK(theory.outlier(1) == theory.edge);
}

TEST_CASE("the memory adds 1 - wbar along its patterns, without noise") {
  const auto xi = hopfield::random_archetypes(stream(3), 1, 400);
  const auto theory = hopfield::round_theory(xi, {{.6, .8, 1200, {1}}}, xi);
  // leading order at strong signal: N (.6 r^2 + .4) + noise, .6 (1 - r^2)(1 + q ...)
  const double strength = 400 * (.6 * .64 + .4);
  CHECK(theory.outlier(0) > strength + .6 * .36);
  CHECK(theory.outlier(0) < strength + .6 * .36 * (1 + 400.0 / 1200) + .01);
  CHECK(theory.edge == doctest::Approx(.6 * spectra::spiked_covariance(.36, 0, 400.0 / 1200).edge).epsilon(1e-12));
}

TEST_CASE("simulated federations follow: outlier, overlap, N = 400, two unequal clients, memory, 12 seeds") {
  std::vector<double> outlier_gap;
  std::vector<double> overlap_gap;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const auto xi = hopfield::random_archetypes(stream(100 + seed), 2, 400);
    const std::vector<std::int64_t> few{150, 50};
    const std::vector<std::int64_t> many{100, 300};
    const auto a = linalg::hebbian_operator(hopfield::noisy_batch(xi, few, .3, stream(200 + seed)), 200);
    const auto b = linalg::hebbian_operator(hopfield::noisy_batch(xi, many, .2, stream(300 + seed)), 400);
    linalg::Matrix sum = .5 * a.vectors * a.values.asDiagonal() * a.vectors.transpose() +
                         .4 * b.vectors * b.values.asDiagonal() * b.vectors.transpose();
    const linalg::Matrix x = xi.to_dense();
    linalg::SignMatrix memory(1, 400);
    for (std::size_t i = 0; i < 400; ++i) memory.set(0, i, xi(0, i) > 0);
    sum += .1 / 400 * x.row(0).transpose() * x.row(0);
    const auto eigen = linalg::symmetric_eigen(sum);
    const auto theory = hopfield::round_theory(xi, {{.5, .3, 200, {.75, .25}}, {.4, .2, 400, {.25, .75}}}, memory);
    const linalg::Matrix inside = eigen.vectors.leftCols(2).transpose() * x.transpose() / 20;
    for (Eigen::Index i = 0; i < 2; ++i) outlier_gap.push_back(400 * eigen.values(i) / theory.outlier(i) - 1);
    for (Eigen::Index mu = 0; mu < 2; ++mu) overlap_gap.push_back(inside.col(mu).squaredNorm() - theory.overlap(mu));
  }
  double outlier = 0;
  double overlap = 0;
  for (const double gap : outlier_gap) outlier += gap / 24;
  for (const double gap : overlap_gap) overlap += gap / 24;
  // spread of one seed about .02 in either: the mean of 24 has a standard error below .005
  CHECK(std::abs(outlier) < .02);
  CHECK(std::abs(overlap) < .02);
}

TEST_CASE("a memory with errors keeps them: the leading direction and the signs of the estimate, by hand") {
  const auto xi = hopfield::random_archetypes(stream(4), 1, 400);
  linalg::SignMatrix memory = xi;
  for (std::size_t i = 0; i < 40; ++i) memory.set(0, i, xi(0, i) < 0);  // m = .8
  const auto theory = hopfield::round_theory(xi, {{.6, .3, 1200, {1}}}, memory);
  const double alpha = 400 * .6 * .09;
  const double beta = 400 * .4;
  linalg::Matrix population(2, 2);
  population << alpha + beta * .64, beta * .48, beta * .48, beta * .36;
  const auto eigen = linalg::symmetric_eigen(population);
  const double inside = eigen.vectors(0, 0) * eigen.vectors(0, 0);
  // noise takes about q v / strength of the overlap
  CHECK(theory.overlap(0) < inside);
  CHECK(theory.overlap(0) > inside * .99);
  CHECK(theory.magnetisation(0) == doctest::Approx(.8).epsilon(1e-6));
  // fresh data alone outweigh the memory: its errors go
  const auto strong = hopfield::round_theory(xi, {{.95, .9, 1200, {1}}}, memory);
  CHECK(strong.magnetisation(0) == doctest::Approx(1).epsilon(1e-6));
}
