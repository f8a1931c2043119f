// How well a score tells two classes apart: ROC curve and the area under it, with errors. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "rankwise/stats/bootstrap.hpp"

namespace rankwise::stats {

/// Scores of two classes; the larger score speaks for `positives`. That orientation is never turned round, so an AUC
/// below 1/2 is reported as such. Infinite scores are allowed. All functions below throw InternalError for a NaN, an
/// empty class or 2^31 scores in a class.
struct Scores {
  std::span<const double> positives;
  std::span<const double> negatives;
};

/// One point per distinct score, from the strictest rule to the laxest: "positive where score >= threshold". The first
/// point is (0, 0) with threshold infinity (nothing is positive), the last one (1, 1). Equal scores are one step, which
/// is slanted where both classes have that score. All three as long as there are distinct scores, and one.
struct RocCurve {
  std::vector<double> false_positive_rate;
  std::vector<double> true_positive_rate;
  std::vector<double> threshold;
};
[[nodiscard]] RocCurve roc_curve(const Scores& scores);

/// Area under the curve = P(positive > negative) + P(equal)/2 over all pairs (Mann and Whitney, Ann. Math. Stat. 18
/// (1947)). Counted in integers by one sort, O(N log N), and rounded once.
[[nodiscard]] double auc(const Scores& scores);

struct AucEstimate {
  double auc = std::numeric_limits<double>::quiet_NaN();
  double standard_error = std::numeric_limits<double>::quiet_NaN();  ///< NaN where a class has one score only
};

/// With DeLong's standard error, the root of var(v1)/n1 + var(v0)/n0, where v1_i is the share of negatives below
/// positive i and v0_j that of positives above negative j, ties half (DeLong, DeLong and Clarke-Pearson, Biometrics 44
/// (1988)). It is 0 for classes without overlap, where it says nothing.
[[nodiscard]] AucEstimate auc_delong(const Scores& scores);

struct AucDifference {
  AucEstimate first;
  AucEstimate second;
  double covariance = std::numeric_limits<double>::quiet_NaN();      ///< of the two estimates, DeLong's
  double difference = std::numeric_limits<double>::quiet_NaN();      ///< first - second
  double standard_error = std::numeric_limits<double>::quiet_NaN();  ///< of the difference
};

/// Two scores of the SAME observations, in the same order in both: what they share cancels in the difference. Throws
/// InternalError also where the numbers of observations differ.
[[nodiscard]] AucDifference auc_difference(const Scores& first, const Scores& second);

/// The AUC in each resample, stratified: strata {positives, negatives} of bootstrap.hpp. The scores are sorted once; a
/// resample costs O(N).
[[nodiscard]] std::vector<double> auc_resamples(const Scores& scores, const ResampleSource& source,
                                                std::size_t resamples);
/// The same for several scores of the SAME observations, in the same order in all: element [s][b]. Each resample is
/// drawn once for all of them. Throws InternalError also where the numbers of observations differ.
[[nodiscard]] std::vector<std::vector<double>> auc_resamples(std::span<const Scores> scores, const ResampleSource& source,
                                                             std::size_t resamples);

/// AUC(first) - AUC(second) in each resample, with the same resampled observations for both scores. Contract as for
/// auc_difference. Element b is exactly the difference of elements b of auc_resamples from the same source.
[[nodiscard]] std::vector<double> auc_difference_resamples(const Scores& first, const Scores& second,
                                                           const ResampleSource& source, std::size_t resamples);

}  // namespace rankwise::stats
