// Statistics of a batch of spectra for any processor. SPDX-License-Identifier: MIT
#include "core/isa_portable.hpp"
#include "spectra/level_kernel.hpp"
#include "spectra/level_lanes.hpp"

namespace rankwise::spectra {

const LevelKernels levels_portable{statistics, semicircle, marchenko_pastur};

}  // namespace rankwise::spectra
