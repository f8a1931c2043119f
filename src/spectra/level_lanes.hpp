// The vector kernels behind level_statistics.hpp; internal. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "rankwise/core/lanes.hpp"

namespace rankwise::spectra {

struct LevelProblem {
  const double* levels;    ///< n rows
  const double* unfolded;  ///< n rows
  std::size_t n;
  std::size_t window_first;
  std::size_t window_count;
  std::size_t trim;
  double* scratch;  ///< n rows
};

/// Rows of LevelStatistics by number, so that the kernel need not know its arrays.
enum LevelRow {
  row_entropy,
  row_trimmed_entropy,
  row_unfolded_entropy,
  row_total,
  row_longest_bar,
  row_bar_variation,
  row_spacing_ratio,
  row_bulk_spacing_ratio,
  row_unfolded_variance,
  row_local_entropy,
  row_shape_energy,
  row_lowest,
  row_highest,
  row_zero_bars,
  row_skipped_ratios,
  level_rows
};

struct LevelKernels {
  /// rows: level_rows pointers to replica_lanes numbers.
  void (*statistics)(const LevelProblem& problem, double* const* rows);
  void (*semicircle)(const double* levels, std::size_t n, double* unfolded);
  void (*marchenko_pastur)(double ratio, const double* levels, std::size_t n, double* unfolded);
};

/// Of one instruction set; those of all sets give the same bits.
[[nodiscard]] const LevelKernels& level_kernels(InstructionSet set);

/// One per source file, so that each is compiled for its instruction set.
extern const LevelKernels levels_portable;
#ifdef RANKWISE_LANES_X86
extern const LevelKernels levels_avx2;
extern const LevelKernels levels_avx512;
#endif

}  // namespace rankwise::spectra
