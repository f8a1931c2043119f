// SPDX-License-Identifier: MIT
#include "rankwise/spectra/persistence_diagram.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <numbers>

#include "rankwise/core/contract.hpp"
#include "spectra/nystrom.hpp"

namespace rankwise::spectra {
namespace {

void expects_levels(std::span<const double> levels) {
  expects(levels.size() >= 2 && std::is_sorted(levels.begin(), levels.end()), "a diagram needs two levels, ascending");
}

/// Integral over one half of the support in the angle delta from its edge: x = middle + half cos(delta), so that
/// rho = h sin(delta) with a smooth h at a soft edge. From delta = `first` on.
double half_integral(const std::function<double(double)>& density, double middle, double half, double q, double first) {
  constexpr int order = 24;
  constexpr double nearest = 1e-4;  // closer to the edge x is rounded; h is smooth in delta^2
  constexpr double last = 1e-12;
  const auto height = [&](double delta) {
    const double d = std::max(delta, nearest);
    return density(middle + half * std::cos(d)) / std::sin(d);
  };
  double sum = 0;
  double outer = std::numbers::pi / 2;
  while (outer > std::max(first, last)) {
    const double inner = std::max(outer / 4, first);
    const Quadrature rule = gauss_legendre(order, inner, outer);
    for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
      const double delta = rule.nodes[i];
      sum += rule.weights[i] * std::pow(height(delta), 1 - q) * std::pow(std::sin(delta), 2 - q);
    }
    outer = inner;
  }
  if (first < outer) sum += std::pow(height(0), 1 - q) * (std::pow(outer, 3 - q) - std::pow(first, 3 - q)) / (3 - q);
  return std::abs(half) * sum;
}

}  // namespace

std::vector<Bar> persistence_diagram(std::span<const double> levels, std::int64_t field_dimension) {
  expects_levels(levels);
  expects(field_dimension >= 1, "a field has a real dimension");
  std::vector<Bar> bars;
  for (std::size_t k = 1; k < levels.size(); ++k) {
    bars.push_back({levels[k - 1], levels[k], bar_dimension(field_dimension, static_cast<std::int64_t>(k))});
  }
  return bars;
}

double power_persistence(std::span<const double> levels, double q) {
  expects_levels(levels);
  expects(q >= 1, "L^q persistence needs q >= 1");
  const double total = levels.back() - levels.front();
  if (total == 0) return 0;
  double sum = 0;  // in units of the span: no power overflows
  for (std::size_t k = 1; k < levels.size(); ++k) sum += std::pow((levels[k] - levels[k - 1]) / total, q);
  return total * std::pow(sum, 1 / q);
}

std::vector<double> landscape(std::span<const double> levels, std::span<const double> places) {
  expects_levels(levels);
  expects(std::is_sorted(places.begin(), places.end()), "places are ascending");
  std::vector<double> heights;
  heights.reserve(places.size());
  std::size_t above = 0;
  for (const double t : places) {
    while (above < levels.size() && levels[above] <= t) ++above;
    const bool is_alive = above > 0 && above < levels.size();
    heights.push_back(is_alive ? std::min(t - levels[above - 1], levels[above] - t) : 0);
  }
  return heights;
}

double stationary_landscape(double level_density, double spacing_variance) {
  return (1 + spacing_variance) / (4 * level_density);
}

double poisson_landscape(std::size_t n, double t) {
  expects(n >= 2 && t >= 0 && t <= 1, "uniform levels lie in [0, 1]");
  const double power = static_cast<double>(n) + 1;
  const double m = std::min(t, 1 - t);
  const auto term = [power](double x) { return std::pow(x, power) / power; };
  return (term(1) - term(1 - 2 * m)) / 2 - (term(1 - t) - term(1 - t - m)) - (term(t) - term(t - m));
}

double poisson_betti(std::size_t n, std::size_t k, double t) {
  expects(k >= 1 && k < n && t >= 0 && t <= 1, "a bar of n uniform levels, a place in [0, 1]");
  return boost::math::pdf(boost::math::binomial(static_cast<double>(n), t), static_cast<double>(k));
}

double poisson_power_sum(std::size_t n, double q) {
  expects(n >= 2 && q >= 1, "a diagram needs two levels, L^q persistence q >= 1");
  const auto size = static_cast<double>(n);
  return (size - 1) * boost::math::tgamma(q + 1) * boost::math::tgamma_delta_ratio(size + 1, q);
}

double density_power_integral(const std::function<double(double)>& density, double low, double high, double q,
                              double cut_low, double cut_high) {
  const double half = (high - low) / 2;
  expects(low < high && q >= 1 && q < 3, "a support, and a power in [1, 3)");
  expects(cut_low >= 0 && cut_low < half && cut_high >= 0 && cut_high < half, "cuts leave the middle of the support");
  const auto angle = [half](double cut) { return 2 * std::asin(std::sqrt(cut / half / 2)); };
  return half_integral(density, low + half, half, q, angle(cut_high)) +
         half_integral(density, low + half, -half, q, angle(cut_low));
}

}  // namespace rankwise::spectra
