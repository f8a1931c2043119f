// Errors and intervals of any statistic, by resampling with replacement. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "rankwise/random/stream.hpp"
#include "rankwise/stats/significance.hpp"

namespace rankwise::stats {

/// Where resamples come from: resample b is drawn from Stream(key, Purpose::bootstrap, replica, client, round = b).
/// So it is the same however many there are and whoever draws it, and two statistics of the same observations get the
/// same resamples from the same source. Independent questions take different `replica` or `client`.
struct ResampleSource {
  random::Key key;
  std::uint64_t replica = 0;
  std::uint64_t client = 0;

  /// Throws InternalError from resample 2^32 on, where the counter ends.
  [[nodiscard]] random::Stream stream(std::size_t resample) const;
};

/// A statistic of the sample in which observation i occurs counts[i] times.
using CountedStatistic = std::function<double(std::span<const std::int64_t> counts)>;

/// How often each observation occurs in resample b. The observations lie in the order of their strata, `strata` is how
/// many each has; stratum after stratum, s observations are drawn with replacement by s calls of random::below(s).
/// Throws InternalError without strata or for an empty one.
[[nodiscard]] std::vector<std::int64_t> resample_counts(std::span<const std::size_t> strata,
                                                        const ResampleSource& source, std::size_t resample);

/// The statistic in resamples 0 .. resamples - 1 (Efron, Ann. Statist. 7 (1979)). Throws InternalError as above.
[[nodiscard]] std::vector<double> bootstrap(std::span<const std::size_t> strata, const ResampleSource& source,
                                            std::size_t resamples, const CountedStatistic& statistic);
/// One stratum: every observation may stand in for every other.
[[nodiscard]] std::vector<double> bootstrap(std::size_t observations, const ResampleSource& source,
                                            std::size_t resamples, const CountedStatistic& statistic);

/// Of the resampled statistics that are not NaN; the caller compares `count` with what it asked for.
struct BootstrapSummary {
  std::int64_t count = 0;
  double mean = std::numeric_limits<double>::quiet_NaN();  ///< NaN without values; less the estimate: the bias
  double standard_error = std::numeric_limits<double>::quiet_NaN();  ///< standard deviation; NaN below two values
  Interval interval{std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
};

/// `interval` runs between the quantiles alpha/2 and 1 - alpha/2 of the resampled statistics (the percentile method;
/// quantiles as in moments.hpp). Throws InternalError unless 0 < alpha < 1.
[[nodiscard]] BootstrapSummary bootstrap_summary(std::span<const double> resampled, double alpha = 0.05);

}  // namespace rankwise::stats
