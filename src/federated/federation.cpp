// SPDX-License-Identifier: MIT
#include "rankwise/federated/federation.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>

#include "rankwise/core/contract.hpp"

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

/// What a rank notes about its own clients in the course of a round.
class Ledger {
 public:
  Ledger(const Placement& placement, int rank) : placement_(placement), chunks_(placement.chunks_on(rank)) {
    sums_.resize(static_cast<std::size_t>(chunks_.size()));
  }

  void note(std::int64_t client, const ClientTerm& term, double entropy, double bytes, const std::vector<std::int64_t>& tally) {
    Sums& chunk = sums_[static_cast<std::size_t>(placement_.chunk_of_client(client) - chunks_.begin)];
    chunk.clients += 1;
    chunk.weight += term.weight;
    chunk.bytes += bytes;
    if (!std::isnan(entropy)) {
      chunk.entropy += entropy;
      chunk.with_entropy += 1;
    }
    add(term, tally);
  }

  void add(const ClientTerm& term, const std::vector<std::int64_t>& tally) {
    const std::array key{term.share, term.weight, term.examples, term.sigma2};
    const auto [known, is_new] = index_.try_emplace(key, groups_.size());
    if (is_new) {
      groups_.push_back({term, tally});
      return;
    }
    ClientGroup& group = groups_[known->second];
    expects(group.tally.size() == tally.size(), "all clients tally the same things");
    group.term.count += term.count;
    for (std::size_t i = 0; i < tally.size(); ++i) group.tally[i] += tally[i];
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
  std::map<std::array<double, 4>, std::size_t> index_;
};

/// Groups as words: term, and the tally behind it.
std::vector<std::uint64_t> packed_groups(const std::vector<ClientGroup>& groups) {
  std::vector<std::uint64_t> words;
  for (const ClientGroup& g : groups) {
    for (const double x : {g.term.share, g.term.weight, g.term.examples, g.term.sigma2}) words.push_back(std::bit_cast<std::uint64_t>(x));
    words.push_back(static_cast<std::uint64_t>(g.term.count));
    words.push_back(g.tally.size());
    for (const std::int64_t n : g.tally) words.push_back(static_cast<std::uint64_t>(n));
  }
  return words;
}

void add_groups(const std::vector<std::uint64_t>& words, Ledger& ledger) {
  for (std::size_t at = 0; at < words.size();) {
    const auto real = [&](std::size_t i) { return std::bit_cast<double>(words[at + i]); };
    const ClientTerm term{real(0), real(1), real(2), real(3), static_cast<std::int64_t>(words[at + 4])};
    std::vector<std::int64_t> tally;
    const std::size_t size = words[at + 5];
    for (std::size_t i = 0; i < size; ++i) tally.push_back(static_cast<std::int64_t>(words[at + 6 + i]));
    ledger.add(term, tally);
    at += 6 + size;
  }
}

}  // namespace

Federation::Federation(mpi::Team& team, std::int64_t clients, Eigen::Index dimension, FederationOptions options)
    : team_(team),
      placement_(clients, team.size()),
      dimension_(dimension),
      options_(std::move(options)),
      memory_(0, static_cast<std::size_t>(dimension)) {
  expects(options_.shares.size() == clients && options_.sigma2.size() == clients, "every client has a share and a noise level");
  if (team_.is_root()) server_.emplace(dimension, options_.server);
}

std::optional<RoundOutcome> Federation::round(const BatchSource& batch, const random::Stream& factoriser_stream) {
  Ledger ledger(placement_, team_.rank());
  const ClientOperators make = [&](Placement::Range clients) {
    std::vector<linalg::SignMatrix> examples;
    std::vector<std::vector<std::int64_t>> tallies;
    std::vector<double> shares;
    for (std::int64_t c = clients.begin; c < clients.end; ++c) {
      Batch own = batch(c);
      examples.push_back(std::move(own.examples));
      tallies.push_back(std::move(own.tally));
      shares.push_back(options_.shares[c]);
    }
    std::vector<WeightedOperator> messages;
    auto rounds = client_rounds(examples, memory_, shares, options_.client);
    for (std::size_t i = 0; i < rounds.size(); ++i) {
      const std::int64_t c = clients.begin + static_cast<std::int64_t>(i);
      ClientRound& mine = rounds[i];
      ledger.note(c, {shares[i], mine.weight, mine.message.examples, options_.sigma2[c]}, mine.entropy,
                  static_cast<double>(wire_bytes(mine.message.op.dimension(), mine.message.op.rank(), options_.wire)), tallies[i]);
      messages.push_back(std::move(mine.message));
    }
    return messages;
  };
  const auto sum = aggregate(team_, placement_, options_.aggregation, options_.client.operator_rank, dimension_, options_.wire, make);
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
