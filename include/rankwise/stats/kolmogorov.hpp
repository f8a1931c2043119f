// Distance between a sample and a law. SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>

namespace rankwise::stats {

/// Kolmogorov distance sup_x |F_n(x) - F(x)| of the values that are not NaN, in any order, to the distribution function
/// F. Atoms of F are allowed: F is also asked for at the double next below each value, as its limit from the left.
/// F rises from 0 to 1; a value outside [0, 1] throws InternalError. NaN without values.
[[nodiscard]] double kolmogorov_distance(std::span<const double> sample, const std::function<double(double)>& cdf);

}  // namespace rankwise::stats
