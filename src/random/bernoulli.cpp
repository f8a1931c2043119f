// Bernoulli bits from the binary expansion of their probability, one word or many. SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

#include "rankwise/random/distributions.hpp"

namespace rankwise::random {
namespace {

constexpr std::uint64_t always = std::uint64_t{1} << 32;
constexpr int most_digits = 32;
/// Digits that are compared without asking whether a lane is still undecided: 94 of 100 words need no more. Measured
/// (p = .05): 16.6 ns with a question after each digit, 9.0 with 8, 8.2 with 10, 9.0 with 12, 10.2 with 14.
constexpr int sure_digits = 10;
constexpr std::size_t words_ahead = 1024;

/// Digits 1 .. count of p, the last one a 1. With u_d the lanes undecided after d digits (u_0 all), a lane becomes 1 in
/// the step of a digit 1 that decides it: the result is the sum of u_{d-1} ^ u_d over these, which telescopes to the
/// sum of u_d over the d where digit d differs from digit d + 1 (digits 0 and count + 1 are 0).
struct Digits {
  explicit Digits(std::uint32_t p) : count(most_digits - std::countr_zero(p)) {
    const auto digit = [&](int d) { return d >= 1 && d <= count && (p >> (most_digits - d) & 1U) != 0; };
    for (int d = 0; d <= count; ++d) {
      flip[static_cast<std::size_t>(d)] = digit(d) ? 0 : ~std::uint64_t{0};
      counts[static_cast<std::size_t>(d)] = digit(d) != digit(d + 1) ? ~std::uint64_t{0} : 0;
    }
  }
  int count;
  std::array<std::uint64_t, most_digits + 1> flip{};    ///< u_d = u_{d-1} & (word d ^ flip_d)
  std::array<std::uint64_t, most_digits + 1> counts{};  ///< result = sum of u_d & counts_d
};

struct Progress {
  std::size_t read = 0;
  std::size_t written = 0;
};

/// Decides words of `out` for as long as `raw` surely holds what one needs. With `sure` the first sure_digits are taken
/// unasked: those behind the last undecided lane change nothing.
template <bool sure>
Progress decide(std::span<const std::uint64_t> raw, const Digits& digits, std::span<std::uint64_t> out) {
  Progress at;
  for (; at.written < out.size() && at.read + most_digits <= raw.size(); ++at.written) {
    const std::uint64_t* const word = raw.data() + at.read;  // digit d is compared with word[d - 1]
    std::uint64_t undecided = ~std::uint64_t{0};
    std::uint64_t result = digits.counts[0];
    std::size_t read = 0;
    int d = 1;
    if constexpr (sure) {
#pragma GCC unroll 16
      for (; d <= sure_digits; ++d) {
        const auto place = static_cast<std::size_t>(d);
        read += static_cast<std::size_t>(undecided != 0);
        undecided &= word[d - 1] ^ digits.flip[place];
        result ^= undecided & digits.counts[place];
      }
    }
    for (; undecided != 0 && d <= digits.count; ++d, ++read) {
      const auto place = static_cast<std::size_t>(d);
      undecided &= word[d - 1] ^ digits.flip[place];
      result ^= undecided & digits.counts[place];
    }
    out[at.written] = result;
    at.read += read;
  }
  return at;
}

}  // namespace

std::uint64_t bernoulli_word(Stream& stream, Probability32 p) {
  if (p.numerator == 0) return 0;
  if (p.numerator >= always) return ~std::uint64_t{0};
  // Lane by lane, a uniform binary fraction is compared with p digit by digit; a lane is decided at the first digit
  // that differs, and is 1 where the fraction is the smaller one. After the last 1 of p no fraction can be smaller.
  const auto digits = static_cast<std::uint32_t>(p.numerator);
  std::uint64_t undecided = ~std::uint64_t{0};
  std::uint64_t result = 0;
  for (int place = 31, last = std::countr_zero(digits); place >= last && undecided != 0; --place) {
    const std::uint64_t random = stream.word();
    if ((digits >> place & 1U) != 0) {
      result |= undecided & ~random;
      undecided &= random;
    } else {
      undecided &= ~random;
    }
  }
  return result;
}

void bernoulli_words(Stream& stream, Probability32 p, std::span<std::uint64_t> out) {
  if (p.numerator == 0 || p.numerator >= always) {
    std::fill(out.begin(), out.end(), p.numerator == 0 ? 0 : ~std::uint64_t{0});
    return;
  }
  const Digits digits(static_cast<std::uint32_t>(p.numerator));
  Stream ahead = stream;
  std::array<std::uint64_t, words_ahead + most_digits> raw;
  std::size_t held = 0;  // words drawn ahead and not read yet
  std::uint64_t read = 0;
  while (!out.empty()) {
    // Eight words for each that is left, or less where p has few digits; what is short comes with the next turn.
    const auto each = static_cast<std::size_t>(std::min(digits.count, 8));
    const std::size_t fetched = std::min(words_ahead, out.size() * each + most_digits);
    ahead.words(std::span(raw).subspan(held, fetched));
    held += fetched;
    const std::span<const std::uint64_t> ready(raw.data(), held);
    const Progress made =
        digits.count >= sure_digits ? decide<true>(ready, digits, out) : decide<false>(ready, digits, out);
    out = out.subspan(made.written);
    read += made.read;
    std::copy(ready.begin() + static_cast<std::ptrdiff_t>(made.read), ready.end(), raw.begin());
    held -= made.read;
  }
  stream.skip(read);
}

}  // namespace rankwise::random
