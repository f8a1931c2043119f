// Free convolution of a law of diagonal entries with a semicircle. SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "rankwise/spectra/tabulated_cdf.hpp"

namespace rankwise::spectra {

/// Laws of variance 1.
enum class DiagonalLaw {
  uniform,  ///< on [-sqrt 3, sqrt 3]
  gaussian  ///< N(0, 1)
};

/// Limiting law of the levels of diag(h) + V, h independent from a DiagonalLaw, V a Wigner matrix whose off-diagonal
/// entries have variance sigma2/n (Rosenzweig and Porter, Phys. Rev. 120 (1960); with V scaled by n^{-gamma/2},
/// sigma2 = n^{1-gamma}). Symmetric, variance 1 + sigma2; positions are in units of the diagonal's standard deviation.
///
/// Method: P. Biane, Indiana Univ. Math. J. 46 (1997). The Green function is G(x) = G0(w), G0 that of the diagonal,
/// with w = u + iv, x = u + sigma2 Re G0(w), v > 0 the root of sigma2 E 1/((u - h)^2 + v^2) = 1. Then the density is
/// v / (pi sigma2), and the log potential E log(x - .) = E log(w - h) + sigma2 G0(w)^2 / 2 gives the exact distribution
/// function: P(level > x) = E arg(w - h) / pi - density sigma2 Re G0(w). Density and distribution function are accurate
/// to 1e-13 (of themselves, and absolutely) wherever x is not so close to an edge that its own rounding matters.
class DeformedSemicircle {
 public:
  /// 1e-20 <= sigma2 <= 1e20, else InternalError.
  DeformedSemicircle(DiagonalLaw diagonal, double sigma2);

  [[nodiscard]] DiagonalLaw diagonal() const { return diagonal_; }
  [[nodiscard]] double sigma2() const { return sigma2_; }

  /// Upper edge of the support; the lower is -upper(). Uniform: w_e + sigma2 G0(w_e), w_e = sqrt(3 + sigma2). Gaussian:
  /// infinite.
  [[nodiscard]] double upper() const { return upper_; }

  /// NaN throws InternalError; 0, and 0 or 1, outside the support. Nested root finding: microseconds for the uniform,
  /// tens of them for the Gaussian diagonal. For many places, TabulatedCdf(table()).
  [[nodiscard]] double density(double x) const;
  [[nodiscard]] double cdf(double x) const;

  /// Points on both sides of 0, ascending, dense enough that TabulatedCdf is within `tolerance` of the distribution
  /// function everywhere. From edge to edge, of the Gaussian to where less than 1e-18 is left. Some hundreds of points
  /// and milliseconds. tolerance in [1e-12, 0.1], else InternalError.
  [[nodiscard]] std::vector<LawPoint> table(double tolerance = 1e-10) const;

  /// KL(U || law), U uniform on the support: what the shape of the density takes from the persistence entropy. Between
  /// 0 (sigma2 -> 0) and semicircle_divergence(), to 1e-12 of itself. The Gaussian has no bounded support and no such
  /// number: InternalError.
  [[nodiscard]] double divergence() const;

 private:
  struct Place {  ///< on the curve w(x), x >= 0
    double u = 0;
    double v = 0;
    double x = 0;
    double density = 0;
    double beyond = 0;  ///< u - sqrt 3, uniform only
  };
  struct Opening {  ///< the angle in [0, pi] under which the uniform law's interval is seen from w
    double angle = 0;
    double rest = 0;  ///< pi - angle
  };
  [[nodiscard]] std::optional<Place> place_of(double distance) const;  ///< none outside the support
  [[nodiscard]] double tail(const Place& place) const;                 ///< mass above x
  [[nodiscard]] Opening opening(double distance2) const;
  [[nodiscard]] Place uniform_place(double angle) const;
  [[nodiscard]] double uniform_tail(const Place& place) const;
  [[nodiscard]] double gaussian_height(double u) const;
  [[nodiscard]] Place gaussian_place(double u) const;
  [[nodiscard]] static double gaussian_tail(const Place& place);

  DiagonalLaw diagonal_;
  double sigma2_;
  double w_edge_ = 0;    ///< uniform only
  double widening_ = 0;  ///< upper / sqrt 3 - 1, uniform only
  double upper_ = std::numeric_limits<double>::infinity();
};

}  // namespace rankwise::spectra
