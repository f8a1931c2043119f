// Packed matrices of +-1: packing, transposition and exact products. SPDX-License-Identifier: MIT
#include "rankwise/linalg/sign_matrix.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "linalg/strips.hpp"
#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/lanes.hpp"

namespace rankwise::linalg {
namespace {

constexpr std::size_t mirror_block = 64;  ///< edge of the blocks in which a triangle is copied to the other

void require_small_enough(const SignMatrix& a) {
  expects(a.columns() <= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()),
          "row products of packed signs fit 32 bits");
}

/// Row products of a and b from differing bits: columns - 2 count.
IntMatrix products(const SignMatrix& a, const SignMatrix& b, bool lower) {
  require_small_enough(a);
  const auto columns = static_cast<std::int64_t>(a.columns());
  IntMatrix out = IntMatrix::Zero(static_cast<Eigen::Index>(a.rows()), static_cast<Eigen::Index>(b.rows()));
  static const CountDifferences count = count_variants().front().count;
  const Interleaved groups(b);
  StripCounts counts;
  for_each_strip(a.rows(), b.rows(), lower, [&](std::size_t i, std::size_t n, std::size_t group, std::size_t width) {
    count_strip(count, a, i, n, groups.group(group), counts);
    for (std::size_t lane = 0; lane < width; ++lane) {
      std::int32_t* column = &out(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(lanes * group + lane));
      for (std::size_t r = 0; r < n; ++r) {
        column[r] = static_cast<std::int32_t>(columns - 2 * static_cast<std::int64_t>(counts[lanes * r + lane]));
      }
    }
  });
  return out;
}

/// Transposes a 64 x 64 block of bits in place, bit c of word r to bit r of word c: swaps the off-diagonal quarters of
/// every sub-block, halving the size from 64 to 2. The inner loop runs over consecutive words, for the vectors.
[[gnu::always_inline]] inline void exchange_quarters(std::uint64_t* block) {
  std::uint64_t low = 0xffffffffULL;  // the low half of the columns of every sub-block
#pragma GCC unroll 6
  for (unsigned half = 32; half != 0; half /= 2, low ^= low << half) {
    for (unsigned first = 0; first < 64; first += 2 * half) {
      for (unsigned r = first; r < first + half; ++r) {
        const std::uint64_t exchange = (block[r] >> half ^ block[r + half]) & low;
        block[r] ^= exchange << half;
        block[r + half] ^= exchange;
      }
    }
  }
}

using TransposeBlock = void (*)(std::uint64_t* block);
void transpose_plain(std::uint64_t* block) { exchange_quarters(block); }
#ifdef RANKWISE_LANES_X86
[[gnu::target("avx2")]] void transpose_avx2(std::uint64_t* block) { exchange_quarters(block); }
[[gnu::target("avx512f,prefer-vector-width=512")]] void transpose_avx512(std::uint64_t* block) {
  exchange_quarters(block);
}
#endif

TransposeBlock fastest_transpose() {
#ifdef RANKWISE_LANES_X86
  if (instruction_sets().front() == InstructionSet::avx512) return transpose_avx512;
  if (instruction_sets().front() == InstructionSet::avx2) return transpose_avx2;
#endif
  return transpose_plain;
}

}  // namespace

SignMatrix::SignMatrix(std::size_t rows, std::size_t columns)
    : rows_(rows), columns_(columns), words_((columns + 63) / 64), bits_(rows * words_, 0) {}

SignMatrix SignMatrix::from_signs(const Matrix& values) {
  // Both sides are walked in storage order: a column of doubles is a row of the transposed bits.
  SignMatrix columns(static_cast<std::size_t>(values.cols()), static_cast<std::size_t>(values.rows()));
  for (std::size_t j = 0; j < columns.rows_; ++j) {
    const double* column = values.data() + j * columns.columns_;
    const auto bits = columns.row(j);
    for (std::size_t i = 0; i < columns.columns_; ++i) {
      if (std::isnan(column[i])) throw NumericalError("SignMatrix::from_signs: NaN has no sign");
      bits[i / 64] |= std::uint64_t{column[i] >= 0} << i % 64;
    }
  }
  return columns.transposed();
}

void SignMatrix::set(std::size_t row, std::size_t column, bool plus) {
  expects(row < rows_ && column < columns_, "SignMatrix::set() inside the matrix");
  std::uint64_t& word = bits_[row * words_ + column / 64];
  const std::uint64_t bit = std::uint64_t{1} << column % 64;
  word = plus ? word | bit : word & ~bit;
}

void SignMatrix::clear_padding() {
  if (columns_ % 64 == 0) return;
  const std::uint64_t used = ~std::uint64_t{0} >> (64 - columns_ % 64);
  for (std::size_t r = 0; r < rows_; ++r) bits_[(r + 1) * words_ - 1] &= used;
}

SignMatrix SignMatrix::transposed() const {
  static const TransposeBlock transpose_block = fastest_transpose();
  SignMatrix out(columns_, rows_);
  alignas(64) std::array<std::uint64_t, 64> block{};
  for (std::size_t r = 0; r < rows_; r += 64) {
    const std::size_t height = std::min<std::size_t>(64, rows_ - r);
    for (std::size_t w = 0; w < words_; ++w) {
      for (std::size_t i = 0; i < height; ++i) block[i] = bits_[(r + i) * words_ + w];
      std::fill(block.begin() + static_cast<std::ptrdiff_t>(height), block.end(), 0);
      transpose_block(block.data());
      const std::size_t width = std::min<std::size_t>(64, columns_ - 64 * w);
      for (std::size_t j = 0; j < width; ++j) out.bits_[(64 * w + j) * out.words_ + r / 64] = block[j];
    }
  }
  return out;
}

Matrix SignMatrix::to_dense() const {
  const SignMatrix columns = transposed();  // walked in storage order, as in from_signs()
  Matrix out(static_cast<Eigen::Index>(rows_), static_cast<Eigen::Index>(columns_));
  for (std::size_t j = 0; j < columns_; ++j) {
    double* column = out.data() + j * rows_;
    const auto bits = columns.row(j);
    for (std::size_t i = 0; i < rows_; ++i) column[i] = 2 * static_cast<double>(bits[i / 64] >> i % 64 & 1U) - 1;
  }
  return out;
}

std::int64_t SignMatrix::row_product(std::size_t i, std::size_t j) const {
  expects(i < rows_ && j < rows_, "SignMatrix::row_product() of rows of the matrix");
  std::int64_t differ = 0;
  const auto a = row(i);
  const auto b = row(j);
  for (std::size_t w = 0; w < words_; ++w) differ += std::popcount(a[w] ^ b[w]);
  return static_cast<std::int64_t>(columns_) - 2 * differ;
}

IntMatrix SignMatrix::gram() const {
  IntMatrix out = products(*this, *this, true);
  const auto n = static_cast<Eigen::Index>(rows_);
  constexpr auto edge = static_cast<Eigen::Index>(mirror_block);
  for (Eigen::Index jb = 0; jb < n; jb += edge) {
    for (Eigen::Index ib = 0; ib <= jb; ib += edge) {
      for (Eigen::Index j = jb; j < std::min(jb + edge, n); ++j) {
        for (Eigen::Index i = ib; i < std::min(ib + edge, j); ++i) out(i, j) = out(j, i);
      }
    }
  }
  return out;
}

IntMatrix SignMatrix::overlaps(const SignMatrix& other) const {
  expects(columns_ == other.columns_, "SignMatrix::overlaps() of equal numbers of columns");
  return products(*this, other, false);
}

}  // namespace rankwise::linalg
