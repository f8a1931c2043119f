// SPDX-License-Identifier: MIT
#include "sink.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::run {

RecordSink::RecordSink(const Description& description, const Family& family, const Task& task)
    : description_(description),
      family_(family),
      task_(task),
      shapes_(description.observables.size() * family.points.size()),
      known_(shapes_.size(), 0),
      written_(description.observables.size(), 0) {}

std::optional<std::uint32_t> RecordSink::find(std::string_view name, Kind kind, bool per_replica) const {
  for (std::uint32_t i = 0; i < description_.observables.size(); ++i) {
    const Observable& o = description_.observables[i];
    if (o.name == name && o.kind == kind && (kind != Kind::theory || o.per_replica == per_replica)) return i;
  }
  return std::nullopt;
}

std::uint32_t RecordSink::field_of(std::string_view name, Kind kind, bool per_replica) const {
  const auto field = find(name, kind, per_replica);
  if (!field) throw InternalError(concat("observable '", name, "' was not declared"));
  return *field;
}

std::size_t RecordSink::place_of(const Point& point) const {
  const auto found =
      std::find_if(family_.points.begin(), family_.points.end(), [&](const Point& p) { return p.id == point.id; });
  expects(found != family_.points.end(), "a value belongs to a point of the task's family");
  return static_cast<std::size_t>(found - family_.points.begin());
}

const RecordSink::Shape& RecordSink::shape_of(std::uint32_t field, const Point& point) {
  const std::size_t at = field * family_.points.size() + place_of(point);
  if (known_[at] == 0) {
    const Observable& o = observable_of(field);
    for (const auto& axis : o.axes ? o.axes(point) : std::vector<Axis>{})
      shapes_[at].push_back(axis.coordinates.size());
    known_[at] = 1;
  }
  return shapes_[at];
}

void RecordSink::check(std::uint32_t field, const Point& point, std::int64_t replica, const Array& value,
                       std::size_t leading) {
  const Observable& o = observable_of(field);
  const auto misfit = [&](const auto&... why) { throw InternalError(concat("observable '", o.name, "' ", why...)); };
  if (value.type() != o.type) misfit("has type ", name_of(value.type()), ", declared ", name_of(o.type));
  const Shape& bounds = shape_of(field, point);
  const std::size_t axes = value.shape().size() - std::min(leading, value.shape().size());
  if (axes != bounds.size() || value.shape().size() < leading) misfit("has ", axes, " axes, declared ", bounds.size());
  for (std::size_t d = 0; d < bounds.size(); ++d) {
    const std::size_t extent = value.shape()[leading + d];
    const bool may_be_shorter = o.ragged && d == 0;
    if (extent > bounds[d] || (!may_be_shorter && extent != bounds[d]))
      misfit("has ", extent, " entries along axis ", d, ", declared ", bounds[d]);
  }
  if (value.type() != ElementType::float64 || o.may_be_nan) return;
  const auto& numbers = value.values<double>();
  const auto bad = std::find_if_not(numbers.begin(), numbers.end(), [](double v) { return std::isfinite(v); });
  if (bad == numbers.end()) return;
  const std::size_t each = leading == 0 ? numbers.size() : numbers.size() / value.shape().front();
  const auto row = static_cast<std::int64_t>(static_cast<std::size_t>(bad - numbers.begin()) / each);
  throw NumericalError(
      concat("observable '", o.name, "' is ", *bad, " at point ", point.index, ", replica ", replica + row));
}

void RecordSink::record(std::uint32_t field, const Point& point, std::int64_t replica, Array value) {
  if (!is_wanted(replica)) return;
  ++written_[field];
  records_.push_back({field, point.id, replica, std::move(value)});
}

void RecordSink::record_block(std::uint32_t field, const Point& point, std::int64_t first, Array values) {
  const std::int64_t wanted = task_.block.first + task_.block.wanted - first;
  if (wanted <= 0) return;
  const std::size_t count = std::min(static_cast<std::size_t>(wanted), values.shape().front());
  Shape shape = values.shape();
  if (count < shape.front()) {
    shape.front() = count;
    values = values.cut({}, shape);
  }
  if (count == 1) {  // as put would have it
    values = Array(values.storage(), Shape(shape.begin() + 1, shape.end()));
  }
  written_[field] += count;
  records_.push_back({field, point.id, first, std::move(values), static_cast<std::uint32_t>(count)});
}

void RecordSink::put(std::string_view observable, const Point& point, std::int64_t replica, Array value) {
  if (const Observable* spectrum = spectrum_of(observable)) {
    Shape shape{1};
    for (const std::size_t extent : value.shape()) shape.push_back(extent);
    take_levels(*spectrum, point, replica, {value.storage(), std::move(shape)});
    return;
  }
  const std::uint32_t field = field_of(observable, Kind::replica, true);
  check(field, point, replica, value, 0);
  record(field, point, replica, std::move(value));
}

