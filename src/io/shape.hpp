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

/// Above this size float64 data sets are not deflated: random mantissas shrink by a tenth at 14 MB/s, and a run that has
/// been told to stop has no minute to spare for a gigabyte.
inline constexpr std::size_t deflated_float_bytes = 16 * 1024 * 1024;

/// Extents of a chunk that keeps the last axes together; empty for a data set that is stored in one piece. Text
/// (element_bytes = 0) always is: HDF5 would compress its pointers, not its characters.
[[nodiscard]] std::vector<std::size_t> chunk_shape(std::span<const std::size_t> shape, std::size_t element_bytes);

}  // namespace rankwise::io
