// Replicas that go through vector instructions together, and which instructions. SPDX-License-Identifier: MIT
//
// A lane kernel is one source for every instruction set: a header that is included by one source file each for AVX-512,
// AVX2 and plain C++, behind core/isa_<set>.hpp, which defines `Isa`. It uses +, -, *, /, sqrt, comparisons,
// selections and integer operations only, without contraction: the same bits whatever the width. It calls no templates
// or inline functions of the standard library either: unoptimised builds would emit them for the instruction set, and
// the linker could give them to everybody.
#pragma once

#include <cstddef>
#include <span>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define RANKWISE_LANES_X86
#endif

namespace rankwise {

/// How many replicas go together; element i of lane w lies at [replica_lanes i + w].
inline constexpr std::size_t replica_lanes = 32;

enum class InstructionSet { portable, avx2, avx512 };
[[nodiscard]] const char* name_of(InstructionSet set);  ///< "portable", "avx2", "avx512"
/// What this processor can run, widest first; `portable` is always there. Kernels take the first one.
[[nodiscard]] std::span<const InstructionSet> instruction_sets();
/// `set` is one of them: for kernels that need more of the processor than the set's name says.
[[nodiscard]] bool allows(InstructionSet set);
/// From now on instruction_sets() begins with `widest`. To be called before any kernel runs, for they choose once. Never
/// changes a bit of any result. Throws UsageError where the processor has not got it.
void limit_instruction_sets(InstructionSet widest);

}  // namespace rankwise
