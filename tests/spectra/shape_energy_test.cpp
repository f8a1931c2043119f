// The scale-free log-gas energy of a spectrum. SPDX-License-Identifier: MIT
#include "rankwise/spectra/shape_energy.hpp"

#include <doctest/doctest.h>

#include <boost/math/quadrature/tanh_sinh.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "rankwise/core/error.hpp"
#include "spectra/close.hpp"
#include "spectra/reference.hpp"

namespace rankwise::spectra {
namespace {

const double nan = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

struct Oracle {
  std::size_t n;
  double beta, mean, variance;
};

// The sums of the header by mpmath 1.3 with 40 digits.
constexpr Oracle oracle[] = {
    {2, 0.01, -0.33843813680426432, 0.80471644993537964},     {2, 0.5, -0.082630082925130726, 0.33613762329112394},
    {2, 1, 0.039720770839917964, 0.17753296657588678},        {2, 2, 0.15342640972002735, 0.072467033424113218},
    {2, 4, 0.23675974305336068, 0.023855922313002107},        {2, 100, 0.34159858903022255, 4.9500049985008492e-5},
    {2, 10000, 0.34652359277997264, 4.999500000005e-9},       {3, 0.01, -1.9364274198344212, 2.3506067146724767},
    {3, 0.5, -1.2633882831003862, 0.8013762329112394},        {3, 1, -0.98286795139986327, 0.39223626739290575},
    {3, 2, -0.73885065773151061, 0.15143720199484936},        {3, 4, -0.5673471612280141, 0.04844680515392804},
    {3, 100, -0.3565237022253987, 9.9003366713219321e-5},     {3, 10000, -0.34667358528008377, 9.9990000333366667e-9},
    {50, 0.01, -2718.393460380773, 1547.3571333518756},       {50, 0.5, -2626.892639796591, 35.580797020799093},
    {50, 1, -2616.123341484581, 13.233684224649795},          {50, 2, -2608.5343405499947, 4.3737662291585246},
    {50, 4, -2603.7840696548568, 1.2900729101383781},         {50, 100, -2598.3961716880251, 0.0024338548970915267},
    {50, 10000, -2598.1544289014829, 2.4498385320854901e-7},  {400, 0.01, -259345.55879435084, 81522.960822871758},
    {400, 0.5, -257993.69102013414, 285.6922064043089},       {400, 1, -257906.87673292344, 107.07833319571814},
    {400, 2, -257845.34589709066, 35.524019667692764},        {400, 4, -257806.7330379238, 10.493719414221796},
    {400, 100, -257762.88199610971, 0.019817869826765021},    {400, 10000, -257760.91355222426, 1.9948678591468812e-6},
    {2000, 0.01, -8096115.2030054396, 446012.9557555715},     {2000, 0.5, -8090161.7176169989, 1410.9706227931034},
    {2000, 1, -8089730.7483942727, 533.68763215791544},       {2000, 2, -8089423.5361565964, 177.61691241807141},
    {2000, 4, -8089230.3556220256, 52.528423121562036},       {2000, 100, -8089010.7515464304, 0.099285113252169622},
    {2000, 10000, -8089000.8897387752, 9.994335059961548e-6},
};

}  // namespace

TEST_CASE("the law of the shape energy gives the reference numbers") {
  for (const std::string entry : {"beta=1/n=50", "beta=1/n=400", "beta=2/n=100", "beta=4/n=50"}) {
    const double beta = std::stod(entry.substr(5));
    const auto n = static_cast<std::size_t>(std::stoi(entry.substr(entry.find("n=") + 2)));
    const ShapeEnergyLaw law = shape_energy_law(n, beta);
    CAPTURE(entry);
    CHECK(close(law.mean, reference("theory|shape_llr/" + entry + "|mean"), 1e-13));
    CHECK(close(law.variance, reference("theory|shape_llr/" + entry + "|var"), 1e-12));
  }
  for (const auto& o : oracle) {
    CAPTURE(o.n);
    CAPTURE(o.beta);
    const ShapeEnergyLaw law = shape_energy_law(o.n, o.beta);
    CHECK(close(law.mean, o.mean, 1e-14));
    CHECK(close(law.variance, o.variance, 1e-12));
  }
}

TEST_CASE("the two ways to the variance of the shape energy meet at beta = 1") {
  for (const std::size_t n : {std::size_t{2}, std::size_t{30}, std::size_t{3000}}) {
    const double below = shape_energy_law(n, std::nextafter(1.0, 0)).variance;
    CHECK(close(below, shape_energy_law(n, 1).variance, 1e-12));
  }
}

TEST_CASE("two levels: the law of the shape energy is an integral over one angle") {
  // x1 - x2 = r sqrt(2) sin t, and the centre of mass r cos t / sqrt 2 in the other direction: density |sin t|^beta.
  boost::math::quadrature::tanh_sinh<double> rule;
  for (const double beta : {0.3, 1.0, 2.5, 8.0}) {
    const auto moment = [&](int power) {
      return rule.integrate(
          [&](double t) {
            const double energy = std::log(std::numbers::sqrt2 * std::sin(t));
            return std::sin(t) > 0 ? std::pow(energy, power) * std::pow(std::sin(t), beta) : 0.0;
          },
          0.0, std::numbers::pi / 2);
    };
    const double mean = moment(1) / moment(0);
    const ShapeEnergyLaw law = shape_energy_law(2, beta);
    CHECK(close(law.mean, mean, 1e-9));
    CHECK(close(law.variance, moment(2) / moment(0) - mean * mean, 1e-9));
  }
}

TEST_CASE("the shape energy of hand-made levels") {
  // Pairs 1, 2, 3 apart by 1, 2, 1: log 2; squares 14.
  CHECK(close(shape_energy(std::vector{1.0, 2.0, 3.0}), std::log(2.0) - 1.5 * std::log(14.0), 1e-15));
  CHECK(close(shape_energy(std::vector{3.0, 1.0, 2.0}), std::log(2.0) - 1.5 * std::log(14.0), 1e-15));
  CHECK(shape_energy(std::vector{1.0, 1.0, 3.0}) == -infinity);
  // The largest that two levels can have.
  CHECK(close(shape_energy(std::vector{-1.0, 1.0}), std::log(2.0) / 2, 1e-15));
  // Zeros of the Hermite polynomial of degree 4, squares (3 -+ sqrt 6)/2: the maximum, the mean at infinite beta.
  const double inner = std::sqrt((3 - std::sqrt(6.0)) / 2);
  const double outer = std::sqrt((3 + std::sqrt(6.0)) / 2);
  const double best = shape_energy(std::vector{-outer, -inner, inner, outer});
  CHECK(close(shape_energy_law(4, 1e8).mean, best, 1e-7));
  CHECK(shape_energy(std::vector{-outer, -inner, 1.01 * inner, outer}) < best);
  CHECK(shape_energy(std::vector{-outer, -inner, 0.99 * inner, outer}) < best);
}

TEST_CASE("the shape energy does not change under scaling and reflection") {
  std::vector<double> levels{-1.7, -0.9, -0.2, 0.5, 0.6, 1.9};
  const double energy = shape_energy(levels);
  for (const double scale : {1e-200, 1e-3, -1.0, 7.0, 1e200}) {
    std::vector<double> scaled = levels;
    for (double& x : scaled) x *= scale;
    CHECK(close(shape_energy(scaled), energy, 1e-14));
  }
}

TEST_CASE("the shape energy refuses what has no meaning") {
  CHECK_THROWS_AS((void)shape_energy(std::vector{1.0}), InternalError);
  CHECK_THROWS_AS((void)shape_energy(std::vector{0.0, 0.0}), InternalError);
  CHECK_THROWS_AS((void)shape_energy(std::vector{1.0, nan}), InternalError);
  CHECK_THROWS_AS((void)shape_energy(std::vector{1.0, infinity}), InternalError);
  CHECK_THROWS_AS((void)shape_energy_law(1, 1), InternalError);
  CHECK_THROWS_AS((void)shape_energy_law(10, 0), InternalError);
  CHECK_THROWS_AS((void)shape_energy_law(10, nan), InternalError);
  CHECK_THROWS_AS((void)shape_energy_law(10, infinity), InternalError);
}

}  // namespace rankwise::spectra
