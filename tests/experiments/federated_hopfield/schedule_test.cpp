// Mixtures that move, supports of clients, and who takes part. SPDX-License-Identifier: MIT
#include "experiments/federated_hopfield/schedule.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rankwise/core/error.hpp"
#include "rankwise/random/distributions.hpp"

using namespace rankwise;
using namespace rankwise::experiments::hopfield;

namespace {

random::Stream stream_of(std::int64_t round) { return {{3, 4}, random::Purpose::schedule, 0, 0, static_cast<std::uint32_t>(round)}; }

random::Stream no_stream(std::int64_t) { throw InternalError("a schedule that is not random draws"); }

Schedule schedule(ScheduleKind kind, std::size_t k) {
  Schedule s;
  s.kind = kind;
  s.mixture.assign(k, 1 / static_cast<double>(k));
  return s;
}

double sum_of(const std::vector<double>& p) {
  double sum = 0;
  for (const double v : p) sum += v;
  return sum;
}

}  // namespace

TEST_CASE("constant: what is given, in every round, bit for bit") {
  Schedule s = schedule(ScheduleKind::constant, 3);
  s.mixture = {.5, .3, .2};
  const auto all = mixtures(s, 4, no_stream);
  REQUIRE(all.size() == 4);
  for (const auto& p : all) CHECK(sum_of(p) == doctest::Approx(1).epsilon(1e-15));
  CHECK(all[3][1] == doctest::Approx(.3).epsilon(1e-15));
}

TEST_CASE("triangular: peaks 4, 12, 20 and half-width 7 of the drift experiment; nothing where triangles do not meet") {
  Schedule s = schedule(ScheduleKind::triangular, 3);
  s.peaks = {4, 12, 20};
  const auto all = mixtures(s, 24, no_stream);
  CHECK(all[0] == std::vector<double>{1, 0, 0});  // 3/7, 0, 0
  CHECK(all[8][0] == doctest::Approx(.5));        // 3/7, 3/7
  CHECK(all[6][0] == doctest::Approx(5.0 / 6));   // 5/7, 1/7
  CHECK(all[12] == std::vector<double>{0, 1, 0});
  CHECK(all[23] == std::vector<double>{0, 0, 1});
  s.half_width = 3;
  CHECK(sum_of(mixtures(s, 24, no_stream)[8]) == 0);
}

TEST_CASE("cyclic: 1 + cos at the three phases, period 8") {
  Schedule s = schedule(ScheduleKind::cyclic, 3);
  const auto all = mixtures(s, 17, no_stream);
  CHECK(all[0][0] == doctest::Approx(2.0 / 3));
  CHECK(all[0][1] == doctest::Approx(.5 / 3));
  CHECK(all[16][2] == doctest::Approx(all[0][2]));
  CHECK(all[3][1] == doctest::Approx((1 + std::cos(2 * std::numbers::pi * (3.0 / 8 - 1.0 / 3))) / 3));
}

TEST_CASE("ramp: the new ones share a mass that grows from the round after the start to ramp_share") {
  Schedule s = schedule(ScheduleKind::ramp, 6);
  const auto all = mixtures(s, 24, no_stream);
  CHECK(all[11][3] == 0);
  CHECK(all[11][0] == doctest::Approx(1.0 / 3));
  CHECK(all[12][4] == doctest::Approx(.125 / 3));
  CHECK(all[12][0] == doctest::Approx(.875 / 3));
  CHECK(all[15][5] == doctest::Approx(.5 / 3));
  CHECK(all[23] == all[15]);
}

TEST_CASE("projection on the simplex: the nearest point, by its optimality condition") {
  random::Stream stream = stream_of(99);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> y(5);
    for (double& v : y) v = 4 * random::uniform(stream) - 2;
    const auto p = projected_on_simplex(y);
    CHECK(sum_of(p) == doctest::Approx(1).epsilon(1e-14));
    CHECK(*std::min_element(p.begin(), p.end()) >= 0);
    // (y - p).(q - p) <= 0 for every vertex q
    for (std::size_t vertex = 0; vertex < 5; ++vertex) {
      double product = 0;
      for (std::size_t i = 0; i < 5; ++i) product += (y[i] - p[i]) * ((i == vertex ? 1 : 0) - p[i]);
      CHECK(product < 1e-12);
    }
  }
  CHECK(projected_on_simplex({.2, .8}) == std::vector<double>{.2, .8});
}

TEST_CASE("random walk: a total variation of at most max_variation, on the simplex, the same for the same streams") {
  Schedule s = schedule(ScheduleKind::random_walk, 4);
  s.max_variation = .07;
  const auto all = mixtures(s, 400, stream_of);
  CHECK(all[0] == s.mixture);
  double moved = 0;
  for (std::size_t t = 1; t < all.size(); ++t) {
    double variation = 0;
    for (std::size_t mu = 0; mu < 4; ++mu) variation += std::abs(all[t][mu] - all[t - 1][mu]) / 2;
    CHECK(variation <= .07 * (1 + 1e-12));
    CHECK(sum_of(all[t]) == doctest::Approx(1).epsilon(1e-14));
    CHECK(*std::min_element(all[t].begin(), all[t].end()) >= 0);
    moved += variation;
  }
  CHECK(moved > .5 * 400 * .05);
  CHECK(mixtures(s, 100, stream_of)[99] == all[99]);
  s.max_variation = 0;
  CHECK(mixtures(s, 5, stream_of)[4][0] == doctest::Approx(.25).epsilon(1e-15));
}

