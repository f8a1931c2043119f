// SPDX-License-Identifier: MIT
#include "rankwise/federated/federation.hpp"

#include <cstring>

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

}  // namespace

Federation::Federation(mpi::Team& team, std::int64_t clients, Eigen::Index dimension, FederationOptions options)
    : team_(team),
      placement_(clients, team.size()),
      dimension_(dimension),
      options_(std::move(options)),
      memory_(0, static_cast<std::size_t>(dimension)) {
  expects(options_.shares.size() == static_cast<std::size_t>(clients) && options_.sigma2.size() == options_.shares.size(),
          "every client has a share and a noise level");
  if (team_.is_root()) server_.emplace(dimension, options_.server);
}

std::optional<RoundOutcome> Federation::round(const BatchSource& batch, const random::Stream& factoriser_stream) {
  std::vector<ClientReport> reports;
  const ClientOperator make = [&](std::int64_t client) {
    ClientRound mine = client_round(batch(client), memory_, options_.shares[static_cast<std::size_t>(client)], options_.client);
    reports.push_back({mine.weight, mine.entropy, mine.message.examples,
                       static_cast<double>(wire_bytes(mine.message.op.dimension(), mine.message.op.rank()))});
    return std::move(mine.message);
  };
  const auto sum = aggregate(team_, placement_, options_.aggregation, options_.client.operator_rank, dimension_, make);
  const auto gathered = team_.gather(std::as_bytes(std::span<const ClientReport>(reports)), mpi::Channel::metrics);
  if (!team_.is_root()) {
    memory_ = unpack(team_.broadcast({}, mpi::Channel::patterns), dimension_);
    return std::nullopt;
  }
  RoundOutcome outcome;
  for (const auto& part : gathered) {
    const auto of_rank = mpi::Team::values_of<ClientReport>(part);
    outcome.clients.insert(outcome.clients.end(), of_rank.begin(), of_rank.end());
  }
  std::vector<ClientTerm> terms;
  for (std::size_t c = 0; c < outcome.clients.size(); ++c) {
    terms.push_back({options_.shares[c], outcome.clients[c].weight, outcome.clients[c].examples, options_.sigma2[c]});
  }
  outcome.server = server_->round(*sum, terms, factoriser_stream);
  memory_ = server_->memory();
  (void)team_.broadcast(pack(memory_), mpi::Channel::patterns);
  return outcome;
}

}  // namespace rankwise::federated
