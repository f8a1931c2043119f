// The IDX format of LeCun's MNIST: unsigned bytes of one or three axes. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rankwise::io {

/// No data set of images may hold more items than this.
inline constexpr std::uint64_t most_items = std::uint64_t{1} << 31U;

struct Idx {
  std::vector<std::size_t> extents;
  std::vector<std::uint8_t> items;
};

/// The file at `path`, plain or gzip, which must have `axes` axes of unsigned bytes and nothing else. Throws IoError
/// when it cannot be read, UsageError when its content is wrong.
[[nodiscard]] Idx read_idx(const std::string& path, std::size_t axes);

/// Product of `extents`. Throws UsageError naming `path` when one of them is 0 or the product exceeds most_items.
[[nodiscard]] std::size_t checked_items(const std::string& path, std::span<const std::size_t> extents);

}  // namespace rankwise::io
