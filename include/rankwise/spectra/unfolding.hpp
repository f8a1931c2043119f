// Unfolding of one spectrum by itself, where no limiting law is known. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace rankwise::spectra {

// Levels ascend, at least 2 of them (else InternalError); the result has one entry per level, in units of the mean
// spacing. Unfolding by the law of an ensemble is in level_statistics.hpp.

/// The staircase k + 1/2 at level k, fitted by least squares with a polynomial of `degree` >= 1 (G. E. Forsythe's
/// orthogonal polynomials on the levels, J. SIAM 5 (1957)). Not monotone for certain where the density falls steeply. A
/// degree that the number of different levels cannot decide is lowered.
[[nodiscard]] std::vector<double> unfold_polynomial(std::span<const double> levels, std::size_t degree);

/// Each spacing over the mean of those up to `window` places away on either side, summed up from 0. Spacings whose
/// neighbourhood has no extent give 0.
[[nodiscard]] std::vector<double> unfold_local(std::span<const double> levels, std::size_t window);

/// Divided by the mean spacing, starting at 0; levels without extent give zeros.
[[nodiscard]] std::vector<double> unfold_mean(std::span<const double> levels);

}  // namespace rankwise::spectra
