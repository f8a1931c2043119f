// SPDX-License-Identifier: MIT
#include "rankwise/federated/client.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "rankwise/core/contract.hpp"

namespace rankwise::federated {

double agreement(const linalg::SignAgreement& signs, Ties ties) {
  const auto agree = static_cast<double>(signs.agree);
  const auto zero = static_cast<double>(signs.zero);
  const double decided = agree + static_cast<double>(signs.disagree);
  switch (ties) {
    case Ties::exclude: return agree / decided;
    case Ties::half: return (agree + zero / 2) / (decided + zero);
    case Ties::disagree: return agree / (decided + zero);
  }
  return agree / decided;
}

std::vector<ClientRound> client_rounds(std::span<const linalg::SignMatrix> batches, const linalg::SignMatrix& memory,
                                       std::span<const Client> clients, const ClientOptions& options) {
  expects(batches.size() == clients.size(), "every client has a batch");
  const bool has_memory = memory.rows() > 0;
  const linalg::SignMatrix patterns = memory.transposed();
  std::vector<ClientRound> rounds(batches.size());
  std::vector<linalg::HebbianHints> hints(batches.size());
  bool are_alike = true;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const linalg::SignMatrix& batch = batches[i];
    expects(batch.rows() >= 1 && batch.columns() >= 1, "a batch has neurons and examples");
    are_alike = are_alike && batch.columns() == batches[0].columns() && batch.rows() == batches[0].rows();
    const Client& client = clients[i];
    rounds[i].controller = client.is_late ? client.controller : ControllerState{};
    rounds[i].entropy = std::nan("");
    if (!has_memory) continue;
    const linalg::PairSums pairs = linalg::pair_sums(batch, patterns);
    hints[i] = {&memory, pairs.squares};
    if (client.is_late) continue;
    const double p = agreement(pairs.signs, options.ties);
    rounds[i].entropy = binary_entropy(p);
    rounds[i].controller = advanced(client.controller, options.controller, p, client.quality);
  }
  const auto rank_of = [k = options.operator_rank](const linalg::SignMatrix& batch) {
    return std::min(k, static_cast<Eigen::Index>(std::min(batch.rows(), batch.columns())));
  };
  std::vector<linalg::LowRankOperator> operators;
  if (are_alike && !batches.empty()) {
    operators = linalg::hebbian_operators(batches, rank_of(batches[0]), hints);
  } else {
    for (std::size_t i = 0; i < batches.size(); ++i) operators.push_back(linalg::hebbian_operator(batches[i], rank_of(batches[i]), hints[i]));
  }
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const double weight = clients[i].share * rounds[i].controller.weight;
    rounds[i].message = {linalg::scaled(std::move(operators[i]), weight), static_cast<double>(batches[i].columns()), weight};
  }
  return rounds;
}

ClientRound client_round(const linalg::SignMatrix& batch, const linalg::SignMatrix& memory, const Client& client,
                         const ClientOptions& options) {
  return std::move(client_rounds(std::span(&batch, 1), memory, std::span(&client, 1), options).at(0));
}

}  // namespace rankwise::federated
