// Extents of arrays: in words, and cut into compressed pieces. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace rankwise::io {

/// "60000 x 28 x 28", "a scalar"
[[nodiscard]] std::string shape_text(std::span<const std::size_t> extents);

/// Up to this size a data set is stored in one piece, uncompressed.
inline constexpr std::size_t contiguous_bytes = 64 * 1024;
/// At most this many bytes to a chunk: half of the cache of 1 MiB with which readers open a data set.
inline constexpr std::size_t chunk_bytes = 512 * 1024;

/// Extents of a chunk that keeps the last axes together; empty for a data set that is stored in one piece. Text
/// (element_bytes = 0) always is: HDF5 would compress its pointers, not its characters.
[[nodiscard]] std::vector<std::size_t> chunk_shape(std::span<const std::size_t> shape, std::size_t element_bytes);

}  // namespace rankwise::io
