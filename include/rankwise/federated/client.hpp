// One client's part of a round. SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "rankwise/federated/controller.hpp"
#include "rankwise/federated/message.hpp"
#include "rankwise/linalg/sign_matrix.hpp"

namespace rankwise::federated {

/// How pairs count whose sign is not defined when two operators are compared (even numbers of patterns tie often).
enum class Ties { exclude, half, disagree };

struct ClientOptions {
  Eigen::Index operator_rank = 11;  ///< k; capped at min(N, M_c)
  Ties ties = Ties::exclude;
  ControllerOptions controller{};
};

/// A client at the beginning of a round.
struct Client {
  double share = 1;               ///< g_c, its part in the server's mean
  double quality = 0;             ///< r_c as it claims it: what its controller goes by
  ControllerState controller{};   ///< after its last round
  bool is_late = false;           ///< the batch is of an earlier round: so is its weight
};

struct ClientRound {
  WeightedOperator message;      ///< share * w times the k leading eigenpairs of the batch's Hebbian operator
  ControllerState controller{};  ///< with the weight w of the blend w J_c + (1 - w) A; 1 while there is no memory
  double entropy = 0;            ///< H of the sign agreement with the memory, in bits; NaN without memory, and for a late client
};

/// `batch`: N x M_c, the client's examples, which stay here. `memory`: the accepted patterns (Khat x N) that the server
/// sent last, none at first.
/// Operator (arXiv:2603.19902, section 2): (1/(N M_c)) sum_a eta^a (eta^a)^T.
[[nodiscard]] ClientRound client_round(const linalg::SignMatrix& batch, const linalg::SignMatrix& memory, const Client& client,
                                       const ClientOptions& options);

/// client_round() of consecutive clients, bit for bit; small ones share vector instructions (linalg::hebbian_operators).
[[nodiscard]] std::vector<ClientRound> client_rounds(std::span<const linalg::SignMatrix> batches, const linalg::SignMatrix& memory,
                                                     std::span<const Client> clients, const ClientOptions& options);

/// Share of agreeing signs under a rule for ties; NaN when no pair counts.
[[nodiscard]] double agreement(const linalg::SignAgreement& signs, Ties ties);

}  // namespace rankwise::federated
