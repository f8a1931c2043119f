// Packed sign matrix times dense columns by tables of sums: one source for every instruction set.
// SPDX-License-Identifier: MIT
#include "linalg/packed_product.hpp"

#include <vector>

#include "rankwise/core/lanes.hpp"

namespace rankwise::linalg {
namespace {

using Word = std::uint64_t;

constexpr std::size_t nibbles = 16;  ///< of a word
constexpr std::size_t entries = 16;  ///< of a table

/// A part of a line that fits a vector register.
template <typename T, std::size_t bytes>
struct Part {
  using Vector [[gnu::vector_size(bytes), gnu::may_alias]] = T;
};

/// Tables of the 64 columns that belong to one word: 16 KiB.
template <typename T, std::size_t bytes>
[[gnu::always_inline]] inline void build_tables(const T* in, std::size_t used, char* tables) {
  using Vector = typename Part<T, bytes>::Vector;
  constexpr std::size_t parts = line_bytes / bytes;
  const auto* const line = reinterpret_cast<const Vector*>(in);
  auto* const table = reinterpret_cast<Vector*>(tables);
  for (std::size_t g = 0; g < used; ++g) {
    for (std::size_t p = 0; p < parts; ++p) {
      const Vector* const at = line + 4 * g * parts + p;
      const Vector a = at[0];
      const Vector b = at[parts];
      const Vector c = at[2 * parts];
      const Vector d = at[3 * parts];
      const Vector low[4] = {-a - b, a - b, b - a, a + b};
      const Vector high[4] = {-c - d, c - d, d - c, c + d};
      for (std::size_t n = 0; n < entries; ++n) table[(g * entries + n) * parts + p] = low[n % 4] + high[n / 4];
    }
  }
}

/// Nibble g of a word as an offset into its table in bytes.
[[gnu::always_inline]] inline std::size_t offset(Word word, std::size_t g) {
  constexpr Word mask = (entries - 1) * line_bytes;
  return g < 2 ? word << (6 - 4 * g) & mask : word >> (4 * g - 6) & mask;
}

/// Adds what nibbles g and g + 1 of a row's word name.
template <typename T, std::size_t bytes>
[[gnu::always_inline]] inline void add_pair(const char* tables, Word word, std::size_t g,
                                            typename Part<T, bytes>::Vector* even,
                                            typename Part<T, bytes>::Vector* odd) {
  using Vector = typename Part<T, bytes>::Vector;
  const char* const table = tables + g * entries * line_bytes;
  const auto* const first = reinterpret_cast<const Vector*>(table + offset(word, g));
  const auto* const second = reinterpret_cast<const Vector*>(table + entries * line_bytes + offset(word, g + 1));
#pragma GCC unroll 4
  for (std::size_t p = 0; p < line_bytes / bytes; ++p) {
    even[p] += first[p];
    odd[p] += second[p];
  }
}

template <typename T, std::size_t bytes>
[[gnu::always_inline]] inline void multiply_panel(const Word* groups, std::size_t rows, std::size_t columns,
                                                  const T* in, T* out) {
  using Vector = typename Part<T, bytes>::Vector;
  constexpr std::size_t parts = line_bytes / bytes;
  alignas(line_bytes) char tables[nibbles * entries * line_bytes];
  const std::size_t words = (columns + 63) / 64;
  for (std::size_t w = 0; w < words; ++w) {
    // Tables that the last columns need, two at a time; the others would add zeros.
    const std::size_t used = w + 1 < words ? nibbles : (columns - 64 * w + 7) / 8 * 2;
    build_tables<T, bytes>(in + 64 * w * line_width<T>, used, tables);
    for (std::size_t r = 0; r < rows; ++r) {
      const Word word = groups[(r / lanes * words + w) * lanes + r % lanes];
      auto* const line = reinterpret_cast<Vector*>(out + r * line_width<T>);
      Vector even[parts] = {};
      Vector odd[parts] = {};
      if (w != 0) {
        for (std::size_t p = 0; p < parts; ++p) even[p] = line[p];
      }
      if (used == nibbles) {
#pragma GCC unroll 8
        for (std::size_t g = 0; g < nibbles; g += 2) add_pair<T, bytes>(tables, word, g, even, odd);
      } else {
        for (std::size_t g = 0; g < used; g += 2) add_pair<T, bytes>(tables, word, g, even, odd);
      }
      for (std::size_t p = 0; p < parts; ++p) line[p] = even[p] + odd[p];
    }
  }
}

void single_plain(const Word* groups, std::size_t rows, std::size_t columns, const float* in, float* out) {
  multiply_panel<float, 16>(groups, rows, columns, in, out);
}
void double_plain(const Word* groups, std::size_t rows, std::size_t columns, const double* in, double* out) {
  multiply_panel<double, 16>(groups, rows, columns, in, out);
}
void integer_plain(const Word* groups, std::size_t rows, std::size_t columns, const std::int32_t* in,
                   std::int32_t* out) {
  multiply_panel<std::int32_t, 16>(groups, rows, columns, in, out);
}

#ifdef RANKWISE_LANES_X86
[[gnu::target("avx2")]] void single_avx2(const Word* groups, std::size_t rows, std::size_t columns, const float* in,
                                         float* out) {
  multiply_panel<float, 32>(groups, rows, columns, in, out);
}
[[gnu::target("avx2")]] void double_avx2(const Word* groups, std::size_t rows, std::size_t columns, const double* in,
                                         double* out) {
  multiply_panel<double, 32>(groups, rows, columns, in, out);
}
[[gnu::target("avx512f,prefer-vector-width=512")]] void single_avx512(const Word* groups, std::size_t rows,
                                                                      std::size_t columns, const float* in,
                                                                      float* out) {
  multiply_panel<float, 64>(groups, rows, columns, in, out);
}
[[gnu::target("avx512f,prefer-vector-width=512")]] void double_avx512(const Word* groups, std::size_t rows,
                                                                      std::size_t columns, const double* in,
                                                                      double* out) {
  multiply_panel<double, 64>(groups, rows, columns, in, out);
}
[[gnu::target("avx2")]] void integer_avx2(const Word* groups, std::size_t rows, std::size_t columns,
                                          const std::int32_t* in, std::int32_t* out) {
  multiply_panel<std::int32_t, 32>(groups, rows, columns, in, out);
}
[[gnu::target("avx512f,prefer-vector-width=512")]] void integer_avx512(const Word* groups, std::size_t rows,
                                                                       std::size_t columns, const std::int32_t* in,
                                                                       std::int32_t* out) {
  multiply_panel<std::int32_t, 64>(groups, rows, columns, in, out);
}
#endif

std::vector<ProductVariant> find_variants() {
  std::vector<ProductVariant> found;
  for (const InstructionSet set : instruction_sets()) {
#ifdef RANKWISE_LANES_X86
    if (set == InstructionSet::avx512) found.push_back({"avx512", single_avx512, double_avx512, integer_avx512});
    if (set == InstructionSet::avx2) found.push_back({"avx2", single_avx2, double_avx2, integer_avx2});
#endif
    if (set == InstructionSet::portable) found.push_back({"plain", single_plain, double_plain, integer_plain});
  }
  return found;
}

}  // namespace

std::span<const ProductVariant> product_variants() {
  static const std::vector<ProductVariant> variants = find_variants();
  return variants;
}

void multiply(const Interleaved& s, const Panels<float>& in, Panels<float>& out) {
  static const auto fastest = product_variants().front().single_precision;
  for (std::size_t p = 0; p < in.panels(); ++p) fastest(s.group(0), out.rows(), in.rows(), in.panel(p), out.panel(p));
}

void multiply(const Interleaved& s, const Panels<double>& in, Panels<double>& out) {
  static const auto fastest = product_variants().front().double_precision;
  for (std::size_t p = 0; p < in.panels(); ++p) fastest(s.group(0), out.rows(), in.rows(), in.panel(p), out.panel(p));
}

void multiply(const Interleaved& s, const Panels<std::int32_t>& in, Panels<std::int32_t>& out) {
  static const auto fastest = product_variants().front().integer;
  for (std::size_t p = 0; p < in.panels(); ++p) fastest(s.group(0), out.rows(), in.rows(), in.panel(p), out.panel(p));
}

}  // namespace rankwise::linalg
