// How far chance reaches: Student's t, and shares of a count. SPDX-License-Identifier: MIT
#include "rankwise/stats/significance.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

#include "rankwise/core/contract.hpp"

namespace rankwise::stats {
namespace {

/// t with P(T > t) = tail.
double upper_quantile(double tail, double dof) {
  expects(tail > 0 && tail < 1, "a probability lies in (0, 1)");
  expects(dof > 0, "degrees of freedom are positive");
  if (std::isinf(dof)) return boost::math::quantile(boost::math::complement(boost::math::normal(), tail));
  return boost::math::quantile(boost::math::complement(boost::math::students_t(dof), tail));
}

void expects_counts(std::int64_t successes, std::int64_t trials) {
  expects(successes >= 0 && successes <= trials, "successes lie between 0 and the number of trials");
}

}  // namespace

double students_t_quantile(double probability, double dof) {
  // Through the lower tail, which holds small probabilities exactly; the law is symmetric.
  return -upper_quantile(probability, dof);
}

double two_sided_threshold(double alpha, double dof) {
  expects(alpha > 0 && alpha < 1, "a probability lies in (0, 1)");
  return upper_quantile(alpha / 2, dof);
}

double binomial_stderr(std::int64_t successes, std::int64_t trials) {
  expects_counts(successes, trials);
  if (trials == 0) return std::numeric_limits<double>::quiet_NaN();
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  return std::sqrt(p * (1 - p) / n);
}

Interval wilson_interval(std::int64_t successes, std::int64_t trials, double alpha) {
  expects_counts(successes, trials);
  const double z = two_sided_threshold(alpha, std::numeric_limits<double>::infinity());
  if (trials == 0) return {};
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double centre = p + z * z / (2 * n);
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  return {successes == 0 ? 0 : std::max(0.0, (centre - half) / scale),
          successes == trials ? 1 : std::min(1.0, (centre + half) / scale)};
}

}  // namespace rankwise::stats
