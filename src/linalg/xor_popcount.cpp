// XOR and popcount over interleaved groups of rows: one source for every instruction set.
// SPDX-License-Identifier: MIT
#include "linalg/xor_popcount.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include "rankwise/core/lanes.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace rankwise::linalg {
namespace {

using Word = std::uint64_t;

/// sums[lane] += popcount(word ^ group[lane]). Kept a loop: unrolled early, GCC no longer makes one vector of it.
[[gnu::always_inline]] inline void add_lanes(Word* sums, Word word, const Word* group) {
#pragma GCC unroll 1
  for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += static_cast<Word>(std::popcount(word ^ group[lane]));
}

/// popcount without an instruction for it: sums of 2, 4, 8 bits, then of all bytes (GCC would call a function).
[[gnu::always_inline]] inline Word bits_set(Word x) {
  x -= x >> 1 & 0x5555555555555555;
  x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
  x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return x * 0x0101010101010101 >> 56;
}

/// One row at a time: eight sums fit the general registers.
template <bool instruction>
[[gnu::always_inline]] inline void count_by_ones(const Word* rows, std::size_t stride, std::size_t n_rows,
                                                 const Word* group, std::size_t words, Word* counts) {
  for (std::size_t r = 0; r < n_rows; ++r, rows += stride, counts += lanes) {
    Word sums[lanes] = {};
    for (std::size_t w = 0; w < words; ++w) {
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const Word differing = rows[w] ^ group[lanes * w + lane];
        sums[lane] += instruction ? static_cast<Word>(std::popcount(differing)) : bits_set(differing);
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
  count_by_ones<false>(rows, stride, n_rows, group, words, counts);
}

#if defined(__x86_64__)
[[gnu::target("popcnt")]] void count_popcnt(const Word* rows, std::size_t stride, std::size_t n_rows, const Word* group,
                                            std::size_t words, Word* counts) {
  count_by_ones<true>(rows, stride, n_rows, group, words, counts);
}

/// Bits set in each byte: its two halves looked up in a table of sixteen counts.
[[gnu::target("avx2"), gnu::always_inline]] inline __m256i byte_counts(__m256i x, __m256i table, __m256i low_half) {
  const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(x, low_half));
  const __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), low_half));
  return _mm256_add_epi8(low, high);
}

/// Two rows at a time, each against two vectors of four lanes. Bytes are summed over 31 words (of at most 8 each)
/// before they are added up to words. Per row, word and group of eight on a Zen 4 at 3.5 GHz: 1.20 ns; .42 by
/// AVX-512, 2.15 by scalar popcounts.
[[gnu::target("avx2")]] void count_avx2(const Word* rows, std::size_t stride, std::size_t n_rows, const Word* group,
                                        std::size_t words, Word* counts) {
  constexpr std::size_t before_overflow = 31;
  const __m256i table =
      _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i low_half = _mm256_set1_epi8(15);
  const __m256i zero = _mm256_setzero_si256();
  const auto* const lanes_at = reinterpret_cast<const __m256i*>(group);
  const auto add = [](Word * to, __m256i bytes, __m256i none) __attribute__((target("avx2"))) {
    auto* const sums = reinterpret_cast<__m256i*>(to);
    _mm256_storeu_si256(sums, _mm256_add_epi64(_mm256_loadu_si256(sums), _mm256_sad_epu8(bytes, none)));
  };
  for (std::size_t r = 0; r < n_rows; r += 2) {
    const bool pair = r + 1 < n_rows;
    const Word* const first = rows + r * stride;
    const Word* const second = pair ? first + stride : first;
    Word* const to = counts + lanes * r;
    for (std::size_t begin = 0; begin < words; begin += before_overflow) {
      __m256i sums[4] = {zero, zero, zero, zero};
      const std::size_t end = std::min(words, begin + before_overflow);
      for (std::size_t w = begin; w < end; ++w) {
        const __m256i low = _mm256_loadu_si256(lanes_at + 2 * w);
        const __m256i high = _mm256_loadu_si256(lanes_at + 2 * w + 1);
        const __m256i word0 = _mm256_set1_epi64x(static_cast<long long>(first[w]));
        const __m256i word1 = _mm256_set1_epi64x(static_cast<long long>(second[w]));
        sums[0] = _mm256_add_epi8(sums[0], byte_counts(_mm256_xor_si256(low, word0), table, low_half));
        sums[1] = _mm256_add_epi8(sums[1], byte_counts(_mm256_xor_si256(high, word0), table, low_half));
        sums[2] = _mm256_add_epi8(sums[2], byte_counts(_mm256_xor_si256(low, word1), table, low_half));
        sums[3] = _mm256_add_epi8(sums[3], byte_counts(_mm256_xor_si256(high, word1), table, low_half));
      }
      add(to, sums[0], zero);
      add(to + 4, sums[1], zero);
      if (!pair) continue;
      add(to + lanes, sums[2], zero);
      add(to + lanes + 4, sums[3], zero);
    }
  }
}

