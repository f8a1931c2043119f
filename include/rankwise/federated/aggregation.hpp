// The sum of all clients' operators, at root. SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>

#include "rankwise/federated/message.hpp"
#include "rankwise/federated/placement.hpp"
#include "rankwise/mpi/team.hpp"

namespace rankwise::federated {

enum class Aggregation {
  tree,   ///< ranks merge the subtrees they hold; O(log L) operators in memory at a time
  gather  ///< every client's operator is collected at root, which merges them in the same tree
};

/// Makes the weighted operator of one client, on that client's rank, once per round.
using ClientOperator = std::function<WeightedOperator(std::int64_t client)>;

/// Called by every member of the team; the sum at root, nothing elsewhere. Operators are merged in a binary tree over
/// the chunks, and over the clients inside a chunk, each merge truncated to `operator_rank` eigenpairs (linalg::merge).
/// The tree depends on the number of clients alone, so both ways give the same bits on any number of ranks.
[[nodiscard]] std::optional<WeightedOperator> aggregate(mpi::Team& team, const Placement& placement, Aggregation how,
                                                        Eigen::Index operator_rank, Eigen::Index dimension,
                                                        const ClientOperator& make);

/// Bytes that root holds under `gather`.
[[nodiscard]] double gather_memory(std::int64_t clients, Eigen::Index dimension, Eigen::Index operator_rank);

}  // namespace rankwise::federated
