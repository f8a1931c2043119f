// Tasks of known traffic, and what Team says about it; for traffic_test.sh. SPDX-License-Identifier: MIT
// Argument: FILE, to which every rank appends a line in the interposer's format, worked out without it.
#include <cstdio>
#include <stdexcept>
#include <string>

#include "mpi/payload.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/mpi/session.hpp"
#include "rankwise/mpi/team.hpp"

using namespace rankwise;
using namespace rankwise::mpi;
using rankwise::test::payload;

namespace {

void tasks(Team& team) {
  const auto part = static_cast<std::size_t>(team.rank() + 1);
  for (const std::size_t size : {std::size_t{0}, 500 * part, 50000 * part}) {
    (void)team.run_task([&] {
      (void)team.gather(payload(1, size), Channel::operators);
      (void)team.broadcast(payload(2, 3 * size), Channel::patterns);
    });
  }
  for (int failing = 0; failing < team.size(); ++failing) {
    (void)team.run_task([&] {
      if (team.rank() == failing) throw std::runtime_error("fails on purpose");
      (void)team.gather(payload(3, 7000), Channel::metrics);
    });
  }
}

/// Returns the bytes that this rank contributes: lengths are 8 bytes, and a gather agrees on the longest part.
std::uint64_t collectives(const Comm& world) {
  const bool at_root = world.rank() == 0;
  (void)world.broadcast(payload(4, 1000));
  const auto part = static_cast<std::size_t>(world.rank()) * 100;
  (void)world.gather(payload(5, part));
  world.barrier();
  (void)world.maximum(1);
  return (at_root ? 8 + 1000 : 0) + (8 + 8 + part) + 8;
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, [](Session& session, int count, char** arguments) {
    if (count != 2) throw UsageError("argument: FILE");
    const Comm& world = session.world();
    Team team(world);
    tasks(team);
    const std::uint64_t end_of_run = 2 * 8;  // the ranks compare their exit codes
    const std::uint64_t collective = collectives(world) + end_of_run;
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0;  // no payload here is longer than one piece
    for (std::size_t channel = 0; channel < channel_count; ++channel) {
      bytes += team.traffic().sent[channel];
      messages += team.traffic().messages[channel];
    }
    const std::string line = concat("rank ", world.rank(), " p2p_bytes ", bytes, " p2p_messages ", messages,
                                    " collective_bytes ", collective, "\n");
    std::FILE* file = std::fopen(arguments[1], "a");
    if (file == nullptr) throw IoError(concat("cannot write ", arguments[1]));
    std::fputs(line.c_str(), file);
    std::fclose(file);
    return ExitCode::done;
  });
}
