// Parameters and observables that all modes of the persistence experiment share. SPDX-License-Identifier: MIT
#pragma once

#include "rankwise/run/experiment.hpp"

namespace rankwise::experiments::levels {

[[nodiscard]] run::ParameterTable parameters();
[[nodiscard]] std::vector<run::Observable> shared_observables();

}  // namespace rankwise::experiments::levels
