// Two-level statistics of unfolded spectra: number variance, rigidity, form factor. SPDX-License-Identifier: MIT
#pragma once

namespace rankwise::spectra {

/// Si(x) = int_0^x sin t / t dt, relative error below 1e-14.
/// Power series (Abramowitz and Stegun 5.2.14) below 4; above, Si = pi/2 - f cos x - g sin x with g - i f = e^{ix}
/// E_1(ix) by its continued fraction (5.2.8, 5.1.22). x >= 0, may be infinite, else InternalError.
[[nodiscard]] double sine_integral(double x);
/// Ci(x) = gamma + log x + int_0^x (cos t - 1)/t dt = f sin x - g cos x: error below 1e-14 times
/// max(|Ci|, min(1, 1/x)), relative away from the zeros. x > 0, may be infinite, else InternalError.
[[nodiscard]] double cosine_integral(double x);

// Below, levels have mean spacing 1 and L is a length in mean spacings. beta = 0, 1, 2, 4: independent levels and the
// bulk of GOE, GUE, GSE in the limit of large matrices; another beta throws InternalError.

/// Variance of the number of levels in an interval of length L >= 0 (Mehta, Random Matrices, 3rd ed. 2004, chapter 16).
/// Poisson: L.
/// GUE: S(L) = [log(2 pi L) + gamma + 1 - cos(2 pi L) - Ci(2 pi L)] / pi^2 + L [1 - (2/pi) Si(2 pi L)].
/// GOE: 2 S(L) + (Si(pi L)/pi)^2 - Si(pi L)/pi.
/// GSE: S(2L)/2 + (Si(2 pi L)/(2 pi))^2.
/// All go to L as L -> 0; relative error below 1e-13 for L up to 1e5. L negative, infinite or NaN: InternalError.
[[nodiscard]] double number_variance(double beta, double length);

/// Dyson and Mehta's Delta_3(L): mean square distance, in levels, of the staircase from its best straight line over an
/// interval of length L. Delta_3 = (2/L^4) int_0^L (L^3 - 2 L^2 r + r^3) number_variance(r) dr (Mehta, chapter 16;
/// Pandey, Ann. Phys. 119 (1979) 170); Poisson: L/15, the limit of all as L -> 0. Relative error below 1e-12. The time
/// is proportional to L: 20 us per unit at most. L negative, infinite or NaN: InternalError.
[[nodiscard]] double rigidity(double beta, double length);

/// Connected spectral form factor K(tau), tau >= 0 in Heisenberg times, K -> 1 for tau -> inf: 1 - K is the Fourier
/// transform of the two-level cluster function (Mehta, chapters 6 to 8).
/// Poisson: 1. GUE: min(tau, 1).
/// GOE: 2 tau - tau log(1 + 2 tau) up to tau = 1, then 2 - tau log((2 tau + 1)/(2 tau - 1)).
/// GSE: tau/2 - (tau/4) log|1 - tau| up to tau = 2, then 1. It diverges at tau = 1, where +infinity is returned:
/// average over a bin, the singularity is integrable.
/// tau negative or NaN: InternalError.
[[nodiscard]] double connected_form_factor(double beta, double tau);

}  // namespace rankwise::spectra
