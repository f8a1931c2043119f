// SPDX-License-Identifier: MIT
#include "rankwise/core/lanes.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

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

std::vector<InstructionSet>& sets() {
  static std::vector<InstructionSet> all = find_sets();
  return all;
}

}  // namespace

const char* name_of(InstructionSet set) {
  switch (set) {
    case InstructionSet::portable:
      return "portable";
    case InstructionSet::avx2:
      return "avx2";
    case InstructionSet::avx512:
      return "avx512";
  }
  return "unknown";
}

std::span<const InstructionSet> instruction_sets() { return sets(); }

bool allows(InstructionSet set) { return std::find(sets().begin(), sets().end(), set) != sets().end(); }

void limit_instruction_sets(InstructionSet widest) {
  std::vector<InstructionSet>& all = sets();
  const auto found = std::find(all.begin(), all.end(), widest);
  if (found == all.end()) {
    std::string names;
    for (const InstructionSet set : all) names += concat(names.empty() ? "" : ", ", name_of(set));
    throw UsageError(concat("--instruction-set '", name_of(widest), "': this processor has ", names));
  }
  all.erase(all.begin(), found);
}

}  // namespace rankwise
