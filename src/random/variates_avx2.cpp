// Variates of a row of replicas with AVX2. SPDX-License-Identifier: MIT
#include "random/variates.hpp"

#ifdef RANKWISE_LANES_X86
#include "core/isa_avx2.hpp"
#include "random/variates_kernel.hpp"

namespace rankwise::random {

const VariateKernels variates_avx2{uniform_row, normal_rows, exponential_row, gamma_row};

}  // namespace rankwise::random
#endif
