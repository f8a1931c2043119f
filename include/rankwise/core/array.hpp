// A typed n-dimensional array of values on its way to the file. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace rankwise {

enum class ElementType : std::uint8_t { float64, int64, uint64, int8, text };

[[nodiscard]] const char* name_of(ElementType type);
[[nodiscard]] std::size_t bytes_of(ElementType type);  ///< per element; 0 for text

/// Row-major (last axis fastest), owning. An empty shape is a scalar.
class Array {
 public:
  using Storage = std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<std::uint64_t>,
                               std::vector<std::int8_t>, std::vector<std::string>>;

  Array() : Array(std::vector<double>{}, {0}) {}
  /// Throws InternalError when the product of `shape` is not the number of values.
  Array(Storage values, std::vector<std::size_t> shape);
  /// One axis.
  explicit Array(Storage values);

  static Array scalar(double value) { return {std::vector<double>{value}, {}}; }
  static Array scalar(std::int64_t value) { return {std::vector<std::int64_t>{value}, {}}; }
  /// `type` elements of `shape`, all missing: NaN, the lowest integer (0 for uint64), "".
  static Array missing(ElementType type, std::vector<std::size_t> shape);

  [[nodiscard]] ElementType type() const { return static_cast<ElementType>(values_.index()); }
  [[nodiscard]] const std::vector<std::size_t>& shape() const { return shape_; }
  [[nodiscard]] std::size_t size() const;

  template <typename T>
  [[nodiscard]] std::vector<T>& values() { return std::get<std::vector<T>>(values_); }
  template <typename T>
  [[nodiscard]] const std::vector<T>& values() const { return std::get<std::vector<T>>(values_); }
  [[nodiscard]] const Storage& storage() const { return values_; }

  /// Element `flat` as a double; a missing integer gives NaN. Throws InternalError for text.
  [[nodiscard]] double real(std::size_t flat) const;
  [[nodiscard]] bool is_missing(std::size_t flat) const;

  /// Copies `part` into the hyper-rectangle that starts at `leading` (indices of the first axes) and at 0 on the rest.
  /// Throws InternalError when it does not fit.
  void paste(std::span<const std::size_t> leading, const Array& part);
  /// Copies the elements of `part`, as they lie, to `first` and behind it. Throws InternalError when they do not fit.
  void paste_flat(std::size_t first, const Array& part);
  /// The inverse of paste: the box of `shape` at `leading`.
  [[nodiscard]] Array cut(std::span<const std::size_t> leading, std::vector<std::size_t> shape) const;

  friend bool operator==(const Array& a, const Array& b);  ///< same type, shape and bits (NaN equals the same NaN)

 private:
  Storage values_;
  std::vector<std::size_t> shape_;
};

}  // namespace rankwise
