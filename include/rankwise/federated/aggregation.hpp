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

/// Makes the weighted operators of consecutive clients, on their rank, once per round; in ascending order of clients.
using ClientOperators = std::function<std::vector<WeightedOperator>(Placement::Range clients)>;
/// Whether a client sends anything in this round; the same on every rank. The operator of one that does not is 0.
using IsSent = std::function<bool(std::int64_t client)>;

/// Called by every member of the team; the sum at root, nothing elsewhere. Operators are merged in a binary tree over
/// the chunks, and over the clients inside a chunk, each merge truncated to `operator_rank` eigenpairs (linalg::merge).
/// The tree depends on the number of clients alone, so both ways give the same bits on any number of ranks. Under `tree`
/// a rank holds up to merge_width() operators for each level. Clients' operators go through `wire`, on
/// whatever rank they are; sums between ranks are float64. Without `is_sent` all clients send.
[[nodiscard]] std::optional<WeightedOperator> aggregate(mpi::Team& team, const Placement& placement, Aggregation how,
                                                        Eigen::Index operator_rank, Eigen::Index dimension, Wire wire,
                                                        const ClientOperators& make, const IsSent& is_sent = {});

/// How many operators of one level of the tree are collected before they are merged in pairs, and how many clients are
/// made together: 16 where operators are small, whose small eigenproblems go side by side, else 2. Changes no bit.
[[nodiscard]] std::int64_t merge_width(Eigen::Index dimension, Eigen::Index operator_rank);

/// Bytes that root holds under `gather`.
[[nodiscard]] double gather_memory(std::int64_t clients, Eigen::Index dimension, Eigen::Index operator_rank);

}  // namespace rankwise::federated
