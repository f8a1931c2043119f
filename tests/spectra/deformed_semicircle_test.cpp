// Free convolution of a law of diagonal entries with a semicircle. SPDX-License-Identifier: MIT
#include "rankwise/spectra/deformed_semicircle.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <boost/math/quadrature/tanh_sinh.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/spectra/persistence_entropy.hpp"
#include "rankwise/spectra/semicircle.hpp"
#include "spectra/close.hpp"
#include "spectra/reference.hpp"

namespace rankwise::spectra {
namespace {

using std::numbers::pi;
const double nan = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();
constexpr double sizes[] = {1e-20, 1e-12, 1e-8, 1e-4, 0.0625, 1, 30, 1e4, 1e20};

struct Divergence {
  double sigma2, divergence;
};

// -log(2 upper) - int log rho dx / upper over [0, upper] by mpmath 1.3, 30 digits, the height by bisection and Newton
// on the defining equation, the integral in u on panels graded towards the edge.
constexpr Divergence divergences[] = {
    {1e-12, 1.92723245854938197e-13}, {1e-6, 1.9271876652012559e-7},    {6.25e-6, 1.20437919900964445e-6},
    {1e-3, 0.000191030480540912147},  {0.0625, 0.00964335715977593596}, {1, 0.0505336737528025829},
    {25, 0.0651913645914336877},      {400, 0.0652879300493486868},     {1e4, 0.0652883435030613551}};

struct Gaussian {
  double sigma2, x, density, cdf;
};

// The complex root w of w + sigma2 G0(w) = x by mpmath 1.3, 30 digits, G0 by its erfc, started from nested bisections;
// cdf by quadrature of E arg(w - h) over the normal law.
constexpr Gaussian gaussians[] = {{1e-4, 0.7, 0.312248764716529612, 0.758017735197425948},
                                  {0.25, 1, 0.250329553994634752, 0.80202339272608088},
                                  {0.25, 4.5, 0.0000212087759930060795, 0.99999550650369072},
                                  {1, 0.1, 0.239073684793344688, 0.52392263507913724},
                                  {1, 3, 0.0225522808983943795, 0.993862982789172227},
                                  {1, 7, 2.62896909904051275e-11, 0.999999999996325402},
                                  {400, 10, 0.0153921909670333714, 0.657289320491725454},
                                  {400, 39.9, 0.00137485466958995297, 0.999862376211044684},
                                  {1e-12, 2.5, 0.0175283004935949944, 0.993790334674215068}};

/// Integral of f times the law over [0, x], x <= upper(). Panels shrink towards x, where the density may drop in a
/// layer and end in a root.
template <typename Function>
double integral(const DeformedSemicircle& law, double x, const Function& f) {
  double sum = 0;
  double low = 0;
  for (int i = 0; i < 25; ++i) {
    const double high = i < 24 ? low + 0.6 * (x - low) : x;
    sum += boost::math::quadrature::gauss_kronrod<double, 31>::integrate(
        [&](double at) { return f(at) * law.density(at); }, low, high, 6, 1e-11);
    low = high;
  }
  return sum;
}

double one(double) { return 1; }

}  // namespace

TEST_CASE("a uniform diagonal gives the reference numbers") {
  for (const std::string sigma2 : {"10.0", "0.25", "0.01"}) {
    const DeformedSemicircle law(DiagonalLaw::uniform, std::stod(sigma2));
    CHECK(close(law.upper(), reference("theory|rp_uniform/edge/sigma2=" + sigma2), 1e-14));
  }
  CHECK(close(DeformedSemicircle(DiagonalLaw::uniform, 0.0625).divergence(),
              reference("theory|rp_uniform/KL/sigma2=0.0625"), 1e-12));
  const DeformedSemicircle law(DiagonalLaw::uniform, 0.25);
  CHECK(close(law.density(0), reference("theory|rp_uniform/density/sigma2=0.25/x=0.0"), 1e-12));
  CHECK(close(law.density(1), reference("theory|rp_uniform/density/sigma2=0.25/x=1.0"), 1e-12));
  CHECK(close(law.density(1.5), reference("theory|rp_uniform/density/sigma2=0.25/x=1.5"), 1e-12));
}

TEST_CASE("a normal diagonal gives the reference numbers") {
  const DeformedSemicircle unit(DiagonalLaw::gaussian, 1);
  CHECK(close(unit.density(0), reference("theory|rp_gaussian/density/sigma2=1.0/x=0.0"), 1e-12));
  CHECK(close(unit.density(1.5), reference("theory|rp_gaussian/density/sigma2=1.0/x=1.5"), 1e-12));
  const DeformedSemicircle quarter(DiagonalLaw::gaussian, 0.25);
  CHECK(close(quarter.density(1), reference("theory|rp_gaussian/density/sigma2=0.25/x=1.0"), 1e-12));
  for (const auto& o : gaussians) {
    CAPTURE(o.sigma2);
    CAPTURE(o.x);
    const DeformedSemicircle law(DiagonalLaw::gaussian, o.sigma2);
    CHECK(close(law.density(o.x), o.density, 1e-12));
    CHECK(close(law.cdf(o.x), o.cdf, 1e-14));
    CHECK(std::abs(law.cdf(-o.x) - (1 - o.cdf)) < 1e-14);
  }
}

TEST_CASE("the divergence gives the reference numbers and the entropies of the simulated models") {
  for (const auto& o : divergences) {
    CAPTURE(o.sigma2);
    CHECK(close(DeformedSemicircle(DiagonalLaw::uniform, o.sigma2).divergence(), o.divergence, 1e-12));
  }
  const double c_1 = reference("theory|c_exact/beta=1");
  for (const int n : {100, 200, 400}) {
    for (const std::string gamma : {"0.0", "1.0", "1.25", "1.5", "2.0", "3.0"}) {
      if (n == 100 && gamma[2] != '0' && gamma != "1.5") continue;
      if ((n == 100 && gamma == "1.0") || (n != 200 && gamma == "1.25") || (n == 400 && gamma == "1.5")) continue;
      const std::string entry = concat("sim|rp/uniform/n=", n, "/gamma=", gamma, "|");
      CAPTURE(entry);
      const DeformedSemicircle law(DiagonalLaw::uniform, std::pow(n, 1 - std::stod(gamma)));
      // The reference is a difference of numbers of order one, hence its absolute error.
      CHECK(std::abs(law.divergence() - reference(entry + "KL_theory")) < 2e-13);
      const double rigid = rigid_entropy(static_cast<std::size_t>(n), law.divergence());
      CHECK(close(rigid - c_1, reference(entry + "PE_theory_ergodic"), 1e-13));
      CHECK(close(rigid - poisson_local_constant(), reference(entry + "PE_theory_poisson"), 1e-13));
    }
  }
}

TEST_CASE("the divergence goes from the uniform law's to the semicircle's") {
  CHECK(close(DeformedSemicircle(DiagonalLaw::uniform, 1e20).divergence(), semicircle_divergence(), 1e-12));
  double before = 0;
  for (double sigma2 = 1e-20; sigma2 < 2e4; sigma2 *= 3) {
    const double divergence = DeformedSemicircle(DiagonalLaw::uniform, sigma2).divergence();
    CHECK(divergence > before);
    // Everything happens in an edge layer of width sigma2, which keeps its shape.
    if (sigma2 < 1e-9) CHECK(close(divergence / sigma2, divergences[0].divergence / divergences[0].sigma2, 1e-6));
    before = divergence;
  }
}

TEST_CASE("the divergence is what quadrature of the density says") {
  boost::math::quadrature::tanh_sinh<double> rule;
  for (const double sigma2 : {0.01, 0.3, 2.0, 50.0}) {
    const DeformedSemicircle law(DiagonalLaw::uniform, sigma2);
    const double upper = law.upper();
    // x = upper (1 - t^2) for the root at the edge; closest to it the density is the root's.
    const double end = 1e-6;
    const double at_end = law.density(upper * (1 - end * end));
    const double sum = rule.integrate(
        [&](double t) {
          const double density = t < end ? at_end * t / end : law.density(upper * (1 - t * t));
          return 2 * t * std::log(density);
        },
        0.0, 1.0);
    CAPTURE(sigma2);
    CHECK(close(law.divergence(), -std::log(2 * upper) - sum, 1e-8));
  }
}

TEST_CASE("the density integrates to the distribution function") {
  for (const double sigma2 : {1e-4, 0.0625, 1.0, 30.0, 1e4}) {
    for (const DiagonalLaw diagonal : {DiagonalLaw::uniform, DiagonalLaw::gaussian}) {
      const DeformedSemicircle law(diagonal, sigma2);
      const bool uniform = diagonal == DiagonalLaw::uniform;
      CAPTURE(sigma2);
      CAPTURE(uniform);
      const double width = uniform ? law.upper() : 1.7 * std::sqrt(1 + sigma2);
      for (const double share : {0.2, 0.7, 0.999}) {
        CHECK(close(0.5 + integral(law, share * width, one), law.cdf(share * width), 1e-10));
      }
    }
  }
}

TEST_CASE("the moments are those of the free convolution") {
  // Free cumulants add: with m4 of the diagonal, variance 1 + s and fourth moment m4 + 4 s + 2 s^2.
  for (const double s : {1e-3, 0.2, 1.0, 6.0}) {
    for (const DiagonalLaw diagonal : {DiagonalLaw::uniform, DiagonalLaw::gaussian}) {
      const bool uniform = diagonal == DiagonalLaw::uniform;
      const DeformedSemicircle law(diagonal, s);
      CAPTURE(s);
      CAPTURE(uniform);
      const double end = uniform ? law.upper() : 8.5 + 2 * std::sqrt(s);
      const auto power = [](int k) { return [k](double x) { return 2 * std::pow(x, k); }; };
      CHECK(close(integral(law, end, power(0)), 1, 1e-9));
      CHECK(close(integral(law, end, power(2)), 1 + s, 1e-9));
      CHECK(close(integral(law, end, power(4)), (uniform ? 1.8 : 3.0) + 4 * s + 2 * s * s, 1e-9));
    }
  }
}

TEST_CASE("limits of little and of much perturbation") {
  const double a = std::numbers::sqrt3;
  for (const double x : {0.0, 0.3, 1.0, 1.7}) {
    const DeformedSemicircle uniform(DiagonalLaw::uniform, 1e-12);
    CHECK(std::abs(uniform.density(x) - 1 / (2 * a)) < 1e-9);
    CHECK(std::abs(uniform.cdf(x) - (0.5 + x / (2 * a))) < 1e-10);
    const DeformedSemicircle gaussian(DiagonalLaw::gaussian, 1e-12);
    CHECK(std::abs(gaussian.density(x) - std::exp(-x * x / 2) / std::sqrt(2 * pi)) < 1e-11);
    CHECK(std::abs(gaussian.cdf(x) - std::erfc(-x / std::numbers::sqrt2) / 2) < 1e-11);
    for (const DiagonalLaw diagonal : {DiagonalLaw::uniform, DiagonalLaw::gaussian}) {
      const DeformedSemicircle wide(diagonal, 1e20);
      CHECK(close(1e10 * wide.density(1e10 * x), semicircle_density(x), 1e-12));
      CHECK(close(wide.cdf(1e10 * x), semicircle_cdf(x), 1e-12));
    }
  }
  CHECK(close(DeformedSemicircle(DiagonalLaw::uniform, 1e-20).upper(), a, 1e-15));
  CHECK(close(DeformedSemicircle(DiagonalLaw::uniform, 1e20).upper(), 2e10, 1e-15));
}

TEST_CASE("the law is symmetric and its distribution function rises") {
  for (const DiagonalLaw diagonal : {DiagonalLaw::uniform, DiagonalLaw::gaussian}) {
    const bool uniform = diagonal == DiagonalLaw::uniform;
    for (const double sigma2 : sizes) {
      const DeformedSemicircle law(diagonal, sigma2);
      CAPTURE(uniform);
      CAPTURE(sigma2);
      const double width = std::min(law.upper(), 3 * std::sqrt(3 + sigma2));
      double before = 0;
      for (int i = -110; i <= 110; ++i) {
        const double x = width * i / 100;
        const LawPoint point{x, law.density(x), law.cdf(x)};
        if (!(point.cdf >= before - 1e-14)) FAIL_CHECK("falls at " << x);
        CHECK(point.cdf <= 1);
        CHECK(point.density >= 0);
        CHECK(law.density(-x) == point.density);
        CHECK(std::abs(law.cdf(-x) + point.cdf - 1) < 1e-15);
        before = point.cdf;
      }
      CHECK(close(law.cdf(0), 0.5, 1e-14));
      CHECK(law.cdf(infinity) == 1);
      CHECK(law.cdf(-infinity) == 0);
      CHECK(law.density(infinity) == 0);
      CHECK(law.density(-1e200) == 0);
      if (uniform) {
        CHECK(law.density(law.upper()) == 0);
        CHECK(law.cdf(law.upper()) == 1);
        CHECK(law.cdf(-law.upper()) == 0);
      } else {
        CHECK(law.upper() == infinity);
      }
    }
  }
}

TEST_CASE("the table interpolates the distribution function to its tolerance") {
  for (const DiagonalLaw diagonal : {DiagonalLaw::uniform, DiagonalLaw::gaussian}) {
    const bool uniform = diagonal == DiagonalLaw::uniform;
    for (const double sigma2 : sizes) {
      const DeformedSemicircle law(diagonal, sigma2);
      CAPTURE(uniform);
      CAPTURE(sigma2);
      for (const double tolerance : {1e-6, 1e-10}) {
        const TabulatedCdf table(law.table(tolerance));
        const auto& points = table.points();
        CAPTURE(points.size());
        CHECK(points.size() < 4000);
        CHECK(points.front().x == -points.back().x);
        CHECK(std::abs(points.front().cdf) < 1e-15);
        CHECK(std::abs(points.back().cdf - 1) < 1e-15);
        if (uniform) CHECK(close(points.back().x, law.upper(), 1e-15));
        double worst = 0;
        for (std::size_t i = 0; i + 1 < points.size(); i += 1 + points.size() / 300) {
          for (const double share : {0.2, 0.5, 0.7}) {
            const double x = points[i].x + share * (points[i + 1].x - points[i].x);
            worst = std::max(worst, std::abs(table(x) - law.cdf(x)));
          }
        }
        CHECK(worst <= tolerance);
      }
    }
  }
}

TEST_CASE("tabulated distribution functions") {
  const TabulatedCdf line({{0, 1, 0}, {1, 1, 1}});
  for (const double x : {0.0, 0.1, 0.5, 1.0}) CHECK(close(line(x), x, 1e-15));
  CHECK(line(-infinity) == 0);
  CHECK(line(infinity) == 1);
  // Slopes steeper than three secants would overshoot.
  const TabulatedCdf steep({{0, 50, 0}, {1, 50, 1}, {2, 9, 1}});
  double before = 0;
  for (int i = 0; i <= 200; ++i) {
    CHECK(steep(i / 100.0) >= before);
    CHECK(steep(i / 100.0) <= 1);
    before = steep(i / 100.0);
  }
  CHECK_THROWS_AS((void)line(nan), InternalError);
  CHECK_THROWS_AS((void)TabulatedCdf({{0, 1, 0}}), InternalError);
  CHECK_THROWS_AS((void)TabulatedCdf({{0, 1, 0}, {0, 1, 1}}), InternalError);
  CHECK_THROWS_AS((void)TabulatedCdf({{0, 1, 1}, {1, 1, 0}}), InternalError);
  CHECK_THROWS_AS((void)TabulatedCdf({{0, -1, 0}, {1, 1, 1}}), InternalError);
  CHECK_THROWS_AS((void)TabulatedCdf({{0, 1, nan}, {1, 1, 1}}), InternalError);
}

TEST_CASE("the deformed semicircle refuses what has no meaning") {
  for (const double sigma2 : {0.0, -1.0, nan, infinity, 1e-40}) {
    CHECK_THROWS_AS((void)DeformedSemicircle(DiagonalLaw::uniform, sigma2), InternalError);
  }
  const DeformedSemicircle law(DiagonalLaw::gaussian, 1);
  CHECK_THROWS_AS((void)law.divergence(), InternalError);
  CHECK_THROWS_AS((void)law.density(nan), InternalError);
  CHECK_THROWS_AS((void)law.cdf(nan), InternalError);
  CHECK_THROWS_AS((void)law.table(0), InternalError);
  CHECK_THROWS_AS((void)law.table(nan), InternalError);
}

}  // namespace rankwise::spectra
