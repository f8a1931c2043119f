// The life of MPI in a program. SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "rankwise/core/error.hpp"
#include "rankwise/mpi/comm.hpp"

namespace rankwise::mpi {

/// Exactly one per program, in main: initialises MPI with MPI_THREAD_MULTIPLE (checked), makes errors of MPI calls
/// return so that they become MpiError, finalises when destroyed outside of an exception.
class Session {
 public:
  Session(int& argc, char**& argv);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// All ranks of the job, a duplicate of MPI_COMM_WORLD that no user traffic can reach.
  [[nodiscard]] const Comm& world() const;
  /// "Open MPI v4.1.4, ...", first line of the library's own version text.
  [[nodiscard]] static std::string library_version();

 private:
  std::unique_ptr<Comm> world_;
  int exceptions_;  // in flight at construction
};

/// Ends the job from any rank and any thread: "[rank r on host] message" as one line on stderr (line breaks become
/// blanks), then MPI_Abort with `code`. Works before and after MPI's life too.
[[noreturn]] void abort_job(ExitCode code, const std::string& message);

/// Runs `body` inside a Session and returns what main should return. Every rank must return the same exit code from
/// `body` (it is checked: a difference is told by root and becomes ExitCode::internal). An exception that leaves `body`
/// on any rank: one message "[rank r on host] what" to stderr from that rank, then MPI_Abort with the error's exit
/// code: no rank waits for one that is gone.
int run(int argc, char** argv, const std::function<ExitCode(Session&, int argc, char** argv)>& body);

}  // namespace rankwise::mpi
