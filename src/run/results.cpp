// SPDX-License-Identifier: MIT
#include "rankwise/run/results.hpp"

#include <algorithm>
#include <cmath>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::run {

Axis Axis::index(std::string name, std::int64_t extent, std::string description) {
  Axis axis{std::move(name), {}, "1", std::move(description)};
  for (std::int64_t i = 0; i < extent; ++i) axis.coordinates.push_back(static_cast<double>(i));
  return axis;
}

bool Field::has_replicas() const { return of_replicas(observable); }

bool of_replicas(const Observable& observable) { return observable.kind == Kind::replica || observable.per_replica; }

namespace {

std::vector<Axis> axes_at(const Observable& observable, const Point& point) {
  return observable.axes ? observable.axes(point) : std::vector<Axis>{};
}

/// The longest of every axis over the points; a shorter one must be its beginning, else no common scale exists.
std::vector<Axis> common_axes(const Observable& observable, const std::vector<Point>& points) {
  std::vector<Axis> common = axes_at(observable, points.front());
  for (const auto& point : points) {
    const auto axes = axes_at(observable, point);
    expects(axes.size() == common.size(), "an observable has the same number of axes at every point");
    for (std::size_t d = 0; d < axes.size(); ++d) {
      const auto& a = axes[d].coordinates;
      auto& longest = common[d].coordinates;
      const auto n = static_cast<std::ptrdiff_t>(std::min(a.size(), longest.size()));
      expects(std::equal(a.begin(), a.begin() + n, longest.begin()),
              "axes of different points share their coordinates");
      if (a.size() > longest.size()) longest = a;
    }
  }
  return common;
}

std::vector<std::size_t> shape_of(bool with_replicas, std::size_t points, std::int64_t replicas,
                                  const std::vector<Axis>& axes) {
  std::vector<std::size_t> shape{points};
  if (with_replicas) shape.push_back(static_cast<std::size_t>(replicas));
  for (const auto& axis : axes) shape.push_back(axis.coordinates.size());
  return shape;
}

}  // namespace

Results::Results(const Description& description, std::vector<Point> points, std::int64_t replicas, std::uint64_t seed)
    : points_(std::move(points)), replicas_(replicas) {
  expects(!points_.empty() && replicas >= 0, "results have points");
  measured_.assign(points_.size() * static_cast<std::size_t>(replicas), 0);
  predicted_.assign(points_.size(), 0);
  for (const auto& point : points_) {
    keys_.push_back(stream_key(description.experiment, description.mode, description.stream_version,
                               description.parameters, point, seed));
  }
  for (const auto& observable : description.observables) {
    expects(observable.name != "stored", "no observable is called `stored`: that is the mask of what is there");
    Field field{observable, common_axes(observable, points_), {}, {}};
    const bool with = field.has_replicas();
    field.values = Array::missing(observable.type, shape_of(with, points_.size(), replicas, field.axes));
    if (observable.ragged) {
      expects(!field.axes.empty(), "a ragged observable has an axis");
      field.lengths = Array::missing(ElementType::int64, shape_of(with, points_.size(), replicas, {}));
    }
    fields_.push_back(std::move(field));
  }
}

double Results::bytes(const Description& description, const std::vector<Point>& points, std::int64_t replicas) {
  double total = 0;
  for (const auto& observable : description.observables) {
    double n = static_cast<double>(bytes_of(observable.type)) * static_cast<double>(points.size());
    if (of_replicas(observable)) n *= static_cast<double>(replicas);
    for (const auto& axis : common_axes(observable, points)) n *= static_cast<double>(axis.coordinates.size());
    total += n;
  }
  return total;
}

std::size_t Results::field_index(std::string_view observable, Kind kind) const {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i].observable.name == observable && fields_[i].observable.kind == kind) return i;
  }
  throw InternalError(concat("no ", kind == Kind::theory ? "theory" : "observable", " '", observable, "'"));
}

const Field& Results::field(std::string_view observable, Kind kind) const {
  return fields_[field_index(observable, kind)];
}

std::size_t Results::slot(const Field& field, std::size_t point, std::int64_t replica) const {
  return field.has_replicas() ? point * static_cast<std::size_t>(replicas_) + static_cast<std::size_t>(replica) : point;
}

