// SPDX-License-Identifier: MIT
#include "rankwise/federated/federation.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>

#include "rankwise/core/contract.hpp"
#include "rankwise/linalg/low_rank.hpp"

namespace rankwise::federated {

namespace {

mpi::Bytes pack(const linalg::SignMatrix& patterns) {
  mpi::Bytes bytes(patterns.rows() * patterns.words_per_row() * sizeof(std::uint64_t));
  for (std::size_t i = 0; i < patterns.rows(); ++i) {
    const auto words = patterns.row(i);
    std::memcpy(bytes.data() + i * words.size_bytes(), words.data(), words.size_bytes());
  }
  return bytes;
}

linalg::SignMatrix unpack(const mpi::Bytes& bytes, Eigen::Index dimension) {
  const std::size_t row_bytes = linalg::SignMatrix(1, static_cast<std::size_t>(dimension)).words_per_row() * sizeof(std::uint64_t);
  expects(bytes.size() % row_bytes == 0, "patterns arrive whole");
  linalg::SignMatrix patterns(bytes.size() / row_bytes, static_cast<std::size_t>(dimension));
  for (std::size_t i = 0; i < patterns.rows(); ++i) {
    std::memcpy(patterns.row(i).data(), bytes.data() + i * row_bytes, row_bytes);
  }
  return patterns;
}

}  // namespace

/// What a rank notes about its own clients in the course of a round.
class Ledger {
 public:
  Ledger(const Placement& placement, int rank) : placement_(placement), chunks_(placement.chunks_on(rank)) {
    sums_.resize(static_cast<std::size_t>(chunks_.size()));
  }

  void note(std::int64_t client, double weight, double entropy, double bytes) {
    Sums& chunk = sums_[static_cast<std::size_t>(placement_.chunk_of_client(client) - chunks_.begin)];
    chunk.clients += 1;
    chunk.weight += weight;
    chunk.bytes += bytes;
    if (!std::isnan(entropy)) {
      chunk.entropy += entropy;
      chunk.with_entropy += 1;
    }
  }

  void add(const ClientGroup& group) {
    const ClientTerm& term = group.term;
    const std::array key{static_cast<double>(group.kind), term.share, term.weight, term.examples, term.sigma2};
    const auto [known, is_new] = index_.try_emplace(key, groups_.size());
    if (is_new) {
      groups_.push_back(group);
      return;
    }
    ClientGroup& old = groups_[known->second];
    expects(old.tally.size() == group.tally.size(), "all clients tally the same things");
    old.term.count += term.count;
    for (std::size_t i = 0; i < group.tally.size(); ++i) old.tally[i] += group.tally[i];
  }

  [[nodiscard]] std::vector<ChunkReport> chunks() const {
    std::vector<ChunkReport> reports;
    for (const Sums& s : sums_) reports.push_back({s.weight / s.clients, s.entropy / s.with_entropy, s.bytes});
    return reports;
  }
  [[nodiscard]] const std::vector<ClientGroup>& groups() const { return groups_; }

