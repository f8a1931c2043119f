// Aggregation over ranks and in blocks against merging stored operators one by one. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <optional>
#include <vector>

#include "mpi/world.hpp"
#include "rankwise/federated/aggregation.hpp"
#include "rankwise/federated/client.hpp"
#include "rankwise/federated/federation.hpp"
#include "rankwise/random/distributions.hpp"

using namespace rankwise;
using rankwise::test::world;

namespace {

constexpr Eigen::Index n = 64;
constexpr std::int64_t examples = 16;
constexpr Eigen::Index k = 11;

/// Examples of three patterns, of a quality that differs from client to client.
linalg::SignMatrix batch_of(std::int64_t client) {
  const double quality = 0.2 + 0.7 * static_cast<double>(client % 7) / 7;
  random::Stream pattern{{5, 6}, random::Purpose::archetypes, 0};
  random::Stream draws{{5, 6}, random::Purpose::flips, 0, static_cast<std::uint64_t>(client)};
  linalg::SignMatrix xi(3, n);
  for (std::size_t mu = 0; mu < 3; ++mu) pattern.words(xi.row(mu));
  linalg::SignMatrix batch(n, examples);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t a = 0; a < examples; ++a)
      batch.set(i, a, (xi(a % 3, i) > 0) == (random::uniform(draws) < (1 + quality) / 2));
  }
  return batch;
}

/// The client's message, its share and weight unlike its neighbour's.
federated::WeightedOperator message_of(std::int64_t client) {
  const linalg::SignMatrix nothing(0, n);
  return federated::client_round(batch_of(client), nothing, {.share = 1.0 / static_cast<double>(1 + client % 5)},
                                 {.operator_rank = k})
      .message;
}

std::vector<federated::WeightedOperator> messages_of(federated::Placement::Range clients) {
  std::vector<federated::WeightedOperator> made;
  for (std::int64_t c = clients.begin; c < clients.end; ++c) made.push_back(message_of(c));
  return made;
}

/// The sum over clients [begin, end) of stored operators, by the definition of the tree.
federated::WeightedOperator stored_sum(const std::vector<federated::WeightedOperator>& stored, std::int64_t begin,
                                       std::int64_t end) {
  if (end - begin == 1) return stored[static_cast<std::size_t>(begin)];
  const std::int64_t middle = federated::tree_split(begin, end);
  const auto left = stored_sum(stored, begin, middle);
  const auto right = stored_sum(stored, middle, end);
  return {linalg::merge(left.op, right.op, k), left.examples + right.examples, left.weight + right.weight};
}

/// Over chunks, each of them a tree over its clients.
federated::WeightedOperator sum_of_chunks(const std::vector<federated::WeightedOperator>& stored,
                                          const federated::Placement& placement, std::int64_t begin, std::int64_t end) {
  if (end - begin == 1) {
    const auto clients = placement.clients_of_chunk(begin);
    return stored_sum(stored, clients.begin, clients.end);
  }
  const std::int64_t middle = federated::tree_split(begin, end);
  const auto left = sum_of_chunks(stored, placement, begin, middle);
  const auto right = sum_of_chunks(stored, placement, middle, end);
  return {linalg::merge(left.op, right.op, k), left.examples + right.examples, left.weight + right.weight};
}

bool same_bits(const federated::WeightedOperator& a, const federated::WeightedOperator& b) {
  return a.op.vectors == b.op.vectors && a.op.values == b.op.values && a.op.trace == b.op.trace &&
         a.op.frobenius_squared == b.op.frobenius_squared && a.examples == b.examples && a.weight == b.weight;
}

/// Inside a task of the team, which must end well.
template <typename Body>
void in_task(mpi::Team& team, const Body& body) {
  CHECK(team.run_task(body).done);
}

}  // namespace

TEST_CASE("streamed sums are those of stored operators, bit for bit, in both ways and on any number of ranks") {
  mpi::Team team(world());
  // 1024 clients are one each in a chunk; 2,500 come in chunks of three, 70,000 would in chunks of 69 (blocks of 64 and
  // 5)
  for (const std::int64_t clients : {1, 2, 5, 64, 65, 1000, 2500}) {
    const federated::Placement placement(clients, team.size());
    federated::WeightedOperator expected;
    const auto wire = clients % 5 == 0 ? federated::Wire::float32 : federated::Wire::float64;
    if (team.is_root()) {
      auto stored = messages_of({0, clients});
      for (auto& message : stored) message = federated::from_wire(federated::to_wire(message, wire), n, wire);
      expected = sum_of_chunks(stored, placement, 0, placement.chunks());
    }
    for (const auto how : {federated::Aggregation::tree, federated::Aggregation::gather}) {
      std::optional<federated::WeightedOperator> sum;
      in_task(team, [&] { sum = federated::aggregate(team, placement, how, k, n, wire, messages_of); });
      CHECK(sum.has_value() == team.is_root());
      if (sum) CHECK(same_bits(*sum, expected));
    }
  }
}

