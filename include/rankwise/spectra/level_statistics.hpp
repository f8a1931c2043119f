// Statistics of the levels of single spectra, 32 at a time. SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "rankwise/core/lanes.hpp"

namespace rankwise::spectra {

/// Consecutive levels first .. first + count - 1.
struct LevelWindow {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// The central `fraction` of n levels, in (0, 1], rounded to whole levels. At least 3, else InternalError.
[[nodiscard]] LevelWindow bulk_window(std::size_t n, double fraction);

/// One number per lane each. s_k are the n - 1 spacings, which are the bars of the persistence diagram of x^H M x on
/// the unit sphere; u_k those of the unfolded levels.
struct LevelStatistics {
  using Row = std::array<double, replica_lanes>;

  Row entropy{};           ///< persistence entropy -sum p_k log p_k, p_k = s_k / sum s; in 0 .. log(n - 1)
  Row trimmed_entropy{};   ///< the same without the first and last `trim` bars
  Row unfolded_entropy{};  ///< the same of the u_k
  Row total{};             ///< sum of the bars: highest less lowest level
  Row longest_bar{};
  Row bar_variation{};       ///< standard deviation over mean of the bars (population, divisor n - 1 bars)
  Row spacing_ratio{};       ///< mean of min(s_k, s_{k+1}) / max(s_k, s_{k+1}) over the n - 2 pairs
  Row bulk_spacing_ratio{};  ///< the same over the levels of the window
  Row unfolded_variance{};   ///< variance of the u_k inside the window, their mean brought to 1 (population)
  Row local_entropy{};       ///< mean of u log u of the same
  Row shape_energy{};        ///< sum_{i<j} log|x_i - x_j| - n(n-1)/4 log sum x_i^2, scale-free (log-gas energy)
  Row lowest{};
  Row highest{};
  Row zero_bars{};       ///< how many s_k are 0; they add nothing to the entropies, shape_energy takes them as 1e-308
                         ///< of the largest level
  Row skipped_ratios{};  ///< pairs of which both are 0, left out of spacing_ratio; NaN where no pair is left
};

/// levels, unfolded: (n, lanes), ascending in each lane; unfolded levels in units of the mean spacing, any origin
/// (their spacings below 0 count as 0). n >= 3, window inside with at least 3 levels, 2 trim < n - 1, else
/// InternalError. The same bits from every instruction set. O(n^2) for shape_energy: n = 1000 takes 30 us per lane.
[[nodiscard]] LevelStatistics level_statistics(std::span<const double> levels, std::span<const double> unfolded,
                                               LevelWindow window, std::size_t trim);

/// n F(x) of the semicircle of radius 2 for n rows of levels; 0 and n beyond its ends. F within 5e-16.
void unfold_semicircle(std::span<const double> levels, std::span<double> unfolded);
/// n F(x) of Marchenko and Pastur's law, ratio in (0, 1]; 0 and n beyond its ends. F within 2e-15.
void unfold_marchenko_pastur(double ratio, std::span<const double> levels, std::span<double> unfolded);

}  // namespace rankwise::spectra
