// The bare block function of the counter streams; internal. SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>

namespace rankwise::random {

/// One block of Philox4x64 with ten rounds: four words that depend on counter and key alone.
[[nodiscard]] std::array<std::uint64_t, 4> philox_block(const std::array<std::uint64_t, 4>& counter,
                                                        const std::array<std::uint64_t, 2>& key);

}  // namespace rankwise::random
