// Ratios of consecutive level spacings, which need no unfolding. SPDX-License-Identifier: MIT
#pragma once

namespace rankwise::spectra {

// r = s_{k+1} / s_k on (0, inf); folded: r~ = min(r, 1/r) on (0, 1]. beta = 1, 2, 4: GOE, GUE, GSE; beta = 0:
// independent levels (Poisson).

/// The law of three levels of a Gaussian ensemble, p(r) = (r + r^2)^beta / (1 + r + r^2)^{1 + 3 beta/2} / Z, for any
/// beta > 0; beta = 0 is the exact Poisson law 1 / (1 + r)^2, not the formula's limit (Atas, Bogomolny, Giraud and
/// Roux, Phys. Rev. Lett. 110 (2013) 084101). For large matrices an approximation, off by about a percent.
/// Z and the integrals below are taken in v = (r + r^2)/(1 + r + r^2), where p(r) dr becomes
/// v^beta (1 - v)^{(beta-1)/2} (1 + 3v)^{-1/2} dv / Z. Up to beta = 1e4: relative error of densities and means below
/// 1e-11, absolute error of folded_cdf() too.
class SpacingRatioSurmise {
 public:
  /// beta >= 0 and finite, else InternalError.
  explicit SpacingRatioSurmise(double beta);
  [[nodiscard]] double pdf(double r) const;            ///< on [0, inf], which integrates to 1 there; else InternalError
  [[nodiscard]] double folded_pdf(double r) const;     ///< 2 pdf(r), the density of r~; 0 <= r <= 1, else InternalError
  [[nodiscard]] double folded_cdf(double r) const;     ///< P(r~ <= r); 0 <= r <= 1, else InternalError
  [[nodiscard]] double mean() const { return mean_; }  ///< E[r~]; beta = 0: 2 log 2 - 1

 private:
  double beta_;
  double half_mass_ = 0;  ///< integral of the weight over r < 1, relative to its value at r = 1
  double mean_ = 0;
};

/// SpacingRatioSurmise(beta).mean().
[[nodiscard]] double surmise_mean_ratio(double beta);

/// A number and how far it may be off.
struct MeanRatio {
  double value = 0;
  double uncertainty = 0;
};

/// E[r~] in the limit of large matrices, for comparison with simulations.
/// beta = 0: 2 log 2 - 1. beta = 1, 2, 4: computed to 1e-10 from the law of the two spacings beside a level,
///     E[r~] = int_0^1 (1 - 2 G(t)) dt,  G(t) = P(left < t right) = 1 - int_0^inf H(t, b) db,
/// with H(t, b) = det(1 - K) R(b, b) the density of a right spacing b beside a left one above t b: K is the sine kernel
/// on (-t b, b) conditioned on a level at 0 (Palm measure), R = K (1 - K)^{-1}. For beta = 1 and 4 K is the
/// 2 x 2 matrix kernel of the orthogonal and symplectic bulk, and sqrt(det) and half the trace replace det and R
/// (kernels: Mehta, Random Matrices, 3rd ed. 2004, chapters 6-8; numerical determinants: Bornemann, Math. Comp. 79
/// (2010) 871). The first call takes about a tenth of a second, later ones nothing.
/// Other beta: the surmise, with uncertainty 0.025 / (1 + 3 beta), which covers its known errors: .022 for beta -> 0,
/// .0052, .0029, .0017 at beta = 1, 2, 4, and simulations in between. beta < 0, infinite or NaN: InternalError.
[[nodiscard]] MeanRatio mean_ratio(double beta);

}  // namespace rankwise::spectra
