// What a client sends: a weighted low-rank operator, never examples. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "rankwise/linalg/low_rank.hpp"
#include "rankwise/mpi/comm.hpp"

namespace rankwise::federated {

/// d J: the operator of one client times its weight d = g_c w_c, or the sum over several clients.
struct WeightedOperator {
  linalg::LowRankOperator op;  ///< already multiplied by the weight
  double examples = 0;         ///< M_c, or their sum
  double weight = 0;           ///< g_c w_c, or their sum
};

/// Bytes on the wire of an operator with k eigenpairs of dimension n in float64: 8 (n k + k + 4); the four scalars are
/// trace, squared Frobenius norm, examples and weight.
[[nodiscard]] std::size_t wire_bytes(Eigen::Index n, Eigen::Index k);

[[nodiscard]] mpi::Bytes to_wire(const WeightedOperator& message);
/// k follows from the length. Throws NumericalError when the length fits no k or a number is not finite, an eigenvalue
/// or the trace negative, or the eigenvalues not descending.
[[nodiscard]] WeightedOperator from_wire(std::span<const std::byte> bytes, Eigen::Index n);

}  // namespace rankwise::federated
