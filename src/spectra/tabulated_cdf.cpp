// A distribution function by interpolation between exact values. SPDX-License-Identifier: MIT
#include "rankwise/spectra/tabulated_cdf.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "rankwise/core/contract.hpp"

namespace rankwise::spectra {

double interpolated_cdf(const LawPoint& a, const LawPoint& b, double x) {
  const double width = b.x - a.x;
  const double rise = b.cdf - a.cdf;
  const double t = (x - a.x) / width;
  const double start = std::min(a.density * width, 3 * rise);
  const double end = std::min(b.density * width, 3 * rise);
  return a.cdf + t * (start + t * (3 * rise - 2 * start - end + t * (start + end - 2 * rise)));
}

TabulatedCdf::TabulatedCdf(std::vector<LawPoint> points) : points_(std::move(points)) {
  expects(points_.size() >= 2, "a table has at least two points");
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const LawPoint& p = points_[i];
    expects(std::isfinite(p.x) && std::isfinite(p.density) && std::isfinite(p.cdf) && p.density >= 0,
            "the points of a table are finite, their densities not negative");
    expects(i == 0 || (points_[i - 1].x < p.x && points_[i - 1].cdf <= p.cdf), "a distribution function rises");
  }
}

double TabulatedCdf::operator()(double x) const {
  expects(!std::isnan(x), "a distribution function is asked for at a number");
  if (x <= points_.front().x) return points_.front().cdf;
  if (x >= points_.back().x) return points_.back().cdf;
  const auto above = std::upper_bound(points_.begin(), points_.end(), x,
                                      [](double value, const LawPoint& point) { return value < point.x; });
  // Rounding must not carry the cubic past the ends of its interval.
  return std::clamp(interpolated_cdf(*(above - 1), *above, x), (above - 1)->cdf, above->cdf);
}

}  // namespace rankwise::spectra
