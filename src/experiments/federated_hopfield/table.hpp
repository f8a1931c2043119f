// Parameters and observables of the federated Hopfield model. SPDX-License-Identifier: MIT
#pragma once

#include "rankwise/run/experiment.hpp"

namespace rankwise::experiments::hopfield {

constexpr std::int64_t most_archetypes = 10000;

enum class Mode {
  baseline,    ///< random archetypes
  structured,  ///< prototypes of images
  capacity,    ///< random archetypes, as many as a load K^2/N says
  drift,       ///< archetypes that come and go
  novelty,     ///< new archetypes join old ones
  attacker,    ///< one client holds noise
  cooperation, ///< clients of unequal quality
  participation  ///< clients that are not always there
};

[[nodiscard]] const char* name_of(Mode mode);

[[nodiscard]] run::ParameterTable parameters();
/// A row of parameters() as another mode of the program has it: its own default, and its own value under --quick where
/// one is given.
[[nodiscard]] run::Parameter row_with(std::string_view name, std::string default_value, std::string quick = "");
[[nodiscard]] std::vector<run::Observable> observables(Mode mode);

/// K = floor(sqrt(load N)), at least 1; whole numbers survive the rounding of load.
[[nodiscard]] std::int64_t archetypes_at(double load, std::int64_t neurons);
/// A list has one value per client, unless a word stands for it; else UsageError.
void check_list(const run::Point& point, const char* name, std::int64_t clients);
/// K: --archetypes, or the number of classes.
[[nodiscard]] std::int64_t archetypes_of(const run::Point& point);

}  // namespace rankwise::experiments::hopfield
