// The one hot loop of packed sign matrices: how many bits differ. Internal. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rankwise::linalg {

/// Rows of the other matrix are counted against in groups of this many, their words interleaved: word w of the group's
/// row `lane` is group[lanes w + lane], so that one vector holds word w of the whole group.
constexpr std::size_t lanes = 8;

/// counts[lanes r + lane] += number of bits in which row r (at rows + r stride) and row `lane` of the group differ,
/// over `words` words, for r < n_rows. Integers: every variant gives the same.
using CountDifferences = void (*)(const std::uint64_t* rows, std::size_t stride, std::size_t n_rows,
                                  const std::uint64_t* group, std::size_t words, std::uint64_t* counts);

struct CountVariant {
  const char* name;
  CountDifferences count;
};

/// What this processor can run, fastest first; the last one is plain C++.
[[nodiscard]] std::span<const CountVariant> count_variants();

}  // namespace rankwise::linalg