TEST_CASE("Dirichlet: one draw a period, mean 1/K and variance (K - 1)/(K^2 (K a + 1))") {
  Schedule s = schedule(ScheduleKind::dirichlet, 4);
  s.period = 1;
  s.concentration = 2;
  constexpr std::int64_t rounds = 20000;
  const auto all = mixtures(s, rounds, stream_of);
  double mean = 0;
  double square = 0;
  for (const auto& p : all) {
    mean += p[1] / rounds;
    square += p[1] * p[1] / rounds;
  }
  const double variance = 3.0 / (16 * 9);
  // four standard errors of the mean; of the variance, whose kurtosis is below 3 here, five
  CHECK(std::abs(mean - .25) < 4 * std::sqrt(variance / rounds));
  CHECK(std::abs(square - mean * mean - variance) < 5 * variance * std::sqrt(2.0 / rounds));
  s.period = 3;
  const auto slow = mixtures(s, 6, stream_of);
  CHECK(slow[0] == slow[2]);
  CHECK(slow[0] == all[0]);
  CHECK(slow[3] == all[3]);
  CHECK(slow[3] != slow[2]);
}

TEST_CASE("what clients see: archetypes by name, with factors, round and round") {
  const auto factors = parse_client_mixtures("0+1/2/1@0.5+2", 3);
  REQUIRE(factors.size() == 3);
  CHECK(factors[0] == std::vector<double>{1, 1, 0});
  CHECK(factors[2] == std::vector<double>{0, .5, 1});
  const std::vector<double> pi{.5, .3, .2};
  CHECK(client_mixture(pi, factors, 0)[0] == doctest::Approx(.625));
  CHECK(client_mixture(pi, factors, 3) == client_mixture(pi, factors, 0));
  CHECK(client_mixture(pi, factors, 5)[1] == doctest::Approx(.15 / .35));
  CHECK(client_mixture({1, 0, 0}, factors, 1).empty());
  CHECK(client_mixture(pi, {}, 7) == pi);
  for (const char* bad : {"", "3", "0+", "0+0", "-1", "0@0", "0@-1", "0@x", "0@1@2", "0/", "a", "0@inf"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS((void)parse_client_mixtures(bad, 3), UsageError);
  }
}

TEST_CASE("attendance: shares as asked, nested in f, late clients send their last round, failed ones nothing") {
  constexpr std::int64_t clients = 20000;
  const auto stream = [](std::int64_t t) {
    return [t](std::int64_t client) { return random::Stream({7, 8}, random::Purpose::participation, 0, static_cast<std::uint64_t>(client), static_cast<std::uint32_t>(t)); };
  };
  const auto all_see = [](std::int64_t) { return true; };
  const auto sent_by = [&](const Participation& participation, std::int64_t rounds) {
    Attendance attendance(participation, clients);
    std::vector<federated::SentRounds> sent;
    for (std::int64_t t = 0; t < rounds; ++t) sent.push_back(attendance.round(t, stream(t), all_see, true));
    return sent;
  };
  CHECK(sent_by({}, 2)[1].is_common());
  CHECK(sent_by({}, 2)[1][5] == 1);
  const auto half = sent_by({.share = .5}, 1)[0];
  const auto few = sent_by({.share = .2}, 1)[0];
  double joined = 0;
  for (std::int64_t c = 0; c < clients; ++c) {
    joined += half[c] == 0 ? 1 : 0;
    if (few[c] == 0) CHECK(half[c] == 0);
  }
  CHECK(std::abs(joined / clients - .5) < 4 * std::sqrt(.25 / clients));
  const auto late = sent_by({.share = .6, .dropout = .25, .staleness = .3}, 3);
  const auto prompt = sent_by({.share = .6, .dropout = .25}, 3);
  double fresh = 0;
  for (std::int64_t c = 0; c < clients; ++c) {
    // present and not failed in rounds 0 and 1, by the same draws
    const bool was[] = {prompt[0][c] == 0, prompt[1][c] == 1};
    CHECK((late[0][c] == 0 || late[0][c] == federated::sends_nothing));
    if (late[0][c] == 0) CHECK(was[0]);
    if (!was[1]) CHECK(late[1][c] == federated::sends_nothing);
    if (late[1][c] == 0) CHECK((was[0] && was[1]));
    if (late[2][c] == 1) CHECK(was[1]);
    if (late[2][c] == 0) CHECK((was[0] && !was[1]));
    fresh += late[1][c] == 1 ? 1 : 0;
  }
  const double expected = .6 * .75 * .7;
  CHECK(std::abs(fresh / clients - expected) < 4 * std::sqrt(expected * (1 - expected) / clients));
  CHECK(Participation{.share = .6, .dropout = .25, .staleness = .3}.first_round() == doctest::Approx(expected));
  Attendance blind({}, 4);
  const auto sees = blind.round(3, stream(3), [](std::int64_t client) { return client % 2 == 0; }, false);
  CHECK(sees[0] == 3);
  CHECK(sees[1] == federated::sends_nothing);
}
