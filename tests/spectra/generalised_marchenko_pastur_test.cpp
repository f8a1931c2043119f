// The law of a weighted sum of sample covariances. SPDX-License-Identifier: MIT
#include "rankwise/spectra/generalised_marchenko_pastur.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "rankwise/core/error.hpp"
#include "rankwise/spectra/spiked_covariance.hpp"
#include "spectra/close.hpp"
#include "spectra/federated_law_oracle.hpp"

namespace rankwise::spectra {
namespace {

using Components = std::vector<Component>;
const double infinity = std::numeric_limits<double>::infinity();

Components components_of(const oracle::Heterogeneous& o, const std::vector<double>& weights) {
  Components components;
  for (std::size_t c = 0; c < o.r.size(); ++c) components.push_back({weights[c], 1 - o.r[c] * o.r[c], o.samples[c]});
  return components;
}

std::vector<double> strengths_of(const oracle::Heterogeneous& o, const std::vector<double>& weights) {
  std::vector<double> strengths;
  for (std::size_t c = 0; c < o.r.size(); ++c) strengths.push_back(o.n * weights[c] * o.r[c] * o.r[c] * o.pi[c]);
  return strengths;
}

/// Integral of f times the density over [low, high] within the bulk, with x = high u^2 to tame a hard edge at 0.
double bulk_integral(const GeneralisedMarchenkoPastur& law, const std::function<double(double)>& f, double low,
                     double high) {
  const auto integrand = [&](double u) { return 2 * u * high * f(high * u * u) * law.density(high * u * u); };
  constexpr int panels = 32;  // the density has a square-root end at every edge of every band
  const double start = std::sqrt(low / high);
  double sum = 0;
  for (int i = 0; i < panels; ++i) {
    sum += boost::math::quadrature::gauss_kronrod<double, 31>::integrate(
        integrand, start + (1 - start) * i / panels, start + (1 - start) * (i + 1) / panels, 12, 1e-10);
  }
  return sum;
}

double one(double) { return 1; }

linalg::Matrix diagonal(std::vector<double> values) {
  const auto k = static_cast<Eigen::Index>(values.size());
  linalg::Matrix m = linalg::Matrix::Zero(k, k);
  for (Eigen::Index i = 0; i < k; ++i) m(i, i) = values[static_cast<std::size_t>(i)];
  return m;
}

linalg::Matrix rotation(double angle) {
  linalg::Matrix r(2, 2);
  r << std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle);
  return r;
}

}  // namespace

TEST_CASE("heterogeneous clients give the reference numbers") {
  for (const auto& o : oracle::heterogeneous) {
    for (const oracle::Law* reference : {&o.equal, &o.optimal}) {
      CAPTURE(o.n);
      CAPTURE(reference->weights[0]);
      const GeneralisedMarchenkoPastur law(static_cast<Eigen::Index>(o.n), components_of(o, reference->weights));
      CHECK(close(law.edge(), reference->edge, 1e-12));
      const Spike spike = law.spike(strengths_of(o, reference->weights));
      CHECK(spike.visible);
      CHECK(close(spike.outlier, reference->outlier, 1e-12));
      CHECK(close(spike.overlap, reference->overlap, 1e-11));
      CHECK(close(magnetisation_from_overlap(spike.overlap), reference->magnetisation, 1e-11));
    }
    std::vector<Source> sources;
    for (std::size_t c = 0; c < o.r.size(); ++c) sources.push_back({o.samples[c], o.r[c], o.pi[c]});
    const std::vector<double> weights = optimal_weights(static_cast<Eigen::Index>(o.n), sources);
    for (std::size_t c = 0; c < weights.size(); ++c) CHECK(close(weights[c], o.optimal.weights[c], 1e-12));
  }
}

