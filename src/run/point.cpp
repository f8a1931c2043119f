// Points and their identity. SPDX-License-Identifier: MIT
#include "rankwise/run/point.hpp"

#include <algorithm>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::run {

const Value& Point::value(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw InternalError(concat("no parameter '", name, "' at this point"));
  return found->second;
}

std::int64_t Point::integer(std::string_view name) const {
  const auto* v = std::get_if<std::int64_t>(&value(name));
  if (v == nullptr) throw InternalError(concat("parameter '", name, "' is no integer"));
  return *v;
}

double Point::real(std::string_view name) const {
  const Value& v = value(name);
  if (const auto* whole = std::get_if<std::int64_t>(&v)) return static_cast<double>(*whole);
  const auto* number = std::get_if<double>(&v);
  if (number == nullptr) throw InternalError(concat("parameter '", name, "' is no number"));
  return *number;
}

const std::string& Point::text(std::string_view name) const {
  const auto* v = std::get_if<std::string>(&value(name));
  if (v == nullptr) throw InternalError(concat("parameter '", name, "' is no text"));
  return *v;
}

const std::vector<double>& Point::list(std::string_view name) const {
  const auto* v = std::get_if<std::vector<double>>(&value(name));
  if (v == nullptr) throw InternalError(concat("parameter '", name, "' is no list"));
  return *v;
}

bool Point::is_word(std::string_view name) const { return std::holds_alternative<std::string>(value(name)); }

void Point::complete(std::string_view name, Value value) {
  const auto found = values_.find(name);
  if (found == values_.end()) throw InternalError(concat("no parameter '", name, "' at this point"));
  found->second = std::move(value);
}

std::string canonical_text(const ParameterTable& table, std::string_view mode, const Point& point,
                           std::initializer_list<Role> roles) {
  std::vector<std::string> lines;
  for (const auto& row : table) {
    if (!row.belongs_to(mode) || std::find(roles.begin(), roles.end(), row.role) == roles.end()) continue;
    const Value& value = point.value(row.name);
    const auto preset = parse_sweep(row, row.default_for(mode));  // where it is a sweep, no value is the default
    if (preset.size() != 1 || value != preset.front()) lines.push_back(concat(row.name, "=", to_text(value), "\n"));
  }
  std::sort(lines.begin(), lines.end());
  return join(lines, "");
}

std::uint64_t point_identity(std::string_view experiment, std::string_view mode, const ParameterTable& table,
                             const Point& point) {
  return fnv1a(
      concat(experiment, "\n", mode, "\n", canonical_text(table, mode, point, {Role::law, Role::setting, Role::axis})));
}

std::string distinguishing_text(const std::vector<Point>& points, const Point& point,
                                std::initializer_list<std::string_view> implied) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : point.values()) {
    if (std::any_of(points.begin(), points.end(), [&](const Point& other) { return other.value(name) != value; })) names.push_back(name);
  }
  const auto told_apart = [&](const Point& other) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return other.value(name) != point.value(name); });
  };
  const auto count = [&] { return std::count_if(points.begin(), points.end(), told_apart); };
  for (const std::string_view candidate : implied) {
    const auto all = names;
    const auto before = count();
    std::erase(names, candidate);
    if (count() != before) names = all;
  }
  std::string text;
  for (const std::string_view name : names) text += concat(text.empty() ? " [" : ", ", name, "=", to_text(point.value(name)));
  return text.empty() ? text : text + "]";
}

random::Key stream_key(std::string_view experiment, std::string_view mode, int stream_version,
                       const ParameterTable& table, const Point& point, std::uint64_t seed) {
  return {seed, fnv1a(concat(experiment, "\n", mode, "\n", stream_version, "\n",
                             canonical_text(table, mode, point, {Role::law})))};
}

}  // namespace rankwise::run
