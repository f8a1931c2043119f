// Mean, variance and quantiles of a sample. SPDX-License-Identifier: MIT
#include "rankwise/stats/moments.hpp"

#include <cmath>
#include <cstddef>

#include "rankwise/core/contract.hpp"
#include "stats/sample.hpp"

namespace rankwise::stats {

Moments moments(std::span<const double> sample) {
  Moments result;
  double sum = 0;
  for (const double x : sample) {
    if (std::isnan(x)) continue;
    sum += x;
    ++result.count;
  }
  if (result.count == 0) return result;
  const auto n = static_cast<double>(result.count);
  result.mean = sum / n;
  if (result.count == 1) return result;
  double squares = 0;
  double rest = 0;  // what rounding left in the mean, taken out of the squares again
  for (const double x : sample) {
    if (std::isnan(x)) continue;
    const double d = x - result.mean;
    squares += d * d;
    rest += d;
  }
  result.variance = std::max(0.0, squares - rest * rest / n) / (n - 1);
  result.standard_error = std::sqrt(result.variance / n);
  return result;
}

std::vector<double> quantiles(std::span<const double> sample, std::span<const double> probabilities) {
  const std::vector<double> sorted = sorted_values(sample);
  std::vector<double> found;
  for (const double probability : probabilities) {
    expects(probability >= 0 && probability <= 1, "a probability lies in [0, 1]");
    if (sorted.empty()) {
      found.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const double place = static_cast<double>(sorted.size() - 1) * probability;
    const auto below = static_cast<std::size_t>(place);
    const double part = place - static_cast<double>(below);
    if (part == 0) {
      found.push_back(sorted[below]);
      continue;
    }
    const double step = sorted[below + 1] - sorted[below];
    // From the nearer end, so that the result is monotone in the probability and keeps both ends exactly.
    found.push_back(part < 0.5 ? sorted[below] + step * part : sorted[below + 1] - step * (1 - part));
  }
  return found;
}

double quantile(std::span<const double> sample, double probability) {
  return quantiles(sample, {&probability, 1}).front();
}

}  // namespace rankwise::stats
