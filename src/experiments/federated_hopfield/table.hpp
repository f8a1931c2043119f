// Parameters and observables of the federated Hopfield model. SPDX-License-Identifier: MIT
#pragma once

#include "rankwise/run/experiment.hpp"

namespace rankwise::experiments::hopfield {

[[nodiscard]] run::ParameterTable parameters();
[[nodiscard]] std::vector<run::Observable> observables(bool structured);

/// K: --archetypes, or the number of classes.
[[nodiscard]] std::int64_t archetypes_of(const run::Point& point);

}  // namespace rankwise::experiments::hopfield
