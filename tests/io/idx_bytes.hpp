// IDX files as byte strings, right or wrong. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

namespace rankwise::io_tests {

inline std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(value >> shift & 0xffU);
  return bytes;
}

/// Magic number and extents.
inline std::string idx_header(std::uint32_t magic, std::initializer_list<std::uint32_t> extents) {
  std::string bytes = big_endian(magic);
  for (const std::uint32_t extent : extents) bytes += big_endian(extent);
  return bytes;
}

/// `count` items 0, 7, 14, ... modulo 256.
inline std::string idx_items(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i * 7 % 256);
  return bytes;
}

constexpr std::uint32_t images_magic = 0x00000803;
constexpr std::uint32_t labels_magic = 0x00000801;

/// Five images of 4 x 3 and their labels.
inline std::string five_images() { return idx_header(images_magic, {5, 4, 3}) + idx_items(60); }
inline std::string five_labels() { return idx_header(labels_magic, {5}) + idx_items(5); }

}  // namespace rankwise::io_tests
