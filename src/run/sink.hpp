// Checked values on their way from a task to root. SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <vector>

#include "plan.hpp"
#include "task_result.hpp"

namespace rankwise::run {

/// Collects the records of one task, each checked when it is put.
class RecordSink final : public Sink {
 public:
  RecordSink(const Description& description, const Family& family, const Task& task)
      : description_(description), family_(family), task_(task) {}

  void add(std::string_view observable, const Point& point, std::int64_t replica, const Array& counts) override;
  void put(std::string_view observable, const Point& point, std::int64_t replica, Array value) override;
  void predict(std::string_view observable, const Point& point, std::int64_t replica, Array value) override;
  void predict(std::string_view observable, const Point& point, Array value) override;

  /// Throws InternalError naming the first value that the task should have written and did not.
  void check_complete() const;
  [[nodiscard]] std::vector<Record> take() { return std::move(records_); }

 private:
  void add(std::string_view name, Kind kind, bool per_replica, const Point& point, std::int64_t replica, Array value);
  void put_spectrum(const Observable& spectrum, const Point& point, std::int64_t replica, Array levels);
  void tally(std::uint32_t field, const Point& point, std::int64_t replica, const Array& counts);

  const Description& description_;
  const Family& family_;
  const Task& task_;
  std::vector<Record> records_;
  std::map<std::uint32_t, std::size_t> tallied_;  ///< by field: replicas counted
};

}  // namespace rankwise::run
