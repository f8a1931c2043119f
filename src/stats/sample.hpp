// What a sample is to this floor. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace rankwise::stats {

/// The values that are not NaN, ascending.
inline std::vector<double> sorted_values(std::span<const double> sample) {
  std::vector<double> values;
  values.reserve(sample.size());
  for (const double x : sample) {
    if (!std::isnan(x)) values.push_back(x);
  }
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace rankwise::stats
