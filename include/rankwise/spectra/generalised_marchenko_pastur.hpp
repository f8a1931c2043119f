// Limiting spectrum of a weighted sum of sample covariances, with spikes. SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "rankwise/linalg/matrix.hpp"

namespace rankwise::spectra {

/// One term of B = sum_c (weight_c / samples_c) sum_a eta^a (eta^a)^T over vectors eta of length N.
struct Component {
  double weight = 0;  ///< d_c >= 0
  double sigma2 = 0;  ///< noise variance of one entry of eta, >= 0; 1 - r^2 for bits flipped at quality r
  double samples = std::numeric_limits<double>::infinity();  ///< M_c > 0; infinite: the term is its own expectation
};

/// What one spike leaves in the spectrum.
struct Spike {
  bool visible = false;
  double outlier = 0;  ///< position of the eigenvalue; the bulk's edge where not visible
  double overlap = 0;  ///< squared overlap of its eigenvector with the spike's direction; 0 where not visible
};

/// Limit of N large at fixed q_c = N/M_c. The noise of term c is a Marchenko-Pastur law with v_c = d_c sigma_c^2 and
/// t_c = q_c v_c; independent terms add their R-transforms, so s = lim tr (z - B)^{-1} / N solves
///     z(s) = 1/s + sum_c v_c / (1 - t_c s)
/// (Couillet, Debbah and Silverstein, IEEE Trans. Inf. Theory 57 (2011), for the matrix model). Everything below is
/// written in w = 1/s: z(w) = w + sum v_c + sum t_c v_c / (w - t_c). Positions have the unit of v_c; for the federated
/// Hopfield model B = N J and that unit is 1. One component gives back spiked_covariance.hpp.
///
/// A memory term (1 - w) sum xi xi^T is a component with sigma2 = 0: no noise, but strength N (1 - w) in the spikes.
class GeneralisedMarchenkoPastur {
 public:
  /// dimension = N >= 1. Weights and sigma2 finite and >= 0, samples > 0, else InternalError. No components, or none
  /// with fluctuations (v_c > 0 at finite samples): the bulk is one point, edge() = mean().
  GeneralisedMarchenkoPastur(Eigen::Index dimension, std::span<const Component> components);

  /// Upper edge z(w_e) of the bulk; w_e is the root above max t_c of sum t_c v_c / (w - t_c)^2 = 1.
  [[nodiscard]] double edge() const { return edge_; }
  /// How far finite N carries the largest of N levels: it lies at edge() + N^{-2/3} edge_scale() X with X of Tracy and
  /// Widom's law (beta = 1), mean -1.2065, as for every density that ends in a square root. (z''(s_e)/2)^{1/3}, that is
  /// w_e (1 + sum t_c^2 v_c/(w_e - t_c)^3)^{1/3}; one component gives sigma2 (1 + sqrt q)(1 + 1/sqrt q)^{1/3} q^{2/3}
  /// (Johnstone, Ann. Statist. 29 (2001)). 0 without fluctuations. Corrections are of order 1/N, one of them
  /// kurtosis_shift().
  [[nodiscard]] double edge_scale() const;
  /// What entries that are not normal add to the edge at order 1/N: excess[c] is their excess kurtosis in term c
  /// (flipped bits: 4/sigma2 - 6). One per component, finite where the term has fluctuations, else InternalError.
  /// With Q = eta^T G eta / N, both Var Q and Cov(eta_i^2, Q) gain a part in the excess, which changes R_c(s) by
  /// (excess_c/N) v_c t_c s/(1 - t_c s)^3; at the edge this is its shift to first order. One component gives the
  /// (excess/N) sigma2 sqrt q (1 + sqrt q)^2 of federated::tracy_widom_cut.
  [[nodiscard]] double kurtosis_shift(std::span<const double> excess) const;
  /// First moment of the bulk, sum v_c (exact at every N).
  [[nodiscard]] double mean() const { return mean_; }
  /// Mass of the bulk that sits in one point: max(0, 1 - sum M_c / N) over the components with fluctuations.
  [[nodiscard]] double atom_mass() const { return atom_mass_; }
  /// That point: the sum of v_c over the components without fluctuations, 0 unless a noisy term has infinite samples.
  /// The bulk never reaches below it.
  [[nodiscard]] double atom_position() const { return atom_position_; }

  /// A direction u, |u| = 1, in which the expectation of term c holds strengths[c] u u^T beyond its noise: for an
  /// archetype of exposure pi_c, N d_c r_c^2 pi_c. One strength per component, finite and >= 0, else InternalError.
  /// Outlier at the root w* of sum a_c / (w - t_c) = 1, visible iff w* > w_e; overlap
  /// (1 - sum t_c v_c/(w* - t_c)^2) / (w* sum a_c/(w* - t_c)^2), the residue of the resolvent's pole.
  [[nodiscard]] Spike spike(std::span<const double> strengths) const;

  /// The same for K directions that need not be orthogonal and mix differently in each term. strengths[c] is the
  /// signal of term c in an orthonormal basis of their span, K x K, symmetric positive semi-definite: with archetypes
  /// Xi = sqrt(N) Q R (Q: N x K orthonormal), N d_c r_c^2 R diag(pi_c) R^T. The k-th outlier is where the k-th
  /// eigenvalue of sum A_c / (w - t_c) is 1. K spikes, descending (to rounding); `overlap` is the squared projection of
  /// the eigenvector on the whole span. Equal sizes, one matrix per component, finite, else InternalError.
  [[nodiscard]] std::vector<Spike> outliers(std::span<const linalg::Matrix> strengths) const;

  /// Density of the bulk at x, without the atom; integrates to 1 - atom_mass(). Unit: one over that of x. It diverges
  /// only where sum M_c = N, at atom_position(), and is given as 0 in that one point. NaN throws InternalError.
  [[nodiscard]] double density(double x) const;

 private:
  /// sum_c t_c v_c / (w - t_c)^2, w above every t_c that has noise
  [[nodiscard]] double noise_response(double w) const;
  [[nodiscard]] double position(double w) const;  ///< z(w)
  [[nodiscard]] Spike hidden() const { return {false, edge_, 0}; }
  [[nodiscard]] Spike seen(double w, double slope) const;  ///< slope: sum_c a_c / (w - t_c)^2
  [[nodiscard]] linalg::Matrix weighed(std::span<const linalg::Matrix> strengths, double w, int power) const;
  [[nodiscard]] double squared_height(double u) const;

  std::vector<double> t_;   ///< per component
  std::vector<double> tv_;  ///< per component, t_c v_c
  double mean_ = 0;
  double atom_mass_ = 0;
  double atom_position_ = 0;
  double dimension_ = 1;
  double w_edge_ = 0;  ///< 0 without fluctuations
  double edge_ = 0;
};

/// A client as the choice of weights sees it.
struct Source {
  double samples = 0;   ///< M_c > 0, finite
  double quality = 0;   ///< r_c in [0, 1]
  double exposure = 0;  ///< pi_c >= 0 of the spike to be seen; 1/K where unknown
};

/// Weights, summing to 1, that maximise the overlap of spike():
/// d_c ~ M_c pi_c r_c^2 / (sigma_c^2 (pi_c N r_c^2 + sigma_c^2)), sigma_c^2 = 1 - r_c^2.
/// Clients of quality 1 that see the spike share everything in proportion to M_c (the limit r -> 1). Equal weights
/// when nobody sees it. At least one source, values in range, else InternalError.
[[nodiscard]] std::vector<double> optimal_weights(Eigen::Index dimension, std::span<const Source> sources);

}  // namespace rankwise::spectra
