// A probability that rises along x as a normal distribution function. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace rankwise::stats {

/// P(x) = floor + (1 - floor) Phi((x - midpoint) / scale), scale > 0.
struct ProbitFit {
  struct Value {
    double value = std::numeric_limits<double>::quiet_NaN();
    double standard_error = std::numeric_limits<double>::quiet_NaN();
  };
  std::int64_t count = 0;  ///< observations used
  double floor = 0;
  double midpoint = std::numeric_limits<double>::quiet_NaN();  ///< NaN, as all below, where the data decide nothing
  double scale = std::numeric_limits<double>::quiet_NaN();
  double midpoint_variance = std::numeric_limits<double>::quiet_NaN();
  double scale_variance = std::numeric_limits<double>::quiet_NaN();
  double covariance = std::numeric_limits<double>::quiet_NaN();  ///< of midpoint and scale

  /// The x where P = probability, in (floor, 1), else InternalError. Error by the delta method.
  [[nodiscard]] Value crossing(double probability) const;
  /// crossing(high) - crossing(low).
  [[nodiscard]] Value width(double low, double high) const;
};

/// Maximum likelihood from single outcomes (Finney, Probit Analysis (1971)) by Fisher's scoring with steps halved where
/// the likelihood falls; errors from Fisher's information, so they are those of binomial counts. `floor` in [0, 1) is
/// known. All numbers NaN when the outcomes are one and the same, when one x separates them (the likelihood then has no
/// maximum) or when P would fall with x. Unit of the results: that of x, all finite. Throws InternalError when the
/// lengths differ.
[[nodiscard]] ProbitFit probit_fit(std::span<const double> x, const std::vector<bool>& outcome, double floor = 0);

}  // namespace rankwise::stats
