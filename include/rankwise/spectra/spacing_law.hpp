// Spacings of neighbouring levels: exact law and Wigner's surmise. SPDX-License-Identifier: MIT
#pragma once

#include <memory>

namespace rankwise::spectra {

// Spacings u are in units of the local mean spacing, so E[u] = 1. beta = 1, 2, 4: the bulk of GOE, GUE, GSE;
// beta = 0: independent levels (Poisson), u exponential.

/// E_beta(0; s), the probability that an interval of s >= 0 mean spacings holds no level. beta = 0: e^{-s}. With
/// D_+-(s) the Fredholm determinants of the even and odd sine kernel on (0, s/2): E_1 = D_+(s), E_2 = D_+(s) D_-(s),
/// E_4 = (D_+(2s) + D_-(2s)) / 2 (Mehta, Random Matrices, 3rd ed. 2004, chapters 6, 7, 11), each computed with
/// Gauss-Legendre nodes (Bornemann, Math. Comp. 79 (2010) 871). Absolute error below 1e-14; relative error below 1e-12
/// where E > 1e-3; 0 beyond s = 9. beta not 0, 1, 2, 4, s negative or NaN: InternalError.
[[nodiscard]] double gap_probability(double beta, double s);

/// The exact spacing distribution in the limit of large matrices: density E'' and distribution function 1 + E', the
/// derivatives taken on the determinants themselves. Tables are made at construction, in about 5 ms; an object is cheap
/// to copy and may be used by several threads.
class SpacingLaw {
 public:
  /// beta = 0, 1, 2 or 4, else InternalError.
  explicit SpacingLaw(double beta);
  /// Density at u >= 0, absolute error below 1e-13. Never negative. u negative or NaN: InternalError.
  [[nodiscard]] double pdf(double u) const;
  /// P(spacing <= u), u >= 0, absolute error below 1e-13, in [0, 1] and rising to that accuracy. Beyond the u where
  /// 1e-13 of the mass is left, 1 - cdf is continued with the Gaussian decay exp(-beta (pi u)^2 / 16).
  [[nodiscard]] double cdf(double u) const;
  /// Var u = 2 int_0^inf E(u) du - 1, relative error below 1e-12.
  [[nodiscard]] double variance() const { return variance_; }
  /// c = E[u log u] = 1 + int_0^1 (E(u) - 1)/u du + int_1^inf E(u)/u du (parts of the integral of u log u E''),
  /// relative error below 1e-12; beta = 0: 1 - gamma (Euler).
  [[nodiscard]] double local_constant() const { return local_constant_; }
  /// E[u^q], q >= 1 else InternalError; relative error below 1e-11 for q up to 10.
  [[nodiscard]] double moment(double q) const;

 private:
  struct Table;
  double beta_;
  double variance_ = 1;
  double local_constant_ = 0;
  std::shared_ptr<const Table> table_;  ///< empty for beta = 0
};

/// Wigner's surmise for any beta >= 0: p(u) = A u^beta exp(-b u^2), A and b fixed by mass and mean 1:
/// b = [Gamma((beta+2)/2) / Gamma((beta+1)/2)]^2, A = 2 b^{(beta+1)/2} / Gamma((beta+1)/2). Exact for the 2 x 2
/// matrices of beta = 1, 2, 4 (Mehta, section 1.5; general beta: Le Caer, Male and Delannay, Physica A 383 (2007) 190),
/// an approximation for large ones: its distribution function is off by .0066, .0016, .0005 at most for
/// beta = 1, 2, 4. beta = 0 is the exponential law, not the half-normal one that the formula would give.
class SpacingSurmise {
 public:
  /// beta >= 0 and finite, else InternalError.
  explicit SpacingSurmise(double beta);
  [[nodiscard]] double pdf(double u) const;  ///< u >= 0, else InternalError
  [[nodiscard]] double cdf(double u) const;  ///< u >= 0, else InternalError
  [[nodiscard]] double variance() const { return variance_; }
  /// E[u^q] = Gamma((beta+q+1)/2) / Gamma((beta+1)/2) b^{-q/2}, q >= 1 else InternalError.
  [[nodiscard]] double moment(double q) const;

 private:
  double beta_;
  double b_ = 1;
  double log_a_ = 0;
  double variance_ = 1;
};

}  // namespace rankwise::spectra
