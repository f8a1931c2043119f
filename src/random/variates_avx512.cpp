// Variates of a row of replicas with AVX-512F. SPDX-License-Identifier: MIT
#include "random/variates.hpp"

#ifdef RANKWISE_LANES_X86
#include "core/isa_avx512.hpp"
#include "random/variates_kernel.hpp"

namespace rankwise::random {

const VariateKernels variates_avx512{uniform_row, normal_rows, exponential_row, gamma_row};

}  // namespace rankwise::random
#endif
