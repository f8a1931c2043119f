// Philox4x64-10 blocks and the streams made of them. SPDX-License-Identifier: MIT
#include "rankwise/random/stream.hpp"

#include <cstddef>

#include "random/philox.hpp"
#include "random/philox_bulk.hpp"

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
  const std::size_t blocks = (out.size() - done) / 4;
  write_blocks(counter_, key_.seed, key_.law, out.data() + done, blocks);
  counter_[0] += blocks;
  done += 4 * blocks;
  while (done < out.size()) out[done++] = word();
}

void Stream::skip(std::uint64_t count) {
  while (next_ < 4 && count > 0) {
    ++next_;
    --count;
  }
  counter_[0] += count / 4;
  for (count %= 4; count > 0; --count) (void)word();
}

}  // namespace rankwise::random
