// The lane-batched tridiagonal solver behind TridiagonalBatch; internal. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rankwise/linalg/tridiagonal.hpp"

namespace rankwise::linalg {

/// A batch with its work space; every array has rows of replica_lanes numbers.
struct LaneProblem {
  std::size_t n;
  const double* diagonal;      ///< n rows
  const double* off_diagonal;  ///< n - 1 rows
  OffDiagonal kind;
  double* values;          ///< n rows; undefined in the lanes of LaneOutcome
  double* work_diagonal;   ///< n + 1 rows, aligned to 64 bytes
  double* work_squares;    ///< n rows, aligned to 64 bytes
  std::size_t max_sweeps;  ///< of each lane
};

/// Bit w stands for lane w.
struct LaneOutcome {
  std::uint32_t refused = 0;      ///< NaN, infinity or a negative square in the input: nothing was solved
  std::uint32_t unconverged = 0;  ///< no result within max_sweeps
  std::size_t sweeps = 0;         ///< of the slowest lane
};

using SolveLanes = LaneOutcome (*)(const LaneProblem&);

struct TridiagonalVariant {
  const char* name;
  SolveLanes solve;
};

/// What this processor can run, fastest first; the last one is plain C++. All give the same bits.
[[nodiscard]] std::span<const TridiagonalVariant> tridiagonal_variants();

/// TridiagonalBatch::eigenvalues with the variant and the largest number of sweeps per lane chosen; for tests.
TridiagonalReport solve_batch(const TridiagonalVariant& variant, const LaneProblem& problem);

/// One per source file, so that each is compiled for its instruction set.
LaneOutcome solve_lanes_portable(const LaneProblem& problem);
#ifdef RANKWISE_LANES_X86
LaneOutcome solve_lanes_avx2(const LaneProblem& problem);
LaneOutcome solve_lanes_avx512(const LaneProblem& problem);
#endif

}  // namespace rankwise::linalg
