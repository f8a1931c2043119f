// How a rank waits without burning its core. SPDX-License-Identifier: MIT
#include "mpi/backoff.hpp"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace rankwise::mpi {

void Backoff::pause(Waiting waiting) {
  using std::chrono::microseconds;
  constexpr microseconds spinning{20};
  constexpr microseconds yielding{200};
  const auto now = Clock::now();
  if (!started_) {
    started_ = true;
    start_ = now;
  }
  const Clock::duration waited = now - start_;
  if (waited < spinning) return;
  if (waited < yielding || waiting == Waiting::for_a_transfer) {
    sched_yield();
    return;
  }
  std::this_thread::sleep_for(std::clamp<Clock::duration>(waited / 8, microseconds{50}, microseconds{1000}));
}

}  // namespace rankwise::mpi
