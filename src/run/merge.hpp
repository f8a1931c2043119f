// Several files of one experiment become one. SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "options.hpp"
#include "rankwise/core/log.hpp"

namespace rankwise::run {

/// --merge: puts the values of all files (and of their journals) into options.output, each (point, replica) once. Says
/// what is missing. Returns `done`, `failed` when replicas are missing or a claim failed under --verify. Throws
/// UsageError when the files are not of one run, IoError when a file cannot be read or two disagree on a value.
ExitCode merge_files(const Program& program, const Options& options, const std::string& command_line, const Log& log);

}  // namespace rankwise::run
