// The few test statistics that the random tests need, spelled out. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace rankwise::test {

/// Kolmogorov's sqrt(n) sup |F_n - F| for a continuous law. Exceeds 2.23 with probability 2 exp(-2 2.23^2) = 1e-4.
template <typename Law>
double kolmogorov(std::vector<double> sample, const Law& law) {
  std::sort(sample.begin(), sample.end());
  const auto n = static_cast<double>(sample.size());
  double distance = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double f = law(sample[i]);
    distance = std::max({distance, f - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - f});
  }
  return std::sqrt(n) * distance;
}
constexpr double kolmogorov_limit = 2.23;

/// Chi-square over cells, brought to a standard normal by Wilson and Hilferty's cube root.
template <typename Counts>
double chi_square_z(const Counts& counts, const std::vector<double>& expected) {
  double chi2 = 0;
  for (std::size_t k = 0; k < expected.size(); ++k) {
    const double excess = static_cast<double>(counts[k]) - expected[k];
    chi2 += excess * excess / expected[k];
  }
  const double dof = static_cast<double>(expected.size()) - 1;
  const double v = 2 / (9 * dof);
  return (std::cbrt(chi2 / dof) - (1 - v)) / std::sqrt(v);
}

/// |z| of a standard normal beyond this: 1e-4 two-sided.
constexpr double z_limit = 3.89;

}  // namespace rankwise::test
