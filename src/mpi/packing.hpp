// Small control messages: values one after another, read back with bounds checks. SPDX-License-Identifier: MIT
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "rankwise/core/contract.hpp"
#include "rankwise/mpi/comm.hpp"

namespace rankwise::mpi {

/// Appends values to a message. All ranks run the same binary, so layout and byte order are the machine's.
class Packer {
 public:
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  void put(const T& value) { append(std::as_bytes(std::span(&value, 1))); }
  void put_text(std::string_view text) {
    put(static_cast<std::uint64_t>(text.size()));
    append(std::as_bytes(std::span(text)));
  }
  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  void append(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  Bytes bytes_;
};

/// Reads what a Packer wrote, in the same order; a message that is too short or too long is an InternalError.
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
  void finish() const { expects(rest_.empty(), "a control message ends where it should"); }

 private:
  std::span<const std::byte> next(std::size_t size) {
    expects(size <= rest_.size(), "a control message is as long as it should be");
    const auto part = rest_.first(size);
    rest_ = rest_.subspan(size);
    return part;
  }
  std::span<const std::byte> rest_;
};

}  // namespace rankwise::mpi
