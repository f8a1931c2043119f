// A distribution function by interpolation between exact values. SPDX-License-Identifier: MIT
#pragma once

#include <vector>

namespace rankwise::spectra {

/// A law at one place: its density there and its mass below.
struct LawPoint {
  double x = 0;
  double density = 0;
  double cdf = 0;
};

/// Monotone piecewise cubic through values and slopes (F. N. Fritsch and R. E. Carlson, SIAM J. Numer. Anal. 17 (1980),
/// their limit of three times the secant on both slopes). For laws whose exact distribution function takes
/// microseconds: an evaluation is one binary search.
class TabulatedCdf {
 public:
  /// At least two points, finite, x rising, densities not negative, cdf not falling; else InternalError.
  explicit TabulatedCdf(std::vector<LawPoint> points);

  /// The cdf of the first point before it, of the last after it. NaN throws InternalError.
  [[nodiscard]] double operator()(double x) const;
  [[nodiscard]] const std::vector<LawPoint>& points() const { return points_; }

 private:
  std::vector<LawPoint> points_;
};

/// The cubic of one interval, at x between a.x and b.x.
[[nodiscard]] double interpolated_cdf(const LawPoint& a, const LawPoint& b, double x);

}  // namespace rankwise::spectra
