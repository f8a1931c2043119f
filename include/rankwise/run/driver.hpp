// From a command line to a finished file. SPDX-License-Identifier: MIT
#pragma once

#include "rankwise/run/experiment.hpp"

namespace rankwise::run {

/// The whole of a driver's main: parses, runs, writes, judges. Returns the exit code (docs/schema.md).
int run_program(int argc, char** argv, const Program& program);

}  // namespace rankwise::run
