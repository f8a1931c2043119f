// Distributions on counter streams. The standard library's differ between vendors and are banned here.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rankwise/random/stream.hpp"

namespace rankwise::random {

/// Uniform on the open interval (0, 1): (top 52 bits + 1/2) 2^-52. One word. Exact: with 53 bits the sum would be
/// rounded, in the last case to 1.
[[nodiscard]] double uniform(Stream& stream);

/// Uniform integer in [0, n), n >= 1, without bias (Lemire, arXiv:1805.10941). One word almost always.
[[nodiscard]] std::uint64_t below(Stream& stream, std::uint64_t n);

/// Standard normal by inversion, one word: Wichura's PPND16 (Applied Statistics 37, 1988, algorithm AS 241), relative
/// accuracy about 1e-16.
[[nodiscard]] double normal(Stream& stream);
/// The quantile function behind it; p in (0, 1), else throws InternalError.
[[nodiscard]] double normal_quantile(double p);

/// Gamma(shape), unit scale, shape > 0 (Marsaglia and Tsang, ACM TOMS 26, 2000; below 1 by the factor U^(1/shape)).
[[nodiscard]] double gamma(Stream& stream, double shape);
/// chi with dof > 0 degrees of freedom: sqrt(2 Gamma(dof/2)).
[[nodiscard]] double chi(Stream& stream, double dof);

/// Probability as a 32-bit fraction for bernoulli_word, rounded to nearest: error at most 2^-33. p in [0, 1].
struct Probability32 {
  explicit Probability32(double p);
  std::uint64_t numerator;  ///< of 2^32; 2^32 itself means "always"
};

/// 64 independent bits, each 1 with probability p, from the binary expansion of p: on average 7.3 words, fewer for
/// probabilities with few binary digits. 0 and 1 take no word.
[[nodiscard]] std::uint64_t bernoulli_word(Stream& stream, Probability32 p);

/// As many such words as `out` holds: the same bits, and the stream left at the same word, as by calling
/// bernoulli_word() for one after the other. Raw words are drawn ahead in bulk and compared without branches.
void bernoulli_words(Stream& stream, Probability32 p, std::span<std::uint64_t> out);

/// How often each class occurs in n independent draws from `mixture` (non-negative, sum 1 within 1e-9; else throws
/// InternalError). Exactly n words: draw a falls into the first class whose cumulative sum exceeds uniform(); above a
/// last sum short of 1, into the last class of positive weight.
[[nodiscard]] std::vector<std::int64_t> multinomial(Stream& stream, std::int64_t n, std::span<const double> mixture);

}  // namespace rankwise::random
