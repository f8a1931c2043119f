// A straight line by least squares. SPDX-License-Identifier: MIT
#include "rankwise/stats/fit.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

#include "rankwise/core/contract.hpp"

namespace rankwise::stats {
namespace {

struct Point {
  double x, y, weight;
};

/// The fit whose weights are 1/variance; for other weights the errors want a common factor.
LinearFit fit(const std::vector<Point>& points) {
  LinearFit line;
  line.count = static_cast<std::int64_t>(points.size());
  if (points.size() < 2) return line;
  double w = 0, wx = 0, wy = 0;
  for (const Point& p : points) {
    w += p.weight;
    wx += p.weight * p.x;
    wy += p.weight * p.y;
  }
  const double mean_x = wx / w;
  const double mean_y = wy / w;
  double xx = 0, xy = 0, yy = 0;
  bool spread_x = false, spread_y = false;  // asked of the points themselves: rounding leaves no exact zero in xx
  for (const Point& p : points) {
    const double dx = p.x - mean_x;
    const double dy = p.y - mean_y;
    xx += p.weight * dx * dx;
    xy += p.weight * dx * dy;
    yy += p.weight * dy * dy;
    spread_x = spread_x || p.x != points[0].x;
    spread_y = spread_y || p.y != points[0].y;
  }
  if (!spread_x) return line;
  line.slope = xy / xx;
  line.intercept = mean_y - line.slope * mean_x;
  line.slope_stderr = std::sqrt(1 / xx);
  line.intercept_stderr = std::sqrt(1 / w + mean_x * mean_x / xx);
  line.chi_squared = 0;
  for (const Point& p : points) {
    const double residual = (p.y - mean_y) - line.slope * (p.x - mean_x);
    line.chi_squared += p.weight * residual * residual;
  }
  if (spread_y) line.r_squared = 1 - line.chi_squared / yy;
  return line;
}

}  // namespace

LinearFit linear_fit(std::span<const double> x, std::span<const double> y) {
  expects(x.size() == y.size(), "a fit has one y for each x");
  std::vector<Point> points;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isnan(x[i]) && !std::isnan(y[i])) points.push_back({x[i], y[i], 1});
  }
  LinearFit line = fit(points);
  const double scatter = line.count > 2 ? std::sqrt(line.chi_squared / static_cast<double>(line.count - 2))
                                        : std::numeric_limits<double>::quiet_NaN();
  line.slope_stderr *= scatter;
  line.intercept_stderr *= scatter;
  return line;
}

LinearFit linear_fit(std::span<const double> x, std::span<const double> y, std::span<const double> y_errors) {
  expects(x.size() == y.size() && x.size() == y_errors.size(), "a fit has one y and one error for each x");
  std::vector<Point> points;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) || std::isnan(y[i]) || std::isnan(y_errors[i])) continue;
    expects(y_errors[i] > 0, "standard errors are positive");
    points.push_back({x[i], y[i], 1 / (y_errors[i] * y_errors[i])});
  }
  return fit(points);
}

}  // namespace rankwise::stats
