// The Marchenko-Pastur law of unit variance: density, distribution function, moments. SPDX-License-Identifier: MIT
#pragma once

namespace rankwise::spectra {

/// Limiting law of the p levels of W = B B^T / m, B of size p x m with independent entries of variance 1, at fixed
/// ratio c = p/m (Marchenko and Pastur, Math. USSR Sb. 1 (1967)). Levels are in units of the variance of an entry. It
/// is the law of generalised_marchenko_pastur.hpp with one component, there without a distribution function.
///
/// c > 1: p - m levels are zero, an atom of mass 1 - 1/c. The m others are the levels of B^T B / m: divided by c they
/// are those of B^T B / p and follow MarchenkoPastur(1/c), which has no atom. That is the law to unfold or to compare
/// the non-zero levels with; whatever does not change under scaling, as the persistence entropy, needs no division.
class MarchenkoPastur {
 public:
  /// ratio c > 0 and finite, else InternalError.
  explicit MarchenkoPastur(double ratio);

  [[nodiscard]] double ratio() const { return ratio_; }
  /// Ends of the continuous part, (1 - sqrt c)^2 and (1 + sqrt c)^2.
  [[nodiscard]] double lower() const { return lower_; }
  [[nodiscard]] double upper() const { return upper_; }
  /// Mass at 0: max(0, 1 - 1/c).
  [[nodiscard]] double atom_mass() const { return ratio_ > 1 ? (ratio_ - 1) / ratio_ : 0; }

  /// Density of the continuous part, sqrt((upper - x)(x - lower)) / (2 pi c x); integrates to min(1, 1/c). At c = 1 it
  /// diverges at 0 and is given as 0 in that one point. NaN throws InternalError.
  [[nodiscard]] double density(double x) const;

  /// Share of the levels <= x, the atom included: 0 below 0, atom_mass() up to lower(), 1 from upper() on. Exact to
  /// some 1e-15 as a function of the distances of x from the edges, relatively so in the lower tail for c <= 1,
  /// whatever the ratio. NaN throws InternalError.
  [[nodiscard]] double cdf(double x) const;

  /// E x^k, k >= 0 else InternalError, atom included: sum_j c^j C(k, j) C(k-1, j) / (j+1), j < k (Narayana numbers; Bai
  /// and Silverstein, Spectral Analysis of Large Dimensional Random Matrices, 2010, lemma 3.1). The non-zero levels at
  /// c > 1 alone have c times these for k >= 1.
  [[nodiscard]] double moment(int k) const;

 private:
  double ratio_;
  double root_;  ///< sqrt c
  double lower_;
  double upper_;
};

}  // namespace rankwise::spectra
