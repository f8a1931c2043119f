// Samples of numbers against what they should be, and the lanes of batches. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "random/statistics.hpp"
#include "rankwise/core/lanes.hpp"

namespace rankwise::spectra {

/// One lane of rows of lanes.
inline std::vector<double> lane_of(std::span<const double> rows, std::size_t lane) {
  std::vector<double> numbers;
  for (std::size_t i = lane; i < rows.size(); i += replica_lanes) numbers.push_back(rows[i]);
  return numbers;
}

struct Sample {
  std::vector<double> values;
  void add(double x) { values.push_back(x); }
  void add(std::span<const double> x) { values.insert(values.end(), x.begin(), x.end()); }
  [[nodiscard]] double size() const { return static_cast<double>(values.size()); }
  [[nodiscard]] double mean() const {
    double sum = 0;
    for (const double x : values) sum += x;
    return sum / size();
  }
  /// Mean of (x - mean)^power.
  [[nodiscard]] double central(int power) const {
    const double m = mean();
    double sum = 0;
    for (const double x : values) sum += std::pow(x - m, power);
    return sum / size();
  }
  /// Standard scores of the mean and of the variance, errors from the sample itself.
  [[nodiscard]] double mean_z(double expected) const { return (mean() - expected) / std::sqrt(central(2) / size()); }
  [[nodiscard]] double variance_z(double expected) const {
    const double variance = central(2) * size() / (size() - 1);
    return (variance - expected) / std::sqrt((central(4) - variance * variance) / size());
  }
};

/// sqrt(n m/(n + m)) sup |F_n - G_m| of two samples without ties; test::kolmogorov_limit is its 1e-4 quantile.
inline double two_sample_kolmogorov(Sample a, Sample b) {
  std::sort(a.values.begin(), a.values.end());
  std::sort(b.values.begin(), b.values.end());
  double distance = 0;
  for (std::size_t i = 0, j = 0; i < a.values.size() && j < b.values.size();) {
    if (a.values[i] < b.values[j]) {
      ++i;
    } else {
      ++j;
    }
    distance = std::max(distance, std::abs(static_cast<double>(i) / a.size() - static_cast<double>(j) / b.size()));
  }
  return std::sqrt(a.size() * b.size() / (a.size() + b.size())) * distance;
}

}  // namespace rankwise::spectra
