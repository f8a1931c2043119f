// Recall against dense slow networks, exact enumeration and networks worked out by hand. SPDX-License-Identifier: MIT
#include "rankwise/federated/recall.hpp"

#include <doctest/doctest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <stdexcept>

#include "rankwise/core/error.hpp"

using namespace rankwise;
using federated::Coupling;
using federated::Couplings;
using federated::RecallOptions;
using State = std::vector<std::int8_t>;

namespace {

random::Stream stream(std::uint64_t replica, random::Purpose purpose = random::Purpose::dynamics) {
  return {{5, 6}, purpose, replica};
}

linalg::SignMatrix patterns(std::size_t k, std::size_t n, std::uint64_t which) {
  auto words = stream(which, random::Purpose::archetypes);
  linalg::SignMatrix signs(k, n);
  for (std::size_t mu = 0; mu < k; ++mu) words.words(signs.row(mu));
  signs.clear_padding();
  return signs;
}

State row_of(const linalg::SignMatrix& signs, std::size_t mu) {
  State state;
  for (std::size_t i = 0; i < signs.columns(); ++i) state.push_back(static_cast<std::int8_t>(signs(mu, i)));
  return state;
}

State random_state(std::size_t n, std::uint64_t which) { return row_of(patterns(1, n, 1000 + which), 0); }

/// N x N, from the definitions alone; the pseudo-inverse by Eigen's.
Eigen::MatrixXd dense_couplings(const linalg::SignMatrix& xi, Coupling kind) {
  const Eigen::MatrixXd rows = xi.to_dense();
  const auto n = static_cast<double>(xi.columns());
  Eigen::MatrixXd j;
  if (kind == Coupling::hebb) {
    j = rows.transpose() * rows / n;
  } else {
    const Eigen::MatrixXd gram = rows * rows.transpose() / n;
    j = rows.transpose() * gram.completeOrthogonalDecomposition().pseudoInverse() * rows / n;
  }
  j.diagonal().setZero();
  return j;
}

/// The documented random numbers, word by word.
class SlowDraws {
 public:
  explicit SlowDraws(random::Stream words) : words_(words) {}
  double uniform() { return (static_cast<double>(words_.word() >> 12) + .5) * std::pow(2., -52); }
  std::size_t below(std::uint64_t n) {
    for (;;) {
      const std::uint64_t product = half() * n;
      if (product % (1ULL << 32) >= (1ULL << 32) % n) return product >> 32;
    }
  }

 private:
  std::uint64_t half() {
    if (!spare_.empty()) {
      const auto high = spare_.back();
      spare_.pop_back();
      return high;
    }
    const auto word = words_.word();
    spare_.push_back(word >> 32);
    return word % (1ULL << 32);
  }
  random::Stream words_;
  std::vector<std::uint64_t> spare_;
};

struct SlowRecall {
  State state;
  std::vector<double> overlaps;
  std::int64_t sweeps = 0;
  std::int64_t flips = 0;
  bool converged = false;
  double largest_rise = 0;  ///< of the energy in one update
};

SlowRecall slow_recall(const Eigen::MatrixXd& j, State s, const linalg::SignMatrix& probes, double temperature,
                       int sweeps, const random::Stream& words) {
  SlowDraws draws(words);
  SlowRecall r;
  const std::size_t n = s.size();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  r.overlaps.assign(probes.rows(), 0);
  const int measured = temperature > 0 ? (sweeps + 1) / 2 : 1;
  for (int sweep = 1; sweep <= sweeps; ++sweep) {
    for (std::size_t i = n - 1; i >= 1; --i) std::swap(order[i], order[draws.below(i + 1)]);
    std::int64_t flips = 0;
    for (const std::size_t i : order) {
      double h = 0;
      for (std::size_t l = 0; l < n; ++l) h += j(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(l)) * s[l];
      int chosen = s[i];
      if (temperature > 0) {
        chosen = draws.uniform() < 1 / (1 + std::exp(-2 * h / temperature)) ? 1 : -1;
      } else if (std::abs(h) > 1e-10) {
        chosen = h > 0 ? 1 : -1;
      }
      if (chosen == s[i]) continue;
      r.largest_rise = std::max(r.largest_rise, 2 * h * s[i]);
      s[i] = static_cast<std::int8_t>(chosen);
      ++flips;
    }
    r.sweeps = sweep;
    r.flips += flips;
    r.converged = flips == 0;
    const bool ends = sweep == sweeps || (temperature == 0 && r.converged);
    if (temperature == 0 ? ends : sweep > sweeps - measured) {
      for (std::size_t p = 0; p < probes.rows(); ++p) {
        double m = 0;
        for (std::size_t i = 0; i < n; ++i) m += probes(p, i) * s[i];
        r.overlaps[p] += m / static_cast<double>(n) / measured;
      }
    }
    if (ends) break;
  }
  r.state = s;
  return r;
}

State with_flips(State state, std::size_t flips, std::uint64_t which) {
  const auto places = federated::random_order(state.size(), stream(which, random::Purpose::cue));
  for (std::size_t i = 0; i < flips; ++i) state[places[i]] = static_cast<std::int8_t>(-state[places[i]]);
  return state;
}

constexpr Coupling both[] = {Coupling::hebb, Coupling::pseudo_inverse};

}  // namespace

