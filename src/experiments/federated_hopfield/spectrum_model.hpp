// One operator: its clients, its spectrum, what cuts make of it, and the closed forms. SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <vector>

#include "rankwise/linalg/matrix.hpp"
#include "rankwise/linalg/sign_matrix.hpp"
#include "rankwise/run/point.hpp"
#include "spectrum.hpp"
#include "theory.hpp"

namespace rankwise::experiments::hopfield {

/// A client as the operator sees it, before its classes are drawn.
struct SpectrumClient {
  double weight = 1;            ///< d_c, the weights of all sum to 1
  std::int64_t examples = 1;    ///< M_c
  double quality = 0;           ///< r_c in [0, 1)
  std::vector<double> mixture;  ///< pi_mu, one per archetype, sum 1
};

struct SpectrumSettings {
  std::int64_t neurons = 0;     ///< N
  std::int64_t archetypes = 0;  ///< K
  std::vector<SpectrumClient> clients;
  bool are_alike = false;  ///< all clients have the same weight, examples, quality and mixture
  double cushion = 0;      ///< of the cut mp
  double level = .05;      ///< of the cuts tw and shuffle

  [[nodiscard]] double examples() const;      ///< M_eff = sum M_c
  [[nodiscard]] double aspect_ratio() const;  ///< q = N / M_eff
  [[nodiscard]] double noise() const;         ///< sigma^2 of the first client
  /// kappa_mu = r^2 pi_mu N / sigma^2 of clients that are alike.
  [[nodiscard]] double kappa(std::size_t archetype) const;
};

/// From a completed point.
[[nodiscard]] SpectrumSettings spectrum_settings(const run::Point& point, SpectrumMode mode);

/// Exposure of archetype 0 and equal parts of the rest for the others.
[[nodiscard]] std::vector<double> mixture_with(double exposure, std::int64_t archetypes);

/// M_c = N / (q L), rounded to a whole number; 0 where that is below 1/2.
[[nodiscard]] std::int64_t batch_size_at(std::int64_t neurons, std::int64_t clients, double aspect_ratio);
/// The quality r whose kappa = r^2 pi N / (1 - r^2) is `kappa`: r^2 = kappa / (kappa + pi N).
[[nodiscard]] double quality_at(double kappa, double exposure, std::int64_t neurons);
/// The exposure at which kappa reaches sqrt q: pi* = (1 - r^2) / (r^2 sqrt(N M_eff)); infinite at r = 0, may exceed 1.
[[nodiscard]] double threshold_exposure(double quality, double neurons, double examples);

/// Sum of scale_c times an integer matrix: grams in a row with one scale are added as integers, so that many alike
/// clients are exactly one with all their examples.
class OperatorSum {
 public:
  explicit OperatorSum(Eigen::Index dimension);
  void add(const linalg::IntMatrix& gram, double scale);
  /// B, N x N symmetric, both triangles.
  [[nodiscard]] linalg::Matrix finish();

 private:
  void flush();
  linalg::Matrix sum_;
  linalg::IntMatrix whole_;
  double scale_ = 0;
};

/// What an operator's spectrum says. N lambda throughout; eigenvalues descending.
struct SpectrumMeasured {
  linalg::Vector eigenvalues;   ///< the leading ones, min(N, K + 3)
  linalg::Vector outlier;       ///< K leading
  linalg::Vector overlap;       ///< K, squared projection of each archetype on the span of the K leading eigenvectors
  double noise_eigenvalue = 0;  ///< the (K+1)-th; NaN where N = K
  /// Archetype 0 alone, by the one of the K leading eigenvectors that overlaps it most.
  double spike_outlier = 0;
  double spike_overlap = 0;  ///< squared
  double magnetisation = 0;  ///< |sum of sign(v_i) xi_i| / N
};
/// b: N x N symmetric; archetypes: K x N, K <= N.
[[nodiscard]] SpectrumMeasured measure_spectrum(const linalg::Matrix& b, const linalg::SignMatrix& archetypes);

/// How many of the eigenvalues lie above each cut, as the server counts.
struct RankCounts {
  Eigen::Index mp = 0;
  Eigen::Index tw = 0;  ///< 0 unless the clients are alike
  Eigen::Index shuffle = 0;
};
/// (1 + cushion) times the noise edge.
[[nodiscard]] double mp_cut(const SpectrumSettings& settings);
/// What eigenvalue number `above`, the ones before it being signal, has to exceed. Clients that are alike.
[[nodiscard]] double tw_cut(const SpectrumSettings& settings, Eigen::Index above);
/// Of B itself, all of it.
[[nodiscard]] double shuffle_cut_of(const linalg::Matrix& b, double level);
[[nodiscard]] RankCounts count_signals(const SpectrumSettings& settings, const linalg::Vector& eigenvalues,
                                       double shuffle_cut);

/// Closed forms from the nominal exposures, for archetypes that do not overlap.
struct ExpectedSpectrum {
  double edge = 0;
  double noise_eigenvalue = 0;   ///< mean of the largest of the noise: the edge less what finite N takes off
  linalg::Vector outlier;        ///< K, of each archetype; the edge where it is hidden
  linalg::Vector overlap;        ///< K, of each archetype
  linalg::Vector magnetisation;  ///< K, of each archetype
};
[[nodiscard]] ExpectedSpectrum expected_spectrum(const SpectrumSettings& settings);

/// The clients with the exposures that came out; clients that are alike as one. counts: per client and archetype.
[[nodiscard]] std::vector<RealisedClient> realised_clients(const SpectrumSettings& settings,
                                                           const std::vector<std::vector<std::int64_t>>& counts);

}  // namespace rankwise::experiments::hopfield
