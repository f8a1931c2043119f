// Distributions on counter streams. SPDX-License-Identifier: MIT
#include "rankwise/random/distributions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "rankwise/core/contract.hpp"

namespace rankwise::random {
namespace {

__extension__ using Wide = unsigned __int128;

/// Numerator and denominator coefficients of one of AS 241's rational approximations, lowest power first.
struct Rational {
  std::array<double, 8> above;
  std::array<double, 8> below;

  [[nodiscard]] double operator()(double x) const {
    double n = above[7];
    double d = below[7];
    for (std::size_t i = 7; i-- > 0;) {
      n = n * x + above[i];
      d = d * x + below[i];
    }
    return n / d;
  }
};

// |p - 1/2| <= 0.425, in 0.180625 - (p - 1/2)^2.
constexpr Rational central{
    {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3},
    {1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
     3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3}};
// sqrt(-log(tail)) <= 5, in that root less 1.6.
constexpr Rational middle{
    {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4},
    {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
     1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9}};
// Beyond, in that root less 5.
constexpr Rational far{
    {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7},
    {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,
     1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15}};

}  // namespace

double uniform(Stream& stream) { return (static_cast<double>(stream.word() >> 12) + 0.5) * 0x1p-52; }

std::uint64_t below(Stream& stream, std::uint64_t n) {
  expects(n >= 1, "below() needs n >= 1");
  Wide product = Wide{stream.word()} * n;
  if (static_cast<std::uint64_t>(product) < n) {
    const std::uint64_t rejected = (0 - n) % n;  // 2^64 mod n
    while (static_cast<std::uint64_t>(product) < rejected) product = Wide{stream.word()} * n;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

double normal_quantile(double p) {
  expects(p > 0 && p < 1, "normal_quantile() needs p in (0, 1)");
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) return q * central(0.180625 - q * q);
  const double root = std::sqrt(-std::log(q < 0 ? p : 1 - p));
  const double size = root <= 5 ? middle(root - 1.6) : far(root - 5);
  return q < 0 ? -size : size;
}

double normal(Stream& stream) { return normal_quantile(uniform(stream)); }

double gamma(Stream& stream, double shape) {
  expects(shape > 0 && std::isfinite(shape), "gamma() needs a finite shape > 0");
  const double boost = shape < 1 ? std::pow(uniform(stream), 1 / shape) : 1;
  const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal(stream);
    const double base = 1 + c * x;
    if (base <= 0) continue;
    const double v = base * base * base;
    const double u = uniform(stream);
    const double x2 = x * x;
    // The first test is a bound on the second that spares most logarithms.
    if (u < 1 - 0.0331 * x2 * x2 || std::log(u) < 0.5 * x2 + d * (1 - v + std::log(v))) return boost * d * v;
  }
}

double chi(Stream& stream, double dof) {
  expects(dof > 0 && std::isfinite(dof), "chi() needs finite degrees of freedom > 0");
  return std::sqrt(2 * gamma(stream, dof / 2));
}

Probability32::Probability32(double p) : numerator(0) {
  expects(p >= 0 && p <= 1, "a probability lies in [0, 1]");
  numerator = static_cast<std::uint64_t>(std::llround(p * 0x1p32));
}

std::vector<std::int64_t> multinomial(Stream& stream, std::int64_t n, std::span<const double> mixture) {
  expects(n >= 0, "multinomial() needs n >= 0");
  std::vector<double> cumulative(mixture.size());
  double sum = 0;
  std::size_t last = 0;  // the last class that can occur: where a sum rounded below 1 sends the draws above it
  for (std::size_t k = 0; k < mixture.size(); ++k) {
    expects(mixture[k] >= 0, "multinomial() needs non-negative weights");
    cumulative[k] = sum += mixture[k];
    if (mixture[k] > 0) last = k;
  }
  expects(std::abs(sum - 1) <= 1e-9, "the weights of multinomial() sum to 1 within 1e-9");
  std::vector<std::int64_t> counts(mixture.size(), 0);
  for (std::int64_t draw = 0; draw < n; ++draw) {
    const auto above = std::upper_bound(cumulative.begin(), cumulative.end(), uniform(stream));
    ++counts[std::min(static_cast<std::size_t>(above - cumulative.begin()), last)];
  }
  return counts;
}

}  // namespace rankwise::random
