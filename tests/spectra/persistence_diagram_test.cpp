// Diagrams against topology, laws against closed forms and quadrature. SPDX-License-Identifier: MIT
#include "rankwise/spectra/persistence_diagram.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <boost/math/quadrature/tanh_sinh.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <vector>

#include "close.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/linalg/matrix.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/spectra/marchenko_pastur.hpp"
#include "rankwise/spectra/semicircle.hpp"
#include "rankwise/spectra/spacing_law.hpp"

namespace rankwise::spectra {
namespace {

random::Stream stream(std::uint64_t replica) { return {{77, 1}, random::Purpose::matrix, replica}; }

linalg::Matrix gaussian_symmetric(Eigen::Index n, random::Stream draws) {
  linalg::Matrix m(n, n);
  for (Eigen::Index j = 0; j < n; ++j) {
    for (Eigen::Index i = 0; i <= j; ++i) m(i, j) = m(j, i) = random::normal(draws);
  }
  return m;
}

std::vector<double> ascending_levels(const linalg::Matrix& m) {
  const linalg::Vector values = linalg::symmetric_eigenvalues(m);
  std::vector<double> levels(values.begin(), values.end());
  std::reverse(levels.begin(), levels.end());
  return levels;
}

using Place = std::array<double, 3>;

/// Finite bars of dimension 0 of sublevel sets of a function on the vertices of a graph: components are born at local
/// minima, and at an edge the younger one dies (union-find).
std::vector<double> lifetimes_by_union_find(const std::vector<double>& value,
                                            std::vector<std::array<std::size_t, 2>> edges) {
  std::vector<std::size_t> parent(value.size());
  std::iota(parent.begin(), parent.end(), std::size_t{0});
  const auto root = [&](std::size_t v) {
    while (parent[v] != v) v = parent[v] = parent[parent[v]];
    return v;
  };
  const auto entry = [&](const std::array<std::size_t, 2>& e) { return std::max(value[e[0]], value[e[1]]); };
  std::sort(edges.begin(), edges.end(), [&](const auto& a, const auto& b) { return entry(a) < entry(b); });
  std::vector<double> found;
  for (const auto& e : edges) {
    std::size_t a = root(e[0]);
    std::size_t b = root(e[1]);
    if (a == b) continue;
    if (value[a] > value[b]) std::swap(a, b);
    if (entry(e) > value[b]) found.push_back(entry(e) - value[b]);
    parent[b] = a;
  }
  std::sort(found.rbegin(), found.rend());
  return found;
}

/// The 2-sphere: an octahedron, every triangle split into four `times` times.
struct Sphere {
  std::vector<Place> vertices{{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}};
  std::vector<std::array<std::size_t, 2>> edges;

  explicit Sphere(int times) {
    std::vector<std::array<std::size_t, 3>> faces;
    for (const std::size_t x : {0UL, 1UL}) {
      for (const std::size_t y : {2UL, 3UL}) {
        for (const std::size_t z : {4UL, 5UL}) faces.push_back({x, y, z});
      }
    }
    for (int step = 0; step < times; ++step) {
      std::vector<std::array<std::size_t, 3>> finer;
      for (const auto& [a, b, c] : faces) {
        const std::size_t ab = middle(a, b), bc = middle(b, c), ca = middle(c, a);
        finer.insert(finer.end(), {{a, ab, ca}, {b, ab, bc}, {c, bc, ca}, {ab, bc, ca}});
      }
      faces = finer;
      middles_.clear();
    }
    for (const auto& [a, b, c] : faces) edges.insert(edges.end(), {{a, b}, {b, c}, {c, a}});
  }