TEST_CASE("clients that send nothing are zeros in the same tree, in both ways and on any number of ranks") {
  mpi::Team team(world());
  const auto is_sent = [](std::int64_t client) { return client % 3 != 1 && (client < 20 || client > 31); };
  const auto present = [&](federated::Placement::Range clients) {
    auto messages = messages_of(clients);
    for (std::int64_t c = clients.begin; c < clients.end; ++c) {
      if (!is_sent(c)) messages[static_cast<std::size_t>(c - clients.begin)] = {linalg::zero_operator(n), 0, 0};
    }
    return messages;
  };
  for (const std::int64_t clients : {2, 7, 64, 65, 1500}) {
    const federated::Placement placement(clients, team.size());
    federated::WeightedOperator expected;
    if (team.is_root()) expected = sum_of_chunks(present({0, clients}), placement, 0, placement.chunks());
    for (const auto how : {federated::Aggregation::tree, federated::Aggregation::gather}) {
      std::optional<federated::WeightedOperator> sum;
      in_task(team, [&] { sum = federated::aggregate(team, placement, how, k, n, federated::Wire::float64, present, is_sent); });
      if (sum) CHECK(same_bits(*sum, expected));
    }
  }
  std::optional<federated::WeightedOperator> nothing;
  const federated::Placement placement(9, team.size());
  in_task(team, [&] {
    nothing = federated::aggregate(team, placement, federated::Aggregation::tree, k, n, federated::Wire::float64,
                                   [](federated::Placement::Range clients) {
                                     return std::vector<federated::WeightedOperator>(static_cast<std::size_t>(clients.size()), {linalg::zero_operator(n), 0, 0});
                                   });
  });
  if (nothing) CHECK(nothing->op.rank() == 0);
}

TEST_CASE("shares are of those that send; a late client sends its earlier batch; nobody there is a rejected round") {
  mpi::Team team(world());
  constexpr std::int64_t clients = 7;
  federated::FederationOptions options;
  options.client.operator_rank = k;
  options.client.controller = {.policy = federated::WeightPolicy::trust, .ema = .5};
  options.server.operator_rank = k;
  std::vector<double> shares;
  for (std::int64_t c = 0; c < clients; ++c) shares.push_back(static_cast<double>(c + 1) / 28);
  options.shares = federated::PerClient<double>(shares);
  options.sigma2 = {clients, .36};
  options.qualities = {clients, .8};
  options.has_late_clients = true;
  federated::Federation federation(team, clients, n, options);
  std::vector<std::pair<std::int64_t, std::int64_t>> asked;  // on this rank
  const auto source = [&](std::int64_t c, std::int64_t round) {
    asked.emplace_back(c, round);
    return federated::Batch{batch_of(c + 100 * round), {1}, c % 2};
  };
  const auto next = [&](std::int64_t round, std::vector<std::int64_t> sent) {
    std::optional<federated::RoundOutcome> outcome;
    in_task(team, [&] {
      outcome = federation.round(round, source, federated::SentRounds(std::move(sent)), {{1, 2}, random::Purpose::factoriser, 0, 0, static_cast<std::uint32_t>(round)});
    });
    return outcome;
  };
  constexpr auto none = federated::sends_nothing;
  const auto first = next(0, {0, 0, none, 0, 0, none, 0});
  if (first) {
    CHECK(first->groups.size() == 5);  // shares differ
    CHECK(first->groups[2].term.share == doctest::Approx(4.0 / 19).epsilon(1e-15));
    CHECK(first->groups[2].kind == 1);
    CHECK(std::isnan(first->chunks[2].weight));
    CHECK(first->chunks[2].bytes == 0);
    CHECK(first->chunks[3].weight == 1);
    CHECK(!first->server.rejected);
  }
  const auto second = next(1, {1, 0, 1, none, none, none, 1});
  std::vector<double> weights;
  if (second) {
    CHECK(second->groups.size() == 4);
    CHECK(second->chunks[1].weight == 1);  // late: as in round 0, when there was no memory
    CHECK(std::isnan(second->chunks[1].entropy));
    CHECK(second->chunks[0].weight == doctest::Approx(.5 * (1 - second->chunks[0].entropy) + .5).epsilon(1e-13));
    for (const auto& chunk : second->chunks) weights.push_back(chunk.weight);
  }
  for (const auto& [c, round] : asked) CHECK((round == 0 || (c != 1 && c != 3)));
  const auto memory = federation.memory();
  const auto third = next(2, std::vector<std::int64_t>(clients, none));
  if (third) {
    CHECK(third->server.rejected);
    CHECK(third->server.khat == 0);
    CHECK(third->groups.empty());
  }
  CHECK(federation.memory() == memory);
  const auto fourth = next(3, {0, 3, 1, 3, none, none, none});
  if (fourth) {
    CHECK(fourth->chunks[2].weight == weights[2]);  // late: as in round 1
    CHECK(fourth->chunks[3].weight == doctest::Approx(.5 * (1 - fourth->chunks[3].entropy) + .5).epsilon(1e-13));
  }
}