void Results::store(std::size_t index, std::size_t point, std::int64_t replica, const Array& value) {
  Field& field = fields_[index];
  std::vector<std::size_t> leading{point};
  if (field.has_replicas()) leading.push_back(static_cast<std::size_t>(replica));
  if (field.observable.kind == Kind::tally) {
    Array sum = field.values.cut(leading, value.shape());
    const auto& counts = value.values<std::int64_t>();
    for (std::size_t i = 0; i < counts.size(); ++i) {
      auto& total = sum.values<std::int64_t>()[i];
      total = sum.is_missing(i) ? counts[i] : total + counts[i];
    }
    field.values.paste(leading, sum);
    return;
  }
  field.values.paste(leading, value);
  if (field.observable.ragged) {
    field.lengths.paste(leading, Array::scalar(static_cast<std::int64_t>(value.shape().front())));
  }
}

void Results::store_block(std::size_t index, std::size_t point, std::int64_t first, const Array& values) {
  Field& field = fields_[index];
  expects(field.has_replicas() && !field.observable.ragged, "blocks are of values of replicas with the same extents");
  const std::size_t count = values.shape().front();
  // Without padding the rows of a block lie one behind the other.
  if (std::equal(values.shape().begin() + 1, values.shape().end(), field.values.shape().begin() + 2)) {
    field.values.paste_flat(slot(field, point, first) * (values.size() / count), values);
    return;
  }
  const std::vector<std::size_t> shape(values.shape().begin() + 1, values.shape().end());
  for (std::size_t i = 0; i < count; ++i)
    store(index, point, first + static_cast<std::int64_t>(i), values.cut(std::vector<std::size_t>{i}, shape));
}

void Results::replace(std::size_t field, std::size_t point, const Array& counts) {
  fields_[field].values.paste(std::vector{point}, counts);
}

bool Results::has(std::string_view observable, Kind kind, std::size_t point, std::int64_t replica) const {
  const Field& f = field(observable, kind);
  if (f.has_replicas()) return is_measured(point, replica);
  if (f.observable.kind == Kind::theory) return is_predicted(point);
  const auto row = measured_.begin() + static_cast<std::ptrdiff_t>(point * static_cast<std::size_t>(replicas_));
  return std::find(row, row + replicas_, 1) != row + replicas_;
}

Array Results::value(std::string_view observable, Kind kind, std::size_t point, std::int64_t replica) const {
  return value(field_index(observable, kind), point, replica);
}

Array Results::value(std::size_t index, std::size_t point, std::int64_t replica) const {
  const Field& f = fields_[index];
  std::vector<std::size_t> leading{point};
  if (f.has_replicas()) leading.push_back(static_cast<std::size_t>(replica));
  std::vector<std::size_t> shape = shape_at(index, point);
  if (f.observable.ragged) {
    const double length = f.lengths.real(slot(f, point, replica));
    shape.front() = std::isnan(length) ? 0 : static_cast<std::size_t>(length);
  }
  return f.values.cut(leading, shape);
}

std::vector<std::size_t> Results::shape_at(std::size_t field, std::size_t point) const {
  std::vector<std::size_t> shape;
  for (const auto& axis : axes_at(fields_[field].observable, points_[point])) shape.push_back(axis.coordinates.size());
  return shape;
}

std::vector<std::int64_t> Results::present(std::string_view observable, Kind kind, std::size_t point) const {
  std::vector<std::int64_t> replicas;
  for (std::int64_t r = 0; r < replicas_; ++r) {
    if (has(observable, kind, point, r)) replicas.push_back(r);
  }
  return replicas;
}

stats::Moments Results::over_replicas(std::string_view observable, Kind kind, std::size_t point,
                                      const std::function<double(const Array&)>& reduce) const {
  std::vector<double> samples;
  for (const std::int64_t r : present(observable, kind, point))
    samples.push_back(reduce(value(observable, kind, point, r)));
  return stats::moments(samples);
}

const Array& Table::column(std::string_view wanted) const {
  for (const Column& c : columns) {
    if (c.name == wanted) return c.values;
  }
  throw InternalError(concat("table ", name, " has no column ", wanted));
}

void Tables::add(Table table) {
  for (const auto& column : table.columns) {
    expects(column.values.shape().size() == 1 && column.values.size() == table.columns.front().values.size(),
            "the columns of a table have one axis and the same length");
  }
  tables_.push_back(std::move(table));
}

const Table* Tables::find(std::string_view name) const {
  for (const auto& table : tables_) {
    if (table.name == name) return &table;
  }
  return nullptr;
}

}  // namespace rankwise::run