TEST_CASE("one client gives the closed forms") {
  for (const auto& o : oracle::homogeneous) {
    const double sigma2 = 1 - o.r * o.r;
    const double strength = o.r * o.r * o.pi * o.n;
    const auto n = static_cast<Eigen::Index>(o.n);
    const GeneralisedMarchenkoPastur law(n, Components{{1, sigma2, o.m_eff}});
    CHECK(close(law.edge(), o.edge, 1e-14));
    CHECK(close(law.spike(std::vector{strength}).outlier, o.outlier, 1e-13));
    CHECK(close(law.spike(std::vector{strength}).overlap, o.overlap, 1e-12));
    for (const double share : {0.01, 0.3, 0.5, 0.99}) {
      const double x = o.edge_low + share * (o.edge - o.edge_low);
      const double exact = std::sqrt((o.edge - x) * (x - o.edge_low)) / (2 * std::numbers::pi * o.q * sigma2 * x);
      CHECK(close(law.density(x), exact, 1e-11));
    }
    CHECK(law.density(0.999 * o.edge_low) == 0);
    CHECK(law.density(1.001 * o.edge) == 0);

    // The same samples split among four clients, and among two with the weights that undo their unequal sizes.
    const GeneralisedMarchenkoPastur four(n, Components(4, {0.25, sigma2, o.m_eff / 4}));
    const GeneralisedMarchenkoPastur two(n, Components{{0.75, sigma2, 0.75 * o.m_eff}, {0.25, sigma2, 0.25 * o.m_eff}});
    CHECK(close(four.edge(), o.edge, 1e-13));
    CHECK(close(two.edge(), o.edge, 1e-13));
    CHECK(close(four.spike(std::vector(4, strength / 4)).overlap, o.overlap, 1e-11));
    CHECK(close(two.spike(std::vector{strength, 0.0}).outlier, o.outlier, 1e-12));
  }
}

TEST_CASE("the law scales with the weights and ignores clients of weight 0") {
  const auto& o = oracle::heterogeneous[1];
  const auto n = static_cast<Eigen::Index>(o.n);
  for (const double scale : {1e-100, 1e-8, 3.0}) {
    std::vector<double> weights = o.equal.weights;
    for (double& w : weights) w *= scale;
    Components components = components_of(o, weights);
    std::vector<double> strengths = strengths_of(o, weights);
    components.push_back({0, 1, 10});
    strengths.push_back(0);
    const GeneralisedMarchenkoPastur law(n, components);
    CHECK(close(law.edge(), scale * o.equal.edge, 1e-12));
    CHECK(close(law.spike(strengths).outlier, scale * o.equal.outlier, 1e-12));
    CHECK(close(law.spike(strengths).overlap, o.equal.overlap, 1e-11));
  }
}

TEST_CASE("a memory term is seen whole when it is alone and helps when it is not") {
  const GeneralisedMarchenkoPastur memory(400, Components{{1, 0, infinity}});
  CHECK(memory.edge() == 0);
  CHECK(memory.mean() == 0);
  CHECK(memory.atom_mass() == 1);
  const Spike alone = memory.spike(std::vector{160.0});
  CHECK(alone.visible);
  CHECK(alone.outlier == 160);
  CHECK(close(alone.overlap, 1, 1e-15));
  CHECK_FALSE(memory.spike(std::vector{0.0}).visible);
  CHECK(memory.density(0) == 0);
  CHECK(memory.density(1) == 0);

  const GeneralisedMarchenkoPastur both(400, Components{{0.6, 0.36, 1200}, {1, 0, infinity}});
  const GeneralisedMarchenkoPastur client(400, Components{{0.6, 0.36, 1200}});
  CHECK(both.edge() == client.edge());
  CHECK(both.atom_mass() == client.atom_mass());
  CHECK(both.spike(std::vector{2.0, 0.0}).overlap == client.spike(std::vector{2.0}).overlap);
  CHECK(both.spike(std::vector{2.0, 3.0}).overlap > client.spike(std::vector{2.0}).overlap);
  // All the strength in the memory: a matrix of rank one under additive noise.
  const double t = 0.6 * 0.36 / 3;
  const Spike fixed = both.spike(std::vector{0.0, 5.0});
  CHECK(close(fixed.outlier, 5 + 3 * t + 3 * t * t / (5 - t), 1e-14));
  CHECK(close(fixed.overlap, 1 - 3 * t * t / ((5 - t) * (5 - t)), 1e-14));
}

