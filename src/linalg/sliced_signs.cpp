// Bit-sliced sign agreement: 256 pairs in a vector, no sum is ever taken out of its bits. SPDX-License-Identifier: MIT
//
// For row i the columns in which row j has the same sign are counted for all j at once: bit j of plane p is bit p of
// j's count. With M columns that takes 3 M instructions for 256 pairs, as popcounts do, but the comparison with M/2
// takes a dozen for 256 pairs and not for eight: 3 us at N=256, M=16 where popcounts take 16.
#include "linalg/sliced_signs.hpp"

#include <algorithm>
#include <vector>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/lanes.hpp"

namespace rankwise::linalg {
namespace {

using Word = std::uint64_t;
using Bits [[gnu::vector_size(32), gnu::may_alias]] = unsigned long long;
using LooseBits [[gnu::vector_size(32), gnu::aligned(8), gnu::may_alias]] = unsigned long long;

constexpr std::size_t bits_words = 4;
constexpr std::size_t planes = 6;
constexpr std::size_t together = 8;  ///< columns added at once

/// sum += a + b: returns the carry.
#define RANKWISE_FULL_ADDER(carry, sum, a, b)           \
  const Bits carry = (sum & (a)) | ((sum ^ (a)) & (b)); \
  sum ^= (a) ^ (b)

struct Signs {
  Bits positive;
  Bits zero;
};

/// Signs of columns - 2 (number that differ) for the 256 rows at `word`, against row i.
[[gnu::always_inline]] inline void signs_of(const SlicedColumns& m, std::size_t i, std::size_t word, std::size_t stride,
                                            Signs* out) {
  Bits count[planes] = {};
  const Word row = m.rows[i];
  for (std::size_t a = 0; a < m.columns; a += together) {
    const Word* const first = m.planes + 2 * a * stride + word;
    Bits column[together];
#pragma GCC unroll 8
    for (std::size_t c = 0; c < together; ++c) {
      column[c] = *reinterpret_cast<const LooseBits*>(first + (2 * c + (row >> (a + c) & 1U)) * stride);
    }
    RANKWISE_FULL_ADDER(twos0, count[0], column[0], column[1]);
    RANKWISE_FULL_ADDER(twos1, count[0], column[2], column[3]);
    RANKWISE_FULL_ADDER(fours0, count[1], twos0, twos1);
    RANKWISE_FULL_ADDER(twos2, count[0], column[4], column[5]);
    RANKWISE_FULL_ADDER(twos3, count[0], column[6], column[7]);
    RANKWISE_FULL_ADDER(fours1, count[1], twos2, twos3);
    RANKWISE_FULL_ADDER(eights, count[2], fours0, fours1);
    const Bits sixteens = count[3] & eights;
    count[3] ^= eights;
    const Bits thirty_twos = count[4] & sixteens;
    count[4] ^= sixteens;
    count[5] ^= thirty_twos;
  }
  // The number that agree, against half of the columns.
  const std::size_t half = m.columns / 2;
  Bits greater{};
  Bits equal = ~Bits{};
  for (std::size_t p = planes; p-- > 0;) {
    if ((half >> p & 1U) != 0) {
      equal &= count[p];
    } else {
      greater |= equal & count[p];
      equal &= ~count[p];
    }
  }
  out->positive = greater;
  out->zero = m.columns % 2 == 0 ? equal : Bits{};
}

[[gnu::always_inline]] inline Word bits_in(const Bits& x) {
  Word total = 0;
  for (std::size_t w = 0; w < bits_words; ++w) {
    total += static_cast<Word>(__builtin_popcountll(x[w]));
  }
  return total;
}

[[gnu::always_inline]] inline SlicedCounts count_pairs(const SlicedColumns& x, const SlicedColumns& y, std::size_t n,
                                                       std::size_t stride) {
  SlicedCounts total;
  for (std::size_t i = 1; i < n; ++i) {
    for (std::size_t word = 0; 64 * word < i; word += bits_words) {
      Bits meant;
      for (std::size_t w = 0; w < bits_words; ++w) {
        const std::size_t begin = 64 * (word + w);
        meant[w] = begin >= i ? 0 : i - begin >= 64 ? ~Word{0} : (Word{1} << (i - begin)) - 1;
      }
      Signs a;
      Signs b;
      signs_of(x, i, word, stride, &a);
      signs_of(y, i, word, stride, &b);
      const Bits zero = (a.zero | b.zero) & meant;
      const Bits agree = ~(a.positive ^ b.positive) & meant & ~zero;
      total.zero += bits_in(zero);
      total.agree += bits_in(agree);
    }
  }
  return total;
}

SlicedCounts count_plain(const SlicedColumns& x, const SlicedColumns& y, std::size_t n, std::size_t stride) {
  return count_pairs(x, y, n, stride);
}
#ifdef RANKWISE_LANES_X86
[[gnu::target("avx2,popcnt")]] SlicedCounts count_avx2(const SlicedColumns& x, const SlicedColumns& y, std::size_t n,
                                                       std::size_t stride) {
  return count_pairs(x, y, n, stride);
}
[[gnu::target("avx512f,avx512vl,avx512vpopcntdq,popcnt")]] SlicedCounts count_avx512(const SlicedColumns& x,
                                                                                     const SlicedColumns& y,
                                                                                     std::size_t n,
                                                                                     std::size_t stride) {
  return count_pairs(x, y, n, stride);
}
#endif

std::vector<SlicedVariant> find_variants() {
  std::vector<SlicedVariant> found;
#ifdef RANKWISE_LANES_X86
  if (allows(InstructionSet::avx512) && __builtin_cpu_supports("avx512vpopcntdq") &&
      __builtin_cpu_supports("avx512vl")) {
    found.push_back({"avx512", count_avx512});
  }
  if (allows(InstructionSet::avx2) && __builtin_cpu_supports("popcnt")) found.push_back({"avx2", count_avx2});
#endif
  found.push_back({"plain", count_plain});
  return found;
}

/// Storage behind SlicedColumns.
struct Slices {
  Slices(const SignMatrix& m, std::size_t stride)
      : planes((m.columns() + together - 1) / together * together * 2 * stride, 0), rows(m.rows(), 0) {
    const SignMatrix columns = m.transposed();
    for (std::size_t a = 0; a < m.columns(); ++a) {
      const auto from = columns.row(a);
      Word* const negated = planes.data() + 2 * a * stride;
      for (std::size_t w = 0; w < from.size(); ++w) {
        negated[w] = ~from[w];
        negated[stride + w] = from[w];
      }
    }
    for (std::size_t i = 0; i < m.rows() && m.columns() > 0; ++i) rows[i] = m.row(i)[0];
  }
  std::vector<Word> planes;
  std::vector<Word> rows;
};

}  // namespace

std::span<const SlicedVariant> sliced_variants() {
  static const std::vector<SlicedVariant> variants = find_variants();
  return variants;
}

SignAgreement sliced_agreement(const SlicedVariant& variant, const SignMatrix& x, const SignMatrix& y) {
  expects(x.rows() == y.rows() && std::max(x.columns(), y.columns()) <= most_sliced_columns,
          "sliced_agreement() of the same rows, few columns");
  const std::size_t n = x.rows();
  const std::size_t stride = ((n + 63) / 64 + bits_words - 1) / bits_words * bits_words;
  const Slices x_slices(x, stride);
  const Slices y_slices(y, stride);
  const SlicedCounts counts = variant.count({x_slices.planes.data(), x_slices.rows.data(), x.columns()},
                                            {y_slices.planes.data(), y_slices.rows.data(), y.columns()}, n, stride);
  const std::uint64_t pairs = n > 0 ? n * (n - 1) / 2 : 0;
  return {static_cast<std::int64_t>(counts.agree), static_cast<std::int64_t>(pairs - counts.zero - counts.agree),
          static_cast<std::int64_t>(counts.zero)};
}

}  // namespace rankwise::linalg
