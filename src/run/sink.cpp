// SPDX-License-Identifier: MIT
#include "sink.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "spectra.hpp"

namespace rankwise::run {

namespace {

/// Why `value` does not fit `observable` at `point`, or "".
std::string misfit(const Observable& observable, const Point& point, const Array& value) {
  if (value.type() != observable.type)
    return concat("has type ", name_of(value.type()), ", declared ", name_of(observable.type));
  const auto axes = observable.axes ? observable.axes(point) : std::vector<Axis>{};
  if (value.shape().size() != axes.size()) return concat("has ", value.shape().size(), " axes, declared ", axes.size());
  for (std::size_t d = 0; d < axes.size(); ++d) {
    const std::size_t bound = axes[d].coordinates.size();
    const bool may_be_shorter = observable.ragged && d == 0;
    if (value.shape()[d] > bound || (!may_be_shorter && value.shape()[d] != bound)) {
      return concat("has ", value.shape()[d], " entries along ", axes[d].name, ", declared ", bound);
    }
  }
  return "";
}

}  // namespace

void RecordSink::add(std::string_view name, Kind kind, bool per_replica, const Point& point, std::int64_t replica,
                     Array value) {
  const auto found =
      std::find_if(description_.observables.begin(), description_.observables.end(), [&](const Observable& o) {
        return o.name == name && o.kind == kind && (kind != Kind::theory || o.per_replica == per_replica);
      });
  if (found == description_.observables.end()) throw InternalError(concat("observable '", name, "' was not declared"));
  const std::string problem = misfit(*found, point, value);
  if (!problem.empty()) throw InternalError(concat("observable '", name, "' ", problem));
  if (value.type() == ElementType::float64 && !found->may_be_nan) {
    const auto& numbers = value.values<double>();
    const auto bad = std::find_if_not(numbers.begin(), numbers.end(), [](double v) { return std::isfinite(v); });
    if (bad != numbers.end()) {
      throw NumericalError(
          concat("observable '", name, "' is ", *bad, " at point ", point.index, ", replica ", replica));
    }
  }
  if (kind == Kind::tally) {
    tally(static_cast<std::uint32_t>(found - description_.observables.begin()), point, replica, value);
    return;
  }
  const bool wanted = !per_replica || replica < task_.block.first + task_.block.wanted;
  if (wanted) {
    records_.push_back({static_cast<std::uint32_t>(found - description_.observables.begin()), point.id,
                        per_replica ? replica : -1, std::move(value)});
  }
}

void RecordSink::put(std::string_view observable, const Point& point, std::int64_t replica, Array value) {
  for (const auto& spectrum : description_.spectra) {
    if (spectrum.name != observable) continue;
    put_spectrum(spectrum, point, replica, std::move(value));
    return;
  }
  add(observable, Kind::replica, true, point, replica, std::move(value));
}

void RecordSink::add(std::string_view observable, const Point& point, std::int64_t replica, const Array& counts) {
  add(observable, Kind::tally, true, point, replica, counts);
}

void RecordSink::tally(std::uint32_t field, const Point& point, std::int64_t replica, const Array& counts) {
  if (replica >= task_.block.first + task_.block.wanted) return;
  ++tallied_[field];
  const auto family_index = static_cast<std::size_t>(
      std::find_if(family_.points.begin(), family_.points.end(), [&](const Point& p) { return p.id == point.id; }) -
      family_.points.begin());
  const std::int64_t first =
      task_.block.first + (family_index < task_.already.size() ? task_.already[family_index] : 0);
  if (replica < first) return;
  for (auto& record : records_) {
    if (record.field != field || record.point_id != point.id) continue;
    auto& sum = record.value.values<std::int64_t>();
    const auto& more = counts.values<std::int64_t>();
    std::transform(sum.begin(), sum.end(), more.begin(), sum.begin(), std::plus<>());
    return;
  }
  records_.push_back({field, point.id, Record::counts_from(first), counts});
}

void RecordSink::put_spectrum(const Observable& spectrum, const Point& point, std::int64_t replica, Array levels) {
  const auto is_stored = [&](const std::string& name) {
    return std::any_of(description_.observables.begin(), description_.observables.end(),
                       [&](const Observable& o) { return o.name == name; });
  };
  if (levels.type() != ElementType::float64 || levels.shape().size() != 1) {
    throw InternalError(concat("spectrum '", spectrum.name, "' is not one axis of float64"));
  }
  if (is_stored(spectrum.name + "_counts")) {
    split_spectrum(
        spectrum, point, levels.values<double>(),
        [&](const std::string& name, Array value) { add(name, Kind::tally, true, point, replica, std::move(value)); },
        [&](const std::string& name, Array value) {
          add(name, Kind::replica, true, point, replica, std::move(value));
        });
  }
  if (is_stored(spectrum.name)) add(spectrum.name, Kind::replica, true, point, replica, std::move(levels));
}

void RecordSink::predict(std::string_view observable, const Point& point, std::int64_t replica, Array value) {
  add(observable, Kind::theory, true, point, replica, std::move(value));
}

void RecordSink::predict(std::string_view observable, const Point& point, Array value) {
  add(observable, Kind::theory, false, point, -1, std::move(value));
}

void RecordSink::check_complete() const {
  std::vector<std::size_t> count(description_.observables.size(), 0);
  for (const auto& record : records_) ++count[record.field];
  for (std::size_t i = 0; i < count.size(); ++i) {
    const Observable& o = description_.observables[i];
    const bool is_theory = o.kind == Kind::theory && !o.per_replica;
    if (is_theory != task_.theory) continue;
    const std::size_t expected = family_.points.size() * (is_theory ? 1 : static_cast<std::size_t>(task_.block.wanted));
    const auto tallied = tallied_.find(static_cast<std::uint32_t>(i));
    const std::size_t written = o.kind != Kind::tally ? count[i] : tallied == tallied_.end() ? 0 : tallied->second;
    if (written != expected) {
      throw InternalError(concat("the task wrote '", o.name, "' ", written, " times instead of ", expected));
    }
  }
}

}  // namespace rankwise::run
