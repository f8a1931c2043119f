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

/// How a client's operator travels.
enum class Wire {
  float64,
  float32  ///< eigenvalues and eigenvectors; the four scalars stay in float64
};

/// Bytes on the wire of an operator with k eigenpairs of dimension n: w (n k + k) + 32, w = 8 or 4 bytes a number; the four
/// scalars are trace, squared Frobenius norm, examples and weight.
[[nodiscard]] std::size_t wire_bytes(Eigen::Index n, Eigen::Index k, Wire wire = Wire::float64);

[[nodiscard]] mpi::Bytes to_wire(const WeightedOperator& message, Wire wire = Wire::float64);
/// k follows from the length. Throws NumericalError when the length fits no k or a number is not finite, an eigenvalue
/// or the trace negative, or the eigenvalues not descending. float32: the vectors are made orthonormal again.
[[nodiscard]] WeightedOperator from_wire(std::span<const std::byte> bytes, Eigen::Index n, Wire wire = Wire::float64);
/// What from_wire() makes of to_wire(), bit for bit, without the bytes: for clients on the receiver's own rank.
[[nodiscard]] WeightedOperator through_wire(WeightedOperator message, Wire wire);

}  // namespace rankwise::federated
