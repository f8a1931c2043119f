// SPDX-License-Identifier: MIT
#include "rankwise/spectra/unfolding.hpp"

#include <algorithm>

#include "rankwise/core/contract.hpp"

namespace rankwise::spectra {
namespace {

void expect_levels(std::span<const double> levels) {
  expects(levels.size() >= 2 && std::is_sorted(levels.begin(), levels.end()),
          "at least two ascending levels are unfolded");
}

}  // namespace

std::vector<double> unfold_polynomial(std::span<const double> levels, std::size_t degree) {
  expect_levels(levels);
  expects(degree >= 1, "a polynomial that unfolds has degree 1 at least");
  const std::size_t n = levels.size();
  const double middle = 0.5 * (levels.front() + levels.back());
  const double half = 0.5 * (levels.back() - levels.front());
  std::vector<double> fit(n, 0.5 * static_cast<double>(n));  // degree 0: the mean of k + 1/2
  if (!(half > 0)) return fit;
  std::vector<double> x(n);
  for (std::size_t k = 0; k < n; ++k) x[k] = (levels[k] - middle) / half;
  std::vector<double> before(n, 0.0);
  std::vector<double> here(n, 1.0);
  double norm_before = 1;
  double norm = static_cast<double>(n);
  for (std::size_t d = 1; d <= degree; ++d) {
    double a = 0;
    for (std::size_t k = 0; k < n; ++k) a += x[k] * here[k] * here[k];
    a /= norm;
    const double b = d == 1 ? 0 : norm / norm_before;
    norm_before = norm;
    norm = 0;
    double projection = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const double next = (x[k] - a) * here[k] - b * before[k];
      before[k] = here[k];
      here[k] = next;
      norm += next * next;
      projection += next * (static_cast<double>(k) + 0.5);
    }
    if (!(norm > 1e-20 * norm_before)) break;  // no more different levels than the degree
    for (std::size_t k = 0; k < n; ++k) fit[k] += projection / norm * here[k];
  }
  return fit;
}

std::vector<double> unfold_local(std::span<const double> levels, std::size_t window) {
  expect_levels(levels);
  const std::size_t bars = levels.size() - 1;
  std::vector<double> unfolded{0.0};
  for (std::size_t k = 0; k < bars; ++k) {
    const std::size_t first = k > window ? k - window : 0;
    const std::size_t last = std::min(bars, k + window + 1);  // one past
    const double mean = (levels[last] - levels[first]) / static_cast<double>(last - first);
    unfolded.push_back(unfolded.back() + (mean > 0 ? (levels[k + 1] - levels[k]) / mean : 0));
  }
  return unfolded;
}

std::vector<double> unfold_mean(std::span<const double> levels) {
  expect_levels(levels);
  const double mean = (levels.back() - levels.front()) / static_cast<double>(levels.size() - 1);
  std::vector<double> unfolded(levels.size(), 0.0);
  for (std::size_t k = 0; mean > 0 && k < levels.size(); ++k) unfolded[k] = (levels[k] - levels.front()) / mean;
  return unfolded;
}

}  // namespace rankwise::spectra
