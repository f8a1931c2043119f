// Everything a run has measured and predicted, by point and replica. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rankwise/core/array.hpp"
#include "rankwise/run/experiment.hpp"
#include "rankwise/stats/moments.hpp"

namespace rankwise::run {

/// One observable over all points and replicas: (points, replicas, axes...) or (points, axes...), padded with missing
/// values to the largest axes.
struct Field {
  Observable observable;
  std::vector<Axis> axes;  ///< after point (and replica)
  Array values;
  Array lengths;  ///< ragged: int64, extent of the first axis for each point and replica
  [[nodiscard]] bool has_replicas() const;
};

/// The observable has a value for every replica.
[[nodiscard]] bool of_replicas(const Observable& observable);

class Results {
 public:
  Results(const Description& description, std::vector<Point> points, std::int64_t replicas, std::uint64_t seed = 1);

  /// Key of the streams of a point: for resampling in derive(), with Purpose::bootstrap.
  [[nodiscard]] random::Key key(std::size_t point) const { return keys_[point]; }

  [[nodiscard]] const std::vector<Point>& points() const { return points_; }
  [[nodiscard]] std::int64_t replicas() const { return replicas_; }
  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }
  [[nodiscard]] const Field& field(std::string_view observable, Kind kind) const;

  /// The value as the experiment put it (its own shape, no padding); missing when the replica has none.
  [[nodiscard]] Array value(std::string_view observable, Kind kind, std::size_t point, std::int64_t replica = 0) const;
  [[nodiscard]] Array value(std::size_t field, std::size_t point, std::int64_t replica = 0) const;
  [[nodiscard]] bool has(std::string_view observable, Kind kind, std::size_t point, std::int64_t replica = 0) const;
  /// Replicas of `point` that have the observable, in order.
  [[nodiscard]] std::vector<std::int64_t> present(std::string_view observable, Kind kind, std::size_t point) const;
  /// Mean and error over replicas of a function of each replica's value, in replica order; NaN values are left out.
  [[nodiscard]] stats::Moments over_replicas(std::string_view observable, Kind kind, std::size_t point,
                                             const std::function<double(const Array&)>& reduce) const;

  /// Takes one value; shape and type were checked by the sink. replica < 0: theory of the point, or counts to add to a
  /// tally.
  void store(std::size_t field, std::size_t point, std::int64_t replica, const Array& value);
  /// Takes the values of consecutive replicas, (count, axes...), of an observable that is not ragged.
  void store_block(std::size_t field, std::size_t point, std::int64_t first, const Array& values);
  /// Sets a tally instead of adding to it.
  void replace(std::size_t field, std::size_t point, const Array& counts);
  /// From now on all observables of this replica, or all theory of the point, are there: a task writes all or nothing.
  void mark_measured(std::size_t point, std::int64_t replica) {
    measured_[point * static_cast<std::size_t>(replicas_) + static_cast<std::size_t>(replica)] = 1;
  }
  void mark_predicted(std::size_t point) { predicted_[point] = 1; }
  [[nodiscard]] bool is_measured(std::size_t point, std::int64_t replica) const {
    return measured_[point * static_cast<std::size_t>(replicas_) + static_cast<std::size_t>(replica)] != 0;
  }
  [[nodiscard]] bool is_predicted(std::size_t point) const { return predicted_[point] != 0; }
  /// 1 for every (point, replica), or point, whose values are there.
  [[nodiscard]] const std::vector<std::int8_t>& measured() const { return measured_; }
  [[nodiscard]] const std::vector<std::int8_t>& predicted() const { return predicted_; }
  /// Extents of one value of a field at a point, upper bounds where it is ragged.
  [[nodiscard]] std::vector<std::size_t> shape_at(std::size_t field, std::size_t point) const;
  [[nodiscard]] std::size_t field_index(std::string_view observable, Kind kind) const;
  /// Bytes that all fields take.
  [[nodiscard]] static double bytes(const Description& description, const std::vector<Point>& points,
                                    std::int64_t replicas);

 private:
  std::vector<Point> points_;
  std::int64_t replicas_;
  std::vector<Field> fields_;
  std::vector<random::Key> keys_;
  std::vector<std::int8_t> measured_;
  std::vector<std::int8_t> predicted_;
  [[nodiscard]] std::size_t slot(const Field& field, std::size_t point, std::int64_t replica) const;
};

/// Derived tables: /derived/<table>/<column>.
struct Column {
  std::string name;
  std::string unit = "1";
  std::string description;
  Array values;
};
struct Table {
  std::string name;
  std::string description;
  std::vector<Column> columns;  ///< all of the same length
  /// Values of a column; InternalError where there is none of this name.
  [[nodiscard]] const Array& column(std::string_view name) const;
};
class Tables {
 public:
  void add(Table table);
  [[nodiscard]] const std::vector<Table>& all() const { return tables_; }
  [[nodiscard]] const Table* find(std::string_view name) const;

 private:
  std::vector<Table> tables_;
};

}  // namespace rankwise::run
