// SPDX-License-Identifier: MIT
#include "desk.hpp"

#include <utility>

namespace rankwise::run {

std::optional<Assignment> Desk::next() {
  std::unique_lock lock(mutex_);
  for_compute_.wait(lock, [this] { return over_ || !assignments_.empty(); });
  if (assignments_.empty()) return std::nullopt;
  Assignment assignment = std::move(assignments_.front());
  assignments_.pop_front();
  return assignment;
}

void Desk::hand_in(Bytes result) {
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    is_first = results_.empty();
    results_.push_back(std::move(result));
  }
  if (is_first) for_service_.notify_one();  // else it is awake, or will be
}

void Desk::assign(Assignment assignment) {
  {
    const std::lock_guard lock(mutex_);
    assignments_.push_back(std::move(assignment));
  }
  for_compute_.notify_one();
}

void Desk::end() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  for_compute_.notify_one();
}

std::vector<Bytes> Desk::take_results() {
  const std::lock_guard lock(mutex_);
  return std::exchange(results_, {});
}

void Desk::wait(std::chrono::microseconds nap) {
  std::unique_lock lock(mutex_);
  for_service_.wait_for(lock, nap, [this] { return !results_.empty(); });
}

}  // namespace rankwise::run
