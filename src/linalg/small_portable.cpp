// Kernels for few eigenpairs, for any processor. SPDX-License-Identifier: MIT
#include "core/isa_portable.hpp"
#include "linalg/small.hpp"
#include "linalg/small_kernel.hpp"

namespace rankwise::linalg {

const SmallKernels small_kernels_portable{SmallEigen::solve, Thin::cross, Thin::combine, Thin::divide};

}  // namespace rankwise::linalg
