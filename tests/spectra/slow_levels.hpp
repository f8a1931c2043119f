// Statistics of the levels of one spectrum in long double, the oracle of the batched ones. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "rankwise/spectra/level_statistics.hpp"

namespace rankwise::spectra {

/// All members of LevelStatistics by name, as their comments say.
struct SlowLevels {
  using Real = long double;
  using Reals = std::vector<Real>;

  Real entropy, trimmed_entropy, unfolded_entropy, total, longest_bar, bar_variation, spacing_ratio, bulk_spacing_ratio,
      unfolded_variance, local_entropy, shape_energy, lowest, highest, zero_bars, skipped_ratios;
  Real energy_scale = 0;  ///< sum of the sizes of the terms of shape_energy

  SlowLevels(const std::vector<double>& x, const std::vector<double>& u, LevelWindow window, std::size_t trim) {
    const auto skip = static_cast<std::ptrdiff_t>(trim);
    const Reals bars = spacings(x, 0, x.size());
    Reals positive = spacings(u, 0, u.size());
    for (Real& s : positive) s = std::max<Real>(s, 0);
    lowest = x.front();
    highest = x.back();
    total = highest - lowest;
    entropy = entropy_of(bars);
    trimmed_entropy = entropy_of(Reals(bars.begin() + skip, bars.end() - skip));
    unfolded_entropy = entropy_of(positive);
    longest_bar = *std::max_element(bars.begin(), bars.end());
    zero_bars = static_cast<Real>(std::count(bars.begin(), bars.end(), Real(0)));
    bar_variation = total > 0 ? std::sqrt(variance_about(bars, mean(bars))) / mean(bars) : 0;
    std::size_t skipped = 0;
    spacing_ratio = mean_ratio(bars, skipped);
    skipped_ratios = static_cast<Real>(skipped);
    bulk_spacing_ratio = mean_ratio(spacings(x, window.first, window.count), skipped);

    const Real width = Real(u[window.first + window.count - 1]) - u[window.first];
    Reals inside = spacings(u, window.first, window.count);
    for (Real& s : inside) s = std::max<Real>(s, 0) * (width > 0 ? static_cast<Real>(inside.size()) / width : 1);
    unfolded_variance = variance_about(inside, 1);
    Real logs = 0;
    for (const Real s : inside) logs += s > 0 ? s * std::log(s) : 0;
    local_entropy = logs / static_cast<Real>(inside.size());

    Real energy = 0;
    Real norm = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      norm += Real(x[j]) * x[j];
      for (std::size_t i = 0; i < j; ++i) {
        const Real term = std::log(Real(x[j]) - x[i]);
        energy += term;
        energy_scale += std::abs(term);
      }
    }
    const auto n = static_cast<Real>(x.size());
    shape_energy = energy - n * (n - 1) / 4 * std::log(norm);
    energy_scale += n * (n - 1) / 4 * (1 + std::abs(std::log(norm)));
  }

 private:
  static Reals spacings(const std::vector<double>& x, std::size_t first, std::size_t count) {
    Reals s;
    for (std::size_t k = first; k + 1 < first + count; ++k) s.push_back(Real(x[k + 1]) - x[k]);
    return s;
  }
  static Real sum(const Reals& x) {
    Real total = 0;
    for (const Real value : x) total += value;
    return total;
  }
  static Real mean(const Reals& x) { return sum(x) / static_cast<Real>(x.size()); }
  static Real variance_about(const Reals& x, Real centre) {
    Real squares = 0;
    for (const Real value : x) squares += (value - centre) * (value - centre);
    return squares / static_cast<Real>(x.size());
  }
  static Real entropy_of(const Reals& bars) {
    const Real total = sum(bars);
    Real entropy = 0;
    for (const Real s : bars) entropy -= s > 0 ? s / total * std::log(s / total) : 0;
    return entropy;
  }
  static Real mean_ratio(const Reals& bars, std::size_t& skipped) {
    Reals ratios;
    for (std::size_t k = 0; k + 1 < bars.size(); ++k) {
      const auto [low, high] = std::minmax(bars[k], bars[k + 1]);
      if (high > 0) ratios.push_back(low / high);
    }
    skipped = bars.size() - 1 - ratios.size();
    return ratios.empty() ? std::numeric_limits<Real>::quiet_NaN() : mean(ratios);
  }
};

}  // namespace rankwise::spectra
