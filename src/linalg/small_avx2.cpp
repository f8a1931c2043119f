// Kernels for few eigenpairs, for processors with AVX2. SPDX-License-Identifier: MIT
#include "linalg/small.hpp"

#ifdef RANKWISE_LANES_X86
#include "core/isa_avx2.hpp"
#include "linalg/small_kernel.hpp"

namespace rankwise::linalg {

const SmallKernels small_kernels_avx2{SmallEigen::solve, Thin::cross, Thin::combine, Thin::divide};

}  // namespace rankwise::linalg
#endif
