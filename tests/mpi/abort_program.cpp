// One rank fails outside of a task while the others wait; for abort_test.sh. SPDX-License-Identifier: MIT
// Arguments: ERROR RANK WAITING FILE. RANK throws ERROR once the others are in WAITING, and writes the time to FILE.
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

#include "mpi/native.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/mpi/session.hpp"
#include "rankwise/mpi/team.hpp"

using namespace rankwise;
using namespace rankwise::mpi;
using std::chrono::system_clock;

namespace {

const std::string text = "the reason, told once";

void write_time(const std::string& file) {
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(system_clock::now().time_since_epoch());
  std::ofstream(file) << since.count() << '\n';
}

[[noreturn]] void throw_error(const std::string& kind) {
  if (kind == "usage") throw UsageError(text);
  if (kind == "io") throw IoError(text);
  if (kind == "numerical") throw NumericalError(text);
  if (kind == "internal" || kind == "internal_in_task") throw InternalError(text);
  if (kind == "two_lines") throw UsageError("the reason,\ntold once\n");
  if (kind == "bad_alloc") throw std::bad_alloc();
  if (kind == "unknown") throw 42;
  throw std::runtime_error(text);
}

/// Work that nothing but a signal ends.
void compute() {
  const auto end = system_clock::now() + std::chrono::seconds(60);
  double x = 1.0;
  while (system_clock::now() < end) x = std::cos(x);
  if (x > 1.0) std::abort();
}

void wait(const std::string& waiting, const Comm& world, Team& team, int failing) {
  if (waiting == "barrier") world.barrier();
  if (waiting == "receive") (void)team.run_task([&] { (void)team.receive(failing, Channel::operators); });
  if (waiting == "compute") compute();
  if (waiting == "return") return;  // run itself waits, to compare exit codes
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, [](Session& session, int count, char** arguments) {
    if (count != 5) throw UsageError("arguments: ERROR RANK WAITING FILE");
    const std::string kind = arguments[1];
    const int failing = std::atoi(arguments[2]);
    const bool fails_here = session.world().rank() == failing;
    const std::string waiting = arguments[3];
    Team team(session.world());
    if (kind == "codes_differ") return fails_here ? ExitCode::io : ExitCode::done;
    if (kind == "codes_agree") return ExitCode::stopped;
    session.world().barrier();
    if (!fails_here) {
      wait(waiting, session.world(), team, failing);
      return ExitCode::done;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    write_time(arguments[4]);
    if (kind == "mpi") checked(MPI_Send(&count, 1, MPI_INT, -77, 0, session.world().native().handle), "MPI_Send");
    if (kind == "internal_in_task") (void)team.run_task([&] { throw_error(kind); });
    throw_error(kind);
  });
}
