// Signals, as far as a handler may go: counted. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace rankwise::run {

/// How often this process was asked to stop in order (SIGUSR1) and to end (SIGTERM, SIGINT).
struct SignalCounts {
  std::int32_t stop = 0;
  std::int32_t end = 0;
  bool operator==(const SignalCounts&) const = default;
};

/// From now on SIGUSR1 is counted instead of ending the process: it may come before the first task.
void count_stop_signals();

/// As long as it lives SIGTERM and SIGINT are counted too; before and after they end the process, since nothing is lost
/// then. At most one at a time.
class EndSignals {
 public:
  EndSignals();
  ~EndSignals();
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;
};

[[nodiscard]] SignalCounts signals_so_far();

}  // namespace rankwise::run
