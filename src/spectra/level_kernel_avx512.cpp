// Statistics of a batch of spectra with AVX-512F. SPDX-License-Identifier: MIT
#include "spectra/level_lanes.hpp"

#ifdef RANKWISE_LANES_X86
#include "core/isa_avx512.hpp"
#include "spectra/level_kernel.hpp"

namespace rankwise::spectra {

const LevelKernels levels_avx512{statistics, semicircle, marchenko_pastur};

}  // namespace rankwise::spectra
#endif
