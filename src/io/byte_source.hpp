// The bytes of a file, unpacked on the way where they are gzip. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace rankwise::io {

/// Whether a file is packed is told by its first two bytes, not by its name. Members that follow each other are one
/// stream, as gzip(1) has it.
class ByteSource {
 public:
  /// Throws IoError when the file is missing or unreadable.
  explicit ByteSource(const std::string& path);
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  ~ByteSource();

  /// Fills `out`; fewer bytes only at the end. Throws UsageError when gzip is cut short, corrupt or followed by other
  /// bytes, which is known for certain only once the end was reached.
  [[nodiscard]] std::size_t read(std::span<std::uint8_t> out);
  /// Bytes of a regular file that is not packed; nothing otherwise.
  [[nodiscard]] std::optional<std::uint64_t> length() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rankwise::io
