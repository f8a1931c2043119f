// Two-level statistics of unfolded spectra. SPDX-License-Identifier: MIT
#include "rankwise/spectra/two_level.hpp"

#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <numbers>

#include "rankwise/core/contract.hpp"
#include "spectra/nystrom.hpp"

namespace rankwise::spectra {
namespace {

using std::numbers::egamma;
using std::numbers::pi;

constexpr double series_end = 4;  ///< below, the series lose less than two digits; above, the fraction needs few terms

/// Si(x) and Cin(x) = int_0^x (1 - cos t)/t dt by their power series.
struct Series {
  double si = 0;
  double cin = 0;
};
Series power_series(double x) {
  Series sum;
  double term = x;  // (-1)^{k/2} x^k / k!, of alternating kind
  for (int k = 1; k < 40; k += 2) {
    sum.si += term / k;
    term *= x / (k + 1);
    sum.cin += term / (k + 1);
    term *= -x / (k + 2);
  }
  return sum;
}

/// f(x) and g(x), e^{ix} E_1(ix) = g - i f, for x >= 4: 1/(z + 1 - 1/(z + 3 - 4/(z + 5 - ...))) by Lentz's method.
struct Auxiliary {
  double f = 0;
  double g = 0;
};
Auxiliary auxiliary(double x) {
  if (x > 1e8) return {1 / x, 1 / (x * x)};  // the next terms are below rounding
  using Complex = std::complex<double>;
  Complex b(1, x);
  Complex c = 1 / std::numeric_limits<double>::min();
  Complex d = 1.0 / b;
  Complex h = d;
  for (int k = 1; k < 200; ++k) {
    const double a = -static_cast<double>(k) * k;
    b += 2;
    d = 1.0 / (a * d + b);
    c = b + a / c;
    const Complex factor = c * d;
    h *= factor;
    if (std::abs(factor.real() - 1) + std::abs(factor.imag()) < std::numeric_limits<double>::epsilon()) break;
  }
  return {-h.imag(), h.real()};
}

/// Cin(x) = log x + gamma - Ci(x).
double cin(double x) { return x < series_end ? power_series(x).cin : std::log(x) + egamma - cosine_integral(x); }

/// 1 - (2/pi) Si(x), without cancellation for large x.
double si_complement(double x) {
  if (x < series_end) return 1 - 2 / pi * power_series(x).si;
  const Auxiliary a = auxiliary(x);
  return 2 / pi * (a.f * std::cos(x) + a.g * std::sin(x));
}

double unitary_variance(double length) {
  const double x = 2 * pi * length;
  const double half_sine = std::sin(x / 2);
  return (cin(x) + 2 * half_sine * half_sine) / (pi * pi) + length * si_complement(x);
}

void expects_beta(double beta) {
  expects(beta == 0 || beta == 1 || beta == 2 || beta == 4, "two-level statistics are known for beta = 0, 1, 2, 4");
}

void expects_length(double length) {
  expects(std::isfinite(length) && length >= 0, "the length of an interval is finite and not negative");
}

}  // namespace

double sine_integral(double x) {
  expects(x >= 0, "the argument of Si is not negative");
  if (x < series_end) return power_series(x).si;
  if (std::isinf(x)) return pi / 2;
  const Auxiliary a = auxiliary(x);
  return pi / 2 - a.f * std::cos(x) - a.g * std::sin(x);
}

double cosine_integral(double x) {
  expects(x > 0, "the argument of Ci is positive");
  if (x < series_end) return egamma + std::log(x) - power_series(x).cin;
  if (std::isinf(x)) return 0;
  const Auxiliary a = auxiliary(x);
  return a.f * std::sin(x) - a.g * std::cos(x);
}

double number_variance(double beta, double length) {
  expects_beta(beta);
  expects_length(length);
  if (beta == 0) return length;
  if (beta == 1) {
    const double si = sine_integral(pi * length) / pi;
    return 2 * unitary_variance(length) + si * si - si;
  }
  if (beta == 2) return unitary_variance(length);
  const double si = sine_integral(2 * pi * length) / (2 * pi);
  return unitary_variance(2 * length) / 2 + si * si;
}

double rigidity(double beta, double length) {
  expects_beta(beta);
  expects_length(length);
  if (beta == 0 || length == 0) return length / 15;
  // The variance oscillates once or twice per mean spacing: 16 nodes on each resolve it to rounding.
  static const Quadrature rule = gauss_legendre(16, 0, 1);
  const double panels = std::ceil(length);
  double sum = 0;
  for (double panel = 0; panel < panels; ++panel) {
    for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
      const double y = (panel + rule.nodes[i]) / panels;  // r / L
      sum += rule.weights[i] * (1 - 2 * y + y * y * y) * number_variance(beta, length * y);
    }
  }
  return 2 * sum / panels;
}

double connected_form_factor(double beta, double tau) {
  expects_beta(beta);
  expects(tau >= 0, "a time is not negative");
  if (beta == 0) return 1;
  if (beta == 1) {
    if (tau <= 1) return tau * (2 - std::log1p(2 * tau));
    // (2 tau + 1)/(2 tau - 1) tends to 1: its logarithm is 2 artanh(1 / (2 tau)).
    return std::isinf(tau) ? 1 : 2 - 2 * tau * std::atanh(1 / (2 * tau));
  }
  if (beta == 2) return tau < 1 ? tau : 1;
  if (tau >= 2) return 1;
  if (tau == 1) return std::numeric_limits<double>::infinity();
  return tau / 2 - tau / 4 * std::log(std::abs(1 - tau));
}

}  // namespace rankwise::spectra
