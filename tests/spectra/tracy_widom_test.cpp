// The law of the largest eigenvalue. SPDX-License-Identifier: MIT
#include "rankwise/spectra/tracy_widom.hpp"

#include <doctest/doctest.h>

#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "rankwise/core/error.hpp"
#include "spectra/close.hpp"

namespace rankwise::spectra {
namespace {

const double infinity = std::numeric_limits<double>::infinity();
const double nan = std::numeric_limits<double>::quiet_NaN();

/// x of ours times this is x of Bornemann's table for beta = 4.
const double symplectic_factor = std::pow(2, 1.0 / 6);

/// high - low whole.
double integral(const std::function<double(double)>& f, double low, double high) {
  double sum = 0;
  const auto panels = std::lround(high - low);
  for (long i = 0; i < panels; ++i) {
    const double x = low + static_cast<double>(i);
    sum += boost::math::quadrature::gauss_kronrod<double, 31>::integrate(f, x, x + 1, 8, 1e-13);
  }
  return sum;
}

// Painleve II, q'' = s q + 2 q^3 from q = Ai at s = 14, by mpmath's Taylor integrator at 40 digits, with
// U, V, W = int_s^inf of q, q^2, (x - s) q^2: F_+- = exp(-W/2 -+ U/2), F_1 = F_+, F_2 = exp(-W), F_4 = (F_+ + F_-)/2
// at x = s / 2^{2/3}. Columns: s, F_1, F_1', F_2, F_2', F_4, dF_4/dx.
struct Row {
  double s, f1, p1, f2, p2, f4, p4;
};
const Row rows[] = {
    {4, 0.999779655512567, 0.00047578427958227475, 0.99999995042087847, 2.1437932013537332e-7, 0.99999999948617259,
     3.7367103473248425e-9},
    {2, 0.98959757108482699, 0.017470054197675004, 0.99988755369830917, 0.00037919911169361726, 0.99999785985006463,
     1.2681831140550128e-5},
    {1, 0.95142123691155073, 0.067876742957303463, 0.99750543814938925, 0.0070238352922139944, 0.99992922922981822,
     0.00036598024109820897},
    {0, 0.83190806620295193, 0.18141957122133474, 0.96937282835526267, 0.066975307132779312, 0.99857419735816854,
     0.0062036754954476443},
    {-1, 0.58378989551973228, 0.30409878423015697, 0.80721424199928529, 0.28555093823615432, 0.98325175968331026,
     0.057916402270226296},
    {-2, 0.27432019790921786, 0.28138843090267283, 0.41322414250512255, 0.4413818018617784, 0.89033858463409373,
     0.27400155205752166},
    {-3, 0.069600118867369888, 0.12221341802126299, 0.080319552939334548, 0.18424668382835947, 0.61180735659356216,
     0.58976277835079192},
    {-5, 0.00027791775491679037, 0.0010914855880013691, 2.1359969847411158e-5, 0.00013403917223477464,
     0.038567539760688424, 0.14409079765077338},
};

}  // namespace

TEST_CASE("mean and variance of Tracy and Widom's laws are the published ones") {
  // Bornemann, Math. Comp. 79 (2010) and Markov Process. Related Fields 16 (2010), tables of the moments.
  const TracyWidom goe(1);
  CHECK(std::abs(goe.mean() + 1.2065335745820) < 1e-12);
  CHECK(std::abs(goe.variance() - 1.6077810345810) < 1e-12);
  const TracyWidom gue(2);
  CHECK(std::abs(gue.mean() + 1.7710868074116) < 1e-12);
  CHECK(std::abs(gue.variance() - 0.8131947928329) < 1e-12);
  const TracyWidom gse(4);
  CHECK(std::abs(gse.mean() * symplectic_factor + 2.3068848932410) < 1e-12);
  CHECK(std::abs(gse.variance() * std::cbrt(2.0) - 0.5177237207726) < 1e-12);
  CHECK(std::abs(gse.mean() + 2.055198) < 5e-6);
}

TEST_CASE("Tracy and Widom's laws agree with Painleve II") {
  const TracyWidom goe(1);
  const TracyWidom gue(2);
  const TracyWidom gse(4);
  for (const Row& row : rows) {
    CAPTURE(row.s);
    const double x = row.s / std::cbrt(4.0);
    CHECK(std::abs(goe.cdf(row.s) - row.f1) < 1e-14);
    CHECK(std::abs(goe.pdf(row.s) - row.p1) < 1e-14);
    CHECK(std::abs(gue.cdf(row.s) - row.f2) < 1e-14);
    CHECK(std::abs(gue.pdf(row.s) - row.p2) < 1e-14);
    CHECK(std::abs(gse.cdf(x) - row.f4) < 1e-14);
    CHECK(std::abs(gse.pdf(x) - row.p4) < 3e-14);
  }
}

TEST_CASE("Tracy and Widom's laws are laws") {
  // Skewness from the same tables as the mean.
  for (const auto& [beta, skewness] :
       {std::pair<int, double>{1, 0.29346452408}, {2, 0.224084203610}, {4, 0.16550949435}}) {
    CAPTURE(beta);
    const TracyWidom law(beta);
    const auto moment = [&](int k) {
      return integral([&](double x) { return std::pow(x - law.mean(), k) * law.pdf(x); }, -12, 16);
    };
    CHECK(close(moment(0), 1, 1e-12));
    CHECK(std::abs(moment(1)) < 1e-12);
    CHECK(close(moment(2), law.variance(), 1e-12));
    CHECK(close(moment(3) / std::pow(law.variance(), 1.5), skewness, 1e-9));
    for (const double x : {-4.3, -2.0, -0.6, 1.1}) {
      CAPTURE(x);
      CHECK(std::abs(law.cdf(x) - integral([&](double y) { return law.pdf(y); }, x - 16, x)) < 1e-12);
    }
    double previous = 0;
    for (double x = -20; x < 20; x += 0.01) {
      CAPTURE(x);
      REQUIRE(law.pdf(x) >= 0);
      REQUIRE(law.cdf(x) >= previous - 1e-14);
      REQUIRE(law.cdf(x) <= 1);
      previous = law.cdf(x);
    }
    CHECK(law.cdf(-infinity) == 0);
    CHECK(law.cdf(infinity) == 1);
    CHECK(law.pdf(-infinity) == 0);
    CHECK(law.pdf(infinity) == 0);
  }
}

TEST_CASE("far to the right the density is that of one level") {
  // The density of levels beyond the edge of GUE, K(s, s) = Ai'^2 - s Ai^2 -> exp(-4/3 s^{3/2}) / (8 pi s).
  const TracyWidom law(2);
  for (const double s : {5.0, 6.0, 7.0}) {
    CAPTURE(s);
    const double expected = std::exp(-4.0 / 3 * std::pow(s, 1.5)) / (8 * std::acos(-1.0) * s);
    CHECK(close(law.pdf(s), expected, 2 / std::pow(s, 1.5)));
  }
}

TEST_CASE("quantiles invert the distribution") {
  for (const int beta : {1, 2, 4}) {
    const TracyWidom law(beta);
    for (const double p : {1e-9, 0.01, 0.25, 0.5, 0.9, 0.999, 1 - 1e-9}) {
      CAPTURE(beta);
      CAPTURE(p);
      CHECK(std::abs(law.cdf(law.quantile(p)) - p) < 1e-14);
    }
    CHECK(law.quantile(0.1) < law.quantile(0.2));
    CHECK(std::isfinite(law.quantile(1e-300)));
  }
  // Bejan (2005), table of TW_1: the 95 % point is 0.979.
  CHECK(std::abs(TracyWidom(1).quantile(0.95) - 0.9793) < 1e-4);
}

TEST_CASE("Tracy and Widom's laws refuse what makes no sense") {
  for (const double beta : {0.0, 3.0, -1.0, nan, infinity}) CHECK_THROWS_AS(TracyWidom{beta}, InternalError);
  const TracyWidom law(1);
  CHECK_THROWS_AS((void)law.pdf(nan), InternalError);
  CHECK_THROWS_AS((void)law.cdf(nan), InternalError);
  for (const double p : {0.0, 1.0, -0.1, nan}) CHECK_THROWS_AS((void)law.quantile(p), InternalError);
}

}  // namespace rankwise::spectra
