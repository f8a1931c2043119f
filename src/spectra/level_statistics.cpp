// SPDX-License-Identifier: MIT
#include "rankwise/spectra/level_statistics.hpp"

#include <cmath>

#include "rankwise/core/contract.hpp"
#include "spectra/level_lanes.hpp"

namespace rankwise::spectra {
namespace {

const LevelKernels& kernels() {
  static const LevelKernels& fastest = level_kernels(instruction_sets().front());
  return fastest;
}

std::size_t levels_in(std::span<const double> levels, std::span<const double> unfolded) {
  expects(!levels.empty() && levels.size() % replica_lanes == 0 && unfolded.size() == levels.size(),
          "levels and unfolded levels are the same number of whole rows");
  return levels.size() / replica_lanes;
}

}  // namespace

const LevelKernels& level_kernels(InstructionSet set) {
#ifdef RANKWISE_LANES_X86
  if (set == InstructionSet::avx512) return levels_avx512;
  if (set == InstructionSet::avx2) return levels_avx2;
#endif
  (void)set;
  return levels_portable;
}

LevelWindow bulk_window(std::size_t n, double fraction) {
  expects(fraction > 0 && fraction <= 1, "a bulk fraction lies in (0, 1]");
  const auto count = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(n)));
  expects(count >= 3 && count <= n, "a bulk window has at least 3 levels");
  return {(n - count) / 2, count};
}

LevelStatistics level_statistics(std::span<const double> levels, std::span<const double> unfolded, LevelWindow window,
                                 std::size_t trim) {
  const std::size_t n = levels_in(levels, unfolded);
  expects(n >= 3, "spectra have at least 3 levels");
  expects(window.count >= 3 && window.count <= n && window.first <= n - window.count,
          "a bulk window has at least 3 of the levels");
  expects(2 * trim < n - 1, "trimming leaves at least one bar");
  LevelStatistics s;
  double* rows[level_rows];
  rows[row_entropy] = s.entropy.data();
  rows[row_trimmed_entropy] = s.trimmed_entropy.data();
  rows[row_unfolded_entropy] = s.unfolded_entropy.data();
  rows[row_total] = s.total.data();
  rows[row_longest_bar] = s.longest_bar.data();
  rows[row_bar_variation] = s.bar_variation.data();
  rows[row_spacing_ratio] = s.spacing_ratio.data();
  rows[row_bulk_spacing_ratio] = s.bulk_spacing_ratio.data();
  rows[row_unfolded_variance] = s.unfolded_variance.data();
  rows[row_local_entropy] = s.local_entropy.data();
  rows[row_shape_energy] = s.shape_energy.data();
  rows[row_lowest] = s.lowest.data();
  rows[row_highest] = s.highest.data();
  rows[row_zero_bars] = s.zero_bars.data();
  rows[row_skipped_ratios] = s.skipped_ratios.data();
  std::vector<double> scratch(levels.size());
  kernels().statistics({levels.data(), unfolded.data(), n, window.first, window.count, trim, scratch.data()}, rows);
  return s;
}

void unfold_semicircle(std::span<const double> levels, std::span<double> unfolded) {
  kernels().semicircle(levels.data(), levels_in(levels, unfolded), unfolded.data());
}

void unfold_marchenko_pastur(double ratio, std::span<const double> levels, std::span<double> unfolded) {
  expects(ratio > 0 && ratio <= 1, "levels of ratio in (0, 1] are unfolded");
  kernels().marchenko_pastur(ratio, levels.data(), levels_in(levels, unfolded), unfolded.data());
}

}  // namespace rankwise::spectra
