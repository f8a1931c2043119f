// SPDX-License-Identifier: MIT
#include "engine.hpp"

#include <algorithm>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/machine.hpp"
#include "sink.hpp"

namespace rankwise::run {

random::Stream Context::stream(random::Purpose purpose, std::int64_t replica, std::int64_t client,
                               std::int64_t round) const {
  expects(replica >= 0 && client >= 0 && round >= 0 && round < (std::int64_t{1} << 32), "stream indices are in range");
  return {key, purpose, static_cast<std::uint64_t>(replica), static_cast<std::uint64_t>(client),
          static_cast<std::uint32_t>(round)};
}

void Context::poll() const {
  team.poll();
  if (leave != nullptr && *leave) throw Stopped();
}

Teams make_teams(int ranks, std::int64_t size) {
  Teams teams;
  for (int rank = 0; rank < ranks; ++rank) {
    if (rank % size == 0) teams.emplace_back();
    teams.back().push_back(rank);
  }
  return teams;
}

namespace {

/// The compute thread of one rank.
class Worker {
 public:
  Worker(const EngineInput& input, mpi::Team& team, Desk& desk, int team_start)
      : in_(input), team_(team), desk_(desk), team_start_(team_start), start_(wall_seconds()) {}

  void work() {
    while (const auto assignment = desk_.next()) {
      TaskResult result = run(*assignment);
      if (!team_.is_root()) continue;
      Packer packer;
      packer.put(static_cast<std::uint64_t>(assignment->task));
      packer.append(pack(result));
      desk_.hand_in(packer.take());
    }
  }

 private:
  TaskResult run(const Assignment& assignment) {
    Task task = in_.plan.tasks.at(assignment.task);
    task.already = assignment.already;
    const Family& family = in_.plan.families[task.family];
    const Description& d = in_.request.description;
    Context context{
        team_, in_.inputs, in_.local,
        stream_key(d.experiment, d.mode, d.stream_version, d.parameters, family.front(), in_.request.config.seed),
        &desk_.leave};
    RecordSink sink(d, family, task);
    TaskResult result;
    result.key = {task.theory, task.family_id, task.block.first};
    result.wanted = task.block.wanted;
    result.rank = in_.world.rank();
    result.session = in_.session;
    const double start = wall_seconds();
    const auto outcome = team_.run_task([&] {
      // Every member that knows leaves here; one that does not know yet is told by the team.
      if (desk_.start_no_more) throw Stopped();
      if (task.theory) {
        in_.request.experiment->theory(family, sink, context);
      } else {
        in_.request.experiment->simulate(family, task.block, sink, context);
      }
      if (team_.is_root()) sink.check_complete();
    });
    result.start = start - start_;
    result.seconds = wall_seconds() - start;
    if (outcome.done) {
      result.records = sink.take();
    } else {
      result.ending = outcome.code == ExitCode::stopped ? Ending::abandoned : Ending::failed;
      result.failed_rank = team_start_ + outcome.failed_rank;
      result.message = outcome.message;
    }
    return result;
  }

  const EngineInput& in_;
  mpi::Team& team_;
  Desk& desk_;
  int team_start_;
  double start_;
};

}  // namespace

EngineOutcome run_tasks(const EngineInput& input) {
  const int rank = input.world.rank();
  int mine = 0;
  while (rank > input.teams[static_cast<std::size_t>(mine)].back()) ++mine;
  const mpi::Comm comm = input.world.split(mine);
  mpi::Team team(comm);
  Desk desk;
  EngineOutcome outcome;
  input.world.barrier();  // the ranks' clocks start together
  const double cpu_before = cpu_seconds();
  {
    const EndSignals counted;
    const std::unique_ptr<Conductor> conductor = rank == 0 ? input.make_conductor() : nullptr;
    Service service(input.world, desk, conductor.get());
    Worker(input, team, desk, input.teams[static_cast<std::size_t>(mine)].front()).work();
    service.join();
    if (conductor != nullptr) {
      outcome.stopped_early = conductor->stopped_early();
      outcome.stopped_by_a_failure = conductor->stopped_by_a_failure();
    }
  }
  outcome.record.cpu_seconds = cpu_seconds() - cpu_before;
  outcome.record.peak_memory = static_cast<std::int64_t>(peak_memory());
  outcome.record.traffic = team.traffic();
  return outcome;
}

}  // namespace rankwise::run