TEST_CASE("fields and energies are those of the dense couplings") {
  for (const Coupling kind : both) {
    for (const auto& [n, k] : std::vector<std::pair<std::size_t, std::size_t>>{{7, 1}, {64, 16}, {65, 17}, {130, 40}}) {
      const auto xi = patterns(k, n, n);
      const Couplings couplings(xi, kind);
      CHECK(couplings.rank() == k);
      const auto j = dense_couplings(xi, kind);
      const State s = random_state(n, k);
      const auto h = couplings.fields(s);
      double energy = 0;
      for (std::size_t i = 0; i < n; ++i) {
        double expected = 0;
        for (std::size_t l = 0; l < n; ++l) {
          expected += j(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(l)) * s[l];
        }
        CHECK(h[i] == doctest::Approx(expected).epsilon(1e-11).scale(1));
        energy -= expected * s[i] / 2;
      }
      CHECK(couplings.energy(s) == doctest::Approx(energy).epsilon(1e-11));
    }
  }
}

TEST_CASE("a neuron does not feel itself") {
  for (const Coupling kind : both) {
    const Couplings couplings(patterns(9, 50, 1), kind);
    State s = random_state(50, 1);
    for (std::size_t i = 0; i < 50; ++i) {
      const double before = couplings.fields(s)[i];
      s[i] = static_cast<std::int8_t>(-s[i]);
      const double after = couplings.fields(s)[i];
      if (kind == Coupling::hebb) {
        CHECK(after == before);
      } else {
        CHECK(std::abs(after - before) < 1e-14);
      }
    }
  }
}

TEST_CASE("the same walk as a dense network with the same random numbers") {
  struct Setting {
    std::size_t n, k;
    double temperature;
  };
  for (const Coupling kind : both) {
    for (const auto& at : {Setting{40, 3, 0}, Setting{65, 17, 0}, Setting{200, 20, 0}, Setting{200, 60, 0},
                           Setting{41, 5, .3}, Setting{120, 30, .7}}) {
      const auto xi = patterns(at.k, at.n, at.n + at.k);
      const Couplings couplings(xi, kind);
      const auto j = dense_couplings(xi, kind);
      for (std::uint64_t which = 0; which < 6; ++which) {
        const State cue =
            which == 5 ? random_state(at.n, which) : with_flips(row_of(xi, which % at.k), at.n / 5, which);
        const int sweeps = at.temperature > 0 ? 7 : 100;
        const auto fast = federated::recall(couplings, cue, xi, {at.temperature, sweeps, {}}, stream(which));
        const auto slow = slow_recall(j, cue, xi, at.temperature, sweeps, stream(which));
        CHECK(fast.state == slow.state);
        CHECK(fast.sweeps == slow.sweeps);
        CHECK(fast.flips == slow.flips);
        CHECK(fast.converged == slow.converged);
        REQUIRE(fast.overlaps.size() == at.k);
        for (std::size_t p = 0; p < at.k; ++p) {
          CHECK(fast.overlaps[p] == doctest::Approx(slow.overlaps[p]).epsilon(1e-12).scale(1));
        }
        if (at.temperature == 0) CHECK(slow.largest_rise < 1e-12);
      }
    }
  }
}

