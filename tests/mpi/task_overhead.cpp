// Prints what a task costs beyond its body: run it by hand under mpirun. SPDX-License-Identifier: MIT
#include <array>
#include <cstdio>
#include <cstdlib>

#include "rankwise/core/machine.hpp"
#include "rankwise/mpi/session.hpp"
#include "rankwise/mpi/team.hpp"

using namespace rankwise;
using namespace rankwise::mpi;

namespace {

/// Microseconds per call of `task`, on root's clock.
template <typename Task>
double microseconds(const Comm& world, int repeats, const Task& task) {
  for (int i = 0; i < repeats / 10; ++i) task();
  world.barrier();
  const double start = wall_seconds();
  for (int i = 0; i < repeats; ++i) task();
  return 1e6 * (wall_seconds() - start) / repeats;
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, [](Session& session, int count, char** arguments) {
    const int repeats = count > 1 ? std::atoi(arguments[1]) : 10000;
    const Comm& world = session.world();
    Team team(world);
    const double start_cpu = cpu_seconds();
    const double empty = microseconds(world, repeats, [&] { (void)team.run_task([] {}); });
    const double cpu = 1e6 * (cpu_seconds() - start_cpu) / (1.1 * repeats);
    const auto gathering = [&](std::size_t size, int times) {
      const Bytes bytes(size);
      return microseconds(world, times,
                          [&] { (void)team.run_task([&] { (void)team.gather(bytes, Channel::operators); }); });
    };
    const std::array<double, 3> gathers{gathering(1000, repeats), gathering(100000, repeats / 10 + 1),
                                        gathering(std::size_t{8} << 20, 20)};
    if (world.rank() == 0) {
      std::printf(
          "%d ranks: empty task %.2f us (root's CPU %.2f us), with a gather of 1 kB %.2f us, of 100 kB %.1f us, "
          "of 8 MiB %.0f us\n",
          world.size(), empty, cpu, gathers[0], gathers[1], gathers[2]);
    }
    return ExitCode::done;
  });
}
