// Parsing and printing of parameter values. SPDX-License-Identifier: MIT
#include "rankwise/run/parameter.hpp"

#include <algorithm>
#include <cmath>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::run {

bool Parameter::belongs_to(std::string_view mode) const {
  return modes.empty() || std::find(modes.begin(), modes.end(), mode) != modes.end();
}

std::string Parameter::default_for(std::string_view mode) const {
  for (const auto& [name_of_mode, value] : mode_defaults) {
    if (name_of_mode == mode) return value;
  }
  return default_value;
}

std::string Parameter::quick_for(std::string_view mode) const {
  for (const auto& [name_of_mode, value] : mode_quick) {
    if (name_of_mode == mode) return value;
  }
  return quick;
}

std::string Parameter::option() const { return "--" + dashes(name); }

std::string Parameter::allowed() const {
  std::string range;
  const bool integral = type == Type::integer || type == Type::integers;
  const auto bound = [integral](double b) {
    return integral && std::abs(b) < 9e15 ? std::to_string(static_cast<std::int64_t>(b)) : rankwise::to_text(b);
  };
  if (std::isinf(lowest) && std::isinf(highest)) {
    range = "";
  } else if (std::isinf(highest)) {
    range = concat(open_lowest ? " > " : " >= ", bound(lowest));
  } else if (std::isinf(lowest)) {
    range = concat(open_highest ? " < " : " <= ", bound(highest));
  } else {
    range = concat(" in ", open_lowest ? "(" : "[", bound(lowest), ", ", bound(highest), open_highest ? ")" : "]");
  }
  std::string text;
  switch (type) {
    case Type::flag:
      return "true or false";
    case Type::choice:
      return concat("one of ", join(words, ", "));
    case Type::text:
      return "any text";
    case Type::notation:
      text = "a notation (see --help)";
      break;
    case Type::files:
      return "file names";
    case Type::integer:
      text = "an integer" + range;
      break;
    case Type::real:
      text = "a number" + range;
      break;
    case Type::integers:
      text = "integers" + range + " joined by slashes";
      break;
    case Type::reals:
      text = "numbers" + range + " joined by slashes";
      break;
  }
  for (const auto& word : words) text += " or " + word;
  return text;
}

namespace {

[[noreturn]] void refuse(const Parameter& p, const std::string& text) {
  std::string hint;
  if (p.type == Type::choice) {
    const std::string near = nearest(text, p.words);
    if (!near.empty()) hint = concat("; did you mean '", near, "'?");
  }
  throw UsageError(concat(p.option(), " '", text, "': allowed is ", p.allowed(), hint));
}

bool in_range(const Parameter& p, double v) {
  if (!std::isfinite(v)) return false;
  return (p.open_lowest ? v > p.lowest : v >= p.lowest) && (p.open_highest ? v < p.highest : v <= p.highest);
}

/// The numbers of start:stop:count[:log].
std::vector<double> parse_range(const Parameter& p, const std::string& text) {
  const auto parts = split(text, ':');
  const bool logarithmic = parts.size() == 4 && parts[3] == "log";
  const double nan = std::nan("");
  const double first = parse_real(parts[0]).value_or(nan);
  const double last = parts.size() > 1 ? parse_real(parts[1]).value_or(nan) : nan;
  const std::int64_t count = parts.size() > 2 ? parse_integer(parts[2]).value_or(0) : 0;
  if ((parts.size() != 3 && !logarithmic) || !std::isfinite(first) || !std::isfinite(last) || count < 2 ||
      count > 1000000) {
    throw UsageError(concat(p.option(), " '", text,
                            "': a range is start:stop:count or start:stop:count:log, count in [2, 1000000]"));
  }
  if (logarithmic && !(first > 0 && last > 0)) {
    throw UsageError(concat(p.option(), " '", text, "': a logarithmic range needs start > 0 and stop > 0"));
  }
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto steps = static_cast<double>(count - 1);
    double v = logarithmic ? first * std::pow(last / first, static_cast<double>(i) / steps)
                           : first + (last - first) * static_cast<double>(i) / steps;
    if (i == count - 1) v = last;
    values.push_back(v);
  }
  return values;
}

std::vector<double> parse_list(const Parameter& p, const std::string& text) {
  std::vector<double> list;
  for (const auto& part : split(text, '/')) {
    const bool range = part.find(':') != std::string::npos;
    for (const double number : range ? parse_range(p, part) : std::vector{parse_real(part).value_or(std::nan(""))}) {
      if (!in_range(p, number) || (p.type == Type::integers && std::floor(number) != number)) refuse(p, text);
      list.push_back(number);
    }
  }
  return list;
}

}  // namespace

Value parse_value(const Parameter& p, const std::string& text) {
  if (p.type != Type::text && std::find(p.words.begin(), p.words.end(), text) != p.words.end()) return text;
  switch (p.type) {
    case Type::flag:
      if (text != "true" && text != "false") refuse(p, text);
      return text;
    case Type::choice:
      refuse(p, text);
    case Type::text:
    case Type::notation:
    case Type::files:
      return text;
    case Type::integer: {
      const auto number = parse_integer(text);
      if (!number || !in_range(p, static_cast<double>(*number))) refuse(p, text);
      return *number;
    }
    case Type::real: {
      const auto number = parse_real(text);
      if (!number || !in_range(p, *number)) refuse(p, text);
      return *number == 0 ? 0.0 : *number;  // -0 and 0 are one point
    }
    case Type::integers:
    case Type::reals:
      return parse_list(p, text);
  }
  refuse(p, text);
}

std::string to_text(const Value& value) {
  struct Printer {
    std::string operator()(std::int64_t v) const { return std::to_string(v); }
    std::string operator()(double v) const { return rankwise::to_text(v); }
    std::string operator()(const std::string& v) const { return v; }
    std::string operator()(const std::vector<double>& list) const {
      std::string text;
      for (const double v : list) text += (text.empty() ? "" : "/") + rankwise::to_text(v);
      return text;
    }
  };
  return std::visit(Printer{}, value);
}

std::vector<Value> parse_sweep(const Parameter& p, const std::string& text, bool repeats) {
  if (p.type == Type::flag || p.type == Type::text || p.type == Type::files) return {parse_value(p, text)};
  std::vector<Value> values;
  for (const auto& untrimmed : split(text, ',')) {
    const std::string part = trim(untrimmed);
    if (part.empty()) refuse(p, text);
    const bool range = part.find(':') != std::string::npos && (p.type == Type::integer || p.type == Type::real);
    std::vector<Value> more;
    if (range) {
      for (const double v : parse_range(p, part)) more.push_back(parse_value(p, rankwise::to_text(v)));
    } else {
      more.push_back(parse_value(p, part));
    }
    for (auto& value : more) {
      if (!repeats && std::find(values.begin(), values.end(), value) != values.end()) {
        throw UsageError(concat(p.option(), " '", text, "': the value ", to_text(value), " occurs twice"));
      }
      values.push_back(std::move(value));
    }
  }
  return values;
}

const Parameter* find(std::span<const Parameter> table, std::string_view name) {
  for (const auto& row : table) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace rankwise::run
