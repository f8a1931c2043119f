// Clients and server over a team of ranks, round by round. SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "rankwise/federated/aggregation.hpp"
#include "rankwise/federated/client.hpp"
#include "rankwise/federated/server.hpp"
#include "rankwise/mpi/team.hpp"

namespace rankwise::federated {

struct FederationOptions {
  Aggregation aggregation = Aggregation::tree;
  ClientOptions client;
  ServerOptions server;
  std::vector<double> shares;  ///< g_c, one per client, sum 1
  std::vector<double> sigma2;  ///< noise variance per client, below 0: unknown
};

/// What every client told about its round, in client order (root only).
struct ClientReport {
  double weight = 1;
  double entropy = 0;
  double examples = 0;
  double bytes = 0;  ///< of its operator on the wire
};

struct RoundOutcome {
  ServerRound server;
  std::vector<ClientReport> clients;
};

/// The examples of a client in the current round, N x M_c; called on the client's own rank only.
using BatchSource = std::function<linalg::SignMatrix(std::int64_t client)>;

class Federation {
 public:
  Federation(mpi::Team& team, std::int64_t clients, Eigen::Index dimension, FederationOptions options);

  /// One round on every member of the team. Up: operators (and a report of four numbers per client); down: the accepted
  /// patterns, packed. The outcome at root, nothing elsewhere.
  std::optional<RoundOutcome> round(const BatchSource& batch, const random::Stream& factoriser_stream);

  /// What the server sent last; the same on every member.
  [[nodiscard]] const linalg::SignMatrix& memory() const { return memory_; }
  [[nodiscard]] const Placement& placement() const { return placement_; }

 private:
  mpi::Team& team_;
  Placement placement_;
  Eigen::Index dimension_;
  FederationOptions options_;
  std::optional<Server> server_;  ///< at root
  linalg::SignMatrix memory_;
};

}  // namespace rankwise::federated
