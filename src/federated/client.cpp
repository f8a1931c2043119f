// SPDX-License-Identifier: MIT
#include "rankwise/federated/client.hpp"

#include <algorithm>
#include <cmath>

#include "rankwise/core/contract.hpp"

namespace rankwise::federated {

double binary_entropy(double p) {
  const auto term = [](double x) { return x > 0 ? -x * std::log2(x) : 0.0; };
  return term(p) + term(1 - p);
}

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

ClientRound client_round(const linalg::SignMatrix& batch, const linalg::SignMatrix& memory, double share,
                         const ClientOptions& options) {
  expects(batch.rows() >= 1 && batch.columns() >= 1, "a batch has neurons and examples");
  const bool has_memory = memory.rows() > 0;
  const auto smaller = static_cast<Eigen::Index>(std::min(batch.rows(), batch.columns()));
  ClientRound round;
  round.weight = has_memory ? options.weight : 1;
  linalg::HebbianHints hints;
  round.entropy = std::nan("");
  if (has_memory) {
    const linalg::PairSums pairs = linalg::pair_sums(batch, memory.transposed());
    round.entropy = binary_entropy(agreement(pairs.signs, options.ties));
    hints = {&memory, pairs.squares};
  }
  const double weight = share * round.weight;
  round.message = {linalg::scaled(linalg::hebbian_operator(batch, std::min(options.operator_rank, smaller), hints), weight),
                   static_cast<double>(batch.columns()), weight};
  return round;
}

}  // namespace rankwise::federated
