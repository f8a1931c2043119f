// The bare block function of the counter streams; internal. SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace rankwise::random {

__extension__ using Wide = unsigned __int128;

inline constexpr std::uint64_t philox_multiplier0 = 0xD2E7470EE14C6C93;
inline constexpr std::uint64_t philox_multiplier1 = 0xCA5A826395121157;
inline constexpr std::uint64_t philox_increment0 = 0x9E3779B97F4A7C15;
inline constexpr std::uint64_t philox_increment1 = 0xBB67AE8584CAA73B;

/// Words 0 .. 3 of a block to out[0], out[stride], ... Ten rounds as in Salmon, Moraes, Dror and Shaw (SC11), with
/// their multipliers and key increments (the golden ratio and sqrt 3 - 1). Written as a loop: twice as fast with GCC 12
/// as Random123's unrolled source, the oracle of the tests.
[[gnu::always_inline]] inline void write_block(const std::array<std::uint64_t, 4>& counter, std::uint64_t key0,
                                               std::uint64_t key1, std::uint64_t* out, std::size_t stride = 1) {
  std::uint64_t x0 = counter[0];
  std::uint64_t x1 = counter[1];
  std::uint64_t x2 = counter[2];
  std::uint64_t x3 = counter[3];
  for (int round = 0; round < 10; ++round, key0 += philox_increment0, key1 += philox_increment1) {
    const Wide product0 = Wide{philox_multiplier0} * x0;
    const Wide product1 = Wide{philox_multiplier1} * x2;
    x0 = static_cast<std::uint64_t>(product1 >> 64) ^ x1 ^ key0;
    x1 = static_cast<std::uint64_t>(product1);
    x2 = static_cast<std::uint64_t>(product0 >> 64) ^ x3 ^ key1;
    x3 = static_cast<std::uint64_t>(product0);
  }
  out[0] = x0;
  out[stride] = x1;
  out[2 * stride] = x2;
  out[3 * stride] = x3;
}

/// One block of Philox4x64 with ten rounds: four words that depend on counter and key alone.
[[nodiscard]] std::array<std::uint64_t, 4> philox_block(const std::array<std::uint64_t, 4>& counter,
                                                        const std::array<std::uint64_t, 2>& key);

/// Where a purpose and a round stand in the counter.
[[nodiscard]] constexpr std::uint64_t purpose_word(std::uint32_t purpose, std::uint32_t round) {
  return static_cast<std::uint64_t>(purpose) << 32 | round;
}

}  // namespace rankwise::random
