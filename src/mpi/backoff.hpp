// How a rank waits without burning its core. SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace rankwise::mpi {

enum class Waiting {
  for_a_rank,     ///< that may compute for hours
  for_a_transfer  ///< under way: both sides must keep calling MPI, or the bytes stand still
};

/// One wait: first spins (an answer on its way takes about a microsecond), then yields the core, then sleeps: for an
/// eighth of the time waited so far, between 50 us and 1 ms, or for 20 us while a transfer is under way (the partner may
/// share this core, and yielding to it costs as much as computing). So ranks that share a core leave it to the one that
/// computes, and sleeping lengthens no wait by more than an eighth or 50 us.
class Backoff {
 public:
  void pause(Waiting waiting);

 private:
  using Clock = std::chrono::steady_clock;
  bool started_ = false;
  Clock::time_point start_;
};

}  // namespace rankwise::mpi