void RecordSink::put_block(std::string_view observable, const Point& point, std::int64_t first, Array values) {
  expects(!values.shape().empty() && values.shape().front() >= 1, "a block of values has an axis of replicas");
  if (const Observable* spectrum = spectrum_of(observable)) {
    take_levels(*spectrum, point, first, values);
    return;
  }
  const std::uint32_t field = field_of(observable, Kind::replica, true);
  expects(!observable_of(field).ragged, "a ragged observable is put replica by replica");
  check(field, point, first, values, 1);
  record_block(field, point, first, std::move(values));
}

ReplicaRange RecordSink::counted(const Point& point) const {
  const std::size_t place = place_of(point);
  const std::int64_t already = place < task_.already.size() ? task_.already[place] : 0;
  return {task_.block.first + already, std::max<std::int64_t>(task_.block.wanted - already, 0)};
}

void RecordSink::tally(std::uint32_t field, const Point& point, const Array& counts) {
  check(field, point, -1, counts, 0);
  const auto [found, is_new] = sums_.emplace(std::pair(field, place_of(point)), records_.size());
  if (is_new) {
    records_.push_back({field, point.id, Record::counts_from(counted(point).first), counts});
    return;
  }
  auto& sum = records_[found->second].value.values<std::int64_t>();
  const auto& more = counts.values<std::int64_t>();
  std::transform(sum.begin(), sum.end(), more.begin(), sum.begin(), std::plus<>());
}

void RecordSink::add(std::string_view observable, const Point& point, std::int64_t replica, const Array& counts) {
  const std::uint32_t field = field_of(observable, Kind::tally, true);
  if (!is_wanted(replica)) return;
  ++written_[field];
  if (replica >= counted(point).first) tally(field, point, counts);
}

void RecordSink::add_block(std::string_view observable, const Point& point, const Array& counts) {
  const std::uint32_t field = field_of(observable, Kind::tally, true);
  written_[field] += static_cast<std::size_t>(task_.block.wanted);
  if (counted(point).count > 0) tally(field, point, counts);
}

const Observable* RecordSink::spectrum_of(std::string_view name) const {
  for (const auto& spectrum : description_.spectra) {
    if (spectrum.name == name) return &spectrum;
  }
  return nullptr;
}

void RecordSink::take_levels(const Observable& spectrum, const Point& point, std::int64_t first, const Array& values) {
  if (values.type() != ElementType::float64 || values.shape().size() != 2) {
    throw InternalError(concat("spectrum '", spectrum.name, "' is not one axis of float64"));
  }
  if (const auto raw = find(spectrum.name, Kind::replica, true)) {
    check(*raw, point, first, values, 1);
    record_block(*raw, point, first, values);
  }
  const auto extremes = find(SpectrumSums::extremes_name(spectrum), Kind::replica, true);
  if (!extremes) return;  // --spectra none
  const auto sums = spectra_.try_emplace(std::pair(&spectrum, place_of(point)), spectrum, point).first;
  const std::size_t n = values.shape()[1];
  const std::span levels(values.values<double>());
  const ReplicaRange range = counted(point);
  std::vector<double> ends;
  for (std::size_t i = 0; i < values.shape().front(); ++i) {
    const std::int64_t replica = first + static_cast<std::int64_t>(i);
    const auto row = levels.subspan(i * n, n);
    sums->second.take(row, replica >= range.first && replica < range.first + range.count);
    ends.push_back(row.front());
    ends.push_back(row.back());
  }
  record_block(*extremes, point, first, {std::move(ends), {values.shape().front(), 2}});
}

std::vector<Record> RecordSink::take() {
  for (const auto& [key, sums] : spectra_) {
    const Point& point = family_.points[key.second];
    if (counted(point).count == 0) continue;
    sums.for_each_part(
        [&](const std::string& name, Array counts) { tally(field_of(name, Kind::tally, true), point, counts); });
  }
  return std::move(records_);
}

void RecordSink::predict(std::string_view observable, const Point& point, std::int64_t replica, Array value) {
  const std::uint32_t field = field_of(observable, Kind::theory, true);
  check(field, point, replica, value, 0);
  record(field, point, replica, std::move(value));
}

void RecordSink::predict(std::string_view observable, const Point& point, Array value) {
  const std::uint32_t field = field_of(observable, Kind::theory, false);
  check(field, point, -1, value, 0);
  ++written_[field];
  records_.push_back({field, point.id, -1, std::move(value)});
}

void RecordSink::check_complete() const {
  for (std::uint32_t i = 0; i < written_.size(); ++i) {
    const Observable& o = observable_of(i);
    const bool is_theory = o.kind == Kind::theory && !o.per_replica;
    if (is_theory != task_.theory) continue;
    // The tallies of a spectrum are complete where its extremes are: both come from the same levels.
    const auto holds_it = [&](const Observable& spectrum) { return SpectrumSums::has_part(spectrum, o.name); };
    if (o.kind == Kind::tally && std::any_of(description_.spectra.begin(), description_.spectra.end(), holds_it))
      continue;
    const std::size_t expected = family_.points.size() * (is_theory ? 1 : static_cast<std::size_t>(task_.block.wanted));
    if (written_[i] != expected) {
      throw InternalError(concat("the task wrote '", o.name, "' ", written_[i], " times instead of ", expected));
    }
  }
}

}  // namespace rankwise::run
