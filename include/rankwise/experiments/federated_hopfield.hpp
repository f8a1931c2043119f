// Federated many-to-one Hopfield model (arXiv:2603.19902): docs/federated_hopfield.md. SPDX-License-Identifier: MIT
#pragma once

#include "rankwise/run/experiment.hpp"

namespace rankwise::experiments {

/// rankwise-federated-hopfield with all its modes.
[[nodiscard]] run::Program federated_hopfield();

}  // namespace rankwise::experiments
