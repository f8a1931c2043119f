// Wigner's semicircle law of variance 1 on [-2, 2]. SPDX-License-Identifier: MIT
#pragma once

namespace rankwise::spectra {

/// Limiting law of the levels of a self-adjoint random matrix whose off-diagonal entries have variance 1/n (Wigner,
/// Ann. Math. 67 (1958)): sqrt(4 - x^2) / (2 pi) on [-2, 2], 0 outside. A matrix whose entries have variance s^2/n has
/// density semicircle_density(x / s) / s. All functions here are accurate to a few units in the last place of their
/// argument and result; a NaN argument throws InternalError.
[[nodiscard]] double semicircle_density(double x);

/// Share of the levels below x: 1/2 + x sqrt(4 - x^2) / (4 pi) + asin(x/2) / pi; 0 below -2 and 1 above 2. Relatively
/// accurate in the lower tail, F = (2/3pi) (x + 2)^(3/2) as x -> -2.
[[nodiscard]] double semicircle_cdf(double x);

/// The x with semicircle_cdf(x) = p, in [-2, 2]; the typical place of level k of n is the quantile of (k - 1/2)/n. p
/// outside [0, 1] throws InternalError.
[[nodiscard]] double semicircle_quantile(double p);

/// E x^k, k >= 0 else InternalError: 0 for odd k, the Catalan number of k/2 for even k (exact below 2^53).
[[nodiscard]] double semicircle_moment(int k);

}  // namespace rankwise::spectra
