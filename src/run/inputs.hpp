// Inputs on their way from root to all ranks. SPDX-License-Identifier: MIT
#pragma once

#include "rankwise/mpi/comm.hpp"
#include "rankwise/run/experiment.hpp"

namespace rankwise::run {

/// Root's inputs on every rank.
[[nodiscard]] Inputs broadcast(const mpi::Comm& world, const Inputs& at_root);

}  // namespace rankwise::run
