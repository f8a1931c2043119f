// Typed errors and the exit codes they lead to. SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

namespace rankwise {

/// What a program of this house tells its caller; documented in README.md. Never renumber.
enum class ExitCode : int {
  done = 0,      ///< everything asked for is in the file
  failed = 1,    ///< some task failed, or a claim failed under --verify
  usage = 2,     ///< a parameter or an input that the user can correct
  internal = 3,  ///< a broken invariant, or an error of MPI
  io = 4,        ///< reading or writing failed
  stopped = 75   ///< stopped early, resumable (EX_TEMPFAIL)
};

/// Base of all errors thrown on purpose; carries the exit code of the program should nobody handle it.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ExitCode exit_code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

/// The user can mend it: a parameter, an option, an input file with wrong content. Says what, which value, what is allowed.
struct UsageError : Error {
  explicit UsageError(const std::string& message) : Error(ExitCode::usage, message) {}
};

/// The operating system or HDF5 refused: unreadable, unwritable, disk full.
struct IoError : Error {
  explicit IoError(const std::string& message) : Error(ExitCode::io, message) {}
};

/// An algorithm did not reach its accuracy. Inside a task it marks the replica as failed.
struct NumericalError : Error {
  explicit NumericalError(const std::string& message) : Error(ExitCode::failed, message) {}
};

/// A broken promise between two pieces of this code base, never the user's fault.
struct InternalError : Error {
  explicit InternalError(const std::string& message) : Error(ExitCode::internal, message) {}
};

}  // namespace rankwise
