// SPDX-License-Identifier: MIT
#include "linalg/small.hpp"

namespace rankwise::linalg {

const SmallKernels& small_kernels(InstructionSet set) {
  switch (set) {
#ifdef RANKWISE_LANES_X86
    case InstructionSet::avx512:
      return small_kernels_avx512;
    case InstructionSet::avx2:
      return small_kernels_avx2;
#endif
    default:
      return small_kernels_portable;
  }
}

const SmallKernels& small_kernels() {
  static const SmallKernels& widest = small_kernels(instruction_sets().front());
  return widest;
}

}  // namespace rankwise::linalg
