// SPDX-License-Identifier: MIT
#include "rankwise/core/array.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "rankwise/core/contract.hpp"

namespace rankwise {

namespace {

std::size_t product(std::span<const std::size_t> shape) {
  std::size_t n = 1;
  for (const std::size_t extent : shape) n *= extent;
  return n;
}

template <typename T>
T missing_value() {
  if constexpr (std::is_same_v<T, double>) {
    return std::numeric_limits<double>::quiet_NaN();
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {};
  } else {
    return std::numeric_limits<T>::lowest();
  }
}

template <typename T>
Array filled(std::vector<std::size_t> shape) {
  const std::size_t n = product(shape);
  return {std::vector<T>(n, missing_value<T>()), std::move(shape)};
}

/// Calls f(offset in whole, offset in part, length) for every run of the last axis of a box of shape `part`.
template <typename F>
void for_each_run(std::span<const std::size_t> whole, std::span<const std::size_t> leading,
                  std::span<const std::size_t> part, F&& f) {
  expects(leading.size() + part.size() == whole.size(), "leading indices and part axes make up the whole's axes");
  std::size_t start = 0;
  for (std::size_t d = 0; d < leading.size(); ++d) {
    expects(leading[d] < whole[d], "leading index inside the array");
    start = start * whole[d] + leading[d];
  }
  const auto rest = whole.subspan(leading.size());
  start *= product(rest);
  for (std::size_t d = 0; d < part.size(); ++d) expects(part[d] <= rest[d], "part fits into the array");
  const std::size_t run = part.empty() ? 1 : part.back();
  const std::size_t runs = part.empty() ? 1 : product(part.first(part.size() - 1));
  if (run == 0) return;
  for (std::size_t r = 0; r < runs; ++r) {
    std::size_t offset = 0;
    std::size_t stride = 1;
    std::size_t index = r;
    if (!part.empty()) {
      stride = rest.back();
      for (std::size_t d = part.size() - 1; d-- > 0;) {
        offset += (index % part[d]) * stride;
        index /= part[d];
        stride *= rest[d];
      }
    }
    f(start + offset, r * run, run);
  }
}

}  // namespace

const char* name_of(ElementType type) {
  switch (type) {
    case ElementType::float64: return "float64";
    case ElementType::int64: return "int64";
    case ElementType::uint64: return "uint64";
    case ElementType::int8: return "int8";
    case ElementType::text: return "text";
  }
  return "unknown";
}

std::size_t bytes_of(ElementType type) {
  switch (type) {
    case ElementType::int8: return 1;
    case ElementType::text: return 0;
    default: return 8;
  }
}

Array::Array(Storage values, std::vector<std::size_t> shape) : values_(std::move(values)), shape_(std::move(shape)) {
  expects(size() == product(shape_), "an array's shape matches its number of values");
}

Array::Array(Storage values) : values_(std::move(values)) { shape_ = {size()}; }

Array Array::missing(ElementType type, std::vector<std::size_t> shape) {
  switch (type) {
    case ElementType::float64: return filled<double>(std::move(shape));
    case ElementType::int64: return filled<std::int64_t>(std::move(shape));
    case ElementType::uint64: return filled<std::uint64_t>(std::move(shape));
    case ElementType::int8: return filled<std::int8_t>(std::move(shape));
    case ElementType::text: return filled<std::string>(std::move(shape));
  }
  return {};
}

std::size_t Array::size() const {
  return std::visit([](const auto& v) { return v.size(); }, values_);
}

double Array::real(std::size_t flat) const {
  return std::visit(
      [flat](const auto& v) -> double {
        using T = typename std::decay_t<decltype(v)>::value_type;
        if constexpr (std::is_same_v<T, std::string>) {
          expects(false, "text has no numerical value");
          return 0;
        } else if constexpr (std::is_signed_v<T> && std::is_integral_v<T>) {
          return v.at(flat) == missing_value<T>() ? std::numeric_limits<double>::quiet_NaN()
                                                  : static_cast<double>(v[flat]);
        } else {
          return static_cast<double>(v.at(flat));
        }
      },
      values_);
}

bool Array::is_missing(std::size_t flat) const {
  if (type() == ElementType::text) return values<std::string>().at(flat).empty();
  return std::isnan(real(flat));
}

void Array::paste(std::span<const std::size_t> leading, const Array& part) {
  expects(part.type() == type(), "pasted values have the array's type");
  std::visit(
      [&](auto& to) {
        using V = std::decay_t<decltype(to)>;
        const auto& from = std::get<V>(part.values_);
        for_each_run(shape_, leading, part.shape_, [&](std::size_t whole, std::size_t piece, std::size_t n) {
          for (std::size_t i = 0; i < n; ++i) to[whole + i] = from[piece + i];
        });
      },
      values_);
}

void Array::paste_flat(std::size_t first, const Array& part) {
  expects(part.type() == type() && first <= size() && part.size() <= size() - first,
          "pasted elements have the array's type and fit into it");
  std::visit(
      [&](auto& to) {
        const auto& from = std::get<std::decay_t<decltype(to)>>(part.values_);
        std::copy(from.begin(), from.end(), to.begin() + static_cast<std::ptrdiff_t>(first));
      },
      values_);
}

Array Array::cut(std::span<const std::size_t> leading, std::vector<std::size_t> shape) const {
  Array part = missing(type(), std::move(shape));
  std::visit(
      [&](const auto& from) {
        using V = std::decay_t<decltype(from)>;
        auto& to = std::get<V>(part.values_);
        for_each_run(shape_, leading, part.shape_, [&](std::size_t whole, std::size_t piece, std::size_t n) {
          for (std::size_t i = 0; i < n; ++i) to[piece + i] = from[whole + i];
        });
      },
      values_);
  return part;
}

bool operator==(const Array& a, const Array& b) {
  if (a.shape_ != b.shape_ || a.type() != b.type()) return false;
  if (a.type() != ElementType::float64) return a.values_ == b.values_;
  const auto& x = a.values<double>();
  const auto& y = b.values<double>();
  return x.size() == y.size() && (x.empty() || std::memcmp(x.data(), y.data(), x.size() * sizeof(double)) == 0);
}

}  // namespace rankwise