[[gnu::target("avx512f,avx512vl,avx512vpopcntdq,prefer-vector-width=512")]] void count_avx512(
    const Word* rows, std::size_t stride, std::size_t n_rows, const Word* group, std::size_t words, Word* counts) {
  count_by_fours(rows, stride, n_rows, group, words, counts);
}
#endif

/// Counts first, a few rows at a time, then adds up.
template <CountDifferences count>
void sum_counted_pairs(const PairedRows& x, const PairedRows* y, std::size_t n_rows, std::size_t width,
                       PairTotals& totals) {
  constexpr std::size_t at_once = 16;
  for (std::size_t r = 0; r < n_rows; r += at_once) {
    const std::size_t n = std::min(at_once, n_rows - r);
    Word x_counts[at_once * lanes] = {};
    Word y_counts[at_once * lanes] = {};
    count(x.rows + r * x.words, x.words, n, x.group, x.words, x_counts);
    if (y != nullptr) count(y->rows + r * y->words, y->words, n, y->group, y->words, y_counts);
    for (std::size_t i = 0; i < n * lanes; ++i) {
      if (i % lanes >= width) continue;
      const auto a = x.columns - 2 * static_cast<std::int64_t>(x_counts[i]);
      totals.squares += static_cast<Word>(a * a);
      if (y == nullptr) continue;
      const auto b = y->columns - 2 * static_cast<std::int64_t>(y_counts[i]);
      const bool zero = a == 0 || b == 0;
      totals.zero += static_cast<Word>(zero);
      totals.agree += static_cast<Word>(!zero && (a ^ b) >= 0);
    }
  }
}

#if defined(__x86_64__)
#define RANKWISE_WIDE gnu::target("avx512f,avx512dq,avx512vl,avx512vpopcntdq,prefer-vector-width=512")

[[RANKWISE_WIDE, gnu::always_inline]] inline Word sum_of_lanes(__m512i x) {
  Word sums[lanes];
  _mm512_storeu_si512(sums, x);
  Word total = 0;
  for (std::size_t lane = 0; lane < lanes; ++lane) total += sums[lane];
  return total;
}

[[RANKWISE_WIDE, gnu::always_inline]] inline __m512i add_differences(__m512i count, Word word, __m512i group) {
  return count + _mm512_popcnt_epi64(_mm512_set1_epi64(static_cast<long long>(word)) ^ group);
}

