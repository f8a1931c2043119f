// How a rank waits without burning its core. SPDX-License-Identifier: MIT
#include "mpi/backoff.hpp"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace rankwise::mpi {

void Backoff::pause(Waiting waiting) {
  using std::chrono::microseconds;
  constexpr microseconds spinning{20};
  constexpr microseconds yielding{100};
  const auto now = Clock::now();
  if (!started_) {
    started_ = true;
    start_ = now;
  }
  const Clock::duration waited = now - start_;
  if (waited < spinning) return;
  if (waited < yielding) {
    sched_yield();
    return;
  }
  const bool transfer = waiting == Waiting::for_a_transfer;
  std::this_thread::sleep_for(transfer ? microseconds{20}
                                       : std::clamp<Clock::duration>(waited / 8, microseconds{50}, microseconds{1000}));
}

}  // namespace rankwise::mpi