TEST_CASE("a chunk of many clients is one tree, whatever the blocks") {
  mpi::Team team(world());
  constexpr std::int64_t clients = 1024 * 70 - 3;  // chunks of 70 clients: four times 16 and 6
  const federated::Placement placement(clients, team.size());
  REQUIRE(placement.clients_of_chunk(0).size() == 70);
  REQUIRE(federated::merge_width(n, k) == 16);
  // The same three messages over and over: 70,000 clients would take a minute.
  const std::vector<federated::WeightedOperator> three{message_of(0), message_of(1), message_of(2)};
  const auto make = [&](federated::Placement::Range range) {
    std::vector<federated::WeightedOperator> made;
    for (std::int64_t c = range.begin; c < range.end; ++c) made.push_back(three[static_cast<std::size_t>(c % 3)]);
    return made;
  };
  std::optional<federated::WeightedOperator> sum;
  in_task(team, [&] {
    sum = federated::aggregate(team, placement, federated::Aggregation::tree, k, n, federated::Wire::float64, make);
  });
  if (sum) {
    CHECK(same_bits(*sum, sum_of_chunks(make({0, clients}), placement, 0, placement.chunks())));
    CHECK(sum->examples == static_cast<double>(clients * examples));
  }
}

TEST_CASE("a round of a federation: groups of alike clients, their tallies, chunks in the order of clients") {
  mpi::Team team(world());
  constexpr std::int64_t clients = 2051;  // chunks of three, the last of two
  std::vector<double> sigma2;
  for (std::int64_t c = 0; c < clients; ++c) sigma2.push_back(c % 2 == 0 ? .3 : .6);
  federated::FederationOptions options;
  options.client.operator_rank = k;
  options.server.operator_rank = k;
  options.shares = {clients, 1.0 / static_cast<double>(clients)};
  options.sigma2 = federated::PerClient<double>(sigma2);
  options.qualities = {clients, .8};
  federated::Federation federation(team, clients, n, options);
  const auto source = [](std::int64_t c, std::int64_t) { return federated::Batch{batch_of(c), {1, c}}; };
  std::optional<federated::RoundOutcome> outcome;
  in_task(team, [&] { outcome = federation.round(0, source, {clients, 0}, {{1, 2}, random::Purpose::factoriser, 0}); });
  CHECK(outcome.has_value() == team.is_root());
  if (!outcome) return;
  REQUIRE(outcome->chunks.size() == 684);
  REQUIRE(outcome->groups.size() == 2);
  for (const std::int64_t odd : {0, 1}) {
    const auto& group = outcome->groups[static_cast<std::size_t>(odd)];
    const std::int64_t count = odd == 0 ? 1026 : 1025;
    CHECK(group.term.count == count);
    CHECK(group.term.sigma2 == (odd == 0 ? .3 : .6));
    CHECK(group.term.examples == 16);
    CHECK(group.tally == std::vector<std::int64_t>{count, count * (count - 1) + odd * count});
  }
  for (std::size_t j = 0; j < outcome->chunks.size(); ++j) {
    CHECK(outcome->chunks[j].weight == 1);
    CHECK(std::isnan(outcome->chunks[j].entropy));
    CHECK(outcome->chunks[j].bytes == static_cast<double>(federated::wire_bytes(n, k)) * (j == 683 ? 2 : 3));
  }
}