TEST_CASE("no noise at all, no components, noise without fluctuations") {
  const GeneralisedMarchenkoPastur empty(10, Components{});
  CHECK(empty.edge() == 0);
  CHECK(empty.outliers({}).empty());
  const GeneralisedMarchenkoPastur silent(10, Components(2, {0, 1, 100}));
  CHECK(silent.edge() == 0);
  CHECK_FALSE(silent.spike(std::vector{0.0, 0.0}).visible);
  CHECK(silent.spike(std::vector{0.0, 0.0}).outlier == 0);

  const GeneralisedMarchenkoPastur level(10, Components{{0.5, 0.8, infinity}});
  CHECK(level.edge() == 0.4);
  CHECK(level.atom_mass() == 1);
  CHECK(level.atom_position() == 0.4);
  CHECK(close(level.spike(std::vector{3.0}).outlier, 3.4, 1e-15));
  CHECK(close(level.spike(std::vector{3.0}).overlap, 1, 1e-15));
  // Infinite samples are the limit of many.
  const GeneralisedMarchenkoPastur nearly(10, Components{{0.5, 0.8, 1e14}});
  CHECK(close(nearly.edge(), 0.4, 1e-6));
}

TEST_CASE("overlap and outlier rise with strength and samples and vanish at the threshold") {
  const Components clients{{0.3, 0.9, 300}, {0.5, 0.6, 150}, {0.2, 1, 800}};
  const GeneralisedMarchenkoPastur law(400, clients);
  double outlier = law.edge();
  double overlap = 0;
  bool seen = false;
  for (int i = 1; i < 200; ++i) {
    const double a = 0.02 * i;
    const Spike spike = law.spike(std::vector{a, 0.5 * a, 0.1 * a});
    CHECK((spike.visible || !seen));
    if (spike.visible) {
      if (!seen) CHECK(spike.overlap < 0.2);
      CHECK(spike.outlier > outlier);
      CHECK(spike.overlap > overlap);
    } else {
      CHECK(spike.outlier == law.edge());
      CHECK(spike.overlap == 0);
    }
    seen = spike.visible;
    outlier = spike.outlier;
    overlap = spike.overlap;
  }
  CHECK(seen);
  CHECK(law.spike(std::vector{1e6, 5e5, 1e5}).overlap > 0.99999);
  Components more = clients;
  more[1].samples = 300;
  const GeneralisedMarchenkoPastur richer(400, more);
  CHECK(richer.edge() < law.edge());
  CHECK(richer.spike(std::vector{4.0, 2.0, 0.4}).overlap > law.spike(std::vector{4.0, 2.0, 0.4}).overlap);
}

TEST_CASE("the density has the exact mass, moments and Stieltjes transform") {
  const std::vector<Components> cases{
      {{1, 0.5, 1600}},
      {{1, 0.5, 400}},  // hard edge at 0
      {{0.3, 0.9, 300}, {0.5, 0.6, 150}, {0.2, 1, 800}},
      {{0.5, 1, 100}, {0.5, 0.3, 100}},                         // mass .5 at 0
      {{0.9, 1, 40}, {0.1, 1, 4000}},                           // two bands
      {{0.5, 1, 300}, {0.4, 1, infinity}, {0.1, 0, infinity}},  // a level below everything
  };
  for (const Components& components : cases) {
    const GeneralisedMarchenkoPastur law(400, components);
    CAPTURE(law.edge());
    double k1 = 0, k2 = 0, k3 = 0;  // free cumulants: sum v t^(j-1)
    for (const Component& c : components) {
      const double v = c.weight * c.sigma2;
      const double t = v * 400 / c.samples;
      k1 += v;
      k2 += v * t;
      k3 += v * t * t;
    }
    const double atom = law.atom_mass();
    const double at = law.atom_position();
    const double low = at, high = law.edge();
    const auto moment = [&](int power) {
      return atom * std::pow(at, power) + bulk_integral(
                                              law, [power](double x) { return std::pow(x, power); }, low, high);
    };
    CHECK(close(law.mean(), k1, 1e-15));
    CHECK(close(moment(0), 1, 1e-8));
    CHECK(close(moment(1), k1, 1e-8));
    CHECK(close(moment(2), k2 + k1 * k1, 1e-8));
    CHECK(close(moment(3), k3 + 3 * k1 * k2 + k1 * k1 * k1, 1e-8));
    // Outside the bulk s is real, and z(s) is explicit.
    const double s = 0.9 / (law.edge() + 1);
    double z = 1 / s;
    for (const Component& c : components) {
      z += c.weight * c.sigma2 / (1 - c.weight * c.sigma2 * 400 / c.samples * s);
    }
    CHECK(z > law.edge());
    CHECK(close(atom / (z - at) + bulk_integral(
                                      law, [z](double x) { return 1 / (z - x); }, low, high),
                s, 1e-7));
  }
}