TEST_CASE("energy never rises at temperature 0, and the end is a fixed point") {
  for (const Coupling kind : both) {
    for (std::uint64_t which = 0; which < 5; ++which) {
      const auto xi = patterns(40, 150, which);
      const Couplings couplings(xi, kind);
      const State cue = random_state(150, which);
      double energy = couplings.energy(cue);
      std::int64_t most = 1;
      for (int sweeps = 1; sweeps <= most; ++sweeps) {
        const auto r = federated::recall(couplings, cue, xi, {0, sweeps, {}}, stream(which));
        const double next = couplings.energy(r.state);
        CHECK(next <= energy + 1e-12);
        energy = next;
        if (!r.converged) {
          most = sweeps + 1;
          continue;
        }
        const auto h = couplings.fields(r.state);
        for (std::size_t i = 0; i < h.size(); ++i) CHECK(h[i] * r.state[i] >= -1e-10);
        const auto again = federated::recall(couplings, r.state, xi, {0, 100, {}}, stream(77));
        CHECK(again.flips == 0);
        CHECK(again.sweeps == 1);
      }
      CHECK(most > 2);
      CHECK(most < 100);
    }
  }
}

TEST_CASE("patterns are fixed points of the pseudo-inverse at any load below 1") {
  for (const std::size_t k : std::vector<std::size_t>{1, 30, 60, 90, 99}) {
    const auto xi = patterns(k, 100, k);
    const Couplings couplings(xi, Coupling::pseudo_inverse);
    for (std::size_t mu = 0; mu < k; ++mu) {
      const auto r = federated::recall(couplings, row_of(xi, mu), xi, {}, stream(mu));
      CHECK(r.flips == 0);
      CHECK(r.converged);
      CHECK(r.overlaps[mu] == 1);
    }
  }
}

TEST_CASE("linearly dependent patterns: the projector on their span") {
  auto xi = patterns(6, 80, 3);
  for (std::size_t i = 0; i < 80; ++i) {
    xi.set(4, i, xi(0, i) > 0);  // a copy
    xi.set(5, i, xi(1, i) < 0);  // an opposite
  }
  const Couplings couplings(xi, Coupling::pseudo_inverse);
  CHECK(couplings.rank() == 4);
  linalg::SignMatrix distinct(4, 80);
  for (std::size_t mu = 0; mu < 4; ++mu) {
    for (std::size_t i = 0; i < 80; ++i) distinct.set(mu, i, xi(mu, i) > 0);
  }
  const State s = random_state(80, 4);
  const auto h = couplings.fields(s);
  const auto expected = Couplings(distinct, Coupling::pseudo_inverse).fields(s);
  for (std::size_t i = 0; i < 80; ++i) CHECK(h[i] == doctest::Approx(expected[i]).epsilon(1e-12).scale(1));
}

TEST_CASE("networks small enough for a pencil") {
  SUBCASE("one pattern attracts all that overlap with it, its opposite the others") {
    const auto xi = patterns(1, 3, 8);
    const Couplings couplings(xi, Coupling::hebb);
    for (std::size_t flips = 0; flips <= 3; ++flips) {
      const auto r = federated::recall(couplings, with_flips(row_of(xi, 0), flips, flips), xi, {}, stream(flips));
      CHECK(r.overlaps.at(0) == (flips <= 1 ? 1 : -1));
    }
  }
  SUBCASE("the sum of couplings of (+,+) and (+,-) is 0: every state stays") {
    linalg::SignMatrix xi(2, 2);
    xi.set(0, 0, true);
    xi.set(0, 1, true);
    xi.set(1, 0, true);
    for (const Coupling kind : both) {
      const Couplings couplings(xi, kind);
      for (const State& s : {State{1, 1}, State{1, -1}, State{-1, 1}, State{-1, -1}}) {
        CHECK(federated::recall(couplings, s, xi, {}, stream(1)).state == s);
      }
    }
  }
  SUBCASE("no pattern, no field: at temperature 0 every state stays, above it spins are coins") {
    for (const Coupling kind : both) {
      const Couplings nothing(linalg::SignMatrix(0, 400), kind);
      const State s = random_state(400, 2);
      CHECK(federated::recall(nothing, s, linalg::SignMatrix(0, 400), {}, stream(1)).state == s);
      const auto warm = federated::recall(nothing, s, linalg::SignMatrix(0, 400), {1, 1, {}}, stream(1));
      CHECK(std::abs(static_cast<double>(warm.flips) - 200) < 50);  // five standard deviations
    }
  }
}

