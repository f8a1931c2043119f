// Products of a packed sign matrix with a few dense columns; internal. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <vector>

#include "linalg/strips.hpp"

namespace rankwise::linalg {

/// A row of a panel is a cache line: 16 floats or integers, or 8 doubles.
inline constexpr std::size_t line_bytes = 64;
template <typename T>
inline constexpr std::size_t line_width = line_bytes / sizeof(T);

template <typename T>
struct LineAllocator {
  using value_type = T;
  LineAllocator() = default;
  template <typename U>
  explicit LineAllocator(const LineAllocator<U>& /*other*/) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{line_bytes})); }
  void deallocate(T* p, std::size_t n) { ::operator delete (p, n * sizeof(T), std::align_val_t{line_bytes}); }
  friend bool operator==(const LineAllocator&, const LineAllocator&) { return true; }
};

/// A rows x columns matrix in panels of line_width columns, each panel row by row. Rows are filled up to a multiple of
/// 64 and columns to whole lines with zeros, which every function keeps zero.
template <typename T>
class Panels {
 public:
  Panels(std::size_t rows, std::size_t columns)
      : rows_(rows),
        panels_((columns + line_width<T> - 1) / line_width<T>),
        values_((rows + 63) / 64 * 64 * line_width<T> * panels_, T{0}) {}

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t panels() const { return panels_; }
  [[nodiscard]] T* panel(std::size_t index) { return values_.data() + index * (values_.size() / panels_); }
  [[nodiscard]] const T* panel(std::size_t index) const { return values_.data() + index * (values_.size() / panels_); }
  [[nodiscard]] T& at(std::size_t row, std::size_t column) {
    return panel(column / line_width<T>)[row * line_width<T> + column % line_width<T>];
  }
  [[nodiscard]] std::span<T> values() { return values_; }
  [[nodiscard]] std::span<const T> values() const { return values_; }

 private:
  std::size_t rows_;
  std::size_t panels_;
  std::vector<T, LineAllocator<T>> values_;
};

/// out = S in for one panel: S of rows x columns of +-1, in interleaved groups. For every four columns
/// of S the sixteen sums +-in_1 +-in_2 +-in_3 +-in_4 are put in a table in the first-level cache, and each row adds the
/// one that its four bits name. One order of additions in every variant: the same bits.
template <typename T>
using MultiplyPanel = void (*)(const std::uint64_t* groups, std::size_t rows, std::size_t columns, const T* in, T* out);

struct ProductVariant {
  const char* name;
  MultiplyPanel<float> single_precision;
  MultiplyPanel<double> double_precision;
  MultiplyPanel<std::int32_t> integer;  ///< exact where no sum passes 2^31
};

/// What this processor can run, fastest first; the last one is plain C++.
[[nodiscard]] std::span<const ProductVariant> product_variants();

/// All panels by the fastest variant; `s` has out.rows() rows and in.rows() columns.
void multiply(const Interleaved& s, const Panels<float>& in, Panels<float>& out);
void multiply(const Interleaved& s, const Panels<double>& in, Panels<double>& out);
void multiply(const Interleaved& s, const Panels<std::int32_t>& in, Panels<std::int32_t>& out);

}  // namespace rankwise::linalg
