// The Faddeeva function of complex argument. SPDX-License-Identifier: MIT
#pragma once

#include <complex>

namespace rankwise::spectra {

/// w(z) = exp(-z^2) erfc(-i z) in the closed upper half plane; sqrt(pi/2) w((u + iv)/sqrt 2) / i is the Green function
/// of the normal law at u + iv. Trapezoidal rule with the correction for the pole at z (S. Al Azah and S. N.
/// Chandler-Wilde, SIAM J. Numer. Anal. 59 (2021)), real and imaginary part summed apart, so that each is accurate to
/// 1e-13 of itself, on and near the real axis too (but for the real part below 1e-300).
/// Im z >= 0 and |z| <= 1e150, else InternalError.
[[nodiscard]] std::complex<double> faddeeva(std::complex<double> z);

}  // namespace rankwise::spectra
