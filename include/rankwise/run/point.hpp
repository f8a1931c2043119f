// Points of parameter space, families and blocks of replicas. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rankwise/random/stream.hpp"
#include "rankwise/run/parameter.hpp"

namespace rankwise::run {

/// One value of every parameter of a mode.
class Point {
 public:
  Point() = default;
  explicit Point(std::map<std::string, Value, std::less<>> values) : values_(std::move(values)) {}

  /// Throw InternalError when the parameter does not exist or has another type.
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] double real(std::string_view name) const;  ///< integers too
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] const std::vector<double>& list(std::string_view name) const;
  /// A word stands where a number could ("auto").
  [[nodiscard]] bool is_word(std::string_view name) const;
  [[nodiscard]] const Value& value(std::string_view name) const;
  /// Replaces a value, for words that stand for a number once the rest is known. Never changes the identity.
  void complete(std::string_view name, Value value);
  [[nodiscard]] const std::map<std::string, Value, std::less<>>& values() const { return values_; }

  std::size_t index = 0;  ///< place in /points
  std::uint64_t id = 0;   ///< content identity, see point_identity

 private:
  std::map<std::string, Value, std::less<>> values_;
};

/// `name=value` lines, sorted, of the parameters with one of `roles` whose value is not the mode's default.
[[nodiscard]] std::string canonical_text(const ParameterTable& table, std::string_view mode, const Point& point,
                                         std::initializer_list<Role> roles);
/// 64-bit FNV-1a over experiment, mode and the canonical text of all law, setting and axis parameters.
[[nodiscard]] std::uint64_t point_identity(std::string_view experiment, std::string_view mode,
                                           const ParameterTable& table, const Point& point);
/// " [quality=0.6, seed=...]": the parameters in which `point` differs from another of `points`; "" where there is
/// none.
/// A parameter of `implied` is left out where the others tell `point` from the same points.
[[nodiscard]] std::string distinguishing_text(const std::vector<Point>& points, const Point& point,
                                              std::initializer_list<std::string_view> implied = {});
/// Key of every stream at this point: seed, and FNV-1a over experiment, mode, stream version and the law parameters.
[[nodiscard]] random::Key stream_key(std::string_view experiment, std::string_view mode, int stream_version,
                                     const ParameterTable& table, const Point& point, std::uint64_t seed);

/// The points that differ in axis parameters only, in the order of /points; at least one.
struct Family {
  std::vector<Point> points;
  std::uint64_t id = 0;  ///< 64-bit FNV-1a over experiment, mode and the canonical text of law and setting parameters
  [[nodiscard]] const Point& front() const { return points.front(); }
};

/// Consecutive global replica indices, computed whole; those from `wanted` on are not stored.
struct Block {
  std::int64_t first = 0;
  std::int64_t count = 1;
  std::int64_t wanted = 1;
};

}  // namespace rankwise::run
