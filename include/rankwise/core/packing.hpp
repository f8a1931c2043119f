// Values one after another in a byte string: messages between ranks, frames of a journal. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "rankwise/core/array.hpp"
#include "rankwise/core/contract.hpp"

namespace rankwise {

using Bytes = std::vector<std::byte>;

/// Appends values. Layout and byte order are the machine's (little-endian on every machine that is supported).
class Packer {
 public:
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  void put(const T& value) { append(std::as_bytes(std::span(&value, 1))); }
  /// Length as uint64, then the characters.
  void put_text(std::string_view text) {
    put(static_cast<std::uint64_t>(text.size()));
    append(std::as_bytes(std::span(text)));
  }
  /// Type and number of axes as uint8, extents as uint64, then the values; texts as put_text.
  void put_array(const Array& array);
  void append(std::span<const std::byte> bytes);
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

/// Reads what a Packer wrote, in the same order; bytes that are too few or too many are an InternalError.
class Unpacker {
 public:
  explicit Unpacker(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <typename T>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] T get() {
    T value;
    std::memcpy(&value, next(sizeof(T)).data(), sizeof(T));
    return value;
  }
  [[nodiscard]] std::string get_text() {
    const auto size = get<std::uint64_t>();
    const std::span<const std::byte> bytes = next(size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  [[nodiscard]] Array get_array();
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  void finish() const { expects(rest_.empty(), "packed bytes end where they should"); }

 private:
  std::span<const std::byte> next(std::size_t size) {
    expects(size <= rest_.size(), "packed bytes are as many as they should be");
    const auto part = rest_.first(size);
    rest_ = rest_.subspan(size);
    return part;
  }
  template <typename T>
  [[nodiscard]] std::vector<T> get_values(std::size_t n);
  std::span<const std::byte> rest_;
};

}  // namespace rankwise
