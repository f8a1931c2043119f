// Runs of Philox blocks, several at a time where the processor can; internal. SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rankwise::random {

/// Writes `blocks` consecutive blocks to out[0 .. 4 blocks): block b has counter[0] + b, the other words of the counter
/// as they are. The words of philox_block(), whatever the variant.
using WriteBlocks = void (*)(const std::array<std::uint64_t, 4>& counter, std::uint64_t key0, std::uint64_t key1,
                             std::uint64_t* out, std::size_t blocks);

struct PhiloxVariant {
  const char* name;
  WriteBlocks write;
};

/// What this processor can run, fastest first; the last one is plain C++.
[[nodiscard]] std::span<const PhiloxVariant> philox_variants();

/// By the fastest.
void write_blocks(const std::array<std::uint64_t, 4>& counter, std::uint64_t key0, std::uint64_t key1,
                  std::uint64_t* out, std::size_t blocks);

}  // namespace rankwise::random
