// Packed matrices of +-1: packing, transposition and exact products. SPDX-License-Identifier: MIT
#include "rankwise/linalg/sign_matrix.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "linalg/xor_popcount.hpp"
#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"

namespace rankwise::linalg {
namespace {

constexpr std::size_t strip_rows = 128;   ///< rows counted before their 8 KiB of counts are used
constexpr std::size_t strip_words = 256;  ///< words of a group in one go: 16 KiB, half of a first-level cache
constexpr std::size_t mirror_block = 64;  ///< edge of the blocks in which a triangle is copied to the other

/// All rows of a matrix in interleaved groups of `lanes`; missing rows of the last group are zero.
class Interleaved {
 public:
  explicit Interleaved(const SignMatrix& a)
      : words_(a.words_per_row()), data_((a.rows() + lanes - 1) / lanes * lanes * a.words_per_row(), 0) {
    for (std::size_t r = 0; r < a.rows(); ++r) {
      std::uint64_t* group = data_.data() + r / lanes * lanes * words_;
      const auto row = a.row(r);
      for (std::size_t w = 0; w < words_; ++w) group[lanes * w + r % lanes] = row[w];
    }
  }
  [[nodiscard]] const std::uint64_t* group(std::size_t index) const { return data_.data() + index * lanes * words_; }

 private:
  std::size_t words_;
  std::vector<std::uint64_t> data_;
};

using StripCounts = std::array<std::uint64_t, strip_rows * lanes>;

/// Differing bits of rows first .. first + n - 1 of `a` against one group: counts[lanes r + lane].
void count_strip(const SignMatrix& a, std::size_t first, std::size_t n, const std::uint64_t* group,
                 StripCounts& counts) {
  static const CountDifferences count = count_variants().front().count;
  std::fill_n(counts.begin(), n * lanes, 0);
  const std::size_t words = a.words_per_row();
  const std::uint64_t* rows = a.row(first).data();
  for (std::size_t w = 0; w < words; w += strip_words) {
    count(rows + w, words, n, group + lanes * w, std::min(strip_words, words - w), counts.data());
  }
}

/// Calls use(first_row, n_rows, first_other_row, n_other_rows, counts) for every strip of `a` and group of `b`; with
/// `lower` only for strips that reach the diagonal or lie below it.
template <typename Use>
void for_each_strip(const SignMatrix& a, const SignMatrix& b, bool lower, const Use& use) {
  const Interleaved groups(b);
  StripCounts counts;
  for (std::size_t j = 0; j < b.rows(); j += lanes) {
    for (std::size_t i = lower ? j : 0; i < a.rows(); i += strip_rows) {
      const std::size_t n = std::min(strip_rows, a.rows() - i);
      count_strip(a, i, n, groups.group(j / lanes), counts);
      use(i, n, j, std::min(lanes, b.rows() - j), counts);
    }
  }
}

void require_small_enough(const SignMatrix& a) {
  expects(a.columns() <= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()),
          "row products of packed signs fit 32 bits");
}

/// Row products of a and b from differing bits: columns - 2 count.
IntMatrix products(const SignMatrix& a, const SignMatrix& b, bool lower) {
  require_small_enough(a);
  const auto columns = static_cast<std::int64_t>(a.columns());
  IntMatrix out = IntMatrix::Zero(static_cast<Eigen::Index>(a.rows()), static_cast<Eigen::Index>(b.rows()));
  for_each_strip(
      a, b, lower, [&](std::size_t i, std::size_t n, std::size_t j, std::size_t width, const StripCounts& counts) {
        for (std::size_t lane = 0; lane < width; ++lane) {
          std::int32_t* column = &out(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j + lane));
          for (std::size_t r = 0; r < n; ++r) {
            column[r] = static_cast<std::int32_t>(columns - 2 * static_cast<std::int64_t>(counts[lanes * r + lane]));
          }
        }
      });
  return out;
}

/// Transposes a 64 x 64 block of bits in place, bit c of word r to bit r of word c: swaps the off-diagonal quarters of
/// every sub-block, halving the size from 64 to 2.
void transpose_block(std::array<std::uint64_t, 64>& block) {
  std::uint64_t low = 0xffffffffULL;  // the low half of the columns of every sub-block
  for (unsigned half = 32; half != 0; half /= 2, low ^= low << half) {
    for (unsigned r = 0; r < 64; r = (r + half + 1) & ~half) {  // rows in the upper half of their sub-block
      const std::uint64_t exchange = (block[r] >> half ^ block[r + half]) & low;
      block[r] ^= exchange << half;
      block[r + half] ^= exchange;
    }
  }
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
  SignMatrix out(columns_, rows_);
  std::array<std::uint64_t, 64> block{};
  for (std::size_t r = 0; r < rows_; r += 64) {
    const std::size_t height = std::min<std::size_t>(64, rows_ - r);
    for (std::size_t w = 0; w < words_; ++w) {
      for (std::size_t i = 0; i < height; ++i) block[i] = bits_[(r + i) * words_ + w];
      std::fill(block.begin() + static_cast<std::ptrdiff_t>(height), block.end(), 0);
      transpose_block(block);
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

SignAgreement sign_agreement(const SignMatrix& x, const SignMatrix& y) {
  expects(x.rows() == y.rows(), "sign_agreement() of the same rows");
  require_small_enough(x);
  require_small_enough(y);
  const Interleaved y_groups(y);
  StripCounts y_counts;
  const auto x_columns = static_cast<std::int64_t>(x.columns());
  const auto y_columns = static_cast<std::int64_t>(y.columns());
  SignAgreement total;
  for_each_strip(x, x, true,
                 [&](std::size_t i, std::size_t n, std::size_t j, std::size_t width, const StripCounts& x_counts) {
                   count_strip(y, i, n, y_groups.group(j / lanes), y_counts);
                   std::int64_t zero = 0;
                   std::int64_t same = 0;  // the sign bits are equal, zeros included as positive
                   std::int64_t pairs = 0;
                   std::int64_t zero_same = 0;
                   for (std::size_t r = 0; r < n; ++r) {
                     // Below the diagonal only: lanes j + lane < i + r.
                     const std::size_t below = std::min(width, i + r - j);
                     pairs += static_cast<std::int64_t>(below);
                     for (std::size_t lane = 0; lane < below; ++lane) {
                       const std::int64_t a = x_columns - 2 * static_cast<std::int64_t>(x_counts[lanes * r + lane]);
                       const std::int64_t b = y_columns - 2 * static_cast<std::int64_t>(y_counts[lanes * r + lane]);
                       const std::int64_t none = static_cast<std::int64_t>(a == 0) | static_cast<std::int64_t>(b == 0);
                       const std::int64_t equal = static_cast<std::int64_t>((a ^ b) >= 0);
                       zero += none;
                       same += equal;
                       zero_same += none & equal;
                     }
                   }
                   total.zero += zero;
                   total.agree += same - zero_same;
                   total.disagree += pairs - zero - (same - zero_same);
                 });
  return total;
}

}  // namespace rankwise::linalg
