// Mean, variance and quantiles of a sample. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace rankwise::stats {

/// Of the values that are not NaN; NaN marks a missing replica here, never a result. Units: those of the sample
/// (variance: squared). The name `stderr` belongs to <cstdio> as a macro.
struct Moments {
  std::int64_t count = 0;
  double mean = std::numeric_limits<double>::quiet_NaN();            ///< NaN without values
  double variance = std::numeric_limits<double>::quiet_NaN();        ///< unbiased; NaN below two values
  double standard_error = std::numeric_limits<double>::quiet_NaN();  ///< sqrt(variance / count), of the mean
};

/// Two passes in index order: the bits depend on the values and their order alone.
[[nodiscard]] Moments moments(std::span<const double> sample);

/// Quantile at `probability` in [0, 1] (else InternalError) of the values that are not NaN: linear between order
/// statistics at (n - 1) p, type 7 of Hyndman and Fan, The American Statistician 50 (1996), the default of numpy and R.
/// NaN without values.
[[nodiscard]] double quantile(std::span<const double> sample, double probability);
/// Several of them, by one sort.
[[nodiscard]] std::vector<double> quantiles(std::span<const double> sample, std::span<const double> probabilities);

}  // namespace rankwise::stats
