// The parameter table: one row per parameter, from which everything else about it comes. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace rankwise::run {

/// What a parameter does to random numbers and tasks.
enum class Role {
  law,      ///< decides the random numbers
  setting,  ///< a point of its own with the same random numbers (compared under common random numbers)
  axis,     ///< same random numbers and same task: the points of a family
  root      ///< analysis at root only, never reruns a task
};

enum class Type {
  flag,  ///< given or not; no value on the command line
  integer,
  real,
  choice,    ///< one of `words`
  text,      ///< anything; never a sweep
  notation,  ///< what the experiment parses itself; commas make a sweep
  files,     ///< file names; on the command line several after one option, held as lines of one text
  integers,  ///< a list with slashes: 1/8/9, ranges among its parts: 1:5:5/10
  reals      ///< a list with slashes: 0.9/0.2/0.2, 0.5:4:8/10/20
};

/// One row of the table. Numbers are bounded by [lowest, highest], without an end that is `open`. A number may also be
/// one of `words` ("auto", "ranks"). Texts are written as on the command line.
struct Parameter {
  std::string name;    ///< snake_case; the option is --name-with-dashes
  std::string symbol;  ///< the field's letter, "" when it has none
  Type type = Type::real;
  std::string default_value;  ///< may be a sweep, "50,100,200": then no single value counts as the default
  double lowest = -std::numeric_limits<double>::infinity();
  double highest = std::numeric_limits<double>::infinity();
  bool open_lowest = false;
  bool open_highest = false;
  std::vector<std::string> words{};
  std::string unit = "1";
  std::string help;
  Role role = Role::setting;
  std::vector<std::string> modes{};                                  ///< empty: all
  std::vector<std::pair<std::string, std::string>> mode_defaults{};  ///< (mode, value)
  std::string quick{};                                               ///< value under --quick; "": the same as without
  std::vector<std::pair<std::string, std::string>> mode_quick{};     ///< (mode, value) where a mode has its own

  [[nodiscard]] bool belongs_to(std::string_view mode) const;
  [[nodiscard]] std::string default_for(std::string_view mode) const;
  [[nodiscard]] std::string quick_for(std::string_view mode) const;
  /// "an integer in [2, 100000]", "a number in (0, 1) or auto", "one of search, ica, lam".
  [[nodiscard]] std::string allowed() const;
  [[nodiscard]] std::string option() const;  ///< "--batch-size"
};

/// A value of one parameter; a word given for a number is held as text.
using Value = std::variant<std::int64_t, double, std::string, std::vector<double>>;

/// Text to value. Throws UsageError naming option, value and what is allowed.
[[nodiscard]] Value parse_value(const Parameter& parameter, const std::string& text);
/// The canonical text: shortest decimals, lists with slashes.
[[nodiscard]] std::string to_text(const Value& value);

/// A comma list and ranges to single values: "0.1,0.2", "0:1:5", "0.01:100:5:log"; value i of a range is
/// start + (stop - start) i / (count - 1), of a log range start (stop/start)^(i/(count-1)). Choices, notations and lists
/// with slashes take commas only; a range inside a list stands for more of its parts. Throws UsageError (empty parts, a count below 2, a log range through 0, a value
/// twice). With `repeats` a value may occur twice: what is zipped with it differs.
[[nodiscard]] std::vector<Value> parse_sweep(const Parameter& parameter, const std::string& text, bool repeats = false);

using ParameterTable = std::vector<Parameter>;

[[nodiscard]] const Parameter* find(std::span<const Parameter> table, std::string_view name);

}  // namespace rankwise::run
