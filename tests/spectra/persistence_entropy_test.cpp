// Theory of the persistence entropy. SPDX-License-Identifier: MIT
#include "rankwise/spectra/persistence_entropy.hpp"

#include <doctest/doctest.h>

#include <boost/math/quadrature/exp_sinh.hpp>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <boost/math/quadrature/tanh_sinh.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/spectra/marchenko_pastur.hpp"
#include "rankwise/spectra/semicircle.hpp"
#include "spectra/close.hpp"
#include "spectra/reference.hpp"

namespace rankwise::spectra {
namespace {

using std::numbers::pi;
const double nan = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

struct Surmise {
  double beta, constant;
};

struct Poisson {
  std::size_t n;
  double mean, variance;
};

struct Divergence {
  double ratio, divergence;
};

// All by mpmath 1.3 with 40 digits: psi and loggamma; the Dirichlet moments as in their definition, before the
// logarithms drop out; b log b and a log a.
constexpr Surmise surmise[] = {
    {1e-9, 0.28375711019201999},  {0.5, 0.18782602116497583},    {3, 0.066895449849702434},
    {50, 0.0049336771654138094},  {98.9, 0.0025108101550935327}, {99.1, 0.0025057770713095964},
    {1e4, 2.4998333375006666e-5}, {1e8, 2.4999999833333334e-9},
};
constexpr Poisson poisson[] = {
    {3, 0.5, 0.035021977717257855},
    {10, 1.828968253968254, 0.023820477687959541},
    {1000, 6.4844708605503449, 0.00028936796702981954},
    {1000000, 13.392725722865724, 2.8986763369628621e-7},
};
constexpr Divergence marchenko_pastur[] = {
    {1e-12, 0.065288344169897579}, {1e-3, 0.065621710845758692},    {0.24, 0.14735503846758064},
    {0.25, 0.15087163255292043},   {0.999999, 0.45158220529116759}, {1, 0.45158270528945486},
};

double exact_constant(int beta) { return reference(concat("theory|c_exact/beta=", beta)); }

}  // namespace

TEST_CASE("the shapes of the density give the reference numbers") {
  CHECK(close(semicircle_divergence(), reference("theory|KL/semicircle"), 1e-13));
  CHECK(close(marchenko_pastur_divergence(0.5), reference("theory|KL/marchenko_pastur/c=0.5"), 1e-13));
  CHECK(close(marchenko_pastur_divergence(0.9), reference("theory|KL/marchenko_pastur/c=0.9"), 1e-13));
  for (const auto& o : marchenko_pastur) {
    CAPTURE(o.ratio);
    CHECK(close(marchenko_pastur_divergence(o.ratio), o.divergence, 2e-14));
  }
  CHECK(marchenko_pastur_divergence(0) == semicircle_divergence());
  CHECK(close(marchenko_pastur_divergence(1e-300), semicircle_divergence(), 1e-15));
  CHECK(close(marchenko_pastur_divergence(1), std::log(pi / 2), 1e-15));
  CHECK(close(marchenko_pastur_divergence(std::nextafter(1.0, 0)), std::log(pi / 2), 1e-14));
}

TEST_CASE("the shapes of the density are the divergence by quadrature") {
  boost::math::quadrature::tanh_sinh<double> rule;
  // x = 2 cos(angle), so that the logarithm at the edge is weighed down, and nodes that stay off the edge itself
  const double semicircle =
      -std::log(4.0) -
      boost::math::quadrature::gauss_kronrod<double, 61>::integrate(
          [](double angle) { return std::log(semicircle_density(2 * std::cos(angle))) * std::sin(angle); }, 0.0, pi / 2,
          10, 1e-12);
  CHECK(close(semicircle, semicircle_divergence(), 1e-10));
  for (const double c : {0.01, 0.2, 0.3, 0.8, 1.0}) {
    const MarchenkoPastur law(c);
    const double width = law.upper() - law.lower();
    // log of sqrt((b - x)(x - a)) / (2 pi c x) with the distances from the edges taken before they are rounded
    const double integral = rule.integrate(
        [&](double x, double from_end) {
          const double from_lower = from_end < 0 ? -from_end : width - from_end;
          const double from_upper = from_end < 0 ? width + from_end : from_end;
          (void)x;
          return std::log(from_lower) / 2 + std::log(from_upper) / 2 -
                 std::log(2 * pi * c * (law.lower() + from_lower));
        },
        0.0, width);
    CAPTURE(c);
    CHECK(close(marchenko_pastur_divergence(c), -std::log(width) - integral / width, 1e-11));
  }
}

TEST_CASE("the Marchenko-Pastur shape departs steadily from the semicircle's") {
  double before = 0;
  for (int i = 0; i <= 1000; ++i) {
    const double divergence = marchenko_pastur_divergence(i / 1000.0);
    CHECK(divergence > before);
    before = divergence;
  }
}

TEST_CASE("published and asymptotic entropies give the reference numbers") {
  for (const int n : {50, 100, 200, 1000}) {
    const double published = published_entropy(static_cast<std::size_t>(n));
    CHECK(close(published, reference(concat("theory|PE_paper/n=", n)), 1e-14));
    CHECK(close(published, rigid_entropy(static_cast<std::size_t>(n), semicircle_divergence()), 1e-15));
  }
  for (const int beta : {1, 2, 4}) {
    CHECK(close(published_entropy(100) - exact_constant(beta),
                reference(concat("theory|PE_asymptotic/beta_hermite/beta=", beta, "/n=100")), 1e-13));
  }
  // Wishart matrices: the level count is the smaller dimension.
  CHECK(close(rigid_entropy(100, marchenko_pastur_divergence(0.25)) - exact_constant(1),
              reference("sim|beta_laguerre/beta=1/p=100/n=400|PE_asymptotic"), 1e-13));
  CHECK(close(rigid_entropy(200, marchenko_pastur_divergence(1)) - exact_constant(1),
              reference("sim|beta_laguerre/beta=1/p=200/n=200|PE_asymptotic"), 1e-13));
}

TEST_CASE("independent levels give the reference numbers") {
  for (const int n : {2, 50, 200}) {
    const EntropyLaw law = poisson_entropy(static_cast<std::size_t>(n));
    CHECK(close(law.mean, reference(concat("theory|PE_poisson_exact/n=", n, "|mean")), 1e-13));
    CHECK(close(law.variance, reference(concat("theory|PE_poisson_exact/n=", n, "|var")), 1e-11));
  }
  for (const auto& o : poisson) {
    CAPTURE(o.n);
    CHECK(close(poisson_entropy(o.n).mean, o.mean, 1e-13));
    CHECK(close(poisson_entropy(o.n).variance, o.variance, 1e-12));
  }
  CHECK(poisson_entropy(2).mean == 0);
  CHECK(poisson_entropy(2).variance == 0);
  // Three levels: one uniform share.
  boost::math::quadrature::tanh_sinh<double> rule;
  const auto entropy = [](double p) { return p > 0 && p < 1 ? -p * std::log(p) - (1 - p) * std::log1p(-p) : 0.0; };
  const double square = rule.integrate([&](double p) { return entropy(p) * entropy(p); }, 0.0, 1.0);
  CHECK(close(poisson_entropy(3).mean, 0.5, 1e-15));
  CHECK(close(poisson_entropy(3).variance, square - 0.25, 1e-11));
  // Many levels: uniform density, independent spacings.
  CHECK(close(poisson_entropy(1000000).mean, rigid_entropy(1000000, 0) - poisson_local_constant(), 1e-6));
  CHECK(close(poisson_local_constant(), reference("theory|c_exact/beta=0"), 1e-14));
}

TEST_CASE("the surmise's local constant gives the reference numbers") {
  for (const int beta : {1, 2, 3, 4}) {
    CHECK(close(surmise_local_constant(beta), reference(concat("theory|c_surmise/beta=", beta)), 1e-12));
  }
  for (const auto& o : surmise) {
    CAPTURE(o.beta);
    CHECK(close(surmise_local_constant(o.beta), o.constant, 1e-11));
  }
  boost::math::quadrature::exp_sinh<double> rule;
  for (const double beta : {0.1, 0.7, 1.5, 20.0, 110.0}) {
    const double root_b = std::exp(std::lgamma((beta + 2) / 2) - std::lgamma((beta + 1) / 2));
    const double log_a = std::log(2.0) + (beta + 1) * std::log(root_b) - std::lgamma((beta + 1) / 2);
    const auto integrand = [&](double u) {
      const double density = std::exp(log_a + beta * std::log(u) - root_b * root_b * u * u);
      return density > 0 ? density * u * std::log(u) : 0.0;
    };
    CAPTURE(beta);
    CHECK(close(surmise_local_constant(beta), rule.integrate(integrand, 0.0, infinity), 1e-9));
  }
  double before = 1;
  for (double beta = 1e-6; beta < 1e12; beta *= 1.1) {
    CHECK(surmise_local_constant(beta) < before);
    before = surmise_local_constant(beta);
  }
  CHECK(close(surmise_local_constant(1e-14), (std::log(pi) - std::numbers::egamma) / 2, 1e-12));
  CHECK(close(surmise_local_constant(1e300), 0.25e-300, 1e-12));
}

TEST_CASE("the finite-size law meets the simulated entropies") {
  for (const int beta : {1, 2, 4}) {
    for (const int n : {50, 100, 200, 1000}) {
      if ((beta == 2 && n == 200) || (beta == 4 && n == 100)) continue;  // not kept
      const std::string entry = concat("sim|beta_hermite/beta=", beta, "/n=", n, "|PE");
      CAPTURE(entry);
      const double law = hermite_entropy(static_cast<std::size_t>(n), beta, exact_constant(beta));
      CHECK(std::abs(law - reference(entry + "|mean")) < 5e-4 + 4 * reference(entry + "|se"));
    }
    // n = 1 would leave B + C; the fits die out where n is large.
    const double far = published_entropy(std::size_t{1} << 60U) - exact_constant(beta);
    CHECK(close(hermite_entropy(std::size_t{1} << 60U, beta, exact_constant(beta)), far, 1e-11));
  }
}

TEST_CASE("the theory of the entropy refuses what has no meaning") {
  CHECK_THROWS_AS((void)marchenko_pastur_divergence(-0.1), InternalError);
  CHECK_THROWS_AS((void)marchenko_pastur_divergence(1.1), InternalError);
  CHECK_THROWS_AS((void)marchenko_pastur_divergence(nan), InternalError);
  CHECK_THROWS_AS((void)rigid_entropy(1, 0), InternalError);
  CHECK_THROWS_AS((void)rigid_entropy(10, -1), InternalError);
  CHECK_THROWS_AS((void)rigid_entropy(10, infinity), InternalError);
  CHECK_THROWS_AS((void)published_entropy(1), InternalError);
  CHECK_THROWS_AS((void)poisson_entropy(1), InternalError);
  CHECK_THROWS_AS((void)surmise_local_constant(0), InternalError);
  CHECK_THROWS_AS((void)surmise_local_constant(infinity), InternalError);
  CHECK_THROWS_AS((void)hermite_entropy(1, 1, 0.1), InternalError);
  CHECK_THROWS_AS((void)hermite_entropy(10, 3, 0.1), InternalError);
  CHECK_THROWS_AS((void)hermite_entropy(10, 1, nan), InternalError);
}

}  // namespace rankwise::spectra
