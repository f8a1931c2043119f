// Variates of a row of replicas for any processor. SPDX-License-Identifier: MIT
#include "core/isa_portable.hpp"
#include "random/variates.hpp"
#include "random/variates_kernel.hpp"

namespace rankwise::random {

const VariateKernels variates_portable{uniform_row, normal_rows, exponential_row, gamma_row};

}  // namespace rankwise::random
