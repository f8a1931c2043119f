// Ratios of consecutive level spacings. SPDX-License-Identifier: MIT
#include "rankwise/spectra/spacing_ratio.hpp"

#include <doctest/doctest.h>

#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <string>

#include "rankwise/core/error.hpp"
#include "rankwise/spectra/spacing_law.hpp"
#include "spectra/close.hpp"
#include "spectra/nystrom.hpp"
#include "spectra/palm_ratio.hpp"
#include "spectra/reference.hpp"

namespace rankwise::spectra {
namespace {

using std::numbers::pi;
const double infinity = std::numeric_limits<double>::infinity();
const double nan = std::numeric_limits<double>::quiet_NaN();

/// Adaptive, on [0, high], with r = x^4 to tame powers at 0.
double integral(const std::function<double(double)>& f, double high) {
  const auto g = [&](double x) { return 4 * x * x * x * f(x * x * x * x); };
  return boost::math::quadrature::gauss_kronrod<double, 61>::integrate(g, 0, std::pow(high, 0.25), 12, 1e-13);
}

}  // namespace

TEST_CASE("the surmise of the spacing ratio gives the reference numbers and its closed forms") {
  for (const int beta : {0, 1, 2, 3, 4}) {
    CAPTURE(beta);
    CHECK(close(surmise_mean_ratio(beta), reference("theory|r_surmise/beta=" + std::to_string(beta)), 1e-12));
  }
  const double root3 = std::sqrt(3.0);
  CHECK(close(surmise_mean_ratio(1), 4 - 2 * root3, 1e-13));
  CHECK(close(surmise_mean_ratio(2), 2 * root3 / pi - 0.5, 1e-13));
  CHECK(close(surmise_mean_ratio(4), 32 * root3 / (15 * pi) - 0.5, 1e-13));
  CHECK(surmise_mean_ratio(0) == 2 * std::numbers::ln2 - 1);
  for (const auto& [beta, r] :
       {std::pair<int, std::string>{1, "0.3"}, {1, "2.0"}, {2, "1.0"}, {4, "0.3"}, {4, "2.0"}}) {
    CAPTURE(beta);
    CAPTURE(r);
    const std::string key = "theory|ratio_pdf_surmise(r on 0..inf)/beta=" + std::to_string(beta) + "/r=" + r;
    CHECK(close(SpacingRatioSurmise(beta).pdf(std::stod(r)), reference(key), 1e-12));
  }
  // Z = 8/27, 4 pi/(81 sqrt 3), 4 pi/(729 sqrt 3) at beta = 1, 2, 4 (Atas et al. 2013).
  for (const auto& [beta, z] :
       {std::pair<double, double>{1, 8.0 / 27}, {2, 4 * pi / (81 * root3)}, {4, 4 * pi / (729 * root3)}}) {
    for (const double r : {0.01, 0.6, 1.0, 7.0}) {
      CAPTURE(beta);
      CAPTURE(r);
      const double expected = std::pow(r + r * r, beta) / std::pow(1 + r + r * r, 1 + 1.5 * beta) / z;
      CHECK(close(SpacingRatioSurmise(beta).pdf(r), expected, 1e-12));
    }
  }
}

TEST_CASE("the law of the folded ratio is consistent for every beta") {
  for (const double beta : {0.0, 0.05, 0.5, 1.0, 2.0, 3.7, 20.0, 1000.0, 10000.0}) {
    CAPTURE(beta);
    const SpacingRatioSurmise law(beta);
    const double tolerance = beta < 500 ? 1e-11 : 1e-10;
    CHECK(close(integral([&](double r) { return law.folded_pdf(r); }, 1), 1, tolerance));
    CHECK(close(integral([&](double r) { return r * law.folded_pdf(r); }, 1), law.mean(), tolerance));
    double previous = 0;
    for (const double r : {1e-6, 0.1, 0.4, 0.7, 0.95, 1.0}) {
      CAPTURE(r);
      CHECK(law.folded_cdf(r) >= previous);
      previous = law.folded_cdf(r);
      CHECK(std::abs(previous - integral([&](double x) { return law.folded_pdf(x); }, r)) < 1e-11);
      CHECK(law.folded_pdf(r) == 2 * law.pdf(r));
      CHECK(close(law.pdf(1 / r), law.pdf(r) * r * r, 1e-10));  // r and 1/r have the same law
    }
    CHECK(law.folded_cdf(0) == 0);
    CHECK(law.folded_cdf(1) == 1);
    CHECK(law.pdf(infinity) == 0);
    CHECK(law.pdf(0) == (beta == 0 ? 1 : 0));
  }
  CHECK(surmise_mean_ratio(10) > surmise_mean_ratio(4));
  CHECK(surmise_mean_ratio(1e4) > 0.98);
}

TEST_CASE("mean ratios of large matrices") {
  CHECK(close(mean_ratio(0).value, reference("theory|r_surmise/beta=0"), 1e-14));
  CHECK(mean_ratio(0).uncertainty == 0);
  CHECK(close(mean_ratio(2).value, reference("theory|r_exact/beta=2"), 1e-12));
  // Simulations of Atas et al. (2013): .5307(1), .5996(1), .6744(1).
  CHECK(std::abs(mean_ratio(1).value - 0.5307) < 1e-4);
  CHECK(std::abs(mean_ratio(4).value - 0.6744) < 1e-4);
  for (const int beta : {1, 2, 4}) {
    CAPTURE(beta);
    CHECK(mean_ratio(beta).uncertainty == 1e-10);
    // What is said of the surmise elsewhere covers its error here, and not by much.
    const double error = surmise_mean_ratio(beta) - mean_ratio(beta).value;
    CHECK(error > 0.6 * 0.025 / (1 + 3 * beta));
    CHECK(error < 0.025 / (1 + 3 * beta));
  }
  const double small = surmise_mean_ratio(1e-4) - mean_ratio(0).value;
  CHECK(small > 0.022);
  CHECK(small < mean_ratio(1e-4).uncertainty);
  CHECK(mean_ratio(3).value == surmise_mean_ratio(3));
}

TEST_CASE("the law of the two spacings beside a level has the spacing law as its margin") {
  // No condition on the left spacing: the density of the right one. An independent test of the matrix kernels.
  for (const int beta : {1, 2, 4}) {
    const SpacingLaw law(beta);
    for (const double b : {0.05, 0.4, 1.0, 2.2}) {
      CAPTURE(beta);
      CAPTURE(b);
      CHECK(std::abs(palm_density(beta, 0, b, 16) - law.pdf(b)) < 1e-12);
    }
    // By symmetry the left spacing is the longer one half of the time.
    const Quadrature rule = gauss_legendre(40, 0, beta == 4 ? 4 : 8);
    double longer = 0;
    for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
      longer += rule.weights[i] * palm_density(beta, 1, rule.nodes[i], 20);
    }
    CAPTURE(beta);
    CHECK(close(longer, 0.5, 1e-11));
  }
}

