// Errors and intervals of any statistic, by resampling with replacement. SPDX-License-Identifier: MIT
#include "rankwise/stats/bootstrap.hpp"

#include <algorithm>
#include <cmath>

#include "rankwise/core/contract.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/stats/moments.hpp"

namespace rankwise::stats {
namespace {

std::size_t observations_in(std::span<const std::size_t> strata) {
  expects(!strata.empty(), "a bootstrap has at least one stratum");
  std::size_t total = 0;
  for (const std::size_t size : strata) {
    expects(size >= 1, "a stratum of a bootstrap has at least one observation");
    total += size;
  }
  return total;
}

void draw(std::span<const std::size_t> strata, random::Stream stream, std::span<std::int64_t> counts) {
  std::fill(counts.begin(), counts.end(), 0);
  std::size_t first = 0;
  for (const std::size_t size : strata) {
    const auto stratum = counts.subspan(first, size);
    for (std::size_t i = 0; i < size; ++i) ++stratum[random::below(stream, size)];
    first += size;
  }
}

}  // namespace

random::Stream ResampleSource::stream(std::size_t resample) const {
  expects(resample <= std::numeric_limits<std::uint32_t>::max(), "a bootstrap has at most 2^32 resamples");
  return {key, random::Purpose::bootstrap, replica, client, static_cast<std::uint32_t>(resample)};
}

std::vector<std::int64_t> resample_counts(std::span<const std::size_t> strata, const ResampleSource& source,
                                          std::size_t resample) {
  std::vector<std::int64_t> counts(observations_in(strata));
  draw(strata, source.stream(resample), counts);
  return counts;
}

std::vector<double> bootstrap(std::span<const std::size_t> strata, const ResampleSource& source, std::size_t resamples,
                              const CountedStatistic& statistic) {
  std::vector<std::int64_t> counts(observations_in(strata));
  std::vector<double> values;
  values.reserve(resamples);
  for (std::size_t b = 0; b < resamples; ++b) {
    draw(strata, source.stream(b), counts);
    values.push_back(statistic(counts));
  }
  return values;
}

std::vector<double> bootstrap(std::size_t observations, const ResampleSource& source, std::size_t resamples,
                              const CountedStatistic& statistic) {
  return bootstrap(std::span(&observations, 1), source, resamples, statistic);
}

BootstrapSummary bootstrap_summary(std::span<const double> resampled, double alpha) {
  expects(alpha > 0 && alpha < 1, "a probability lies in (0, 1)");
  const Moments m = moments(resampled);
  return {m.count, m.mean, std::sqrt(m.variance), {quantile(resampled, alpha / 2), quantile(resampled, 1 - alpha / 2)}};
}

}  // namespace rankwise::stats