TEST_CASE("a gap in the density separates exactly the rank of the stronger term") {
  const GeneralisedMarchenkoPastur law(400, Components{{0.9, 1, 40}, {0.1, 1, 4000}});
  double gap = 0;
  for (double x = 0.05; x < 2; x += 0.05) {
    if (law.density(x) == 0) gap = x;
  }
  CHECK(gap > 0.2);
  CHECK(close(bulk_integral(law, one, gap, law.edge()), 0.1, 1e-8));
  CHECK(law.density(0.1) > 1);
  CHECK(law.density(9) > 0.01);
}

TEST_CASE("orthogonal directions are independent spikes") {
  const Components clients{{0.3, 0.9, 300}, {0.5, 0.6, 150}, {0.2, 0, infinity}};
  const GeneralisedMarchenkoPastur law(400, clients);
  // The order of the spikes in the spectrum is not that on the diagonal; the second is hidden.
  const std::vector<linalg::Matrix> diagonals{diagonal({1, 0.05, 6}), diagonal({4, 0.1, 0.5}), diagonal({2, 0, 0.3})};
  std::vector<Spike> expected;
  for (Eigen::Index k = 0; k < 3; ++k) {
    expected.push_back(law.spike(std::vector{diagonals[0](k, k), diagonals[1](k, k), diagonals[2](k, k)}));
  }
  std::sort(expected.begin(), expected.end(), [](const Spike& a, const Spike& b) { return a.outlier > b.outlier; });
  const std::vector<Spike> spikes = law.outliers(diagonals);
  REQUIRE(spikes.size() == 3);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(spikes[k].visible == (k < 2));
    CHECK(spikes[k].visible == expected[k].visible);
    CHECK(close(spikes[k].outlier, expected[k].outlier, 1e-13));
    CHECK(close(spikes[k].overlap, expected[k].overlap, 1e-12));
  }
}

TEST_CASE("matrix spikes do not depend on the basis, and a common mixture reduces to scalar spikes") {
  const Components clients{{0.4, 0.9, 300}, {0.6, 0.5, 200}};
  const GeneralisedMarchenkoPastur law(300, clients);
  const linalg::Matrix a = rotation(0.4) * diagonal({5, 1.5}) * rotation(-0.4);
  const linalg::Matrix b = rotation(1.3) * diagonal({2, 3}) * rotation(-1.3);
  const std::vector<Spike> here = law.outliers(std::vector{a, b});
  const linalg::Matrix turn = rotation(0.9);
  const std::vector<Spike> there =
      law.outliers(std::vector<linalg::Matrix>{turn * a * turn.transpose(), turn * b * turn.transpose()});
  CHECK(here[0].outlier > here[1].outlier);
  CHECK(here[1].visible);
  for (std::size_t k = 0; k < 2; ++k) {
    CHECK(close(here[k].outlier, there[k].outlier, 1e-13));
    CHECK(close(here[k].overlap, there[k].overlap, 1e-12));
  }
  // A_c = a_c S: population spikes are the eigenvalues of S.
  const linalg::Matrix s = rotation(0.7) * diagonal({2, 1}) * rotation(-0.7);
  const std::vector<Spike> common = law.outliers(std::vector<linalg::Matrix>{3 * s, 1.5 * s});
  CHECK(close(common[0].outlier, law.spike(std::vector{6.0, 3.0}).outlier, 1e-13));
  CHECK(close(common[1].overlap, law.spike(std::vector{3.0, 1.5}).overlap, 1e-12));
  // One component: closed form for each eigenvalue, from one eigenproblem.
  const GeneralisedMarchenkoPastur one_client(300, Components{{1, 0.5, 200}});
  const Spiked closed = spiked_covariance(0.5, 4, 1.5);
  CHECK(close(one_client.outliers(std::vector<linalg::Matrix>{2 * s})[0].outlier, closed.outlier, 1e-13));
  CHECK(close(one_client.outliers(std::vector<linalg::Matrix>{2 * s})[0].overlap, closed.overlap, 1e-12));
}

