// The Faddeeva function of complex argument. SPDX-License-Identifier: MIT
#include "rankwise/spectra/faddeeva.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "rankwise/core/contract.hpp"

// w(z) = (i/pi) int e^{-t^2} / (z - t) dt for Im z > 0. The trapezoidal rule of step h on the nodes k h, or on the
// midpoints between them, errs by the residue at z and by e^{-pi^2/h^2}. With 14 nodes on either side and
// h = sqrt(pi/14) both that and what is cut off are below 1e-18. Of the two sets of nodes the one that keeps away from
// z is taken.

namespace rankwise::spectra {
namespace {

using std::numbers::pi;

constexpr std::size_t count = 14;
const double step = std::sqrt(pi / count);

struct Nodes {
  std::array<double, count> at{};
  std::array<double, count> weight{};  ///< each node stands for itself and its mirror image; that at 0 for half of both
};

Nodes nodes(double offset) {
  Nodes result;
  for (std::size_t k = 0; k < count; ++k) {
    result.at[k] = (static_cast<double>(k) + offset) * step;
    result.weight[k] = step / pi * std::exp(-result.at[k] * result.at[k]);
  }
  if (offset == 0) result.weight[0] /= 2;
  return result;
}

}  // namespace

std::complex<double> faddeeva(std::complex<double> z) {
  static const Nodes whole = nodes(0);
  static const Nodes half = nodes(0.5);
  const double x = std::abs(z.real());
  const double y = z.imag();
  expects(y >= 0 && y <= 1e150 && x <= 1e150, "the Faddeeva function is asked for in the upper half plane");
  const double place = x / step - std::floor(x / step);
  const bool midpoints = place < 0.25 || place > 0.75;
  const Nodes& rule = midpoints ? half : whole;
  double real = 0;
  double imag = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const double left = x - rule.at[k];
    const double right = x + rule.at[k];
    const double near = 1 / (left * left + y * y);
    const double far = 1 / (right * right + y * y);
    real += rule.weight[k] * y * (near + far);
    imag += rule.weight[k] * 2 * x * (left * right + y * y) * near * far;  // left * near + right * far
  }
  if (y < pi / step) {
    // 2 e^{-z^2} / (1 -+ e^{-2 pi i z / h})
    const double growth = (midpoints ? 1 : -1) * std::exp(2 * pi * y / step);
    const double phase = 2 * pi * place;
    const double a = 1 + growth * std::cos(phase);
    const double b = -growth * std::sin(phase);
    const double size = 2 * std::exp((y - x) * (y + x)) / (a * a + b * b);
    const double c = std::cos(2 * x * y);
    const double s = -std::sin(2 * x * y);
    real += size * (c * a + s * b);
    imag += size * (s * a - c * b);
  }
  return {real, std::signbit(z.real()) ? -imag : imag};
}

}  // namespace rankwise::spectra
