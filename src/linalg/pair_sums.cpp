// Sums over all pairs of rows in one pass of popcounts; no Gram matrix is stored. SPDX-License-Identifier: MIT
#include "linalg/pair_sums.hpp"

#include <algorithm>

#include "linalg/sliced_signs.hpp"
#include "linalg/strips.hpp"
#include "rankwise/core/contract.hpp"

namespace rankwise::linalg {
namespace {

__extension__ using WideInteger = __int128;

constexpr std::size_t too_many_columns = std::size_t{1} << 26;

/// Pairs i > j, and with `y` the signs of y's products beside those of x's.
struct PairsBelow {
  WideInteger squares = 0;
  SignAgreement signs;
};

PairsBelow pairs_below(const CountVariant& variant, const SignMatrix& x, const SignMatrix* y) {
  expects(x.columns() < too_many_columns && (y == nullptr || y->columns() < too_many_columns),
          "sums over pairs of rows of fewer than 2^26 columns");
  const Interleaved x_groups(x);
  const Interleaved y_groups(y == nullptr ? SignMatrix() : *y);
  const auto sums = [&](std::size_t first, std::size_t n, std::size_t group, std::size_t width) {
    const auto rows_of = [&](const SignMatrix& a, const Interleaved& groups) {
      return PairedRows{a.row(first).data(), groups.group(group), a.words_per_row(),
                        static_cast<std::int64_t>(a.columns())};
    };
    PairTotals out;
    const PairedRows x_rows = rows_of(x, x_groups);
    if (y == nullptr) {
      variant.sum_pairs(x_rows, nullptr, n, width, out);
    } else {
      const PairedRows y_rows = rows_of(*y, y_groups);
      variant.sum_pairs(x_rows, &y_rows, n, width, out);
    }
    return out;
  };
  PairsBelow total;
  PairTotals signs;
  const bool no_signs = x.columns() == 0 || y == nullptr || y->columns() == 0;
  for (std::size_t j = 0; j < x.rows(); j += lanes) {
    // The block on the diagonal holds its pairs twice, and its rows with themselves.
    const std::size_t n = std::min(lanes, x.rows() - j);
    const PairTotals square = sums(j, n, j / lanes, n);
    total.squares += (square.squares - n * x.columns() * x.columns()) / 2;
    signs.zero += (square.zero - (no_signs && y != nullptr ? n : 0)) / 2;
    signs.agree += (square.agree - (no_signs ? 0 : n)) / 2;
    for (std::size_t i = j + lanes; i < x.rows(); i += strip_rows) {
      const PairTotals strip = sums(i, std::min(strip_rows, x.rows() - i), j / lanes, lanes);
      total.squares += strip.squares;
      signs.zero += strip.zero;
      signs.agree += strip.agree;
    }
  }
  const std::uint64_t pairs = x.rows() > 0 ? x.rows() * (x.rows() - 1) / 2 : 0;
  total.signs = {static_cast<std::int64_t>(signs.agree), static_cast<std::int64_t>(pairs - signs.zero - signs.agree),
                 static_cast<std::int64_t>(signs.zero)};
  return total;
}

/// Both triangles and the diagonal, whose entries are the number of columns.
double whole_squares(const SignMatrix& x, WideInteger below) {
  const auto columns = static_cast<WideInteger>(x.columns());
  return static_cast<double>(2 * below + static_cast<WideInteger>(x.rows()) * columns * columns);
}

}  // namespace

PairSums pair_sums(const CountVariant& variant, const SignMatrix& x, const SignMatrix& y) {
  expects(x.rows() == y.rows(), "pair_sums() of the same rows");
  const PairsBelow below = pairs_below(variant, x, &y);
  return {whole_squares(x, below.squares), below.signs};
}

PairSums pair_sums(const SignMatrix& x, const SignMatrix& y) {
  const std::size_t few = std::min(most_sliced_columns, x.rows() / 2);
  if (x.columns() > few || y.columns() > few) return pair_sums(count_variants().front(), x, y);
  return {gram_squares(x.transposed()), sliced_agreement(sliced_variants().front(), x, y)};
}

SignAgreement sign_agreement(const SignMatrix& x, const SignMatrix& y) { return pair_sums(x, y).signs; }

double gram_squares(const SignMatrix& x) {
  return whole_squares(x, pairs_below(count_variants().front(), x, nullptr).squares);
}

}  // namespace rankwise::linalg
