// SPDX-License-Identifier: MIT
#include "io/shape.hpp"

#include "rankwise/core/text.hpp"

namespace rankwise::io {

std::string shape_text(std::span<const std::size_t> extents) {
  if (extents.empty()) return "a scalar";
  std::vector<std::string> parts;
  for (const std::size_t extent : extents) parts.push_back(concat(extent));
  return join(parts, " x ");
}

std::vector<std::size_t> chunk_shape(std::span<const std::size_t> shape, std::size_t element_bytes) {
  std::size_t bytes = element_bytes;
  for (const std::size_t extent : shape) bytes *= extent;
  if (shape.empty() || bytes <= contiguous_bytes) return {};
  std::vector<std::size_t> chunk(shape.size(), 1);
  std::size_t room = chunk_bytes / element_bytes;
  for (std::size_t d = shape.size(); d-- > 0 && room > 0;) {
    // As many equal pieces as needed, rather than full ones and a sliver.
    const std::size_t pieces = (shape[d] + room - 1) / room;
    chunk[d] = (shape[d] + pieces - 1) / pieces;
    room /= chunk[d];
  }
  return chunk;
}

}  // namespace rankwise::io
