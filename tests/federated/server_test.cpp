// The server's pipeline on operators with a known answer. SPDX-License-Identifier: MIT
#include "rankwise/federated/server.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "rankwise/federated/client.hpp"
#include "rankwise/linalg/low_rank.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/stats/moments.hpp"

using namespace rankwise;
using federated::ClientTerm;

namespace {

constexpr std::size_t n = 200;
constexpr std::size_t k = 3;

random::Stream stream(std::uint64_t replica) { return {{3, 4}, random::Purpose::user, replica}; }

linalg::SignMatrix patterns(std::uint64_t which) {
  auto words = stream(which);
  linalg::SignMatrix signs(k, n);
  for (std::size_t mu = 0; mu < k; ++mu) words.words(signs.row(mu));
  signs.clear_padding();
  return signs;
}

/// M examples of the patterns in turn, each bit right with probability (1 + r)/2.
linalg::SignMatrix batch(const linalg::SignMatrix& xi, std::size_t m, double r, std::uint64_t which) {
  auto words = stream(1000 + which);
  linalg::SignMatrix examples(n, m);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t a = 0; a < m; ++a) {
      const bool right = random::uniform(words) < (1 + r) / 2;
      examples.set(i, a, (xi(a % k, i) > 0) == right);
    }
  }
  return examples;
}

federated::WeightedOperator operator_of(const linalg::SignMatrix& xi, double r, double weight, std::uint64_t which) {
  return {linalg::scaled(linalg::hebbian_operator(batch(xi, 600, r, which), 11), weight), 600, weight};
}

