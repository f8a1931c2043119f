// The vector kernels behind LaneStream; internal. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rankwise/core/lanes.hpp"

namespace rankwise::random {

/// One row of replica_lanes numbers each.
struct VariateKernels {
  void (*uniforms)(const std::uint64_t* words, double* out);
  /// Two independent rows of standard normals from two rows of words.
  void (*normals)(const std::uint64_t* words0, const std::uint64_t* words1, double* out0, double* out1);
  void (*exponentials)(const std::uint64_t* words, double* out);
  /// One attempt at Gamma(d + 1/3), c = 1/sqrt(9 d), from a normal and a word each. Returns the lanes that accepted; in
  /// the others `out` means nothing.
  std::uint32_t (*gammas)(const double* normal, const std::uint64_t* words, const double* d, const double* c,
                          double* out);
};

/// Of one instruction set; those of all sets give the same bits.
[[nodiscard]] const VariateKernels& variate_kernels(InstructionSet set);

/// One per source file, so that each is compiled for its instruction set.
extern const VariateKernels variates_portable;
#ifdef RANKWISE_LANES_X86
extern const VariateKernels variates_avx2;
extern const VariateKernels variates_avx512;
#endif

}  // namespace rankwise::random
