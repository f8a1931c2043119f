// Statistics of a batch of spectra for every instruction set; internal. SPDX-License-Identifier: MIT
//
// A lane kernel, see rankwise/core/lanes.hpp.
#pragma once

#include "core/lane_math.hpp"
#include "spectra/level_lanes.hpp"

namespace rankwise::spectra {
namespace {

using Math = LaneMath;
using Vec = Math::Vec;
using Bits = Math::Bits;

constexpr std::size_t row = replica_lanes;
constexpr double pi = 0x1.921fb54442d18p1;
constexpr double smallest_normal = 0x1p-1022;

/// x log x, 0 at and below 0.
Vec x_log_x(Vec x) {
  const Bits positive = x >= smallest_normal;
  const Vec logarithm = Math::log(positive ? x : Vec{} + 1.0);
  return positive ? x * logarithm : Vec{};
}

Vec larger(Vec a, Vec b) { return a > b ? a : b; }
Vec smaller(Vec a, Vec b) { return a < b ? a : b; }

/// One vector of lanes out of the rows that begin at `at`.
struct Column {
  const double* at;
  Vec operator[](std::size_t i) const { return Math::load(at + i * row); }
  [[nodiscard]] Vec spacing(std::size_t k) const { return (*this)[k + 1] - (*this)[k]; }
};

/// -sum p log p of bars first .. last - 1 of a sum that is > 0, else 0.
Vec entropy(const Column& x, std::size_t first, std::size_t last, Vec total) {
  const Bits some = total > 0;
  const Vec inverse = 1.0 / (some ? total : Vec{} + 1.0);
  Vec sum{};
  for (std::size_t k = first; k < last; ++k) sum += x_log_x(x.spacing(k) * inverse);
  return some ? -sum : Vec{};
}

/// Sum over the pairs of neighbours among bars first .. last of the smaller over the larger, and how many there are.
void ratios(const Column& x, std::size_t first, std::size_t last, Vec& sum, Vec& used) {
  sum = Vec{};
  used = Vec{};
  Vec before = x.spacing(first);
  for (std::size_t k = first + 1; k <= last; ++k) {
    const Vec here = x.spacing(k);
    const Vec high = larger(before, here);
    const Bits good = high > 0;
    sum += good ? smaller(before, here) / (good ? high : Vec{} + 1.0) : Vec{};
    used += good ? Vec{} + 1.0 : Vec{};
    before = here;
  }
}

/// A product of many positive numbers as mantissa and binary exponent.
struct Product {
  Vec mantissa = Vec{} + 1.0;
  Vec exponent{};

