// Two-level statistics of unfolded spectra. SPDX-License-Identifier: MIT
#include "rankwise/spectra/two_level.hpp"

#include <doctest/doctest.h>

#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <boost/math/quadrature/tanh_sinh.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <string>

#include "rankwise/core/error.hpp"
#include "spectra/close.hpp"
#include "spectra/reference.hpp"

namespace rankwise::spectra {
namespace {

using std::numbers::pi;
const double infinity = std::numeric_limits<double>::infinity();
const double nan = std::numeric_limits<double>::quiet_NaN();

/// In panels of width 1/2 at most.
double integral(const std::function<double(double)>& f, double low, double high) {
  const int panels = static_cast<int>(std::ceil(2 * (high - low)));
  const double width = (high - low) / panels;
  double sum = 0;
  for (int i = 0; i < panels; ++i) {
    sum += boost::math::quadrature::gauss_kronrod<double, 21>::integrate(f, low + width * i, low + width * (i + 1), 6,
                                                                         1e-12);
  }
  return sum;
}

double sinc(double r) { return r == 0 ? 1 : std::sin(pi * r) / (pi * r); }
double sinc_slope(double r) { return std::abs(r) < 1e-4 ? -pi * pi * r / 3 : (std::cos(pi * r) - sinc(r)) / r; }

/// Dyson's two-level cluster function Y_2(r), r > 0 (Mehta, Random Matrices, chapters 6 to 8).
double cluster(int beta, double r) {
  const auto area = [](double x) { return integral(sinc, 0, x); };
  if (beta == 0) return 0;
  if (beta == 1) return sinc(r) * sinc(r) + sinc_slope(r) * (0.5 - area(r));
  if (beta == 2) return sinc(r) * sinc(r);
  return sinc(2 * r) * sinc(2 * r) - 2 * sinc_slope(2 * r) * area(2 * r) / 2;
}

std::string entry(const std::string& name, int beta, const std::string& rest) {
  return "theory|" + name + "/beta=" + std::to_string(beta) + rest;
}

struct Trigonometric {
  double x, si, ci;
};
// mpmath at 30 digits.
const Trigonometric table[] = {
    {1e-3, 0.000999999944444446111, -6.33053986408059377}, {0.5, 0.493107418043066689, -0.177784078806612901},
    {1, 0.946083070367183015, 0.337403922900968135},       {3.9, 1.77650136044780544, -0.123499349207815143},
    {4, 1.75820313894905306, -0.140981697886930412},       {4.1, 1.73874362649176893, -0.15616539182812111},
    {6.5, 1.42179427443588169, 0.0111015195149301087},     {10, 1.65834759421887405, -0.0454564330044553726},
    {31.5, 1.53914130941149253, 0.00166224965951338228},   {100, 1.56222546688905629, -0.00514882514261049214},
    {1000, 1.57023312196877122, 0.000826315511090682282},  {12345.625, 1.57074191372297893, -0.0000600022906601469888},
};

}  // namespace

TEST_CASE("sine and cosine integrals agree with 30-digit arithmetic") {
  for (const Trigonometric& t : table) {
    CAPTURE(t.x);
    CHECK(close(sine_integral(t.x), t.si, 1e-14));
    CHECK(std::abs(cosine_integral(t.x) - t.ci) < 1e-14 * std::max(std::abs(t.ci), std::min(1.0, 1 / t.x)));
  }
}

TEST_CASE("sine and cosine integrals are integrals") {
  for (const double x : {0.01, 2.0, 3.99, 4.01, 7.7, 25.0}) {
    CAPTURE(x);
    CHECK(close(sine_integral(x), integral([](double t) { return t == 0 ? 1 : std::sin(t) / t; }, 0, x), 1e-13));
    const double cin = integral([](double t) { return t == 0 ? 0 : 2 * std::pow(std::sin(t / 2), 2) / t; }, 0, x);
    CHECK(std::abs(cosine_integral(x) - (std::numbers::egamma + std::log(x) - cin)) < 1e-13);
  }
  CHECK(sine_integral(0) == 0);
  CHECK(sine_integral(1e-200) == 1e-200);
  CHECK(sine_integral(infinity) == pi / 2);
  CHECK(cosine_integral(infinity) == 0);
  CHECK(std::abs(cosine_integral(1e9)) <= 1e-9);
  CHECK(std::abs(cosine_integral(0.99e8) - std::sin(0.99e8) / 0.99e8) < 1.1e-16);
  // The two methods meet.
  CHECK(std::abs(sine_integral(4) - sine_integral(std::nextafter(4, 0))) < 1e-14);
  CHECK(std::abs(cosine_integral(4) - cosine_integral(std::nextafter(4, 0))) < 1e-14);
}

TEST_CASE("two-level statistics give the reference numbers") {
  for (const auto& [beta, length] : {std::pair<int, std::string>{1, "2.0"},
                                     {1, "10.0"},
                                     {2, "0.5"},
                                     {2, "2.0"},
                                     {2, "10.0"},
                                     {4, "0.5"},
                                     {4, "2.0"},
                                     {4, "10.0"}}) {
    CAPTURE(beta);
    CAPTURE(length);
    const double expected = reference(entry("number_variance", beta, "/L=" + length));
    CHECK(close(number_variance(beta, std::stod(length)), expected, 1e-12));
  }
  for (const auto& [beta, length] : {std::pair<int, std::string>{1, "1.0"}, {1, "20.0"}, {2, "5.0"}, {4, "20.0"}}) {
    CAPTURE(beta);
    CAPTURE(length);
    CHECK(close(rigidity(beta, std::stod(length)), reference(entry("delta3", beta, "/L=" + length)), 1e-11));
  }
  for (const auto& [beta, tau] : {std::pair<int, std::string>{1, "0.5"},
                                  {1, "1.5"},
                                  {2, "0.1"},
                                  {2, "0.9"},
                                  {2, "2.5"},
                                  {4, "0.5"},
                                  {4, "1.5"}}) {
    CAPTURE(beta);
    CAPTURE(tau);
    CHECK(close(connected_form_factor(beta, std::stod(tau)), reference(entry("sff_connected", beta, "/tau=" + tau)),
                1e-13));
  }
}

TEST_CASE("number variance and rigidity are integrals of the cluster function") {
  for (const int beta : {0, 1, 2, 4}) {
    for (const double length : {0.05, 0.7, 1.0, 3.3}) {
      CAPTURE(beta);
      CAPTURE(length);
      const double variance =
          length - 2 * integral([&](double r) { return (length - r) * cluster(beta, r); }, 0, length);
      CHECK(close(number_variance(beta, length), variance, 1e-11));
      // Mehta, section 16.2: Delta_3 by the cluster function.
      const double missing = integral(
          [&](double r) {
            const double l = length;
            return std::pow(l - r, 3) * (2 * l * l - 9 * l * r - 3 * r * r) * cluster(beta, r);
          },
          0, length);
      CHECK(close(rigidity(beta, length), length / 15 - missing / (15 * std::pow(length, 4)), 1e-10));
    }
  }
}

TEST_CASE("rigidity is the mean square distance from the best straight line") {
  // min over A, B of (1/L) int (N(x) - A x - B)^2, with cov(N(x), N(y)) = [V(x) + V(y) - V(|x - y|)] / 2.
  for (const int beta : {0, 1, 2, 4}) {
    const double length = 4.5;
    const auto variance = [&](double x) { return number_variance(beta, x); };
    const auto line = [&](double x, double y) {  // projection on 1 and x
      return 1 + 12 * (x - length / 2) * (y - length / 2) / (length * length);
    };
    const double level = integral(variance, 0, length) / length;
    const double projected = integral(
        [&](double x) {
          return integral([&](double y) { return line(x, y) * (variance(x) + variance(y) - variance(x - y)); }, 0, x);
        },
        0, length);
    CAPTURE(beta);
    CHECK(close(rigidity(beta, length), level - projected / (length * length), 1e-10));
  }
}

TEST_CASE("small and large intervals") {
  for (const int beta : {0, 1, 2, 4}) {
    CAPTURE(beta);
    CHECK(number_variance(beta, 0) == 0);
    CHECK(rigidity(beta, 0) == 0);
    for (const double length : {1e-12, 1e-6, 1e-3}) {
      CAPTURE(length);
      const double expected = beta == 0 ? length : length * (1 - length);  // cluster function 1 at distance 0
      CHECK(close(number_variance(beta, length), expected, 1e-15 + length * length));
      CHECK(close(rigidity(beta, length), length / 15, 1e-13 + length));
    }
  }
  // Mehta, chapter 16: the logarithms; the remainder oscillates with decreasing amplitude.
  const double gamma = std::numbers::egamma;
  for (const double length : {100.0, 1000.0}) {
    CAPTURE(length);
    const double log_l = std::log(2 * pi * length) + gamma + 1;
    CHECK(std::abs(number_variance(1, length) - 2 / (pi * pi) * (log_l - pi * pi / 8)) < 0.3 / length);
    CHECK(std::abs(number_variance(2, length) - log_l / (pi * pi)) < 0.3 / length);
    CHECK(std::abs(number_variance(4, length) - (log_l + std::numbers::ln2 + pi * pi / 8) / (2 * pi * pi)) <
          0.3 / length);
    const double log_d = std::log(2 * pi * length) + gamma;
    CHECK(std::abs(rigidity(1, length) - (log_d - 1.25 - pi * pi / 8) / (pi * pi)) < 0.3 / length);
    CHECK(std::abs(rigidity(2, length) - (log_d - 1.25) / (2 * pi * pi)) < 0.3 / length);
    CHECK(std::abs(rigidity(4, length) - (log_d + std::numbers::ln2 - 1.25 + pi * pi / 8) / (4 * pi * pi)) <
          0.3 / length);
  }
  for (double length = 0.1; length < 30; length += 0.1) {
    CAPTURE(length);
    CHECK(number_variance(4, length) < number_variance(2, length));
    CHECK(number_variance(2, length) < number_variance(1, length));
    CHECK(number_variance(1, length) < number_variance(0, length));
    if (length > 2) {  // in shorter intervals the order is the other way round: the line follows single levels
      CHECK(rigidity(4, length) < rigidity(2, length));
      CHECK(rigidity(2, length) < rigidity(1, length));
    }
    CHECK(rigidity(1, length) < rigidity(0, length));
  }
}

TEST_CASE("the form factor is the Fourier transform of the cluster function") {
  boost::math::quadrature::tanh_sinh<double> rule;
  for (const int beta : {2, 4}) {  // 1 - K vanishes above 2
    for (const double r : {0.001, 0.4, 1.0, 2.7}) {
      CAPTURE(beta);
      CAPTURE(r);
      // Distance from tau = 1, so that the singularity is at an end where the argument keeps its digits.
      const auto left = [&](double d) {
        return (1 - connected_form_factor(beta, 1 - d)) * std::cos(2 * pi * r * (1 - d));
      };
      const auto right = [&](double d) {
        return (1 - connected_form_factor(beta, 1 + d)) * std::cos(2 * pi * r * (1 + d));
      };
      const double back = 2 * (rule.integrate(left, 1e-15, 1.0) + rule.integrate(right, 1e-15, 1.0));
      CHECK(std::abs(back - cluster(beta, r)) < 1e-11);
    }
  }
  // GOE, with its tail: V(L) = L - (2/pi^2) int (1 - K) sin^2(pi L tau)/tau^2 dtau; 1 - K -> 1/(12 tau^2).
  for (const double length : {0.3, 1.0, 2.5}) {
    const auto part = [&](double tau) {
      return tau == 0 ? pi * pi * length * length
                      : (1 - connected_form_factor(1, tau)) * std::pow(std::sin(pi * length * tau) / tau, 2);
    };
    const double far = integral(part, 0, 1) + integral(part, 1, 100) + 0.5 / (36 * 1e6);
    CAPTURE(length);
    CHECK(std::abs(number_variance(1, length) - (length - 2 / (pi * pi) * far)) < 1e-9);
  }
}

TEST_CASE("limits of the form factor") {
  for (const double tau : {0.0, 0.5, 1.0, 3.0, infinity}) CHECK(connected_form_factor(0, tau) == 1);
  for (const int beta : {1, 2, 4}) {
    CAPTURE(beta);
    CHECK(connected_form_factor(beta, 0) == 0);
    CHECK(close(connected_form_factor(beta, 1e-9), 2e-9 / beta, 1e-8));
    CHECK(connected_form_factor(beta, infinity) == 1);
  }
  CHECK(close(connected_form_factor(1, 1), 2 - std::log(3.0), 1e-15));
  CHECK(std::abs(connected_form_factor(1, 1) - connected_form_factor(1, 1 + 1e-15)) < 1e-14);
  CHECK(close(1 - connected_form_factor(1, 1e4), 1 / 12e8, 1e-6));
  CHECK(connected_form_factor(2, 1) == 1);
  CHECK(connected_form_factor(4, 1) == infinity);
  CHECK(connected_form_factor(4, 2) == 1);
  CHECK(std::abs(connected_form_factor(4, std::nextafter(2, 0)) - 1) < 1e-14);
}

TEST_CASE("two-level statistics refuse what makes no sense") {
  for (const double beta : {-1.0, 0.5, 3.0, nan, infinity}) {
    CHECK_THROWS_AS((void)number_variance(beta, 1), InternalError);
    CHECK_THROWS_AS((void)rigidity(beta, 1), InternalError);
    CHECK_THROWS_AS((void)connected_form_factor(beta, 1), InternalError);
  }
  for (const int beta : {0, 1, 2, 4}) {
    for (const double length : {-1e-9, nan, infinity}) {
      CHECK_THROWS_AS((void)number_variance(beta, length), InternalError);
      CHECK_THROWS_AS((void)rigidity(beta, length), InternalError);
    }
    CHECK_THROWS_AS((void)connected_form_factor(beta, -1e-9), InternalError);
    CHECK_THROWS_AS((void)connected_form_factor(beta, nan), InternalError);
  }
  CHECK_THROWS_AS((void)sine_integral(-1), InternalError);
  CHECK_THROWS_AS((void)sine_integral(nan), InternalError);
  CHECK_THROWS_AS((void)cosine_integral(0), InternalError);
  CHECK_THROWS_AS((void)cosine_integral(nan), InternalError);
}

}  // namespace rankwise::spectra
