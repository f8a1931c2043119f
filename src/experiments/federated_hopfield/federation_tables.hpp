// Tables of the federation's modes under /derived. SPDX-License-Identifier: MIT
#pragma once

#include "rankwise/run/results.hpp"

namespace rankwise::experiments::hopfield {

/// `capacity` and `recovery`: which archetypes come back, and the largest K of which all do.
void capacity_tables(const run::Results& results, run::Tables& tables);
/// `summary`: the first and the last round of every point.
void summary_table(const run::Results& results, run::Tables& tables);
/// `gain`: what optimal shares of the server's mean add to the overlap of equal ones, on the same batches.
void gain_table(const run::Results& results, run::Tables& tables);

}  // namespace rankwise::experiments::hopfield
