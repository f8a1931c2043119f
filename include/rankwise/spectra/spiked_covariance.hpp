// Closed forms of the spiked covariance model, one noise level and one sample size. SPDX-License-Identifier: MIT
#pragma once

namespace rankwise::spectra {

/// Limit of N and M large at q = N/M of the sample covariance of M vectors of length N whose covariance is
/// sigma2 I + strength u u^T, |u| = 1. Positions have the unit of sigma2. With kappa = strength / sigma2:
struct Spiked {
  double edge_low = 0;         ///< sigma2 (1 - sqrt q)^2
  double edge = 0;             ///< sigma2 (1 + sqrt q)^2
  double threshold_kappa = 0;  ///< sqrt q: the spike is visible iff kappa lies above
  bool visible = false;
  double outlier = 0;  ///< sigma2 (1 + kappa)(1 + q/kappa); `edge` where not visible
  double overlap = 0;  ///< gamma = (1 - q/kappa^2)/(1 + q/kappa), squared overlap with u; 0 where not visible
};

/// For the federated Hopfield model B = N J: sigma2 = 1 - r^2, strength = r^2 pi N, q = N/M_eff.
/// All arguments finite and >= 0, else InternalError. sigma2 = 0 is the limit without noise: outlier = strength and
/// overlap 1. Edges: Marchenko and Pastur (1967). Spike: Baik and Silverstein, J. Multivariate Anal. 97 (2006);
/// overlap: Paul, Statistica Sinica 17 (2007).
[[nodiscard]] Spiked spiked_covariance(double sigma2, double strength, double q);

/// The kappa whose outlier is seen: [(z-1-q) + sqrt((z-1-q)^2 - 4q)]/2 with z = outlier/sigma2. At or below the edge
/// the answer is the threshold sqrt q. outlier >= 0, sigma2 > 0, q >= 0, finite, else InternalError.
[[nodiscard]] double kappa_from_outlier(double outlier, double sigma2, double q);

/// Magnetisation m = E[sign(y) u] of the signs of an estimate y of u, a vector of +-1, at squared overlap gamma:
/// erf(sqrt(gamma / (2 (1 - gamma)))). y = sqrt(gamma) u + sqrt(1 - gamma) times a normal vector. 0 at 0, 1 at 1.
/// Throws InternalError for gamma outside [0, 1].
[[nodiscard]] double magnetisation_from_overlap(double gamma);

/// Dispersion D = 2 (1 - E|y| / sqrt(E y^2)) of that same y:
/// 2 [1 - sqrt(gamma) m - sqrt(2 (1-gamma)/pi) exp(-gamma / (2 (1-gamma)))]. 0 at 1, 2 (1 - sqrt(2/pi)) = .404 at 0.
/// Throws InternalError for gamma outside [0, 1].
[[nodiscard]] double dispersion_from_overlap(double gamma);

}  // namespace rankwise::spectra
