// The model: archetypes, noisy examples, settings of a point. SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "rankwise/federated/federation.hpp"
#include "rankwise/linalg/sign_matrix.hpp"
#include "rankwise/random/stream.hpp"
#include "rankwise/run/experiment.hpp"

namespace rankwise::experiments::hopfield {

/// A point's parameters in the form the simulation needs; every list has one entry per client.
struct Settings {
  std::int64_t neurons = 0;     ///< N
  std::int64_t archetypes = 0;  ///< K
  std::int64_t clients = 0;     ///< L
  std::int64_t rounds = 0;      ///< T
  std::vector<std::int64_t> batch_sizes;  ///< M_c
  std::vector<double> qualities;          ///< r_c; empty where clients hold images
  std::vector<double> mixture;            ///< pi, over archetypes
  federated::FederationOptions federation;
  bool images = false;  ///< examples are the client's own images
};

/// From a completed point.
[[nodiscard]] Settings settings_of(const run::Point& point, std::int64_t archetypes);

/// K x N Rademacher archetypes; row mu is the next ceil(N/64) words of the replica's archetype stream, bit 1 is +1.
[[nodiscard]] linalg::SignMatrix random_archetypes(random::Stream stream, std::int64_t archetypes, std::int64_t neurons);

/// Examples of one client in one round, N x M: sorted by class (`counts` of each, in class order), every bit of the
/// archetype flipped with probability (1 - quality)/2. Neuron i takes the next ceil(M/64) words of the flips stream.
[[nodiscard]] linalg::SignMatrix noisy_batch(const linalg::SignMatrix& archetypes, const std::vector<std::int64_t>& counts,
                                             double quality, random::Stream flips);

}  // namespace rankwise::experiments::hopfield
