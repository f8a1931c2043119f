// The tasks of a plan, done by all ranks. SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "conductor.hpp"
#include "rankwise/mpi/session.hpp"
#include "writer.hpp"

namespace rankwise::run {

/// Consecutive ranks, `size` to a team; the last team may be smaller.
[[nodiscard]] Teams make_teams(int ranks, std::int64_t size);

/// How the tasks ended; the last two on root only.
struct EngineOutcome {
  RankRecord record;  ///< of this rank, without host and clients
  bool stopped_early = false;
  bool stopped_by_a_failure = false;
};

struct EngineInput {
  const mpi::Comm& world;
  const Request& request;
  const Plan& plan;
  const Teams& teams;
  const Inputs& inputs;
  const LocalData* local;
  std::int32_t session;
  std::function<std::unique_ptr<Conductor>()> make_conductor;  ///< called on root
};

/// Collective. Returns on every rank once no task is left or the run was told to stop.
[[nodiscard]] EngineOutcome run_tasks(const EngineInput& input);

}  // namespace rankwise::run
