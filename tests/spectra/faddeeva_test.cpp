// The Faddeeva function of complex argument. SPDX-License-Identifier: MIT
#include "rankwise/spectra/faddeeva.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "rankwise/core/error.hpp"
#include "spectra/close.hpp"

namespace rankwise::spectra {
namespace {

struct Oracle {
  double x, y, real, imag;
};

// exp(-z^2) erfc(-i z) by mpmath 1.3 with 60 digits and those that exp(-z^2) eats; the asymptotic series for the two
// large arguments.
constexpr Oracle oracle[] = {
    {0, 0, 1.0, 0.0},
    {0, 1, 0.427583576155807, 0.0},
    {0.25, 1e-300, 0.93941306281347579, 0.27062951561798749},
    {1, 1e-9, 0.36787944125737857, 0.60715770510563485},
    {3, 1e-12, 0.00012340980416524428, 0.20115731703759965},
    {5, 1e-9, 3.7968395078817331e-11, 0.11524596183093659},
    {5.1, 0.3, 0.0068967914297830114, 0.11245543265790468},
    {8, 1e-20, 9.0306368542904052e-23, 0.07108811174448088},
    {0.5, 0.5, 0.53315670791217491, 0.23048823138445841},
    {2, 2, 0.14795275951201582, 0.13117971708421785},
    {0.1, 6, 0.092752429318341863, 0.0015056529933896429},
    {0.1, 6.7, 0.083281593037630912, 0.0012167508565517053},
    {6, 6.6, 0.047034802714508347, 0.042226332977153955},
    {7, 6.7, 0.040490597684570537, 0.04185516630242295},
    {20, 1e-3, 1.415796583184698e-6, 0.02824487402099906},
    {20, 0, 1.9151695967140057e-174, 0.028244874092056703},
    {30, 40, 0.0090278263658235421, 0.0067681625754047468},
    {1e5, 1, 5.6418958357596577e-11, 5.6418958351954681e-6},
    {1, 1e8, 5.641895835477562e-9, 5.6418958354775615e-17},
    {1e-8, 1e-8, 0.99999998871620833, 1.1283791470955127e-8},
};

}  // namespace

TEST_CASE("the Faddeeva function gives the reference numbers, each part to 1e-13 of itself") {
  for (const auto& o : oracle) {
    CAPTURE(o.x);
    CAPTURE(o.y);
    const std::complex<double> w = faddeeva({o.x, o.y});
    CHECK(close(w.real(), o.real, 1e-13));
    CHECK(close(w.imag(), o.imag, o.x == 0 ? 0 : 1e-13));
    const std::complex<double> mirrored = faddeeva({-o.x, o.y});
    CHECK(mirrored.real() == w.real());
    CHECK(mirrored.imag() == -w.imag());
  }
}

TEST_CASE("the Faddeeva function satisfies its differential equation across its seams") {
  // w' = -2 z w + 2 i / sqrt(pi): Simpson's rule over short steps, through the changes of nodes and the line y = pi/h.
  for (double y = 0; y < 9; y += 0.37) {
    for (double x = 0; x < 9; x += 0.01) {
      const double h = 0.004;
      const auto slope = [&](double at) {
        const std::complex<double> z{at, y};
        return -2.0 * z * faddeeva(z) + std::complex<double>{0, 2 / std::sqrt(std::numbers::pi)};
      };
      const std::complex<double> rise = h / 6 * (slope(x) + 4.0 * slope(x + h / 2) + slope(x + h));
      const std::complex<double> step = faddeeva({x + h, y}) - faddeeva({x, y});
      if (!(std::abs(step - rise) < 1e-12)) FAIL_CHECK("at " << x << " + " << y << " i");
    }
  }
}

TEST_CASE("the Faddeeva function refuses what has no meaning") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS((void)faddeeva({0, -1e-3}), InternalError);
  CHECK_THROWS_AS((void)faddeeva({nan, 1}), InternalError);
  CHECK_THROWS_AS((void)faddeeva({1, nan}), InternalError);
  CHECK_THROWS_AS((void)faddeeva({1e200, 1}), InternalError);
}

}  // namespace rankwise::spectra
