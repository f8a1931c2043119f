// What an experiment makes of its results at root. SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "rankwise/run/results.hpp"

namespace rankwise::run {

struct Analysis {
  Tables tables;
  std::vector<Judged> claims;
  std::string error;  ///< what derive() or claims() threw; there are no tables and claims then, but the results stand
  [[nodiscard]] bool refuted() const;  ///< some claim failed
};

/// Runs derive() and claims(). An exception in them costs the analysis, never the results.
[[nodiscard]] Analysis analyse(const Experiment& experiment, const Results& results);

}  // namespace rankwise::run