TEST_CASE("matrix spikes of a memory alone are its eigenvalues, and null directions stay hidden") {
  const GeneralisedMarchenkoPastur memory(400, Components{{1, 0, infinity}});
  const linalg::Matrix rank_one = rotation(0.3) * diagonal({7, 0}) * rotation(-0.3);
  const std::vector<Spike> spikes = memory.outliers(std::vector{rank_one});
  CHECK(spikes[0].visible);
  CHECK(close(spikes[0].outlier, 7, 1e-14));
  CHECK(close(spikes[0].overlap, 1, 1e-14));
  CHECK_FALSE(spikes[1].visible);
  CHECK(spikes[1].outlier == 0);
  CHECK_FALSE(memory.outliers(std::vector{diagonal({0, 0})})[0].visible);
}

TEST_CASE("optimal weights are the numerical optimum of the overlap") {
  const std::vector<Source> sources{{200, 0.3, 0.2}, {400, 0.2, 0.1}, {800, 0.1, 0.3}, {300, 0.25, 0.05}};
  const auto overlap = [&](const std::vector<double>& weights) {
    Components components;
    std::vector<double> strengths;
    for (std::size_t c = 0; c < sources.size(); ++c) {
      const double r2 = sources[c].quality * sources[c].quality;
      components.push_back({weights[c], 1 - r2, sources[c].samples});
      strengths.push_back(400 * weights[c] * r2 * sources[c].exposure);
    }
    return GeneralisedMarchenkoPastur(400, components).spike(strengths).overlap;
  };
  std::vector<double> weights(4, 0.25);
  const double equal = overlap(weights);
  for (int sweep = 0; sweep < 40; ++sweep) {
    for (double& w : weights) {
      const auto loss = [&](double log_weight) {
        w = std::exp(log_weight);
        return -overlap(weights);
      };
      w = std::exp(boost::math::tools::brent_find_minima(loss, std::log(w) - 2, std::log(w) + 2, 40).first);
    }
  }
  double total = 0;
  for (const double w : weights) total += w;
  const std::vector<double> best = optimal_weights(400, sources);
  for (std::size_t c = 0; c < 4; ++c) CHECK(close(best[c], weights[c] / total, 1e-5));
  CHECK(close(overlap(best), overlap(weights), 1e-11));
  CHECK(overlap(best) >= overlap(weights) * (1 - 1e-14));
  CHECK(overlap(best) > equal + 0.005);
}

TEST_CASE("optimal weights at the limits of quality and exposure") {
  using Sources = std::vector<Source>;
  CHECK(optimal_weights(100, Sources{{10, 0, 1}, {20, 0, 1}}) == std::vector{0.5, 0.5});
  CHECK(optimal_weights(100, Sources{{10, 0.5, 0}, {20, 0, 1}, {30, 0.2, 0.5}}) == std::vector{0.0, 0.0, 1.0});
  CHECK(optimal_weights(100, Sources{{10, 1, 0.5}, {30, 1, 0.1}, {50, 0.9, 1}, {70, 1, 0}}) ==
        std::vector{0.25, 0.75, 0.0, 0.0});
  const std::vector<double> nearly = optimal_weights(100, Sources{{10, 1 - 1e-13, 0.5}, {30, 1 - 1e-13, 0.1}});
  CHECK(close(nearly[0], 0.25, 1e-9));
}

