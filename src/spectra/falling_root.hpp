// The zero of a falling function in a bracket, to the last digits. SPDX-License-Identifier: MIT
#pragma once

#include <boost/math/tools/toms748_solve.hpp>
#include <cstdint>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::spectra {

/// Zero of `f`, falling on [low, high], by TOMS 748 to 4 units in the last place. A bracket that rounding has closed or
/// put to one side of the zero gives the nearer end. Throws NumericalError after 200 evaluations.
template <typename Function>
double falling_root(const Function& f, double low, double high) {
  if (!(low < high)) return low;
  const double f_low = f(low);
  if (f_low <= 0) return low;
  const double f_high = f(high);
  if (f_high >= 0) return high;
  std::uintmax_t evaluations = 200;
  const auto [a, b] = boost::math::tools::toms748_solve(f, low, high, f_low, f_high,
                                                        boost::math::tools::eps_tolerance<double>(), evaluations);
  if (evaluations >= 200) throw NumericalError(concat("no root to full accuracy in [", low, ", ", high, "]"));
  return a + (b - a) / 2;
}

}  // namespace rankwise::spectra
