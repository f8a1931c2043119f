// Distance between a sample and a law. SPDX-License-Identifier: MIT
#include "rankwise/stats/kolmogorov.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "rankwise/core/contract.hpp"
#include "stats/sample.hpp"

namespace rankwise::stats {

double kolmogorov_distance(std::span<const double> sample, const std::function<double(double)>& cdf) {
  const std::vector<double> sorted = sorted_values(sample);
  if (sorted.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto n = static_cast<double>(sorted.size());
  const auto law = [&cdf](double x) {
    const double value = cdf(x);
    expects(value >= 0 && value <= 1, "a distribution function lies in [0, 1]");
    return value;
  };
  double distance = 0;
  for (std::size_t first = 0; first < sorted.size();) {
    const double x = sorted[first];
    std::size_t last = first;
    while (last < sorted.size() && sorted[last] == x) ++last;
    // Between two values F_n is flat and F rises, so the supremum is next to a value of the sample.
    const double left = law(std::nextafter(x, -std::numeric_limits<double>::infinity()));
    distance = std::max(
        {distance, std::abs(left - static_cast<double>(first) / n), std::abs(law(x) - static_cast<double>(last) / n)});
    first = last;
  }
  return distance;
}

}  // namespace rankwise::stats
