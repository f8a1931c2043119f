// A probability that rises along x as a normal distribution function. SPDX-License-Identifier: MIT
#include "rankwise/stats/probit.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rankwise/core/contract.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/stats/moments.hpp"

namespace rankwise::stats {
namespace {

/// Phi(eta) and Phi(-eta), neither by subtraction.
double phi_below(double eta) { return std::erfc(-eta / std::numbers::sqrt2) / 2; }

/// Score and information of (a, b) in eta = a + b x.
struct Slope {
  double log_likelihood = 0;
  double score_a = 0, score_b = 0;
  double info_aa = 0, info_ab = 0, info_bb = 0;
};

Slope slope_at(std::span<const double> x, const std::vector<bool>& outcome, double floor, double a, double b) {
  Slope s;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double eta = a + b * x[i];
    // beyond 8 standard deviations an outcome tells no more
    const double miss = (1 - floor) * std::max(phi_below(-eta), 1e-15);
    const double hit = std::max(floor + (1 - floor) * phi_below(eta), 1e-15);
    const double density = (1 - floor) * std::exp(-eta * eta / 2) / std::sqrt(2 * std::numbers::pi);
    s.log_likelihood += std::log(outcome[i] ? hit : miss);
    const double pull = outcome[i] ? density / hit : -density / miss;
    const double weight = density * density / (hit * miss);
    s.score_a += pull;
    s.score_b += pull * x[i];
    s.info_aa += weight;
    s.info_ab += weight * x[i];
    s.info_bb += weight * x[i] * x[i];
  }
  return s;
}

/// One x has all the failures on one side and all the successes on the other.
bool is_separated(std::span<const double> x, const std::vector<bool>& outcome) {
  double highest_miss = -std::numeric_limits<double>::infinity();
  double lowest_hit = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (outcome[i]) {
      lowest_hit = std::min(lowest_hit, x[i]);
    } else {
      highest_miss = std::max(highest_miss, x[i]);
    }
  }
  return highest_miss <= lowest_hit;  // also where one of them does not occur
}

}  // namespace

ProbitFit::Value ProbitFit::crossing(double probability) const {
  expects(probability > floor && probability < 1, "a probability above the floor and below 1");
  const double z = random::normal_quantile((probability - floor) / (1 - floor));
  return {midpoint + z * scale, std::sqrt(midpoint_variance + 2 * z * covariance + z * z * scale_variance)};
}

ProbitFit::Value ProbitFit::width(double low, double high) const {
  expects(low > floor && high > floor && low < 1 && high < 1, "probabilities above the floor and below 1");
  const double z =
      random::normal_quantile((high - floor) / (1 - floor)) - random::normal_quantile((low - floor) / (1 - floor));
  return {z * scale, std::abs(z) * std::sqrt(scale_variance)};
}

ProbitFit probit_fit(std::span<const double> x, const std::vector<bool>& outcome, double floor) {
  expects(x.size() == outcome.size(), "one outcome for each x");
  expects(floor >= 0 && floor < 1, "the floor lies in [0, 1)");
  ProbitFit fit;
  fit.count = static_cast<std::int64_t>(x.size());
  fit.floor = floor;
  if (is_separated(x, outcome)) return fit;
  const Moments spread = moments(x);
  const double unit = std::sqrt(spread.variance);
  std::vector<double> u;
  for (const double value : x) u.push_back((value - spread.mean) / unit);

  double a = 0;
  double b = 1;
  Slope here = slope_at(u, outcome, floor, a, b);
  for (int iteration = 0; iteration < 200; ++iteration) {
    const double determinant = here.info_aa * here.info_bb - here.info_ab * here.info_ab;
    if (!(determinant > 0)) return fit;
    double step_a = (here.info_bb * here.score_a - here.info_ab * here.score_b) / determinant;
    double step_b = (here.info_aa * here.score_b - here.info_ab * here.score_a) / determinant;
    if (std::abs(step_a) + std::abs(step_b) < 1e-10 * (1 + std::abs(a) + std::abs(b))) {
      if (!(b > 0)) return fit;
      fit.midpoint = spread.mean - unit * a / b;
      fit.scale = unit / b;
      const double var_a = here.info_bb / determinant;
      const double var_b = here.info_aa / determinant;
      const double cov = -here.info_ab / determinant;
      // midpoint = mean - unit a/b, scale = unit/b
      const double da = -unit / b;
      const double db = unit * a / (b * b);
      const double dscale = -unit / (b * b);
      fit.midpoint_variance = da * da * var_a + 2 * da * db * cov + db * db * var_b;
      fit.scale_variance = dscale * dscale * var_b;
      fit.covariance = da * dscale * cov + db * dscale * var_b;
      return fit;
    }
    Slope next;
    for (int halving = 0; halving < 40; ++halving) {
      next = slope_at(u, outcome, floor, a + step_a, b + step_b);
      if (next.log_likelihood >= here.log_likelihood - 1e-12 * std::abs(here.log_likelihood)) break;
      step_a /= 2;
      step_b /= 2;
    }
    a += step_a;
    b += step_b;
    here = next;
  }
  return fit;
}

}  // namespace rankwise::stats
