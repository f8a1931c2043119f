// SPDX-License-Identifier: MIT
#include "agree.hpp"

#include <algorithm>

#include "rankwise/core/machine.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::run {

namespace {

void settle(const mpi::Comm& world, int code, const std::string& message, bool all_try) {
  if (world.maximum(code) == 0) return;
  std::vector<std::string> reports = world.gather(concat(code, "|", host_name(), "|", message));
  std::string verdict;
  if (world.rank() == 0) {
    const auto failed = [](const std::string& report) { return !report.starts_with("0|"); };
    const auto first = std::find_if(reports.begin(), reports.end(), failed);
    const auto bar = first->find('|', first->find('|') + 1);
    const bool all = std::all_of(reports.begin(), reports.end(), failed) || !all_try;
    const std::string host = first->substr(first->find('|') + 1, bar - first->find('|') - 1);
    verdict = concat(first->substr(0, first->find('|')), "|",
                     all ? "" : concat("[rank ", first - reports.begin(), " on ", host, "] "), first->substr(bar + 1));
  }
  verdict = world.broadcast(verdict);
  const auto bar = verdict.find('|');
  throw AgreedError(static_cast<ExitCode>(std::stoi(verdict.substr(0, bar))), verdict.substr(bar + 1));
}

void attempt(const mpi::Comm& world, const std::function<void()>& step, bool all_try) {
  int code = 0;
  std::string message;
  try {
    if (all_try || world.rank() == 0) step();
  } catch (const Error& error) {
    if (error.exit_code() == ExitCode::internal) throw;
    code = static_cast<int>(error.exit_code());
    message = error.what();
  }
  settle(world, code, message, all_try);
}

}  // namespace

void agreed(const mpi::Comm& world, const std::function<void()>& step) { attempt(world, step, true); }

void agreed_on_root(const mpi::Comm& world, const std::function<void()>& step) { attempt(world, step, false); }

}  // namespace rankwise::run
