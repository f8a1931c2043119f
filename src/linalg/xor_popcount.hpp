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

/// Rows of a matrix against a group of its rows: their words and number of columns, below 2^26.
struct PairedRows {
  const std::uint64_t* rows;
  const std::uint64_t* group;
  std::size_t words;  ///< of a row; also the stride
  std::int64_t columns;
};

/// Sums over pairs, of row products x = columns - 2 count and y, likewise, of another matrix over the same rows.
struct PairTotals {
  std::uint64_t squares = 0;  ///< of x^2
  std::uint64_t zero = 0;     ///< pairs with x = 0 or y = 0
  std::uint64_t agree = 0;    ///< pairs with x y > 0
};

/// Adds rows 0 .. n_rows - 1 against lanes 0 .. width - 1; y may be nullptr: squares only. n_rows <= 2^9: squares fit.
using SumPairs = void (*)(const PairedRows& x, const PairedRows* y, std::size_t n_rows, std::size_t width,
                          PairTotals& totals);

struct CountVariant {
  const char* name;
  CountDifferences count;
  SumPairs sum_pairs;
};

/// What this processor can run, fastest first; the last one is plain C++.
[[nodiscard]] std::span<const CountVariant> count_variants();

}  // namespace rankwise::linalg
