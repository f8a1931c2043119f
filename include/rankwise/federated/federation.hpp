// Clients and server over a team of ranks, round by round. SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "rankwise/federated/aggregation.hpp"
#include "rankwise/federated/client.hpp"
#include "rankwise/federated/per_client.hpp"
#include "rankwise/federated/server.hpp"
#include "rankwise/mpi/team.hpp"

namespace rankwise::federated {

struct FederationOptions {
  Aggregation aggregation = Aggregation::tree;
  Wire wire = Wire::float64;
  ClientOptions client;
  ServerOptions server;
  PerClient<double> shares;  ///< g_c, sum 1
  PerClient<double> sigma2;  ///< noise variance, below 0: unknown
};

/// The examples of a client in one round.
struct Batch {
  linalg::SignMatrix examples;      ///< N x M_c
  std::vector<std::int64_t> tally;  ///< integers about them that are added up over alike clients: classes, say
};
/// Called on the client's own rank only.
using BatchSource = std::function<Batch(std::int64_t client)>;

/// Clients of one share, weight, number of examples and noise level.
struct ClientGroup {
  ClientTerm term;
  std::vector<std::int64_t> tally;  ///< sum of theirs
};

/// What the clients of a chunk told about their round: one client, and beyond 1024 clients several (placement.hpp).
struct ChunkReport {
  double weight = 1;   ///< mean w_c
  double entropy = 0;  ///< mean H of those that have a memory; NaN where none has
  double bytes = 0;    ///< of their operators on the wire, sum
};

/// At root. Its size depends on the clients' kinds and the chunks, not on the number of clients.
struct RoundOutcome {
  ServerRound server;
  std::vector<ClientGroup> groups;  ///< in the order of their first clients
  std::vector<ChunkReport> chunks;
};

class Federation {
 public:
  Federation(mpi::Team& team, std::int64_t clients, Eigen::Index dimension, FederationOptions options);

  /// One round on every member of the team. Up: operators, and a report of each chunk and each kind of client; down: the accepted
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
