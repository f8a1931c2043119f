// A fast 64-bit hash of long arrays. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace rankwise {

/// FNV-1a of text (fnv1a) goes byte by byte; a result of a gigabyte wants words. Each 8-byte little-endian word w (the
/// last padded with zeros) takes the state h to h = (h xor w) * 0x100000001b3, h = h xor (h >> 32), so that every bit of
/// a word reaches every later bit: two flipped signs do not cancel. Never for security.
[[nodiscard]] inline std::uint64_t hash_words(std::span<const std::byte> bytes, std::uint64_t state) {
  const auto mix = [&state](std::uint64_t word) {
    state = (state ^ word) * 0x100000001b3ULL;
    state ^= state >> 32U;
  };
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= bytes.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    mix(word);
  }
  if (at < bytes.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, bytes.size() - at);
    mix(word);
  }
  return state;
}

}  // namespace rankwise