  /// `factor` in [2^-1000, 2^32]
  void take(Vec factor) {
    const Bits bits = Math::bits_of(mantissa * factor);
    exponent += Math::of_bits(((bits >> 52) & 0x7ff) | 0x4330000000000000) - (0x1p52 + 1023.0);
    mantissa = Math::of_bits((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  }
  [[nodiscard]] Vec log() const { return exponent * 0x1.62e42fefa39efp-1 + Math::log(mantissa); }
};

/// sum_{i<j} log(x_j - x_i), of levels of size 2 at most, so that 16 differences make a product that a double holds.
/// Where one does not fit after all, as of degenerate levels, every difference gets a logarithm of its own.
class LogDifferences {
 public:
  LogDifferences(const Column& scaled, std::size_t n) : x_(scaled), n_(n) {
    std::size_t i = 0;
    for (; i + together <= n; i += together) rows<together>(i);
    for (; i < n; ++i) rows<1>(i);
    sum = exact_;
    for (const Product& product : products_) sum += product.log();
  }
  Vec sum;

 private:
  static constexpr std::size_t together = 4;  ///< levels per walk over the others: chains to hide latency, fewer loads
  static constexpr double too_small = 0x1p-1000;

  /// Levels i .. i + count - 1 with all above.
  template <std::size_t count>
  void rows(std::size_t i) {
    Product products[count];
    Bits degenerate{};
    Vec here[count];
    Vec chain[count];
    const auto take_chains = [&] {
      for (std::size_t a = 0; a < count; ++a) {
        const Bits bad = chain[a] < too_small;
        degenerate |= bad;
        products[a].take(bad ? Vec{} + 1.0 : chain[a]);
        chain[a] = Vec{} + 1.0;
      }
    };
    for (std::size_t a = 0; a < count; ++a) {
      products[a] = products_[a];
      here[a] = x_[i + a];
      chain[a] = Vec{} + 1.0;
      for (std::size_t b = 0; b < a; ++b) chain[a] *= here[a] - here[b];
    }
    take_chains();
    for (std::size_t j = i + count; j < n_;) {
      const std::size_t end = j + 16 < n_ ? j + 16 : n_;
      for (; j < end; ++j) {
        const Vec high = x_[j];
        for (std::size_t a = 0; a < count; ++a) chain[a] *= high - here[a];
      }
      take_chains();
    }
    bool any = false;
    for (std::size_t k = 0; k < Math::width; ++k) any = any || degenerate[k] != 0;
    if (any) exact_ += degenerate ? logarithms(i, i + count) : Vec{};
    for (std::size_t a = 0; a < count; ++a) {
      products_[a].mantissa = degenerate ? products_[a].mantissa : products[a].mantissa;
      products_[a].exponent = degenerate ? products_[a].exponent : products[a].exponent;
    }
  }

  Vec logarithms(std::size_t first, std::size_t last) {
    Vec logs{};
    for (std::size_t i = first; i < last; ++i) {
      for (std::size_t j = i + 1; j < n_; ++j) logs += Math::log(larger(x_[j] - x_[i], Vec{} + smallest_normal));
    }
    return logs;
  }

  Column x_;
  std::size_t n_;
  Product products_[together];
  Vec exact_{};
};

void statistics(const LevelProblem& problem, double* const* rows) {
  const std::size_t n = problem.n;
  const std::size_t bars = n - 1;
  const auto count = static_cast<double>(bars);
  for (std::size_t w = 0; w < row; w += Math::width) {
    const Column x{problem.levels + w};
    const Column u{problem.unfolded + w};
    const auto put = [&](LevelRow which, Vec value) { Math::store(rows[which] + w, value); };

    const Vec total = x[n - 1] - x[0];
    put(row_total, total);
    put(row_lowest, x[0]);
    put(row_highest, x[n - 1]);
    put(row_entropy, entropy(x, 0, bars, total));
    put(row_trimmed_entropy, entropy(x, problem.trim, bars - problem.trim, x[bars - problem.trim] - x[problem.trim]));

    const Vec mean = total / count;  // exact for a ladder
    Vec longest{};
    Vec spread{};
    Vec zeros{};
    Vec positive_unfolded{};
    for (std::size_t k = 0; k < bars; ++k) {
      const Vec s = x.spacing(k);
      longest = larger(longest, s);
      spread += (s - mean) * (s - mean);
      zeros += s > 0 ? Vec{} : Vec{} + 1.0;
      positive_unfolded += larger(u.spacing(k), Vec{});
    }
    put(row_longest_bar, longest);
    put(row_zero_bars, zeros);
    put(row_bar_variation,
        mean > 0 ? Isa::square_root(spread * (1.0 / count)) / (mean > 0 ? mean : Vec{} + 1.0) : Vec{});
    put(row_unfolded_entropy, entropy(u, 0, bars, positive_unfolded));

    Vec sum;
    Vec used;
    ratios(x, 0, bars - 1, sum, used);
    put(row_spacing_ratio, sum / used);  // NaN where no pair is left
    put(row_skipped_ratios, (count - 1.0) - used);
    const std::size_t first = problem.window_first;
    const std::size_t last = first + problem.window_count - 1;  // level
    ratios(x, first, last - 1, sum, used);
    put(row_bulk_spacing_ratio, sum / used);

    const auto inside = static_cast<double>(problem.window_count - 1);
    const Vec width = u[last] - u[first];
    const Bits wide = width > 0;
    const Vec unit = inside / (wide ? width : Vec{} + 1.0);
    Vec squares{};
    Vec local{};
    for (std::size_t k = first; k < last; ++k) {
      const Vec v = larger(u.spacing(k), Vec{}) * unit;
      squares += (v - 1.0) * (v - 1.0);
      local += x_log_x(v);
    }
    put(row_unfolded_variance, squares * (1.0 / inside));
    put(row_local_entropy, local * (1.0 / inside));

    // In units of the power of two at or below the largest level: exact, and Lambda does not depend on it.
    const Vec largest = larger(Math::absolute(x[0]), Math::absolute(x[n - 1]));
    const Bits power = Math::bits_of(larger(largest, Vec{} + smallest_normal)) & 0x7ff0000000000000;
    const Vec inverse = Math::of_bits(0x7fe0000000000000 - power);
    Vec norm{};
    for (std::size_t i = 0; i < n; ++i) {
      const Vec scaled = x[i] * inverse;
      Math::store(problem.scratch + i * row + w, scaled);
      norm += scaled * scaled;
    }
    const double half_pairs = 0.25 * static_cast<double>(n) * static_cast<double>(n - 1);
    put(row_shape_energy, LogDifferences(Column{problem.scratch + w}, n).sum -
                              half_pairs * Math::log(larger(norm, Vec{} + smallest_normal)));
  }
}

void semicircle(const double* levels, std::size_t n, double* unfolded) {
  const auto size = static_cast<double>(n);
  for (std::size_t i = 0; i < n * row; i += Math::width) {
    const Vec x = smaller(larger(Math::load(levels + i), Vec{} - 2.0), Vec{} + 2.0);
    const Vec f =
        0.5 + (x * Isa::square_root((2.0 - x) * (2.0 + x)) * (0.25 / pi) + Math::arcsine(0.5 * x) * (1.0 / pi));
    Math::store(unfolded + i, size * f);
  }
}

/// F = phi/pi + G/(2 pi c), sin^2(phi/2) = (x - a)/(b - a), a, b = (1 -+ sqrt c)^2, and with R = sqrt((b - x)(x - a))
/// and t = R/(2 sqrt x), G = R - 2 (1 - c) asin t = 2 t (sqrt x - 1) - 2 (asin t - t) + 2 c asin t. The usual form has
/// two arcsines of arguments that go to -1 or 1 at the ends, whose errors of 1e-8 there do not cancel; and for small c
/// its terms of order sqrt c leave G, of order c.
void marchenko_pastur(double c, const double* levels, std::size_t n, double* unfolded) {
  const double root = __builtin_sqrt(c);
  const double gap = (1 - c) / (1 + root);  // 1 - sqrt c
  const double a = gap * gap;
  const double b = (1 + root) * (1 + root);
  // For small c all levels lie about 1, and distances are taken from there; for others 0 is near, and is exact.
  const bool about_one = c < 0.1;
  const double size = static_cast<double>(n);
  for (std::size_t i = 0; i < n * row; i += Math::width) {
    const Vec x = smaller(larger(Math::load(levels + i), Vec{} + a), Vec{} + b);
    const Vec from_one = x - 1.0;
    const Vec below = larger(about_one ? from_one + (2 * root - c) : x - a, Vec{});
    const Vec above = larger(about_one ? (2 * root + c) - from_one : b - x, Vec{});
    const Vec half_angle = Math::arcsine(Isa::square_root(smaller(below, above) * (0.25 / root)));
    const Vec phi = below < above ? 2.0 * half_angle : pi - 2.0 * half_angle;
    const Vec r = Isa::square_root(below * above);
    const Vec size_root = Isa::square_root(x);
    const Vec t =
        c == 1 ? Vec{} : smaller(0.5 * r / size_root, Vec{} + 1.0);  // at c = 1 without weight, and x may be 0
    const Vec angle = Math::arcsine(t);
    const Vec g = about_one ? 2.0 * t * (from_one / (size_root + 1.0)) - 2.0 * Math::arcsine_excess(t) + (2 * c) * angle
                            : r - (2 * (1 - c)) * angle;
    const Vec f = phi / pi + g * (0.5 / (pi * c));
    Math::store(unfolded + i, smaller(larger(size * f, Vec{}), Vec{} + size));
  }
}

}  // namespace
}  // namespace rankwise::spectra
