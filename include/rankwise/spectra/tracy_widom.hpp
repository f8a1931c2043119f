// The law of the largest eigenvalue of a Gaussian ensemble. SPDX-License-Identifier: MIT
#pragma once

#include <memory>

namespace rankwise::spectra {

/// Tracy and Widom's distribution for beta = 1, 2, 4 (GOE, GUE, GSE). Convention for ALL beta: in an ensemble of size n
/// scaled to the semicircle on [-2, 2], lam_max = 2 + n^{-2/3} x with x of this law. Beware of other conventions for
/// beta = 4: ours has the mean -2.0552; x larger by 2^{1/6} (Tracy and Widom; Bornemann's tables) has -2.3069, and x
/// larger by 2^{2/3} (no scale in the formula below) has -3.2624.
///
/// With F_+-(s) = det(1 -+ B_s), B_s(x, y) = Ai(x + y + s) on (0, inf): F_1 = F_+ (Ferrari and Spohn, J. Phys. A 38
/// (2005) L557), F_2 = F_+ F_-, F_4(x) = [F_+(2^{2/3} x) + F_-(2^{2/3} x)] / 2 (Tracy and Widom, Comm. Math. Phys. 177
/// (1996) 727). Gauss-Legendre nodes turn B_s into a matrix (Bornemann, Math. Comp. 79 (2010) 871). Tables are made at
/// construction, some tens of ms; an object is cheap to copy and may be used by several threads.
class TracyWidom {
 public:
  /// beta = 1, 2 or 4, else InternalError.
  explicit TracyWidom(double beta);
  /// Density at x, absolute error below 1e-13; 0 far out, where less than 1e-15 of the mass is left. NaN:
  /// InternalError.
  [[nodiscard]] double pdf(double x) const;
  /// P(X <= x), absolute error below 1e-13. NaN: InternalError.
  [[nodiscard]] double cdf(double x) const;
  [[nodiscard]] double mean() const { return mean_; }          ///< absolute error below 1e-12
  [[nodiscard]] double variance() const { return variance_; }  ///< absolute error below 1e-12
  /// The x with cdf(x) = p, as good as cdf() is: error 1e-13 / pdf(x). p in (0, 1), else InternalError.
  [[nodiscard]] double quantile(double p) const;

 private:
  struct Table;
  double mean_ = 0;
  double variance_ = 0;
  std::shared_ptr<const Table> table_;
};

}  // namespace rankwise::spectra
