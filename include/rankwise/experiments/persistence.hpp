// Persistence diagrams of random matrices (arXiv:2603.27903). SPDX-License-Identifier: MIT
#pragma once

#include "rankwise/run/experiment.hpp"

namespace rankwise::experiments {

/// rankwise-persistence with all its modes.
[[nodiscard]] run::Program persistence();

}  // namespace rankwise::experiments
