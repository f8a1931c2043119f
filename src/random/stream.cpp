// Philox4x64-10 blocks and the streams made of them. SPDX-License-Identifier: MIT
#include "rankwise/random/stream.hpp"

#include <cstddef>

#include "random/philox.hpp"

namespace rankwise::random {
namespace {

__extension__ using Wide = unsigned __int128;

/// Ten rounds as in Salmon, Moraes, Dror and Shaw (SC11), with their multipliers and key increments (the golden ratio
/// and sqrt 3 - 1). Written as a loop: twice as fast with GCC 12 as Random123's unrolled source, the oracle of the
/// tests.
[[gnu::always_inline]] inline void write_block(const std::array<std::uint64_t, 4>& counter, std::uint64_t key0,
                                               std::uint64_t key1, std::uint64_t* out) {
  constexpr std::uint64_t multiplier0 = 0xD2E7470EE14C6C93;
  constexpr std::uint64_t multiplier1 = 0xCA5A826395121157;
  constexpr std::uint64_t increment0 = 0x9E3779B97F4A7C15;
  constexpr std::uint64_t increment1 = 0xBB67AE8584CAA73B;
  std::uint64_t x0 = counter[0];
  std::uint64_t x1 = counter[1];
  std::uint64_t x2 = counter[2];
  std::uint64_t x3 = counter[3];
  for (int round = 0; round < 10; ++round, key0 += increment0, key1 += increment1) {
    const Wide product0 = Wide{multiplier0} * x0;
    const Wide product1 = Wide{multiplier1} * x2;
    x0 = static_cast<std::uint64_t>(product1 >> 64) ^ x1 ^ key0;
    x1 = static_cast<std::uint64_t>(product1);
    x2 = static_cast<std::uint64_t>(product0 >> 64) ^ x3 ^ key1;
    x3 = static_cast<std::uint64_t>(product0);
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

}  // namespace

std::array<std::uint64_t, 4> philox_block(const std::array<std::uint64_t, 4>& counter,
                                          const std::array<std::uint64_t, 2>& key) {
  std::array<std::uint64_t, 4> out{};
  write_block(counter, key[0], key[1], out.data());
  return out;
}

Stream::Stream(Key key, Purpose purpose, std::uint64_t replica, std::uint64_t client, std::uint32_t round)
    : key_(key), counter_{0, client, static_cast<std::uint64_t>(purpose) << 32 | round, replica} {}

void Stream::refill() {
  write_block(counter_, key_.seed, key_.law, buffer_.data());
  ++counter_[0];
  next_ = 0;
}

void Stream::words(std::span<std::uint64_t> out) {
  std::size_t done = 0;
  while (next_ < 4 && done < out.size()) out[done++] = buffer_[next_++];
  // Whole blocks go straight to their place; blocks do not depend on one another, so the processor overlaps them.
  auto counter = counter_;
  for (; done + 4 <= out.size(); done += 4, ++counter[0]) write_block(counter, key_.seed, key_.law, &out[done]);
  counter_ = counter;
  while (done < out.size()) out[done++] = word();
}

}  // namespace rankwise::random
