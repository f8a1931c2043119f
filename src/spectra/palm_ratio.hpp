// The mean ratio of consecutive spacings of the exact bulk. SPDX-License-Identifier: MIT
#pragma once

namespace rankwise::spectra {

/// Density at b of the spacing to the right of a level, jointly with no level within t b to its left; unit mean
/// spacing. `order` Gauss-Legendre nodes on each side of the level. beta = 1, 2 or 4.
[[nodiscard]] double palm_density(int beta, double t, double b, int order);

/// E[min(s, s')/max(s, s')] of consecutive spacings for beta = 1, 2, 4, to 1e-10; formulas at mean_ratio().
[[nodiscard]] double palm_mean_ratio(int beta);

}  // namespace rankwise::spectra
