// The life of MPI in a program. SPDX-License-Identifier: MIT
#include "rankwise/mpi/session.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

#include "mpi/native.hpp"
#include "rankwise/core/contract.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::mpi {

namespace {

const char* name_of_thread_level(int level) {
  switch (level) {
    case MPI_THREAD_SINGLE:
      return "MPI_THREAD_SINGLE";
    case MPI_THREAD_FUNNELED:
      return "MPI_THREAD_FUNNELED";
    case MPI_THREAD_SERIALIZED:
      return "MPI_THREAD_SERIALIZED";
    default:
      return "an unknown thread level";
  }
}

bool mpi_is_alive() {
  int initialised = 0;
  int finalised = 0;
  MPI_Initialized(&initialised);
  MPI_Finalized(&finalised);
  return initialised != 0 && finalised == 0;
}

void say_to_stderr(const std::string& message) {
  std::string line = "[";
  if (mpi_is_alive()) {
    int rank = -1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    line += concat("rank ", rank, " on ");
  }
  line += concat(host_name(), "] ", trim(message));
  std::replace(line.begin(), line.end(), '\n', ' ');  // one line per error, for those who grep a log of many ranks
  line += '\n';
  std::fflush(stdout);
  std::fwrite(line.data(), 1, line.size(), stderr);  // one write, so that lines of several ranks do not mix
  std::fflush(stderr);
}

/// Called inside a catch block.
[[noreturn]] void abort_with_current_exception() {
  try {
    throw;
  } catch (const Error& e) {
    abort_job(e.exit_code(), e.what());
  } catch (const std::bad_alloc&) {
    abort_job(ExitCode::internal,
              concat("out of memory (", human_bytes(static_cast<double>(usable_memory())), " left on this host)"));
  } catch (const std::exception& e) {
    abort_job(ExitCode::internal, e.what());
  } catch (...) {
    abort_job(ExitCode::internal, "unknown exception");
  }
}

/// What every rank returns; a difference is an error of ours, told by root.
ExitCode agreed(const Comm& world, ExitCode mine) {
  const std::int64_t highest = world.maximum(static_cast<std::int64_t>(mine));
  const std::int64_t lowest = -world.maximum(-static_cast<std::int64_t>(mine));
  if (highest == lowest) return mine;
  if (world.rank() == 0) {
    say_to_stderr(concat("internal error: the ranks return different exit codes, from ", lowest, " to ", highest));
  }
  return ExitCode::internal;
}

}  // namespace

void abort_job(ExitCode code, const std::string& message) {
  say_to_stderr(message);
  if (mpi_is_alive()) MPI_Abort(MPI_COMM_WORLD, static_cast<int>(code));
  std::_Exit(static_cast<int>(code));
}

Session::Session(int& argc, char**& argv) : exceptions_(std::uncaught_exceptions()) {
  int initialised = 0;
  checked(MPI_Initialized(&initialised), "MPI_Initialized");
  expects(initialised == 0, "one Session per program");
  use_one_blas_thread();
  int granted = MPI_THREAD_SINGLE;
  checked(MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &granted), "MPI_Init_thread");
  checked(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  checked(MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  if (granted < MPI_THREAD_MULTIPLE) {
    throw Error(ExitCode::internal, concat("the MPI library grants only ", name_of_thread_level(granted),
                                           "; Rankwise needs MPI_THREAD_MULTIPLE: use an MPI that was built with it (",
                                           library_version(), ")"));
  }
  MPI_Comm copy = MPI_COMM_NULL;
  checked(MPI_Comm_dup(MPI_COMM_WORLD, &copy), "MPI_Comm_dup");
  world_ = std::make_unique<Comm>(std::make_shared<Comm::Native>(copy));
}

Session::~Session() {
  // Finalising is collective: a rank that leaves by an exception must abort the job instead (run does), or the
  // others would wait for ever in their next call.
  if (std::uncaught_exceptions() > exceptions_) return;
  world_.reset();
  MPI_Finalize();
}

const Comm& Session::world() const { return *world_; }

std::string Session::library_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  checked(MPI_Get_library_version(text.data(), &length), "MPI_Get_library_version");
  const std::string all(text.data());
  return all.substr(0, all.find('\n'));
}

int run(int argc, char** argv, const std::function<ExitCode(Session&, int argc, char** argv)>& body) {
  try {
    Session session(argc, argv);
    const ExitCode mine = body(session, argc, argv);
    // Before the last agreement: mpirun ends the others as soon as one rank has returned non-zero.
    std::fflush(nullptr);
    return static_cast<int>(agreed(session.world(), mine));
  } catch (...) {
    abort_with_current_exception();
  }
}

}  // namespace rankwise::mpi