TEST_CASE("one client: scale of the edge and shift by kurtosis in closed form") {
  for (const double q : {.05, .5, 1.0, 4.0}) {
    for (const double sigma2 : {.3, 1.0}) {
      const GeneralisedMarchenkoPastur law(200, Components{{1, sigma2, 200 / q}});
      const double root = std::sqrt(q);
      CHECK(law.edge_scale() ==
            doctest::Approx(sigma2 * (1 + root) * std::cbrt(1 + 1 / root) * std::pow(q, 2.0 / 3)).epsilon(1e-12));
      const double excess = 4 / sigma2 - 6;
      CHECK(law.kurtosis_shift(std::vector{excess}) ==
            doctest::Approx(excess / 200 * sigma2 * root * (1 + root) * (1 + root)).epsilon(1e-12));
    }
  }
}

TEST_CASE(
    "scale of the edge: the density ends in sqrt(edge - x) / (pi scale^(3/2)); one client in parts is one client") {
  for (const auto& o : oracle::heterogeneous) {
    const auto components = components_of(o, o.optimal.weights);
    const GeneralisedMarchenkoPastur law(static_cast<Eigen::Index>(o.n), components);
    const double below = 1e-8 * law.edge();
    CHECK(law.density(law.edge() - below) ==
          doctest::Approx(std::sqrt(below) / (std::numbers::pi * std::pow(law.edge_scale(), 1.5))).epsilon(1e-3));
  }
  const GeneralisedMarchenkoPastur whole(300, Components{{1, .6, 900}});
  const GeneralisedMarchenkoPastur parts(300, Components{{.25, .6, 225}, {.5, .6, 450}, {.25, .6, 225}});
  CHECK(parts.edge_scale() == doctest::Approx(whole.edge_scale()).epsilon(1e-12));
  CHECK(parts.kurtosis_shift(std::vector{.7, .7, .7}) ==
        doctest::Approx(whole.kurtosis_shift(std::vector{.7})).epsilon(1e-12));
  // a term without fluctuations has neither
  const GeneralisedMarchenkoPastur still(300, Components{{1, .6, 900}, {.5, 0, infinity}});
  CHECK(still.edge_scale() == doctest::Approx(whole.edge_scale()).epsilon(1e-12));
  CHECK(still.kurtosis_shift(std::vector{.7, infinity}) ==
        doctest::Approx(whole.kurtosis_shift(std::vector{.7})).epsilon(1e-12));
  CHECK(GeneralisedMarchenkoPastur(300, Components{{1, 0, 900}}).edge_scale() == 0);
  CHECK_THROWS_AS((void)whole.kurtosis_shift(std::vector{.7, .7}), InternalError);
  CHECK_THROWS_AS((void)whole.kurtosis_shift(std::vector{infinity}), InternalError);
}

TEST_CASE("the law refuses what has no meaning") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(GeneralisedMarchenkoPastur(0, Components{}), InternalError);
  CHECK_THROWS_AS(GeneralisedMarchenkoPastur(10, Components{{-1, 1, 1}}), InternalError);
  CHECK_THROWS_AS(GeneralisedMarchenkoPastur(10, Components{{1, nan, 1}}), InternalError);
  CHECK_THROWS_AS(GeneralisedMarchenkoPastur(10, Components{{1, 1, 0}}), InternalError);
  CHECK_THROWS_AS(GeneralisedMarchenkoPastur(10, Components{{1, 1, nan}}), InternalError);
  const GeneralisedMarchenkoPastur law(10, Components{{1, 1, 20}});
  CHECK_THROWS_AS((void)law.spike(std::vector{1.0, 1.0}), InternalError);
  CHECK_THROWS_AS((void)law.spike(std::vector{-1.0}), InternalError);
  CHECK_THROWS_AS((void)law.outliers({}), InternalError);
  CHECK_THROWS_AS((void)law.outliers(std::vector<linalg::Matrix>{linalg::Matrix::Zero(2, 3)}), InternalError);
  CHECK_THROWS_AS((void)law.outliers(std::vector<linalg::Matrix>{diagonal({nan, 1})}), InternalError);
  CHECK_THROWS_AS((void)law.density(nan), InternalError);
  CHECK_THROWS_AS((void)optimal_weights(10, {}), InternalError);
  CHECK_THROWS_AS((void)optimal_weights(10, std::vector<Source>{{0, 0.5, 1}}), InternalError);
  CHECK_THROWS_AS((void)optimal_weights(10, std::vector<Source>{{1, 1.5, 1}}), InternalError);
}

}  // namespace rankwise::spectra