TEST_CASE("Glauber's dynamics samples Boltzmann's distribution") {
  // Final states of independent walks from one state against all 2^n weights: chi-square, false alarm 1e-6 each.
  constexpr std::size_t n = 5;
  constexpr int walks = 20000;
  constexpr double threshold = 84.2;  // chi-square of 31 degrees of freedom
  // of one sweep the second eigenvalue is .944 here at the worst: the start is forgotten to 1e-5
  constexpr int sweeps = 200;
  const auto xi = patterns(2, n, 21);
  for (const Coupling kind : both) {
    for (const double temperature : {.4, 1.3}) {
      const Couplings couplings(xi, kind);
      const auto state_of = [](unsigned bits) {
        State s;
        for (std::size_t i = 0; i < n; ++i) s.push_back((bits >> i & 1U) != 0 ? 1 : -1);
        return s;
      };
      std::vector<double> weight;
      for (unsigned bits = 0; bits < 1U << n; ++bits) {
        weight.push_back(std::exp(-couplings.energy(state_of(bits)) / temperature));
      }
      const double total = std::accumulate(weight.begin(), weight.end(), 0.);
      std::vector<int> counts(1U << n, 0);
      for (int w = 0; w < walks; ++w) {
        const auto r = federated::recall(couplings, state_of(0), xi, {temperature, sweeps, {}},
                                         stream(static_cast<std::uint64_t>(w), random::Purpose::user));
        unsigned bits = 0;
        for (std::size_t i = 0; i < n; ++i) bits |= (r.state[i] > 0 ? 1U : 0U) << i;
        ++counts[bits];
      }
      double chi = 0;
      double least = walks;
      for (std::size_t b = 0; b < counts.size(); ++b) {
        const double expected = walks * weight[b] / total;
        least = std::min(least, expected);
        chi += (counts[b] - expected) * (counts[b] - expected) / expected;
      }
      CHECK(least > 10);
      CAPTURE(temperature);
      CAPTURE(static_cast<int>(kind));
      CHECK(chi < threshold);

    }
  }
}

TEST_CASE("more neurons than 16 bits count") {
  const std::size_t n = 40000;
  const auto xi = patterns(3, n, 5);
  const Couplings couplings(xi, Coupling::hebb);
  const State s = with_flips(row_of(xi, 1), 10000, 5);
  const auto h = couplings.fields(s);
  std::int64_t m[3];
  for (std::size_t mu = 0; mu < 3; ++mu) {
    m[mu] = 0;
    for (std::size_t i = 0; i < n; ++i) m[mu] += xi(mu, i) * s[i];
  }
  for (std::size_t i = 0; i < n; ++i) {
    const auto sum = xi(0, i) * m[0] + xi(1, i) * m[1] + xi(2, i) * m[2] - 3 * s[i];
    CHECK_MESSAGE(h[i] == 1 / static_cast<double>(n) * static_cast<double>(sum), i);
  }
  CHECK(federated::recall(couplings, s, xi, {}, stream(5)).overlaps.at(1) == 1);
}

TEST_CASE("random orders: each of the 120 of five as often, chi-square, false alarm 1e-6") {
  std::map<std::vector<std::uint32_t>, int> counts;
  for (std::uint64_t w = 0; w < 24000; ++w) ++counts[federated::random_order(5, stream(w, random::Purpose::user))];
  double chi = (120 - static_cast<double>(counts.size())) * 200;
  for (const auto& [order, count] : counts) chi += (count - 200.) * (count - 200.) / 200;
  CHECK(chi < 204);  // 119 degrees of freedom
}

TEST_CASE("polled every sweep; promises are checked") {
  const auto xi = patterns(4, 60, 2);
  const Couplings couplings(xi, Coupling::hebb);
  int polls = 0;
  const State s = random_state(60, 3);
  const auto r = federated::recall(couplings, s, xi, {.5, 9, [&] { ++polls; }}, stream(1));
  CHECK(polls == 9);
  CHECK(r.sweeps == 9);
  const RecallOptions leaves{.5, 9, [] { throw std::runtime_error("enough"); }};
  CHECK_THROWS_AS((void)federated::recall(couplings, s, xi, leaves, stream(1)), std::runtime_error);
  CHECK_THROWS_AS((void)federated::recall(couplings, State(59, 1), xi, {}, stream(1)), InternalError);
  CHECK_THROWS_AS((void)federated::recall(couplings, State(60, 0), xi, {}, stream(1)), InternalError);
  CHECK_THROWS_AS((void)federated::recall(couplings, s, xi, {0, 0, {}}, stream(1)), InternalError);
  CHECK_THROWS_AS((void)federated::recall(couplings, s, xi, {-1, 5, {}}, stream(1)), InternalError);
}