 private:
  struct Sums {
    double clients = 0;
    double weight = 0;
    double entropy = 0;
    double with_entropy = 0;
    double bytes = 0;
  };
  const Placement& placement_;
  Placement::Range chunks_;
  std::vector<Sums> sums_;
  std::vector<ClientGroup> groups_;
  std::map<std::array<double, 5>, std::size_t> index_;
};

namespace {

/// Groups as words: term, kind, and the tally behind them.
std::vector<std::uint64_t> packed_groups(const std::vector<ClientGroup>& groups) {
  std::vector<std::uint64_t> words;
  for (const ClientGroup& g : groups) {
    for (const double x : {g.term.share, g.term.weight, g.term.examples, g.term.sigma2}) words.push_back(std::bit_cast<std::uint64_t>(x));
    words.push_back(static_cast<std::uint64_t>(g.term.count));
    words.push_back(static_cast<std::uint64_t>(g.kind));
    words.push_back(g.tally.size());
    for (const std::int64_t n : g.tally) words.push_back(static_cast<std::uint64_t>(n));
  }
  return words;
}

void add_groups(const std::vector<std::uint64_t>& words, Ledger& ledger) {
  constexpr std::size_t head = 7;
  for (std::size_t at = 0; at < words.size();) {
    const auto real = [&](std::size_t i) { return std::bit_cast<double>(words[at + i]); };
    const auto whole = [&](std::size_t i) { return static_cast<std::int64_t>(words[at + i]); };
    ClientGroup group{{real(0), real(1), real(2), real(3), whole(4)}, whole(5), {}};
    const std::size_t size = words[at + head - 1];
    for (std::size_t i = 0; i < size; ++i) group.tally.push_back(whole(head + i));
    ledger.add(group);
    at += head + size;
  }
}

/// Sum of the shares of those that send something, in the order of clients; 1 where all do.
double present_share(const PerClient<double>& shares, const SentRounds& sent) {
  if (sent.is_common()) return 1;
  double sum = 0;
  std::int64_t absent = 0;
  for (std::int64_t c = 0; c < sent.size(); ++c) {
    if (sent[c] == sends_nothing) {
      ++absent;
    } else {
      sum += shares.is_common() ? 1 : shares[c];
    }
  }
  if (absent == 0) return 1;
  return shares.is_common() ? sum * shares[0] : sum;
}

}  // namespace

Federation::Federation(mpi::Team& team, std::int64_t clients, Eigen::Index dimension, FederationOptions options)
    : team_(team),
      placement_(clients, team.size()),
      dimension_(dimension),
      options_(std::move(options)),
      memory_(0, static_cast<std::size_t>(dimension)) {
  expects(options_.shares.size() == clients && options_.sigma2.size() == clients && options_.qualities.size() == clients,
          "every client has a share, a noise level and a quality");
  if (team_.is_root()) server_.emplace(dimension, options_.server);
  if (options_.client.controller.policy != WeightPolicy::fixed || options_.has_late_clients) {
    controllers_.resize(static_cast<std::size_t>(placement_.clients_on(team_.rank()).size()));
  }
}

std::vector<WeightedOperator> Federation::make_operators(Placement::Range clients, std::int64_t round, const BatchSource& batch,
                                                         const SentRounds& sent, double present, Ledger& ledger) {
  const std::int64_t first = placement_.clients_on(team_.rank()).begin;
  const bool is_adaptive = options_.client.controller.policy != WeightPolicy::fixed;
  std::vector<std::int64_t> senders;
  std::vector<linalg::SignMatrix> examples;
  std::vector<ClientGroup> groups;
  std::vector<Client> states;
  for (std::int64_t c = clients.begin; c < clients.end; ++c) {
    const std::int64_t of_round = sent[c];
    if (of_round == sends_nothing) continue;
    expects(of_round <= round, "an operator of a round that has been");
    Batch own = batch(c, of_round);
    senders.push_back(c);
    examples.push_back(std::move(own.examples));
    groups.push_back({{}, own.kind, std::move(own.tally)});
    const auto known = controllers_.empty() ? ControllerState{} : controllers_[static_cast<std::size_t>(c - first)];
    states.push_back({options_.shares[c] / present, options_.qualities[c], known, of_round < round});
  }
  std::vector<WeightedOperator> messages(static_cast<std::size_t>(clients.size()), {linalg::zero_operator(dimension_), 0, 0});
  auto rounds = client_rounds(examples, memory_, states, options_.client);
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    const std::int64_t c = senders[i];
    ClientRound& mine = rounds[i];
    double weight = mine.controller.weight;
    ledger.note(c, weight, mine.entropy,
                static_cast<double>(wire_bytes(mine.message.op.dimension(), mine.message.op.rank(), options_.wire)));
    if (is_adaptive && placement_.clients() > placement_.chunks()) weight = std::round(weight * 1024) / 1024;
    groups[i].term = {states[i].share, weight, mine.message.examples, options_.sigma2[c], 1};
    ledger.add(groups[i]);
    if (!controllers_.empty()) controllers_[static_cast<std::size_t>(c - first)] = mine.controller;
    messages[static_cast<std::size_t>(c - clients.begin)] = std::move(mine.message);
  }
  return messages;
}

std::optional<RoundOutcome> Federation::round(std::int64_t round, const BatchSource& batch, const SentRounds& sent,
                                              const random::Stream& factoriser_stream) {
  expects(sent.size() == placement_.clients(), "it is known of every client what it sends");
  Ledger ledger(placement_, team_.rank());
  const double present = present_share(options_.shares, sent);
  const ClientOperators make = [&](Placement::Range clients) { return make_operators(clients, round, batch, sent, present, ledger); };
  const auto is_sent = [&](std::int64_t client) { return sent[client] != sends_nothing; };
  const auto sum = aggregate(team_, placement_, options_.aggregation, options_.client.operator_rank, dimension_, options_.wire, make, is_sent);
  const auto chunks = ledger.chunks();
  const auto chunk_parts = team_.gather(std::as_bytes(std::span<const ChunkReport>(chunks)), mpi::Channel::metrics);
  const auto words = packed_groups(ledger.groups());
  const auto group_parts = team_.gather(std::as_bytes(std::span<const std::uint64_t>(words)), mpi::Channel::metrics);
  if (!team_.is_root()) {
    memory_ = unpack(team_.broadcast({}, mpi::Channel::patterns), dimension_);
    return std::nullopt;
  }
  RoundOutcome outcome;
  Ledger all(placement_, team_.rank());
  for (std::size_t rank = 0; rank < chunk_parts.size(); ++rank) {
    const auto of_rank = mpi::Team::values_of<ChunkReport>(chunk_parts[rank]);
    outcome.chunks.insert(outcome.chunks.end(), of_rank.begin(), of_rank.end());
    add_groups(mpi::Team::values_of<std::uint64_t>(group_parts[rank]), all);
  }
  outcome.groups = all.groups();
  std::vector<ClientTerm> terms;
  for (const ClientGroup& group : outcome.groups) terms.push_back(group.term);
  outcome.server = server_->round(*sum, terms, factoriser_stream);
  memory_ = server_->memory();
  (void)team_.broadcast(pack(memory_), mpi::Channel::patterns);
  return outcome;
}

}  // namespace rankwise::federated
