// Philox4x64-10 blocks and the streams made of them. SPDX-License-Identifier: MIT
#include "rankwise/random/stream.hpp"

#include <cstddef>

#include "random/philox.hpp"

namespace rankwise::random {
std::array<std::uint64_t, 4> philox_block(const std::array<std::uint64_t, 4>& counter,
                                          const std::array<std::uint64_t, 2>& key) {
  std::array<std::uint64_t, 4> out{};
  write_block(counter, key[0], key[1], out.data());
  return out;
}

Stream::Stream(Key key, Purpose purpose, std::uint64_t replica, std::uint64_t client, std::uint32_t round)
    : key_(key), counter_{0, client, purpose_word(static_cast<std::uint32_t>(purpose), round), replica} {}

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
