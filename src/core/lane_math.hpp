// Elementary functions for the lane kernels; internal. SPDX-License-Identifier: MIT
//
// A lane kernel, see rankwise/core/lanes.hpp. Series instead of the library's functions: those have other bits with FMA
// instructions than without, and no vector form.
#pragma once

namespace rankwise {
namespace {

constexpr int arcsine_terms = 22;
/// arcsin t = t + t^3 (term[0] + term[1] t^2 + ...), t^2 <= 1/4
struct ArcsineSeries {
  double term[arcsine_terms];
  constexpr ArcsineSeries() : term{} {
    double binomial = 1;  // (2k)! / (4^k k!^2)
    for (int k = 1; k <= arcsine_terms; ++k) {
      binomial *= (2.0 * k - 1) / (2.0 * k);
      term[k - 1] = binomial / (2.0 * k + 1);
    }
  }
};
constexpr ArcsineSeries arcsine_series{};

struct LaneMath {
  using Vec = Isa::Vec;
  using Bits = Isa::Bits;
  static constexpr std::size_t width = sizeof(Vec) / sizeof(double);

  static Vec load(const double* from) { return *reinterpret_cast<const Isa::Loose*>(from); }
  static void store(double* to, Vec x) { *reinterpret_cast<Isa::Loose*>(to) = x; }
  static Bits load_bits(const std::uint64_t* from) { return *reinterpret_cast<const Isa::LooseBits*>(from); }
  static void store_bits(std::int64_t* to, Bits x) { *reinterpret_cast<Isa::LooseBits*>(to) = x; }
  static Bits bits_of(Vec x) { return reinterpret_cast<Bits>(x); }
  static Vec of_bits(Bits x) { return reinterpret_cast<Vec>(x); }
  static Vec absolute(Vec x) { return x < 0 ? -x : x; }

  /// (top 52 bits + 1/2) 2^-52 of a word: exact, as random::uniform.
  static Vec uniform(Bits word) {
    const Bits top = (word >> 12) & 0x000fffffffffffff;  // the shift is an arithmetic one
    return (of_bits(top | 0x3ff0000000000000) - 1.0) + 0x1p-53;
  }

  /// Natural logarithm of finite normal x > 0, within 2 units in the last place (1e-17 absolute next to 1):
  /// x = 2^e m, sqrt(1/2) < m < sqrt 2, log m = 2 artanh((m - 1)/(m + 1)) by its series.
  static Vec log(Vec x) {
    const Bits bits = bits_of(x);
    const Vec raw = of_bits((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
    const Bits large = raw > 0x1.6a09e667f3bcdp0;
    const Vec m = large ? raw * 0.5 : raw;
    // 2^52 + biased exponent, as a number
    const Vec exponent = of_bits(((bits >> 52) & 0x7ff) | 0x4330000000000000) -
                         (large ? Vec{} + (0x1p52 + 1022.0) : Vec{} + (0x1p52 + 1023.0));
    const Vec s = (m - 1.0) / (m + 1.0);
    const Vec z = s * s;
    Vec series = Vec{} + 2.0 / 23;
    series = series * z + 2.0 / 21;
    series = series * z + 2.0 / 19;
    series = series * z + 2.0 / 17;
    series = series * z + 2.0 / 15;
    series = series * z + 2.0 / 13;
    series = series * z + 2.0 / 11;
    series = series * z + 2.0 / 9;
    series = series * z + 2.0 / 7;
    series = series * z + 2.0 / 5;
    series = series * z + 2.0 / 3;
    // log 2 in two parts, the first with so few digits that its product with an exponent is exact
    const Vec low = (s * z) * series + exponent * 0x1.ef35793c76730p-45;
    return exponent * 0x1.62e42fefa3800p-1 + (2.0 * s + low);
  }

  /// sin(2 pi u) and cos(2 pi u) of u in [0, 1], absolute error below 2e-16: quarter turns, then Taylor series.
  static void sine_cosine(Vec u, Vec& sine, Vec& cosine) {
    constexpr double to_integer = 0x1.8p52;  // adding it rounds to an integer and leaves that in the lowest bits
    const Vec turned = 4.0 * u + to_integer;
    const Bits quarter = bits_of(turned) & 3;
    const Vec angle = (4.0 * u - (turned - to_integer)) * 0x1.921fb54442d18p0;
    const Vec z = angle * angle;
    Vec s = Vec{} - 1.0 / 1307674368000;
    s = s * z + 1.0 / 6227020800;
    s = s * z - 1.0 / 39916800;
    s = s * z + 1.0 / 362880;
    s = s * z - 1.0 / 5040;
    s = s * z + 1.0 / 120;
    s = s * z - 1.0 / 6;
    s = angle + angle * (s * z);
    Vec c = Vec{} + 1.0 / 20922789888000;
    c = c * z - 1.0 / 87178291200;
    c = c * z + 1.0 / 479001600;
    c = c * z - 1.0 / 3628800;
    c = c * z + 1.0 / 40320;
    c = c * z - 1.0 / 720;
    c = c * z + 1.0 / 24;
    c = c * z - 0.5;
    c = c * z + 1.0;
    const Bits odd = (quarter & 1) == 1;
    const Vec across = odd ? c : s;
    const Vec along = odd ? s : c;
    sine = (quarter & 2) == 2 ? -across : across;
    cosine = ((quarter + 1) & 2) == 2 ? -along : along;
  }

  /// arcsin of |x| <= 1, absolute error below 5e-16: its series up to 1/2, beyond that pi/2 - 2 arcsin sqrt((1 -
  /// |x|)/2).
  static Vec arcsine(Vec x) {
    const Vec size = absolute(x);
    const Bits far = size > 0.5;
    const Vec square = far ? 0.5 * (1.0 - size) : x * x;
    const Vec t = far ? Isa::square_root(square) : size;
    const Vec near = t + t * (square * arcsine_terms_of(square));
    const Vec angle = far ? 0x1.921fb54442d18p0 - (2.0 * near - 0x1.1a62633145c07p-54) : near;
    return x < 0 ? -angle : angle;
  }

  /// arcsin x - x of |x| <= 1/2, relatively accurate.
  static Vec arcsine_excess(Vec x) {
    const Vec square = x * x;
    return x * (square * arcsine_terms_of(square));
  }

 private:
  static Vec arcsine_terms_of(Vec square) {
    Vec series = Vec{} + arcsine_series.term[arcsine_terms - 1];
    for (int k = arcsine_terms - 1; k-- > 0;) series = series * square + arcsine_series.term[k];
    return series;
  }
};

}  // namespace
}  // namespace rankwise
