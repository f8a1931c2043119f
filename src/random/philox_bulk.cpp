// Runs of Philox blocks: one at a time, or sixteen in vectors of 52-bit multipliers. SPDX-License-Identifier: MIT
//
// AVX2 has no variant: its 32-bit multipliers need eleven more instructions a product, which makes four lanes no faster
// than the scalar multiplier.
#include "random/philox_bulk.hpp"

#include <vector>

#include "random/philox.hpp"
#include "rankwise/core/lanes.hpp"

#ifdef RANKWISE_LANES_X86
#include <immintrin.h>
#endif

namespace rankwise::random {
namespace {

using Counter = std::array<std::uint64_t, 4>;

void write_plain(const Counter& counter, std::uint64_t key0, std::uint64_t key1, std::uint64_t* out,
                 std::size_t blocks) {
  Counter at = counter;
  for (std::size_t b = 0; b < blocks; ++b, ++at[0]) write_block(at, key0, key1, out + 4 * b);
}

#ifdef RANKWISE_LANES_X86
#define RANKWISE_IFMA [[gnu::target("avx512f,avx512ifma,prefer-vector-width=512")]]

constexpr int together = 2;  ///< vectors of eight blocks in flight: hides half of the multipliers' latency of 4 cycles

struct Halves {
  __m512i low;
  __m512i high;
};

/// One multiplier of Philox, cut at bit 52.
struct Multiplier {
  __m512i low;
  __m512i high;
};

/// All 128 bits of x times a, from 52-bit pieces: x a = lowest + middle 2^52 + top 2^104, middle below 2^54.
RANKWISE_IFMA [[gnu::always_inline]] inline Halves product(__m512i x, Multiplier a) {
  const __m512i zero = _mm512_setzero_si512();
  const __m512i x_high = _mm512_maskz_srli_epi64(0xff, x, 52);
  const __m512i lowest = _mm512_madd52lo_epu64(zero, x, a.low);
  __m512i middle = _mm512_madd52hi_epu64(zero, x, a.low);
  middle = _mm512_madd52lo_epu64(middle, x, a.high);
  middle = _mm512_madd52lo_epu64(middle, x_high, a.low);
  __m512i top = _mm512_madd52hi_epu64(zero, x_high, a.low);
  top = _mm512_madd52hi_epu64(top, x, a.high);
  top = _mm512_madd52lo_epu64(top, x_high, a.high);
  return {lowest | _mm512_maskz_slli_epi64(0xff, middle, 52),
          static_cast<__m512i>(_mm512_maskz_srli_epi64(0xff, middle, 12) + _mm512_maskz_slli_epi64(0xff, top, 40))};
}

/// Eight blocks whose word w stands in x[w], to their places.
RANKWISE_IFMA [[gnu::always_inline]] inline void store_blocks(const __m512i (&x)[4], std::uint64_t* out) {
  const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
  const __m512i second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  const __m512i even01 = _mm512_maskz_unpacklo_epi64(0xff, x[0], x[1]);
  const __m512i odd01 = _mm512_maskz_unpackhi_epi64(0xff, x[0], x[1]);
  const __m512i even23 = _mm512_maskz_unpacklo_epi64(0xff, x[2], x[3]);
  const __m512i odd23 = _mm512_maskz_unpackhi_epi64(0xff, x[2], x[3]);
  const __m512i blocks02 = _mm512_permutex2var_epi64(even01, first, even23);
  const __m512i blocks13 = _mm512_permutex2var_epi64(odd01, first, odd23);
  const __m512i blocks46 = _mm512_permutex2var_epi64(even01, second, even23);
  const __m512i blocks57 = _mm512_permutex2var_epi64(odd01, second, odd23);
  _mm512_storeu_si512(out, _mm512_maskz_shuffle_i64x2(0xff, blocks02, blocks13, 0x44));
  _mm512_storeu_si512(out + 8, _mm512_maskz_shuffle_i64x2(0xff, blocks02, blocks13, 0xee));
  _mm512_storeu_si512(out + 16, _mm512_maskz_shuffle_i64x2(0xff, blocks46, blocks57, 0x44));
  _mm512_storeu_si512(out + 24, _mm512_maskz_shuffle_i64x2(0xff, blocks46, blocks57, 0xee));
}

RANKWISE_IFMA [[gnu::always_inline]] inline __m512i all(std::uint64_t word) {
  return _mm512_set1_epi64(static_cast<long long>(word));
}

RANKWISE_IFMA void write_ifma(const Counter& counter, std::uint64_t key0, std::uint64_t key1, std::uint64_t* out,
                              std::size_t blocks) {
  constexpr std::size_t group = 8 * together;
  constexpr std::uint64_t low52 = (std::uint64_t{1} << 52) - 1;
  const Multiplier a0{all(philox_multiplier0 & low52), all(philox_multiplier0 >> 52)};
  const Multiplier a1{all(philox_multiplier1 & low52), all(philox_multiplier1 >> 52)};
  std::size_t done = 0;
  for (; done + group <= blocks; done += group) {
    __m512i x[together][4];
    for (int u = 0; u < together; ++u) {
      const __m512i index = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
      x[u][0] = index + all(counter[0] + done + 8 * static_cast<std::size_t>(u));
      for (int w = 1; w < 4; ++w) x[u][w] = all(counter[static_cast<std::size_t>(w)]);
    }
    std::uint64_t round_key0 = key0;
    std::uint64_t round_key1 = key1;
    for (int round = 0; round < 10; ++round) {
      for (int u = 0; u < together; ++u) {
        const Halves p0 = product(x[u][0], a0);
        const Halves p1 = product(x[u][2], a1);
        x[u][0] = p1.high ^ x[u][1] ^ all(round_key0);
        x[u][1] = p1.low;
        x[u][2] = p0.high ^ x[u][3] ^ all(round_key1);
        x[u][3] = p0.low;
      }
      round_key0 += philox_increment0;
      round_key1 += philox_increment1;
    }
    for (int u = 0; u < together; ++u) store_blocks(x[u], out + 4 * (done + 8 * static_cast<std::size_t>(u)));
  }
  write_plain({counter[0] + done, counter[1], counter[2], counter[3]}, key0, key1, out + 4 * done, blocks - done);
}
#endif

std::vector<PhiloxVariant> find_variants() {
  std::vector<PhiloxVariant> found;
#ifdef RANKWISE_LANES_X86
  if (allows(InstructionSet::avx512) && __builtin_cpu_supports("avx512ifma"))
    found.push_back({"avx512ifma", write_ifma});
#endif
  found.push_back({"plain", write_plain});
  return found;
}

}  // namespace

std::span<const PhiloxVariant> philox_variants() {
  static const std::vector<PhiloxVariant> variants = find_variants();
  return variants;
}

void write_blocks(const Counter& counter, std::uint64_t key0, std::uint64_t key1, std::uint64_t* out,
                  std::size_t blocks) {
  static const WriteBlocks fastest = philox_variants().front().write;
  fastest(counter, key0, key1, out, blocks);
}

}  // namespace rankwise::random
