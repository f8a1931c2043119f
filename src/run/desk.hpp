// Where the compute thread and the service thread of a rank meet. SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "rankwise/core/packing.hpp"

namespace rankwise::run {

struct Assignment {
  std::size_t task = 0;                 ///< index in the plan
  std::vector<std::int64_t> already{};  ///< see Task
};

class Desk {
 public:
  // The compute thread:
  /// The next task, waited for; nothing once the run is over.
  [[nodiscard]] std::optional<Assignment> next();
  void hand_in(Bytes result);

  // The service thread:
  void assign(Assignment assignment);
  void end();
  [[nodiscard]] std::vector<Bytes> take_results();
  /// Waits for a result, at most `nap`.
  void wait(std::chrono::microseconds nap);

  std::atomic<bool> start_no_more{false};  ///< a task that begins leaves at once
  std::atomic<bool> leave{false};          ///< a task leaves at its next poll

 private:
  std::mutex mutex_;
  std::condition_variable for_compute_;
  std::condition_variable for_service_;
  std::deque<Assignment> assignments_;
  std::vector<Bytes> results_;
  bool over_ = false;
};

}  // namespace rankwise::run
