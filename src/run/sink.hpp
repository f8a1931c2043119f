// Checked values on their way from a task to root. SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "plan.hpp"
#include "rankwise/run/results.hpp"

namespace rankwise::run {

/// One value that a task wrote; replica -1: theory of a point.
struct Record {
  std::size_t field = 0;
  std::size_t point = 0;
  std::int64_t replica = -1;
  Array value;
};

/// Collects the records of one task, each checked when it is put.
class RecordSink final : public Sink {
 public:
  RecordSink(const Description& description, const Task& task) : description_(description), task_(task) {}

  void put(std::string_view observable, const Point& point, std::int64_t replica, Array value) override;
  void predict(std::string_view observable, const Point& point, std::int64_t replica, Array value) override;
  void predict(std::string_view observable, const Point& point, Array value) override;

  /// Throws InternalError naming the first value that the task should have written and did not.
  void check_complete(const Family& family) const;
  [[nodiscard]] const std::vector<Record>& records() const { return records_; }

 private:
  void add(std::string_view name, Kind kind, bool per_replica, const Point& point, std::int64_t replica, Array value);
  const Description& description_;
  const Task& task_;
  std::vector<Record> records_;
};

}  // namespace rankwise::run
