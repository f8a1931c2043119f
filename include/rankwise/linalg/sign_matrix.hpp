// Matrices of +-1, one bit an entry. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rankwise/linalg/matrix.hpp"

namespace rankwise::linalg {

/// rows x columns of +-1. Bit 1 is +1. A row is a run of 64-bit words, entry j in bit j mod 64 of word j / 64; bits
/// past the last column are 0 (kept so by every function here).
class SignMatrix {
 public:
  SignMatrix() = default;
  /// All entries -1.
  SignMatrix(std::size_t rows, std::size_t columns);
  /// From signs: entry >= 0 is +1 (zero counts as +1, either zero). Throws NumericalError on NaN.
  static SignMatrix from_signs(const Matrix& values);

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t columns() const { return columns_; }
  [[nodiscard]] std::size_t words_per_row() const { return words_; }

  [[nodiscard]] int operator()(std::size_t row, std::size_t column) const {
    return (bits_[row * words_ + column / 64] >> (column % 64) & 1U) != 0 ? 1 : -1;
  }
  void set(std::size_t row, std::size_t column, bool plus);
  [[nodiscard]] std::span<const std::uint64_t> row(std::size_t index) const {
    return {bits_.data() + index * words_, words_};
  }
  /// Writable words of a row; the caller calls clear_padding() after writing the last word.
  [[nodiscard]] std::span<std::uint64_t> row(std::size_t index) { return {bits_.data() + index * words_, words_}; }
  /// All rows, one behind the other, under the same condition.
  [[nodiscard]] std::span<std::uint64_t> words() { return bits_; }
  void clear_padding();

  [[nodiscard]] SignMatrix transposed() const;
  /// rows x columns doubles, +1 and -1.
  [[nodiscard]] Matrix to_dense() const;
  /// Sum over columns of row i times row j: columns - 2 popcount(xor).
  [[nodiscard]] std::int64_t row_product(std::size_t i, std::size_t j) const;
  /// All row products, rows x rows, exact integers, both triangles.
  [[nodiscard]] IntMatrix gram() const;
  /// Row i times row j of `other` (same number of columns), rows() x other.rows().
  [[nodiscard]] IntMatrix overlaps(const SignMatrix& other) const;

  friend bool operator==(const SignMatrix&, const SignMatrix&) = default;

 private:
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  std::size_t words_ = 0;
  std::vector<std::uint64_t> bits_;
};

/// How the signs of two symmetric matrices over the same n x n pairs agree, off the diagonal (i < j).
struct SignAgreement {
  std::int64_t agree = 0;     ///< both non-zero, same sign
  std::int64_t disagree = 0;  ///< both non-zero, opposite sign
  std::int64_t zero = 0;      ///< either is zero
};
/// What one pass over all pairs of rows tells.
struct PairSums {
  double squares = 0;   ///< squared Frobenius norm of X X^T: an integer, rounded once
  SignAgreement signs;  ///< of X X^T against Y Y^T
};
/// X is n x a, Y is n x b, a and b below 2^26 (else InternalError). Exact, without storing either Gram matrix.
[[nodiscard]] PairSums pair_sums(const SignMatrix& x, const SignMatrix& y);
/// Squared Frobenius norm of X X^T, which is that of X^T X: an integer, rounded once. Cost n^2 a: give the smaller side
/// as rows.
[[nodiscard]] double gram_squares(const SignMatrix& x);
/// Signs of X X^T against those of Y Y^T. Exact.
[[nodiscard]] SignAgreement sign_agreement(const SignMatrix& x, const SignMatrix& y);

}  // namespace rankwise::linalg