bool holds_all(const linalg::SignMatrix& found, const linalg::SignMatrix& xi) {
  if (found.rows() != xi.rows()) return false;
  for (std::size_t mu = 0; mu < xi.rows(); ++mu) {
    bool seen = false;
    const auto overlaps = xi.overlaps(found);
    for (std::size_t nu = 0; nu < found.rows(); ++nu) {
      seen = seen || std::abs(overlaps(static_cast<Eigen::Index>(mu), static_cast<Eigen::Index>(nu))) == static_cast<int>(n);
    }
    if (!seen) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("sharpening an eigenvalue: reference values, fixed points, and the matrix recursion itself") {
  // reference/federated_hopfield.json, theory.sharpen
  CHECK(federated::sharpened(.2, 200, .01) == doctest::Approx(.42903816840256986).epsilon(1e-13));
  CHECK(federated::sharpened(.05, 200, .01) == doctest::Approx(.1364257058725302).epsilon(1e-13));
  CHECK(federated::sharpened(0, 200, .01) == 0);
  CHECK(federated::sharpened(1, 200, .01) == 1);
  CHECK(federated::sharpened(.3, 0, .01) == .3);
  linalg::Matrix j(2, 2);
  j << .4, .1, .1, .2;
  const auto before = linalg::symmetric_eigenvalues(j);
  for (int step = 0; step < 50; ++step) j += .02 / (1 + step * .02) * (j - j * j);
  const auto after = linalg::symmetric_eigenvalues(j);
  for (Eigen::Index i = 0; i < 2; ++i) CHECK(federated::sharpened(before(i), 50, .02) == doctest::Approx(after(i)).epsilon(1e-12));
}

TEST_CASE("the noise edge of equal clients is Marchenko-Pastur's, with a floor under tiny weights") {
  const auto edge = [](double weight) {
    const std::vector<ClientTerm> clients(3, ClientTerm{1.0 / 3, weight, 400, .36});
    return federated::noise_edge(400, clients);
  };
  const double q = 400.0 / 1200;
  const double full = .36 * (1 + std::sqrt(q)) * (1 + std::sqrt(q));
  CHECK(edge(1) == doctest::Approx(full).epsilon(1e-12));
  CHECK(edge(.6) == doctest::Approx(.6 * full).epsilon(1e-12));
  CHECK(edge(0) == doctest::Approx(.05 * full).epsilon(1e-12));
  CHECK(edge(.01) == edge(0));
}

TEST_CASE("the noise level is read off the trace: mean over 20 seeds within 4 standard errors of 1 - r^2 at r = .5") {
  std::vector<double> estimates;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto examples = batch(patterns(2000 + seed), 600, .5, 3000 + seed);
    const auto op = linalg::hebbian_operator(examples, static_cast<Eigen::Index>(n));
    estimates.push_back(federated::estimated_sigma2(n, n / 600.0, op.values * static_cast<double>(n)));
  }
  const auto m = stats::moments(estimates);
  CHECK(m.standard_error < .001);
  CHECK(std::abs(m.mean - .75) < 4 * m.standard_error);  // missed by chance once in 1,300 seeds
  CHECK(federated::estimated_sigma2(n, .5, linalg::Vector::Constant(3, .1)) == 1);
}

TEST_CASE("one round: effective rank, patterns and memory; the next round adds the memory itself") {
  const auto xi = patterns(2);
  federated::Server server(n, {});
  const std::vector<ClientTerm> first{{1, 1, 600, .36}};
  auto round = server.round(operator_of(xi, .8, 1, 2), first, stream(50));
  CHECK(round.khat == 3);
  CHECK_FALSE(round.rejected);
  CHECK(holds_all(server.memory(), xi));
  CHECK(round.sigma2 == doctest::Approx(.36));

  const auto fresh = operator_of(xi, .8, .6, 3);
  const std::vector<ClientTerm> second{{1, .6, 600, .36}};
  round = server.round(fresh, second, stream(51));
  const linalg::Matrix x = server.memory().to_dense();
  const linalg::Matrix dense = fresh.op.vectors * fresh.op.values.asDiagonal() * fresh.op.vectors.transpose() +
                               .4 / static_cast<double>(n) * x.transpose() * x;
  const auto expected = linalg::symmetric_eigen(dense);
  for (Eigen::Index i = 0; i < round.eigenvalues.size(); ++i) CHECK(round.eigenvalues(i) == doctest::Approx(expected.values(i)).epsilon(1e-11));
  CHECK(round.khat == 3);
  CHECK(holds_all(server.memory(), xi));
}

TEST_CASE("nothing to see: the round is rejected and the memory stays as it was") {
  const auto xi = patterns(3);
  federated::Server server(n, {});
  const std::vector<ClientTerm> noise{{1, 1, 600, 1}};
  auto round = server.round(operator_of(xi, 0, 1, 4), noise, stream(52));
  CHECK(round.khat == 0);
  CHECK(round.rejected);
  CHECK(server.memory().rows() == 0);

  const std::vector<ClientTerm> clear{{1, 1, 600, .36}};
  (void)server.round(operator_of(xi, .8, 1, 5), clear, stream(53));
  const auto before = server.memory();
  REQUIRE(before.rows() == 3);
  round = server.round(operator_of(xi, 0, 1, 6), noise, stream(54));
  CHECK(round.rejected);
  CHECK(server.memory() == before);
}

TEST_CASE("the fixed cut works on the sharpened spectrum") {
  const auto xi = patterns(4);
  const std::vector<ClientTerm> clients{{1, 1, 600, .36}};
  const auto op = operator_of(xi, .8, 1, 7);
  const double third = federated::sharpened(op.op.values(2), 200, .01);
  for (const double threshold : {third * .99, third * 1.01}) {
    federated::Server server(n, {.cut = federated::RankCut::fixed, .threshold = threshold});
    const auto round = server.round(op, clients, stream(55));
    CHECK(round.khat == (threshold < third ? 3 : 2));
    CHECK(round.cut == threshold);
  }
}

TEST_CASE("clients of unknown quality: the cut comes from the spectrum and finds the same patterns") {
  const auto xi = patterns(5);
  federated::Server server(n, {});
  const std::vector<ClientTerm> unknown{{1, 1, 600, -1}};
  const auto round = server.round(operator_of(xi, .6, 1, 8), unknown, stream(56));
  CHECK(std::abs(round.sigma2 - .64) < .02);
  CHECK(holds_all(server.memory(), xi));
}
