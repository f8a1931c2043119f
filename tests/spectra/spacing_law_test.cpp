// The spacing law of large random matrices and Wigner's surmise. SPDX-License-Identifier: MIT
#include "rankwise/spectra/spacing_law.hpp"

#include <doctest/doctest.h>

#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <string>

#include "rankwise/core/error.hpp"
#include "spectra/close.hpp"
#include "spectra/nystrom.hpp"
#include "spectra/reference.hpp"

namespace rankwise::spectra {
namespace {

using std::numbers::pi;
const double infinity = std::numeric_limits<double>::infinity();
const double nan = std::numeric_limits<double>::quiet_NaN();

std::string entry(const std::string& name, int beta, const std::string& rest = "") {
  return "theory|" + name + "/beta=" + std::to_string(beta) + rest;
}

double integral(const std::function<double(double)>& f, double low, double high) {
  const int panels = static_cast<int>(std::ceil(high - low));
  const double width = (high - low) / panels;
  double sum = 0;
  for (int i = 0; i < panels; ++i) {
    sum += boost::math::quadrature::gauss_kronrod<double, 31>::integrate(f, low + width * i, low + width * (i + 1), 8,
                                                                         1e-13);
  }
  return sum;
}

struct Point {
  int beta;
  double s, gap, cdf, pdf;
};
// mpmath at 30 digits: determinants with 28 Gauss-Legendre nodes, derivatives by sixth-order differences, h = 1e-3.
const Point points[] = {
    {1, 0.1, 0.9002733572859819, 0.008184897106164828, 0.1629115084332028},
    {1, 0.5, 0.5320106846282533, 0.1837287888439458, 0.6561841265427988},
    {1, 1.5, 0.06432566842865191, 0.8260933423103539, 0.393062074609194},
    {1, 3, 0.0002857825043731394, 0.998707095715786, 0.005499851558191921},
    {2, 0.1, 0.9000272717982591, 0.001088007282761701, 0.032468767196388},
    {2, 0.5, 0.5150733950728519, 0.1130553869410433, 0.5932301585207683},
    {2, 1.5, 0.03266000736406328, 0.8733636568661996, 0.4146020279717109},
    {2, 3, 6.603942158351013e-6, 0.9999505587330754, 0.000354045332173931},
    {4, 0.1, 0.9000003802078011, 2.272074945690743e-5, 0.001128725697716243},
    {4, 0.5, 0.5044779274511168, 0.04858805656926196, 0.4105027647631963},
    {4, 1.5, 0.01169703130151654, 0.9302477873785937, 0.3604301617005254},
    {4, 3, 6.487556640725676e-9, 0.9999999138583346, 1.111880583517098e-6},
};

}  // namespace

TEST_CASE("the exact spacing law gives the reference numbers") {
  for (const int beta : {0, 1, 2, 4}) {
    CAPTURE(beta);
    CHECK(close(SpacingLaw(beta).local_constant(), reference(entry("c_exact", beta)), 1e-12));
  }
  for (const int beta : {1, 2, 4}) {
    for (const std::string s : {"0.25", "1.0", "2.0"}) {
      if (beta == 1 && s == "2.0") continue;  // not in the file
      CAPTURE(beta);
      CAPTURE(s);
      CHECK(close(gap_probability(beta, std::stod(s)), reference(entry("gap_probability", beta, "/s=" + s)), 1e-11));
    }
  }
}

TEST_CASE("the reference densities are fourth-order differences of the gap probability") {
  // ... with step 0.02 (the file's method), so they are good to 6 digits; the same differences give all of theirs.
  constexpr double h = 0.02;
  for (const int beta : {1, 2, 4}) {
    for (const std::string at : {"0.5", "1.5"}) {
      if (beta == 4 && at == "1.5") continue;  // not in the file
      CAPTURE(beta);
      CAPTURE(at);
      const double s = std::stod(at);
      const double expected = reference(entry("spacing_pdf_exact(9 digits)", beta, "/s=" + at));
      const auto e = [&](int k) { return gap_probability(beta, s + k * h); };
      CHECK(close((16 * (e(1) + e(-1)) - e(2) - e(-2) - 30 * e(0)) / (12 * h * h), expected, 1e-10));
      CHECK(close(SpacingLaw(beta).pdf(s), expected, 2e-6));
    }
  }
}

TEST_CASE("the exact spacing law agrees with 30-digit arithmetic") {
  for (const Point& p : points) {
    CAPTURE(p.beta);
    CAPTURE(p.s);
    const SpacingLaw law(p.beta);
    CHECK(std::abs(gap_probability(p.beta, p.s) - p.gap) < 1e-14);
    CHECK(std::abs(law.cdf(p.s) - p.cdf) < 1e-14);
    CHECK(std::abs(law.pdf(p.s) - p.pdf) < 5e-14);
  }
}

TEST_CASE("the gap probability of GUE is the determinant of the whole sine kernel") {
  for (const double s : {0.3, 1.0, 2.5, 4.0}) {
    CAPTURE(s);
    const Quadrature rule = gauss_legendre(40, 0, s);
    linalg::Matrix a = linalg::Matrix::Identity(40, 40);
    for (Eigen::Index i = 0; i < 40; ++i) {
      for (Eigen::Index j = 0; j < 40; ++j) {
        const double z = pi * (rule.nodes[static_cast<std::size_t>(i)] - rule.nodes[static_cast<std::size_t>(j)]);
        a(i, j) -= (z == 0 ? 1 : std::sin(z) / z) * rule.weights[static_cast<std::size_t>(j)];
      }
    }
    CHECK(close(gap_probability(2, s), LuFactors(a).determinant(), 1e-9));
    CHECK(std::abs(gap_probability(2, s) - LuFactors(a).determinant()) < 1e-14);
  }
}

TEST_CASE("mass, mean, variance and local constant are integrals of the spacing density") {
  for (const int beta : {0, 1, 2, 4}) {
    CAPTURE(beta);
    const SpacingLaw law(beta);
    const double end = beta == 0 ? 60 : 10;
    const auto moment = [&](const std::function<double(double)>& f) {
      return integral([&](double u) { return f(u) * law.pdf(u); }, 0, end);
    };
    CHECK(close(moment([](double) { return 1; }), 1, 1e-12));
    CHECK(close(moment([](double u) { return u; }), 1, 1e-12));
    CHECK(close(moment([](double u) { return (u - 1) * (u - 1); }), law.variance(), 1e-11));
    CHECK(close(moment([](double u) { return u == 0 ? 0 : u * std::log(u); }), law.local_constant(), 1e-10));
  }
  CHECK(SpacingLaw(0).variance() == 1);
  // mpmath at 25 digits: 2 int E - 1 with 28 x 28 determinants, 16 Gauss-Legendre nodes per unit of u.
  CHECK(close(SpacingLaw(1).variance(), 0.2855306557308045, 1e-12));
  CHECK(close(SpacingLaw(2).variance(), 0.1799938776918405, 1e-12));
  CHECK(close(SpacingLaw(4).variance(), 0.1040984222252448, 1e-12));
}

TEST_CASE("the spacing distribution is the integral of its density and the slope of the gap probability") {
  for (const int beta : {0, 1, 2, 4}) {
    CAPTURE(beta);
    const SpacingLaw law(beta);
    for (const double u : {0.2, 0.77, 1.0, 1.9, 3.3}) {
      CAPTURE(u);
      CHECK(std::abs(law.cdf(u) - integral([&](double x) { return law.pdf(x); }, 0, u)) < 1e-13);
      const double h = 1e-3;
      const double slope = (8 * (gap_probability(beta, u + h) - gap_probability(beta, u - h)) -
                            (gap_probability(beta, u + 2 * h) - gap_probability(beta, u - 2 * h))) /
                           (12 * h);
      CHECK(std::abs(law.cdf(u) - 1 - slope) < 1e-10);
    }
  }
}

TEST_CASE("levels repel: densities of small spacings") {
  // Mehta, Random Matrices, appendix on the power series of the spacing functions: the first terms.
  const double p2 = pi * pi;
  for (const double s : {0.01, 0.02}) {
    CAPTURE(s);
    const double s2 = s * s;
    const double goe = p2 * s / 6 - p2 * p2 * s * s2 / 60 + p2 * p2 * s2 * s2 / 270;
    const double gue = p2 * s2 / 3 - 2 * p2 * p2 * s2 * s2 / 45 + p2 * p2 * p2 * s2 * s2 * s2 / 315;
    const double gse = 16 * p2 * p2 * s2 * s2 / 135 - 128 * p2 * p2 * p2 * s2 * s2 * s2 / 4725;
    CHECK(close(SpacingLaw(1).pdf(s), goe, 10 * s2 * s2));
    CHECK(close(SpacingLaw(2).pdf(s), gue, 10 * s2 * s2));
    CHECK(close(SpacingLaw(4).pdf(s), gse, 10 * s2 * s2));
  }
  for (const int beta : {1, 2, 4}) {
    CAPTURE(beta);
    CHECK(SpacingLaw(beta).pdf(0) < 1e-14);
    CHECK(SpacingLaw(beta).cdf(0) < 1e-14);
  }
  CHECK(SpacingLaw(0).pdf(0) == 1);
}

TEST_CASE("large gaps of GUE follow Dyson's asymptotics") {
  // log E_2 = -t^2/2 - (log t)/4 + (log 2)/12 + 3 zeta'(-1) + O(t^-2), t = pi s/2; zeta'(-1) = -0.1654211437.
  for (const double s : {3.0, 4.0, 5.0}) {
    const double t = pi * s / 2;
    const double expected = -t * t / 2 - std::log(t) / 4 + std::numbers::ln2 / 12 - 3 * 0.1654211437;
    CAPTURE(s);
    CHECK(std::abs(std::log(gap_probability(2, s)) - expected) < 0.05 / (t * t));
  }
}

TEST_CASE("gap probabilities and spacing laws are sane everywhere") {
  for (const int beta : {0, 1, 2, 4}) {
    const SpacingLaw law(beta);
    CAPTURE(beta);
    double cdf = 0;
    double gap = 1;
    for (int i = 0; i <= 6000; ++i) {
      const double u = i * 0.0025;
      CAPTURE(u);
      REQUIRE(law.pdf(u) >= 0);
      REQUIRE(law.cdf(u) <= 1);
      REQUIRE(law.cdf(u) >= cdf - 1e-14);
      cdf = law.cdf(u);
      if (i % 20 == 0) {
        REQUIRE(gap_probability(beta, u) >= 0);
        REQUIRE(gap_probability(beta, u) <= gap + 1e-15);
        gap = gap_probability(beta, u);
      }
    }
    CHECK(law.pdf(infinity) == 0);
    CHECK(law.cdf(infinity) == 1);
    CHECK(law.pdf(1e200) == 0);
    CHECK(gap_probability(beta, 0) == 1);
    CHECK(gap_probability(beta, infinity) == 0);
    if (beta == 0) continue;
    // Far out the density falls like exp(-beta (pi u)^2 / 16), also where it is continued.
    for (double u = 3; u < 9; u += 0.5) {
      CAPTURE(u);
      if (law.pdf(u) > 0) CHECK(law.pdf(u + 0.5) < law.pdf(u) * std::exp(1 - beta * pi * pi * u / 16));
    }
  }
}

TEST_CASE("the surmise gives the reference numbers and its closed forms") {
  for (const auto& [beta, s] :
       {std::pair<int, std::string>{1, "0.5"}, {1, "2.0"}, {2, "1.0"}, {4, "0.5"}, {4, "2.0"}}) {
    CAPTURE(beta);
    CAPTURE(s);
    const double expected = reference(entry("spacing_pdf_surmise", beta, "/s=" + s));
    CHECK(close(SpacingSurmise(beta).pdf(std::stod(s)), expected, 1e-12));
  }
  CHECK(close(SpacingSurmise(1).variance(), 4 / pi - 1, 1e-13));
  CHECK(close(SpacingSurmise(2).variance(), 3 * pi / 8 - 1, 1e-13));
  CHECK(close(SpacingSurmise(4).variance(), 45 * pi / 128 - 1, 1e-13));
  CHECK(close(SpacingSurmise(1).cdf(0.7), 1 - std::exp(-pi * 0.49 / 4), 1e-13));
  CHECK(SpacingSurmise(0).pdf(2) == std::exp(-2.0));
  CHECK(close(SpacingSurmise(0).cdf(1e-9), 1e-9, 1e-8));
  CHECK(SpacingSurmise(0).variance() == 1);
}

TEST_CASE("the surmise has mass and mean 1 for every beta") {
  for (const double beta : {0.0, 0.1, 0.5, 1.0, 2.5, 4.0, 50.0, 1000.0}) {
    CAPTURE(beta);
    const SpacingSurmise law(beta);
    double end = 3;
    const auto moment = [&](const std::function<double(double)>& f) {
      // u = x^4 tames the power at 0 for small beta.
      return integral([&](double x) { return 4 * x * x * x * f(x * x * x * x) * law.pdf(x * x * x * x); }, 0, end);
    };
    const double tolerance = beta < 500 ? 1e-12 : 1e-11;
    CHECK(close(moment([](double) { return 1; }), 1, tolerance));
    CHECK(close(moment([](double u) { return u; }), 1, tolerance));
    CHECK(close(moment([](double u) { return (u - 1) * (u - 1); }), law.variance(), 1e-10));
    end = std::pow(0.9, 0.25);
    CHECK(close(moment([](double) { return 1; }), law.cdf(0.9), 1e-10));
    CHECK(law.cdf(0) == 0);
    CHECK(law.cdf(infinity) == 1);
    CHECK(law.pdf(infinity) == 0);
  }
}

TEST_CASE("the surmise is off by as much as is said") {
  for (const auto& [beta, expected] : {std::pair<int, double>{1, 0.0066}, {2, 0.0016}, {4, 0.0005}}) {
    const SpacingLaw exact(beta);
    const SpacingSurmise surmise(beta);
    double worst = 0;
    for (double u = 0; u < 4; u += 0.01) worst = std::max(worst, std::abs(exact.cdf(u) - surmise.cdf(u)));
    CAPTURE(beta);
    CHECK(std::abs(worst - expected) < 0.00006);
  }
}

TEST_CASE("spacing laws refuse what they do not know") {
  for (const double beta : {-1.0, 0.5, 3.0, nan, infinity}) {
    CHECK_THROWS_AS(SpacingLaw{beta}, InternalError);
    CHECK_THROWS_AS((void)gap_probability(beta, 1), InternalError);
  }
  for (const double beta : {-1e-9, nan, infinity}) CHECK_THROWS_AS(SpacingSurmise{beta}, InternalError);
  for (const double u : {-1e-9, nan}) {
    CHECK_THROWS_AS((void)gap_probability(2, u), InternalError);
    for (const int beta : {0, 2}) {
      CHECK_THROWS_AS((void)SpacingLaw(beta).pdf(u), InternalError);
      CHECK_THROWS_AS((void)SpacingLaw(beta).cdf(u), InternalError);
      CHECK_THROWS_AS((void)SpacingSurmise(beta).pdf(u), InternalError);
      CHECK_THROWS_AS((void)SpacingSurmise(beta).cdf(u), InternalError);
    }
  }
}

}  // namespace rankwise::spectra
