// SPDX-License-Identifier: MIT
#include "rankwise/core/lanes.hpp"

#include <vector>

namespace rankwise {
namespace {

std::vector<InstructionSet> find_sets() {
  std::vector<InstructionSet> found;
#ifdef RANKWISE_LANES_X86
  if (__builtin_cpu_supports("avx512f")) found.push_back(InstructionSet::avx512);
  if (__builtin_cpu_supports("avx2")) found.push_back(InstructionSet::avx2);
#endif
  found.push_back(InstructionSet::portable);
  return found;
}

}  // namespace

const char* name_of(InstructionSet set) {
  switch (set) {
    case InstructionSet::portable:
      return "portable";
    case InstructionSet::avx2:
      return "avx2";
    case InstructionSet::avx512:
      return "avx512f";
  }
  return "unknown";
}

std::span<const InstructionSet> instruction_sets() {
  static const std::vector<InstructionSet> sets = find_sets();
  return sets;
}

}  // namespace rankwise
