// Clients and server over a team of ranks, round by round. SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "rankwise/federated/aggregation.hpp"
#include "rankwise/federated/client.hpp"
#include "rankwise/federated/controller.hpp"
#include "rankwise/federated/per_client.hpp"
#include "rankwise/federated/server.hpp"
#include "rankwise/mpi/team.hpp"

namespace rankwise::federated {

struct FederationOptions {
  Aggregation aggregation = Aggregation::tree;
  Wire wire = Wire::float64;
  ClientOptions client;
  ServerOptions server;
  PerClient<double> shares;     ///< g_c, sum 1
  PerClient<double> sigma2;     ///< noise variance as the server believes it, below 0: unknown
  PerClient<double> qualities;  ///< r_c as the clients claim it
  bool has_late_clients = false;  ///< some may send an operator of an earlier round
};

/// The examples of a client in one round.
struct Batch {
  linalg::SignMatrix examples;      ///< N x M_c
  std::vector<std::int64_t> tally;  ///< integers about them that are added up over alike clients: classes, say
  std::int64_t kind = 0;            ///< clients of different kinds are not alike, whatever the server knows of them
};
/// Called on the client's own rank only.
using BatchSource = std::function<Batch(std::int64_t client, std::int64_t round)>;

/// The round whose batch each client's operator is of: this round; an earlier one, for a client that is late; or
/// sends_nothing. The same on every member of the team.
using SentRounds = PerClient<std::int64_t>;
constexpr std::int64_t sends_nothing = -1;

/// Clients of one kind, share, weight, number of examples and noise level. Under an adaptive policy every client has a
/// weight of its own: beyond 1024 clients it is rounded to multiples of 1/1024 here, which is all that the edge and theory see
/// of it.
struct ClientGroup {
  ClientTerm term;
  std::int64_t kind = 0;
  std::vector<std::int64_t> tally;  ///< sum of theirs
};

/// What the clients of a chunk told about their round: one client, and beyond 1024 clients several (placement.hpp).
struct ChunkReport {
  double weight = 1;   ///< mean w_c of those that sent something; NaN where none did
  double entropy = 0;  ///< mean H of those that have a memory; NaN where none has
  double bytes = 0;    ///< of their operators on the wire, sum
};

/// At root. Its size depends on the clients' kinds and the chunks, not on the number of clients.
struct RoundOutcome {
  ServerRound server;
  std::vector<ClientGroup> groups;  ///< in the order of their first clients
  std::vector<ChunkReport> chunks;
};

class Ledger;  // of a rank, federation.cpp

class Federation {
 public:
  Federation(mpi::Team& team, std::int64_t clients, Eigen::Index dimension, FederationOptions options);

  /// Round `round` = 0, 1, ... on every member of the team. Up: operators, and a report of each chunk and each kind of
  /// client; down: the accepted patterns, packed. Shares are divided by the sum over those that send something. The outcome
  /// at root, nothing elsewhere.
  std::optional<RoundOutcome> round(std::int64_t round, const BatchSource& batch, const SentRounds& sent,
                                    const random::Stream& factoriser_stream);

  /// What the server sent last; the same on every member.
  [[nodiscard]] const linalg::SignMatrix& memory() const { return memory_; }
  [[nodiscard]] const Placement& placement() const { return placement_; }

 private:
  /// Of consecutive clients of this rank; `present`: sum of the shares of all that send.
  [[nodiscard]] std::vector<WeightedOperator> make_operators(Placement::Range clients, std::int64_t round,
                                                             const BatchSource& batch, const SentRounds& sent, double present,
                                                             Ledger& ledger);

  mpi::Team& team_;
  Placement placement_;
  Eigen::Index dimension_;
  FederationOptions options_;
  std::optional<Server> server_;               ///< at root
  std::vector<ControllerState> controllers_;  ///< of this rank's clients; empty where nobody needs one
  linalg::SignMatrix memory_;
};

}  // namespace rankwise::federated