/// Products of rows 0 .. 3 (row 0 again for those that are missing) with eight lanes: of rows 0 and 1 in the low and
/// high halves of out[0], of rows 2 and 3 in those of out[1].
[[RANKWISE_WIDE, gnu::always_inline]] inline void four_products(const PairedRows& a, std::size_t r, std::size_t present,
                                                                __m512i (&out)[2]) {
  const Word* const row0 = a.rows + r * a.words;
  const Word* const row1 = present > 1 ? row0 + a.words : row0;
  const Word* const row2 = present > 2 ? row1 + a.words : row0;
  const Word* const row3 = present > 3 ? row2 + a.words : row0;
  __m512i count0 = _mm512_setzero_si512();
  __m512i count1 = count0;
  __m512i count2 = count0;
  __m512i count3 = count0;
  for (std::size_t w = 0; w < a.words; ++w) {
    const __m512i group = _mm512_loadu_si512(a.group + lanes * w);
    count0 = add_differences(count0, row0[w], group);
    count1 = add_differences(count1, row1[w], group);
    count2 = add_differences(count2, row2[w], group);
    count3 = add_differences(count3, row3[w], group);
  }
  const __m512i columns = _mm512_set1_epi32(static_cast<int>(a.columns));
  // Twice the count, the odd rows' in the upper half: 1 and 33 places up.
  out[0] =
      _mm512_sub_epi32(columns, _mm512_maskz_slli_epi64(0xff, count0, 1) | _mm512_maskz_slli_epi64(0xff, count1, 33));
  out[1] =
      _mm512_sub_epi32(columns, _mm512_maskz_slli_epi64(0xff, count2, 1) | _mm512_maskz_slli_epi64(0xff, count3, 33));
}

[[RANKWISE_WIDE]] void sum_pairs_avx512(const PairedRows& x, const PairedRows* y, std::size_t n_rows, std::size_t width,
                                        PairTotals& totals) {
  const __m512i one = _mm512_set1_epi32(1);
  __m512i squares[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
  __m512i zeros = squares[0];
  __m512i agree = squares[0];
  const auto low_lanes = static_cast<__mmask16>(0x5555U & ((1U << 2 * width) - 1));
  for (std::size_t r = 0; r < n_rows; r += 4) {
    const std::size_t present = n_rows - r;
    __m512i a[2];
    __m512i b[2];
    four_products(x, r, present, a);
    if (y != nullptr) four_products(*y, r, present, b);
    for (std::size_t half = 0; half < 2 && 2 * half < present; ++half) {
      const bool both = present > 2 * half + 1;
      const auto meant = static_cast<__mmask16>(both ? low_lanes | low_lanes << 1 : low_lanes);
      const __m512i product = _mm512_maskz_mov_epi32(meant, a[half]);
      const __m512i upper = _mm512_maskz_srli_epi64(0xff, product, 32);
      squares[0] += _mm512_maskz_mul_epi32(0xff, product, product);
      squares[1] += _mm512_maskz_mul_epi32(0xff, upper, upper);
      if (y == nullptr) continue;
      const auto zero = static_cast<__mmask16>(
          meant & (_mm512_testn_epi32_mask(a[half], a[half]) | _mm512_testn_epi32_mask(b[half], b[half])));
      const auto differ = _mm512_movepi32_mask(a[half] ^ b[half]);
      zeros = _mm512_mask_add_epi32(zeros, zero, zeros, one);
      const auto same = static_cast<__mmask16>(meant & ~(differ | zero));
      agree = _mm512_mask_add_epi32(agree, same, agree, one);
    }
  }
  const __m512i low_half = _mm512_set1_epi64(0xffffffff);
  totals.squares += sum_of_lanes(squares[0] + squares[1]);
  totals.zero += sum_of_lanes((zeros & low_half) + _mm512_maskz_srli_epi64(0xff, zeros, 32));
  totals.agree += sum_of_lanes((agree & low_half) + _mm512_maskz_srli_epi64(0xff, agree, 32));
}
#endif

std::vector<CountVariant> find_variants() {
  std::vector<CountVariant> found;
#if defined(__x86_64__)
  if (allows(InstructionSet::avx512) && __builtin_cpu_supports("avx512vpopcntdq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
    found.push_back({"avx512vpopcntdq", count_avx512, sum_pairs_avx512});
  }
  if (allows(InstructionSet::avx2)) found.push_back({"avx2", count_avx2, sum_counted_pairs<count_avx2>});
  if (__builtin_cpu_supports("popcnt")) found.push_back({"popcnt", count_popcnt, sum_counted_pairs<count_popcnt>});
#endif
  found.push_back({"plain", count_plain, sum_counted_pairs<count_plain>});
  return found;
}

}  // namespace

std::span<const CountVariant> count_variants() {
  static const std::vector<CountVariant> variants = find_variants();
  return variants;
}

}  // namespace rankwise::linalg
