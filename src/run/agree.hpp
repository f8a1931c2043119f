// Errors that all ranks learn of before anyone goes on. SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "rankwise/core/error.hpp"
#include "rankwise/mpi/comm.hpp"

namespace rankwise::run {

/// An error that every rank of the job knows of and throws alike, so that all can leave in order.
struct AgreedError : Error {
  using Error::Error;
};

/// Runs `step` on every rank, outside of tasks. When it throws an Error anywhere (but an internal one, which leaves as
/// it is and ends the job), every rank throws AgreedError with the text of the lowest such rank; "[rank r on host]"
/// stands in front when not all ranks failed.
void agreed(const mpi::Comm& world, const std::function<void()>& step);

/// The same for a step that only rank 0 does.
void agreed_on_root(const mpi::Comm& world, const std::function<void()>& step);

}  // namespace rankwise::run
