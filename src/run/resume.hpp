// May this request go on with that file? SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "plan.hpp"
#include "stored.hpp"

namespace rankwise::run {

/// Version, commit and numerical fingerprint of this program on this machine: what decides its last bits.
[[nodiscard]] std::string machine_text();

/// Throws UsageError naming every difference that matters, with both values: another experiment, mode, stream version,
/// seed, data set or machine; fewer replicas; parameter values of the file that the request lacks.
void check_resumable(const StoredRun& stored, const Request& request, const Plan& plan, const Inputs& inputs);

/// The same for files of one experiment that are to become one: names what differs from `first`.
void check_same_run(const StoredRun& stored, const StoredRun& first);

/// State of every task of the plan by what the results hold; times and ranks as the file has them.
[[nodiscard]] std::vector<TaskState> states_of(const Plan& plan, const Results& results, const StoredRun& stored);

/// Lines "name = values" of a configuration as the file has it.
[[nodiscard]] std::map<std::string, std::string> config_lines(const std::string& config);

}  // namespace rankwise::run
