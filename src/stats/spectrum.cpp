// The spectrum of an ensemble, added up exactly over its replicas. SPDX-License-Identifier: MIT
#include "rankwise/stats/spectrum.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "rankwise/core/contract.hpp"

namespace rankwise::stats {
namespace {

__extension__ using Wide = __int128;

constexpr int bits = 44;  // of a level, and of each half of its square
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void expects_whole(const SpectrumTally& tally) {
  const std::size_t n = tally.level_sums.size();
  expects(n >= 1 && n <= most_spectrum_levels, "a spectrum has from 1 to 2^22 levels");
  expects(!tally.counts.empty() && tally.count_squares.size() == tally.counts.size() && tally.outside.size() == 2 &&
              tally.level_squares_upper.size() == n && tally.level_squares_lower.size() == n,
          "the parts of a spectrum's tally fit one another");
}

/// One over the quantum.
double quanta_per_unit(double reach) { return std::ldexp(1 / reach, bits); }

/// The nearest whole number, ties away from zero as std::llround has it, |x| <= 2^44: without a call per level.
std::int64_t nearest(double x) {
  const double size = std::abs(x);
  auto whole = static_cast<std::int64_t>(size);
  if (size - static_cast<double>(whole) >= 0.5) ++whole;
  return x < 0 ? -whole : whole;
}

/// replicas^2 (replicas - 1) times the squared standard error of a mean, exactly: a difference of two numbers of up to
/// 124 bits, of which double would keep 53.
Wide scaled_error(Wide sum, Wide squares, std::int64_t replicas) { return squares * replicas - sum * sum; }

double standard_error(Wide scaled, std::int64_t replicas) {
  if (replicas < 2) return nan;
  const auto r = static_cast<double>(replicas);
  return std::sqrt(static_cast<double>(scaled) / (r * r * (r - 1)));
}

}  // namespace

double spectrum_reach(std::span<const double> edges) {
  expects(edges.size() >= 2, "a spectrum has at least two edges of bins");
  bool ascend = true;
  for (std::size_t j = 1; j < edges.size(); ++j) ascend = ascend && edges[j - 1] < edges[j];
  expects(ascend, "edges of bins ascend");
  const double largest = std::max(std::abs(edges.front()), std::abs(edges.back()));
  expects(std::isfinite(largest), "edges of bins are finite");
  int exponent = 0;
  const double fraction = std::frexp(largest, &exponent);  // in [1/2, 1)
  if (fraction == 0.5) --exponent;
  expects(std::abs(exponent) <= 900, "the scale of a spectrum lies between 2^-900 and 2^900");
  return std::ldexp(1.0, exponent);
}

SpectrumTally empty_spectrum(std::size_t levels, std::size_t bins) {
  const std::vector<std::int64_t> by_bin(bins, 0);
  const std::vector<std::int64_t> by_level(levels, 0);
  SpectrumTally tally{by_bin, by_bin, {0, 0}, by_level, by_level, by_level};
  expects_whole(tally);
  return tally;
}

void add_replica(SpectrumTally& tally, std::span<const double> levels, std::span<const double> edges) {
  const double reach = spectrum_reach(edges);
  expects(replicas_in(tally) < most_spectrum_replicas, "a tally of spectra takes at most 2^18 replicas");
  expects(edges.size() == tally.counts.size() + 1, "a tally of spectra has one bin between any two edges");
  expects(levels.size() == tally.level_sums.size(), "all replicas of a tally have the same number of levels");
  expects(std::is_sorted(levels.begin(), levels.end()), "levels ascend");
  bool within = true;
  for (const double x : levels) within = within && std::abs(x) <= reach;
  expects(within, "levels lie within the reach of the edges");

  // Levels and edges ascend both: one walk through the two. Only the last edge belongs to the bin before it.
  std::size_t at = 0;
  while (at < levels.size() && levels[at] < edges.front()) ++at;
  tally.outside[0] += static_cast<std::int64_t>(at);
  for (std::size_t j = 0; j < tally.counts.size(); ++j) {
    const std::size_t begin = at;
    const double edge = edges[j + 1];
    while (at < levels.size() && levels[at] < edge) ++at;
    if (j + 1 == tally.counts.size()) {
      while (at < levels.size() && levels[at] == edge) ++at;
    }
    const auto count = static_cast<std::int64_t>(at - begin);
    tally.counts[j] += count;
    tally.count_squares[j] += count * count;
  }
  tally.outside[1] += static_cast<std::int64_t>(levels.size() - at);

  const double scale = quanta_per_unit(reach);
  constexpr Wide lower_half = (Wide{1} << bits) - 1;
  for (std::size_t k = 0; k < levels.size(); ++k) {
    const std::int64_t quanta = nearest(levels[k] * scale);  // the product is exact: a power of two
    const Wide square = Wide{quanta} * quanta;
    tally.level_sums[k] += quanta;
    tally.level_squares_upper[k] += static_cast<std::int64_t>(square >> bits);
    tally.level_squares_lower[k] += static_cast<std::int64_t>(square & lower_half);
  }
}

SpectrumTally& operator+=(SpectrumTally& tally, const SpectrumTally& other) {
  expects(replicas_in(tally) + replicas_in(other) <= most_spectrum_replicas,
          "a tally of spectra takes at most 2^18 replicas");
  expects(tally.counts.size() == other.counts.size() && tally.level_sums.size() == other.level_sums.size(),
          "tallies that are added have the same shape");
  for (const auto part :
       {&SpectrumTally::counts, &SpectrumTally::count_squares, &SpectrumTally::outside, &SpectrumTally::level_sums,
        &SpectrumTally::level_squares_upper, &SpectrumTally::level_squares_lower}) {
    std::transform((tally.*part).begin(), (tally.*part).end(), (other.*part).begin(), (tally.*part).begin(),
                   std::plus<>());
  }
  return tally;
}

std::int64_t replicas_in(const SpectrumTally& tally) {
  expects_whole(tally);
  const std::int64_t total =
      std::accumulate(tally.counts.begin(), tally.counts.end(), std::int64_t{0}) + tally.outside[0] + tally.outside[1];
  const auto n = static_cast<std::int64_t>(tally.level_sums.size());
  expects(total >= 0 && total % n == 0, "a tally of spectra holds all levels of each replica");
  return total / n;
}

SpectrumSummary summarise(const SpectrumTally& tally, std::span<const double> edges, std::int64_t replicas) {
  const double reach = spectrum_reach(edges);
  expects(edges.size() == tally.counts.size() + 1, "a tally of spectra has one bin between any two edges");
  expects(replicas_in(tally) == replicas && replicas <= most_spectrum_replicas,
          "a tally of spectra holds as many replicas as are said to be in it");
  const auto n = static_cast<double>(tally.level_sums.size());
  const auto r = static_cast<double>(replicas);  // 0/0 makes the NaN of an empty tally
  SpectrumSummary summary;
  for (std::size_t j = 0; j < tally.counts.size(); ++j) {
    const double width = edges[j + 1] - edges[j];
    summary.density.push_back(static_cast<double>(tally.counts[j]) / (n * r * width));
    const Wide error = scaled_error(tally.counts[j], tally.count_squares[j], replicas);
    summary.density_stderr.push_back(standard_error(error, replicas) / (n * width));
  }
  const double quantum = 1 / quanta_per_unit(reach);
  for (std::size_t k = 0; k < tally.level_sums.size(); ++k) {
    summary.level_mean.push_back(static_cast<double>(tally.level_sums[k]) / r * quantum);
    const Wide squares = (Wide{tally.level_squares_upper[k]} << bits) + tally.level_squares_lower[k];
    summary.level_stderr.push_back(standard_error(scaled_error(tally.level_sums[k], squares, replicas), replicas) *
                                   quantum);
  }
  summary.below = static_cast<double>(tally.outside[0]) / (n * r);
  summary.above = static_cast<double>(tally.outside[1]) / (n * r);
  const std::int64_t inside = std::accumulate(tally.counts.begin(), tally.counts.end(), std::int64_t{0});
  summary.inside = static_cast<double>(inside) / (n * r);
  return summary;
}

double kolmogorov_distance(const SpectrumTally& tally, std::span<const double> cdf_at_edges) {
  const std::int64_t replicas = replicas_in(tally);
  expects(cdf_at_edges.size() == tally.counts.size() + 1, "a distribution function is given at each edge");
  const double total = static_cast<double>(replicas) * static_cast<double>(tally.level_sums.size());
  double distance = replicas == 0 ? nan : 0;
  std::int64_t below = tally.outside[0];
  for (std::size_t j = 0; j < cdf_at_edges.size(); ++j) {
    expects(cdf_at_edges[j] >= 0 && cdf_at_edges[j] <= 1, "a distribution function lies in [0, 1]");
    if (replicas > 0) distance = std::max(distance, std::abs(static_cast<double>(below) / total - cdf_at_edges[j]));
    if (j < tally.counts.size()) below += tally.counts[j];
  }
  return distance;
}

}  // namespace rankwise::stats
