// The model: archetypes, noisy examples, settings of a point. SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "rankwise/federated/federation.hpp"
#include "rankwise/linalg/sign_matrix.hpp"
#include "rankwise/random/stream.hpp"
#include "rankwise/run/experiment.hpp"
#include "schedule.hpp"

namespace rankwise::experiments::hopfield {

/// A point's parameters in the form the simulation needs.
struct Settings {
  std::int64_t neurons = 0;     ///< N
  std::int64_t archetypes = 0;  ///< K
  std::int64_t clients = 0;     ///< L
  std::int64_t rounds = 0;      ///< T
  federated::PerClient<std::int64_t> batch_sizes;  ///< M_c
  federated::PerClient<double> qualities;          ///< r_c; 0 where clients hold images
  federated::PerClient<std::int64_t> kinds;        ///< of client c: index of its quality in `kind_qualities`
  std::vector<double> kind_qualities;
  Schedule schedule;      ///< pi_t
  ClientFactors factors;  ///< what of it each client sees
  Participation participation;
  federated::FederationOptions federation;
  bool images = false;  ///< examples are the client's own images

  /// Number of eigenvalues above the spectral gap.
  [[nodiscard]] std::int64_t gap_at() const { return schedule.kind == ScheduleKind::ramp ? schedule.old_archetypes : archetypes; }
};

/// Clients that differ in nothing.
struct ClientKind {
  double share = 1;  ///< g_c of each
  double quality = 0;
  double sigma2 = 1;    ///< as the server believes it; below 0: unknown
  double examples = 1;  ///< M_c of each
  std::int64_t factors = 0;  ///< entry of Settings::factors
  std::int64_t count = 1;
};
/// In the order of their first clients.
[[nodiscard]] std::vector<ClientKind> client_kinds(const Settings& settings);

/// The parameter `list`, one value per client, or `common` where it is auto.
template <typename T>
[[nodiscard]] federated::PerClient<T> per_client(const run::Point& point, const char* list, T common, std::int64_t clients) {
  if (point.is_word(list)) return {clients, common};
  std::vector<T> values;
  for (const double v : point.list(list)) values.push_back(static_cast<T>(v));
  return federated::PerClient<T>(std::move(values));
}

/// What `--cushion auto` stands for: max(.05, .15 (400/N)^(2/3)), as the noise's largest eigenvalue scatters by N^(-2/3).
[[nodiscard]] double default_cushion(std::int64_t neurons);

/// From a completed point.
[[nodiscard]] Settings settings_of(const run::Point& point, std::int64_t archetypes);

/// K x N Rademacher archetypes; row mu is the next ceil(N/64) words of the replica's archetype stream, bit 1 is +1.
[[nodiscard]] linalg::SignMatrix random_archetypes(random::Stream stream, std::int64_t archetypes, std::int64_t neurons);

/// Examples of one client in one round, N x M: sorted by class (`counts` of each, in class order), every bit of the
/// archetype flipped with probability (1 - quality)/2. Neuron i takes the next ceil(M/64) words of the flips stream.
[[nodiscard]] linalg::SignMatrix noisy_batch(const linalg::SignMatrix& archetypes, const std::vector<std::int64_t>& counts,
                                             double quality, random::Stream flips);

}  // namespace rankwise::experiments::hopfield
