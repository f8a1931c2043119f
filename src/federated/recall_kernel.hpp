// The two loops of recall: a row times the overlaps, and a flip's change of them; internal.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace rankwise::federated {

/// `width` is a multiple of 16 everywhere. Integers are exact, and sums of doubles go to partial sum i mod 16, added
/// pairwise at the end: every variant gives the same bits. `add`: overlaps += factor row, factor +-2.
struct RecallKernel {
  std::int32_t (*product16)(const std::int16_t* row, const std::int16_t* overlaps, std::size_t width);
  double (*product64)(const double* row, const double* overlaps, std::size_t width);
  void (*add16)(std::int16_t* overlaps, const std::int16_t* row, int factor, std::size_t width);
  void (*add64)(double* overlaps, const double* row, int factor, std::size_t width);
};

/// The widest that instruction_sets() has; chosen once.
[[nodiscard]] const RecallKernel& recall_kernel();

}  // namespace rankwise::federated
