// Closed forms of one round. SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "rankwise/linalg/matrix.hpp"
#include "model.hpp"
#include "rankwise/linalg/sign_matrix.hpp"

namespace rankwise::experiments::hopfield {

/// What a client contributed to a round, as it came out; or clients that are alike together, with the sum of their weights
/// and of their examples, whose mean exposure stands for each.
struct RealisedClient {
  double weight = 1;    ///< d_c = g_c w_c
  double quality = 0;   ///< r_c
  double examples = 1;  ///< M_c
  std::vector<double> exposure;  ///< fraction of its batch drawn from each archetype
};

/// In units of N J. NaN nowhere; an archetype below the threshold has overlap, magnetisation 0.
struct RoundTheory {
  double edge = 0;               ///< upper edge of the noise
  linalg::Vector outlier;        ///< K, descending
  linalg::Vector overlap;        ///< K, squared overlap of each archetype with the span of the outliers
  linalg::Vector magnetisation;  ///< K
  linalg::Vector dispersion;     ///< K
  linalg::Matrix shares{};       ///< K x K, squared overlap of each outlier's eigenvector with each archetype
};

/// The generalised Marchenko-Pastur law of the clients (docs/federated_hopfield.md, "Theory") with K spikes: client c
/// adds N d_c r_c^2 exposure_mu along archetype mu; the server's memory (the patterns it sent before this round, Khat x N)
/// adds 1 - wbar along each pattern, without noise. Outliers come from all archetypes and patterns together, with their
/// overlaps at this N; overlap, magnetisation and dispersion from each archetype alone with the pattern nearest to it, whose
/// errors, once remembered, stay.
[[nodiscard]] RoundTheory round_theory(const linalg::SignMatrix& archetypes, const std::vector<RealisedClient>& clients,
                                       const linalg::SignMatrix& memory);

/// Round 0 as it is expected, before any data: every archetype alone, at the mixture of round 0 and the expected number of
/// clients. NaN where the mixture is drawn at random, where clients hold images, or where nobody sees anything.
struct InitialTheory {
  double edge = 0;
  std::vector<double> outlier;        ///< K
  std::vector<double> overlap;        ///< K
  std::vector<double> magnetisation;  ///< K
};
[[nodiscard]] InitialTheory initial_theory(const Settings& settings);

}  // namespace rankwise::experiments::hopfield
