// Statistics of a batch of spectra with AVX2. SPDX-License-Identifier: MIT
#include "spectra/level_lanes.hpp"

#ifdef RANKWISE_LANES_X86
#include "core/isa_avx2.hpp"
#include "spectra/level_kernel.hpp"

namespace rankwise::spectra {

const LevelKernels levels_avx2{statistics, semicircle, marchenko_pastur};

}  // namespace rankwise::spectra
#endif
