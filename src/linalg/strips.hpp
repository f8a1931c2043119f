// Walking over all pairs of rows of packed matrices, strip by strip; internal. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "linalg/xor_popcount.hpp"
#include "rankwise/linalg/sign_matrix.hpp"

namespace rankwise::linalg {

constexpr std::size_t strip_rows = 128;   ///< rows counted before their 8 KiB of counts are used
constexpr std::size_t strip_words = 256;  ///< words of a group in one go: 16 KiB, half of a first-level cache

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
inline void count_strip(CountDifferences count, const SignMatrix& a, std::size_t first, std::size_t n,
                        const std::uint64_t* group, StripCounts& counts) {
  std::fill_n(counts.begin(), n * lanes, 0);
  const std::size_t words = a.words_per_row();
  const std::uint64_t* rows = a.row(first).data();
  for (std::size_t w = 0; w < words; w += strip_words) {
    count(rows + w, words, n, group + lanes * w, std::min(strip_words, words - w), counts.data());
  }
}

/// Calls use(first_row, n_rows, group, width) for every strip of `rows` rows and group of `others` rows; with `lower`
/// only for strips that reach the diagonal or lie below it. A group stays in the first-level cache while all rows pass.
template <typename Use>
void for_each_strip(std::size_t rows, std::size_t others, bool lower, const Use& use) {
  for (std::size_t j = 0; j < others; j += lanes) {
    for (std::size_t i = lower ? j : 0; i < rows; i += strip_rows) {
      use(i, std::min(strip_rows, rows - i), j / lanes, std::min(lanes, others - j));
    }
  }
}

}  // namespace rankwise::linalg