TEST_CASE("the orders of the mean ratio suffice") {
  for (const int beta : {1, 2, 4}) {
    for (const double t : {0.1, 0.5, 0.95}) {
      for (const double b : {0.2, 1.0, 3.0}) {
        CAPTURE(beta);
        CAPTURE(t);
        CAPTURE(b);
        CHECK(std::abs(palm_density(beta, t, b, beta == 4 ? 18 : 15) - palm_density(beta, t, b, 30)) < 1e-12);
      }
    }
    CAPTURE(beta);
    // All orders raised by a third at least, and a longer range.
    const Quadrature ratios = gauss_legendre(16, 0, 1);
    const Quadrature spacings = gauss_legendre(54, 0, beta == 4 ? 4.2 : 8);
    double mean = 0;
    for (std::size_t i = 0; i < ratios.nodes.size(); ++i) {
      double longer = 0;
      for (std::size_t j = 0; j < spacings.nodes.size(); ++j) {
        longer += spacings.weights[j] * palm_density(beta, ratios.nodes[i], spacings.nodes[j], 24);
      }
      mean += ratios.weights[i] * (2 * longer - 1);
    }
    CHECK(std::abs(mean - mean_ratio(beta).value) < 1e-11);
  }
}

TEST_CASE("spacing ratios refuse what makes no sense") {
  for (const double beta : {-1e-9, nan, infinity}) {
    CHECK_THROWS_AS(SpacingRatioSurmise{beta}, InternalError);
    CHECK_THROWS_AS((void)surmise_mean_ratio(beta), InternalError);
    CHECK_THROWS_AS((void)mean_ratio(beta), InternalError);
  }
  const SpacingRatioSurmise law(1);
  for (const double r : {-1e-9, nan}) {
    CHECK_THROWS_AS((void)law.pdf(r), InternalError);
    CHECK_THROWS_AS((void)law.folded_pdf(r), InternalError);
    CHECK_THROWS_AS((void)law.folded_cdf(r), InternalError);
  }
  CHECK_THROWS_AS((void)law.folded_pdf(1.1), InternalError);
  CHECK_THROWS_AS((void)law.folded_cdf(1.1), InternalError);
}

}  // namespace rankwise::spectra
