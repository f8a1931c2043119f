// How a rank waits without burning its core. SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace rankwise::mpi {

/// One wait: first spins (an answer on its way takes about a microsecond), then yields the core, then sleeps for an
/// eighth of the time waited so far, between 50 us and 1 ms. So ranks that share a core leave it to the one that
/// computes, and a wait is never lengthened by more than an eighth or 1 ms, whichever is smaller (beyond 400 us).
class Backoff {
 public:
  void pause();

 private:
  using Clock = std::chrono::steady_clock;
  bool started_ = false;
  Clock::time_point start_;
};

}  // namespace rankwise::mpi
