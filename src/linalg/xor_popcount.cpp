// XOR and popcount over interleaved groups of rows: one source for every instruction set.
// SPDX-License-Identifier: MIT
#include "linalg/xor_popcount.hpp"

#include <bit>
#include <vector>

namespace rankwise::linalg {
namespace {

using Word = std::uint64_t;

/// sums[lane] += popcount(word ^ group[lane]). Kept a loop: unrolled early, GCC no longer makes one vector of it.
[[gnu::always_inline]] inline void add_lanes(Word* sums, Word word, const Word* group) {
#pragma GCC unroll 1
  for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += static_cast<Word>(std::popcount(word ^ group[lane]));
}

/// One row at a time: eight sums fit the general registers.
[[gnu::always_inline]] inline void count_by_ones(const Word* rows, std::size_t stride, std::size_t n_rows,
                                                 const Word* group, std::size_t words, Word* counts) {
  for (std::size_t r = 0; r < n_rows; ++r, rows += stride, counts += lanes) {
    Word sums[lanes] = {};
    for (std::size_t w = 0; w < words; ++w) {
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        sums[lane] += static_cast<Word>(std::popcount(rows[w] ^ group[lanes * w + lane]));
      }
    }
    for (std::size_t lane = 0; lane < lanes; ++lane) counts[lane] += sums[lane];
  }
}

/// Four rows at a time for wide vectors: each vector of the group is loaded once for four vectors of sums.
[[gnu::always_inline]] inline void count_by_fours(const Word* rows, std::size_t stride, std::size_t n_rows,
                                                  const Word* group, std::size_t words, Word* counts) {
  std::size_t r = 0;
  for (; r + 4 <= n_rows; r += 4, rows += 4 * stride, counts += 4 * lanes) {
    const Word* const row1 = rows + stride;
    const Word* const row2 = row1 + stride;
    const Word* const row3 = row2 + stride;
    Word sums0[lanes] = {};
    Word sums1[lanes] = {};
    Word sums2[lanes] = {};
    Word sums3[lanes] = {};
    for (std::size_t w = 0; w < words; ++w) {
      add_lanes(sums0, rows[w], group + lanes * w);
      add_lanes(sums1, row1[w], group + lanes * w);
      add_lanes(sums2, row2[w], group + lanes * w);
      add_lanes(sums3, row3[w], group + lanes * w);
    }
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      counts[lane] += sums0[lane];
      counts[lanes + lane] += sums1[lane];
      counts[2 * lanes + lane] += sums2[lane];
      counts[3 * lanes + lane] += sums3[lane];
    }
  }
  for (; r < n_rows; ++r, rows += stride, counts += lanes) {
    Word sums[lanes] = {};
    for (std::size_t w = 0; w < words; ++w) add_lanes(sums, rows[w], group + lanes * w);
    for (std::size_t lane = 0; lane < lanes; ++lane) counts[lane] += sums[lane];
  }
}

void count_plain(const Word* rows, std::size_t stride, std::size_t n_rows, const Word* group, std::size_t words,
                 Word* counts) {
  count_by_ones(rows, stride, n_rows, group, words, counts);
}

#if defined(__x86_64__)
[[gnu::target("popcnt")]] void count_popcnt(const Word* rows, std::size_t stride, std::size_t n_rows, const Word* group,
                                            std::size_t words, Word* counts) {
  count_by_ones(rows, stride, n_rows, group, words, counts);
}

[[gnu::target("avx512f,avx512vl,avx512vpopcntdq,prefer-vector-width=512")]] void count_avx512(
    const Word* rows, std::size_t stride, std::size_t n_rows, const Word* group, std::size_t words, Word* counts) {
  count_by_fours(rows, stride, n_rows, group, words, counts);
}
#endif

std::vector<CountVariant> find_variants() {
  std::vector<CountVariant> found;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512vl")) {
    found.push_back({"avx512vpopcntdq", count_avx512});
  }
  if (__builtin_cpu_supports("popcnt")) found.push_back({"popcnt", count_popcnt});
#endif
  found.push_back({"plain", count_plain});
  return found;
}

}  // namespace

std::span<const CountVariant> count_variants() {
  static const std::vector<CountVariant> variants = find_variants();
  return variants;
}

}  // namespace rankwise::linalg