 private:
  std::size_t middle(std::size_t a, std::size_t b) {
    const auto [known, is_new] = middles_.try_emplace({std::min(a, b), std::max(a, b)}, vertices.size());
    if (is_new) {
      Place p;
      for (std::size_t i = 0; i < 3; ++i) p[i] = vertices[a][i] + vertices[b][i];
      const double length = std::hypot(p[0], p[1], p[2]);
      for (double& x : p) x /= length;
      vertices.push_back(p);
    }
    return known->second;
  }
  std::map<std::array<std::size_t, 2>, std::size_t> middles_;
};

TEST_CASE("a quadratic form on the sphere has the levels' spacings as its bars (union-find on a triangulation)") {
  const Sphere sphere(6);  // 16,386 vertices, 0.02 apart
  REQUIRE(sphere.vertices.size() == 16386);
  for (std::uint64_t replica = 0; replica < 5; ++replica) {
    const linalg::Matrix m = gaussian_symmetric(3, stream(replica));
    const auto levels = ascending_levels(m);
    const auto bars = persistence_diagram(levels, 1);
    for (const int sign : {1, -1}) {
      std::vector<double> value;
      for (const Place& p : sphere.vertices) {
        double f = 0;
        for (std::size_t i = 0; i < 3; ++i) {
          for (std::size_t j = 0; j < 3; ++j)
            f += m(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) * p[i] * p[j];
        }
        value.push_back(sign * f);
      }
      const auto found = lifetimes_by_union_find(value, sphere.edges);
      // On a mesh of width h values are off by less than |M| h^2.
      const double tolerance = (levels[2] - levels[0]) * 1e-3;
      REQUIRE(!found.empty());
      const Bar& expected = sign > 0 ? bars[0] : bars[1];  // of -f the lowest bar is f's topmost, by duality
      CHECK(std::abs(found[0] - (expected.death - expected.birth)) < tolerance);
      if (found.size() > 1) CHECK(found[1] < tolerance);  // ripples of the mesh
    }
  }
}

TEST_CASE("bars follow one another in dimensions beta k - 1, and degenerate levels give bars of length 0") {
  const std::vector<double> levels{-1, 0.5, 0.5, 3};
  for (const std::int64_t beta : {1, 2, 4}) {
    const auto bars = persistence_diagram(levels, beta);
    REQUIRE(bars.size() == 3);
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(bars[k].birth == levels[k]);
      CHECK(bars[k].death == levels[k + 1]);
      CHECK(bars[k].dimension == beta * static_cast<std::int64_t>(k + 1) - 1);
    }
  }
  CHECK_THROWS_AS((void)persistence_diagram(std::vector{1.0}, 1), InternalError);
  CHECK_THROWS_AS((void)persistence_diagram(std::vector{1.0, 0.0}, 1), InternalError);
}

TEST_CASE("a perturbation moves the diagram by its operator norm at most") {
  for (std::uint64_t replica = 0; replica < 50; ++replica) {
    const linalg::Matrix m = gaussian_symmetric(20, stream(100 + replica));
    const linalg::Matrix e = 0.3 * gaussian_symmetric(20, stream(200 + replica));
    const auto a = persistence_diagram(ascending_levels(m), 1);
    const auto b = persistence_diagram(ascending_levels(m + e), 1);
    const auto noise = ascending_levels(e);
    const double norm = std::max(-noise.front(), noise.back());
    for (std::size_t k = 0; k < a.size(); ++k) {
      CHECK(std::abs(a[k].birth - b[k].birth) <= norm * (1 + 1e-12));
      CHECK(std::abs(a[k].death - b[k].death) <= norm * (1 + 1e-12));
    }
  }
}

TEST_CASE("L^q persistence: the span at 1, the longest bar far out") {
  const std::vector<double> levels{-2, 1, 1.5, 5.5};
  CHECK(close(power_persistence(levels, 1), 7.5, 1e-15));
  CHECK(close(power_persistence(levels, 2), std::sqrt(9 + .25 + 16), 1e-15));
  CHECK(close(power_persistence(levels, 400), 4, 1e-12));
  CHECK(power_persistence(std::vector{2.0, 2.0, 2.0}, 3) == 0);
  const std::vector<double> far{0, 1e200, 3e200};
  CHECK(close(power_persistence(far, 2), std::sqrt(5.0) * 1e200, 1e-15));
  CHECK_THROWS_AS((void)power_persistence(levels, 0.5), InternalError);
}

TEST_CASE("landscape: tents over the bars") {
  const std::vector<double> levels{0, 1, 3};
  const std::vector<double> places{-1, 0, .25, .5, .75, 1, 1.5, 2, 2.75, 3, 4};
  const std::vector<double> expected{0, 0, .25, .5, .25, 0, .5, 1, .25, 0, 0};
  CHECK(landscape(levels, places) == expected);
}

TEST_CASE("Poisson: landscape and power sums against two and three levels by hand, and against simulation") {
  // Two levels a < b: E[min(t-a, b-t); a < t < b], twice the integral over a < t < b.
  for (const double t : {.1, .3, .5, .8}) {
    const double m = std::min(t, 1 - t);
    const double large = std::max(t, 1 - t);
    // min of independent uniforms on (0, m) and (0, large), times the probability 2 t (1 - t) that they exist
    const double expected = 2 * m * large * (m / 2 - m * m / (6 * large));
    CHECK(close(poisson_landscape(2, t), expected, 1e-13));
  }
  CHECK(poisson_landscape(5, 0) == 0);
  CHECK(std::abs(poisson_landscape(5, 1)) < 1e-16);
  CHECK(close(poisson_betti(3, 1, .2), 3 * .2 * .8 * .8, 1e-14));
  CHECK(close(poisson_betti(100, 99, .99), 100 * std::pow(.99, 99) * .01, 1e-12));
  CHECK(poisson_betti(5, 2, 0) == 0);
  CHECK_THROWS_AS((void)poisson_betti(5, 5, .5), InternalError);
  CHECK(close(poisson_power_sum(2, 1), 1.0 / 3, 1e-14));
  CHECK(close(poisson_power_sum(2, 2), 1.0 / 6, 1e-14));
  CHECK(close(poisson_power_sum(100, 1), 99.0 / 101, 1e-13));
  random::Stream draws = stream(999);
  constexpr int replicas = 40000;
  const std::vector<double> places{.05, .5};
  double sum[3] = {}, squares[3] = {};
  for (int r = 0; r < replicas; ++r) {
    std::vector<double> levels(10);
    for (double& x : levels) x = random::uniform(draws);
    std::sort(levels.begin(), levels.end());
    const auto tents = landscape(levels, places);
    const double of[3] = {tents[0], tents[1], std::pow(power_persistence(levels, 2.5), 2.5)};
    for (int i = 0; i < 3; ++i) {
      sum[i] += of[i];
      squares[i] += of[i] * of[i];
    }
  }
  const double expected[3] = {poisson_landscape(10, .05), poisson_landscape(10, .5), poisson_power_sum(10, 2.5)};
  for (int i = 0; i < 3; ++i) {  // 4 sigma: one false alarm in 5,000 seeds
    const double mean = sum[i] / replicas;
    CHECK(std::abs(mean - expected[i]) < 4 * std::sqrt((squares[i] / replicas - mean * mean) / replicas));
  }
}

TEST_CASE("integrals of powers of the density: closed form of the semicircle, quadrature of the others") {
  using std::numbers::pi;
  for (const double q : {1.0, 1.5, 2.0, 2.5, 2.9}) {
    const double closed = std::pow(2 * pi, q - 1) * std::pow(2, 2 - q) * boost::math::beta(.5, (3 - q) / 2);
    CHECK(close(density_power_integral(semicircle_density, -2, 2, q), closed, 1e-8));
    // cut: the incomplete beta function in x^2/4
    for (const double cut : {1e-9, 1e-3, 0.3}) {
      const double reach = 1 - cut / 2;
      const double inner =
          std::pow(2 * pi, q - 1) * std::pow(2, 2 - q) * boost::math::beta(.5, (3 - q) / 2, reach * reach);
      CHECK(close(density_power_integral(semicircle_density, -2, 2, q, cut, cut), inner, 1e-8));
      CHECK(close(density_power_integral(semicircle_density, -2, 2, q, 0, cut), (closed + inner) / 2, 1e-8));
    }
  }
  CHECK(close(density_power_integral([](double) { return 1.0; }, 0, 1, 2), 1, 1e-8));
  for (const double ratio : {.1, .5, .9, 1.0}) {
    const MarchenkoPastur law(ratio);
    // In x = lower + (upper - lower) sin^2(phi/2) the density times the Jacobian is exact near both edges.
    boost::math::quadrature::tanh_sinh<double> rule;
    for (const double q : {1.0, 1.5, 2.0, 2.5}) {
      const double width = law.upper() - law.lower();
      const double expected = rule.integrate(
          [&](double phi) {
            const double s = std::sin(phi / 2), c = std::cos(phi / 2);
            const double x = law.lower() + width * s * s;
            const double slope = width * s * c;  // rho = slope / (2 pi c x)
            return slope > 0 ? std::pow(2 * pi * ratio * x, q - 1) * std::pow(slope, 2 - q) : 0.0;
          },
          0.0, pi);
      CHECK(close(density_power_integral([&](double x) { return law.density(x); }, law.lower(), law.upper(), q),
                  expected, 1e-7));
    }
  }
  CHECK_THROWS_AS((void)density_power_integral(semicircle_density, -2, 2, 3), InternalError);
  CHECK_THROWS_AS((void)density_power_integral(semicircle_density, -2, 2, 2, 2, 0), InternalError);
}

TEST_CASE("moments of spacings: 1, 1 + variance, and quadrature of the density") {
  boost::math::quadrature::tanh_sinh<double> rule;
  for (const double beta : {0.0, 1.0, 2.0, 4.0}) {
    const SpacingLaw exact(beta);
    const SpacingSurmise surmise(beta);
    CHECK(close(exact.moment(1), 1, 1e-12));
    CHECK(close(surmise.moment(1), 1, 1e-12));
    CHECK(close(exact.moment(2), 1 + exact.variance(), 1e-11));
    CHECK(close(surmise.moment(2), 1 + surmise.variance(), 1e-12));
    for (const double q : {1.3, 2.5, 4.0}) {
      const double end = beta == 0 ? 200 : 14;
      CHECK(close(exact.moment(q), rule.integrate([&](double u) { return std::pow(u, q) * exact.pdf(u); }, 0.0, end),
                  1e-9));
      CHECK(close(surmise.moment(q),
                  rule.integrate([&](double u) { return std::pow(u, q) * surmise.pdf(u); }, 0.0, end), 1e-9));
    }
  }
  CHECK_THROWS_AS((void)SpacingLaw(1).moment(.5), InternalError);
}

}  // namespace
}  // namespace rankwise::spectra
