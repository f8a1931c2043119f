// The small programs beside the experiments. SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace rankwise::run {

/// rankwise-info FILE...: parameters, status, provenance, claims, missing tasks and digest of every file, journal
/// included. Returns 0 when all are complete, 1 when one is not, 2 for wrong usage, 4 when a file cannot be read.
int run_info(const std::vector<std::string>& arguments);

/// rankwise-merge A B ... --output C: starts the program that made the first file, from the folder of `own_path`
/// (argv[0]) or the PATH, with --merge. Returns only on failure: 2 for wrong usage, 4 when the file or the program
/// cannot be had.
int run_merge(const std::string& own_path, const std::vector<std::string>& arguments);

}  // namespace rankwise::run
