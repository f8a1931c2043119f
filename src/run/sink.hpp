// Checked values on their way from a task to root. SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "plan.hpp"
#include "spectra.hpp"
#include "task_result.hpp"

namespace rankwise::run {

/// Collects the records of one task, each checked when it is put.
class RecordSink final : public Sink {
 public:
  RecordSink(const Description& description, const Family& family, const Task& task);

  void put(std::string_view observable, const Point& point, std::int64_t replica, Array value) override;
  void put_block(std::string_view observable, const Point& point, std::int64_t first, Array values) override;
  void add(std::string_view observable, const Point& point, std::int64_t replica, const Array& counts) override;
  [[nodiscard]] ReplicaRange counted(const Point& point) const override;
  void add_block(std::string_view observable, const Point& point, const Array& counts) override;
  void predict(std::string_view observable, const Point& point, std::int64_t replica, Array value) override;
  void predict(std::string_view observable, const Point& point, Array value) override;

  /// Throws InternalError naming the first value that the task should have written and did not.
  void check_complete() const;
  [[nodiscard]] std::vector<Record> take();

 private:
  using Shape = std::vector<std::size_t>;

  [[nodiscard]] const Observable& observable_of(std::uint32_t field) const { return description_.observables[field]; }
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name, Kind kind, bool per_replica) const;
  [[nodiscard]] std::uint32_t field_of(std::string_view name, Kind kind, bool per_replica) const;
  [[nodiscard]] std::size_t place_of(const Point& point) const;
  /// Extents of one value, upper bounds where it is ragged; asked of the experiment once.
  [[nodiscard]] const Shape& shape_of(std::uint32_t field, const Point& point);
  /// Throws unless `value` fits the observable, behind `leading` axes of its own.
  void check(std::uint32_t field, const Point& point, std::int64_t replica, const Array& value, std::size_t leading);
  void record(std::uint32_t field, const Point& point, std::int64_t replica, Array value);
  void record_block(std::uint32_t field, const Point& point, std::int64_t first, Array values);
  void tally(std::uint32_t field, const Point& point, const Array& counts);
  [[nodiscard]] const Observable* spectrum_of(std::string_view name) const;  ///< none: it is no spectrum
  /// `values`: (replicas, levels)
  void take_levels(const Observable& spectrum, const Point& point, std::int64_t first, const Array& values);
  [[nodiscard]] bool is_wanted(std::int64_t replica) const { return replica < task_.block.first + task_.block.wanted; }

  const Description& description_;
  const Family& family_;
  const Task& task_;
  std::vector<Record> records_;
  std::vector<Shape> shapes_;         ///< by field and place in the family
  std::vector<char> known_;           ///< which of them
  std::vector<std::size_t> written_;  ///< by field: values, each replica's counts and theories counted
  std::map<std::pair<std::uint32_t, std::size_t>, std::size_t> sums_;  ///< tallies: record of a field and place
  std::map<std::pair<const Observable*, std::size_t>, SpectrumSums> spectra_;
};

}  // namespace rankwise::run
