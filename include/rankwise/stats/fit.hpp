// A straight line by least squares. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <span>

namespace rankwise::stats {

/// y = intercept + slope x. NaN in every number that the points cannot decide: all of them below two points or without
/// spread in x; r_squared without spread in y.
struct LinearFit {
  std::int64_t count = 0;  ///< points used
  double slope = std::numeric_limits<double>::quiet_NaN();
  double intercept = std::numeric_limits<double>::quiet_NaN();
  double slope_stderr = std::numeric_limits<double>::quiet_NaN();
  double intercept_stderr = std::numeric_limits<double>::quiet_NaN();
  double r_squared = std::numeric_limits<double>::quiet_NaN();    ///< 1 - weighted residual / weighted total squares
  double chi_squared = std::numeric_limits<double>::quiet_NaN();  ///< weighted residual squares; count - 2 dof
};

/// Equal weights; the errors come from the scatter about the line with count - 2 degrees of freedom, and are NaN for
/// two points. Points with a NaN are skipped. Throws InternalError when the lengths differ.
[[nodiscard]] LinearFit linear_fit(std::span<const double> x, std::span<const double> y);

/// Known standard errors of y, > 0 (else InternalError): weights 1/error^2, and the errors of the fit follow from them
/// alone, not from the scatter, which chi_squared reports.
[[nodiscard]] LinearFit linear_fit(std::span<const double> x, std::span<const double> y,
                                   std::span<const double> y_errors);

}  // namespace rankwise::stats
