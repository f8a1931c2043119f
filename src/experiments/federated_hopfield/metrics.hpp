// What one round looks like beside the truth; only root has it, no client or server sees it. SPDX-License-Identifier: MIT
#pragma once

#include "model.hpp"
#include "theory.hpp"

namespace rankwise::experiments::hopfield {

struct RoundMetrics {
  linalg::Vector magnetisation;  ///< K
  double retrieval = 0;
  double frobenius = 0;
  linalg::Vector dispersion;     ///< K, of the matched pattern; NaN: unmatched or not accepted in this round
  linalg::Vector overlap;        ///< K
  linalg::Vector outlier;        ///< K
  double spectral_gap = 0;       ///< behind the eigenvalue `gap_at`; NaN with no more than that
  std::vector<Eigen::Index> pattern_of_archetype;  ///< -1: unmatched
};

/// `memory`: the server's patterns after the round.
[[nodiscard]] RoundMetrics round_metrics(const linalg::SignMatrix& archetypes, const linalg::SignMatrix& memory,
                                         const federated::ServerRound& server, Eigen::Index gap_at);

}  // namespace rankwise::experiments::hopfield
