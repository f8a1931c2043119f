// The server's pipeline on operators with a known answer. SPDX-License-Identifier: MIT
#include "rankwise/federated/server.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "rankwise/federated/client.hpp"
#include "rankwise/linalg/low_rank.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/spectra/tracy_widom.hpp"
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

namespace {

/// The largest eigenvalue of N J over replicas of pure noise of quality r: how often it exceeds the cut at level .05.
double false_alarms(std::size_t neurons, std::size_t examples, double r, int replicas, std::uint64_t first) {
  const double s = spectra::TracyWidom(1).quantile(.95);
  const double cut = federated::tracy_widom_cut(static_cast<Eigen::Index>(neurons), static_cast<double>(examples), 1 - r * r, 1, 1, s);
  int alarms = 0;
  for (int i = 0; i < replicas; ++i) {
    // one archetype; its spike is the first eigenvalue, the noise the second
    auto words = stream(first + static_cast<std::uint64_t>(i));
    linalg::SignMatrix x(neurons, examples);
    const random::Probability32 flip((1 - r) / 2);
    for (std::size_t row = 0; row < neurons; ++row) {
      const std::uint64_t pattern = 0 - (words.word() & 1);
      for (auto& word : x.row(row)) word = pattern ^ random::bernoulli_word(words, flip);
    }
    x.clear_padding();
    const auto op = linalg::hebbian_operator(x, static_cast<Eigen::Index>(std::min(neurons, examples)));
    if (static_cast<double>(neurons) * op.values(1) > cut) ++alarms;
  }
  return static_cast<double>(alarms) / replicas;
}

}  // namespace

TEST_CASE("the cut by Tracy and Widom's law keeps its level, whatever the quality of the flips") {
  // Bound: 3 binomial standard errors of a rate of .05, and the .01 that the specification saw at these sizes; r = .8 without
  // the kurtosis of flips would alarm in 15 to 20 % of the replicas.
  constexpr int replicas = 300;
  const double bound = 3 * std::sqrt(.05 * .95 / replicas) + .01;
  for (const double r : {.5, .8}) CHECK(std::abs(false_alarms(100, 200, r, replicas, 50000) - .05) < bound);
  CHECK(std::abs(false_alarms(120, 200, .8, replicas, 60000) - .05) < bound);
  // at the edge: the cut of the median lies near the Marchenko-Pastur edge, and rises with s and with the weight
  const auto cut = [](double s, double weight) { return federated::tracy_widom_cut(1000, 4000, .36, weight, 0, s); };
  CHECK(std::abs(cut(-1.2687, 1) / (.36 * 2.25) - 1) < .01);
  CHECK(cut(1, 1) > cut(0, 1));
  CHECK(cut(1, .5) == doctest::Approx(cut(1, 1) / 2));
}

TEST_CASE("the cut by permuted entries: mean of permuted operators, all eigenpairs and leading ones") {
  for (const auto& [r, archetypes_shown] : {std::pair{.8, true}, std::pair{.0, false}}) {
    const auto examples = archetypes_shown ? batch(patterns(77), 600, r, 77) : batch(patterns(78), 600, 0, 78);
    const auto all = linalg::hebbian_operator(examples, static_cast<Eigen::Index>(n));
    const double formula = federated::shuffle_cut(all, -1.2065);
    linalg::Matrix j = all.vectors * all.values.asDiagonal() * all.vectors.transpose();
    auto words = stream(79);
    std::vector<double> largest;
    for (int draw = 0; draw < 12; ++draw) {
      std::vector<double> entries;
      for (Eigen::Index b = 0; b < j.cols(); ++b) {
        for (Eigen::Index a = b + 1; a < j.rows(); ++a) entries.push_back(j(a, b));
      }
      for (std::size_t i = entries.size(); i > 1; --i) std::swap(entries[i - 1], entries[random::below(words, i)]);
      linalg::Matrix permuted = linalg::Matrix::Zero(j.rows(), j.cols());
      permuted.diagonal() = j.diagonal();
      std::size_t next = 0;
      for (Eigen::Index b = 0; b < j.cols(); ++b) {
        for (Eigen::Index a = b + 1; a < j.rows(); ++a) permuted(a, b) = entries[next++];
      }
      largest.push_back(static_cast<double>(n) * linalg::symmetric_eigenvalues(permuted)(0));
    }
    // seen by the specification at N = 400: formula and permutation agree within .7 %
    CHECK(std::abs(stats::moments(largest).mean / formula - 1) < .012);
    // cut off at rank 11 the norm is still exact, and 1^T J 1 nearly
    CHECK(federated::shuffle_cut(linalg::truncated(all, 11), -1.2065) == doctest::Approx(formula).epsilon(.01));
  }
}

TEST_CASE("all cuts find the archetypes of a clear round") {
  const auto xi = patterns(2);
  for (const auto cut : {federated::RankCut::mp, federated::RankCut::tw, federated::RankCut::shuffle, federated::RankCut::fixed}) {
    federated::ServerOptions options;
    options.cut = cut;
    federated::Server server(n, options);
    const std::vector<ClientTerm> first{{1, 1, 600, .36}};
    const auto round = server.round(operator_of(xi, .8, 1, 2), first, stream(50));
    CHECK(round.khat == 3);
    CHECK(holds_all(server.memory(), xi));
  }
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
