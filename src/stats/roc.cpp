// How well a score tells two classes apart: ROC curve and the area under it, with errors. SPDX-License-Identifier: MIT
#include "rankwise/stats/roc.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>

#include "rankwise/core/contract.hpp"
#include "rankwise/stats/moments.hpp"

namespace rankwise::stats {
namespace {

using Counts = std::vector<std::int64_t>;

/// Both classes sorted into one row. Observations 0 .. n1 - 1 are the positives, the negatives follow.
class Ranking {
 public:
  explicit Ranking(const Scores& scores) : positives_(scores.positives.size()), negatives_(scores.negatives.size()) {
    expects(positives_ >= 1 && negatives_ >= 1, "a ROC curve needs at least one score of each class");
    // 2 n1 n0, the largest sum of this file, stays below 2^63.
    constexpr std::size_t limit = std::size_t{1} << 31;
    expects(positives_ < limit && negatives_ < limit, "a ROC curve takes less than 2^31 scores of each class");
    scores_.reserve(positives_ + negatives_);
    scores_.insert(scores_.end(), scores.positives.begin(), scores.positives.end());
    scores_.insert(scores_.end(), scores.negatives.begin(), scores.negatives.end());
    expects(std::none_of(scores_.begin(), scores_.end(), [](double x) { return std::isnan(x); }), "a score is not NaN");
    order_.resize(scores_.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::sort(order_.begin(), order_.end(), [this](std::size_t i, std::size_t j) { return scores_[i] < scores_[j]; });
    for (std::size_t i = 1; i <= order_.size(); ++i) {
      if (i == order_.size() || scores_[order_[i]] != scores_[order_[i - 1]]) ends_.push_back(i);
    }
  }

  [[nodiscard]] std::size_t positives() const { return positives_; }
  [[nodiscard]] std::size_t negatives() const { return negatives_; }
  [[nodiscard]] std::size_t observations() const { return order_.size(); }
  [[nodiscard]] double pairs() const { return static_cast<double>(positives_) * static_cast<double>(negatives_); }

  /// visit(run of observations with equal score, their score), ascending.
  template <typename Visit>
  void for_each_run(const Visit& visit) const {
    std::size_t first = 0;
    for (const std::size_t end : ends_) {
      visit(std::span(order_).subspan(first, end - first), scores_[order_[first]]);
      first = end;
    }
  }

  /// visit(positives, negatives, score) for each run of equal scores, ascending; observation i counts counts[i] times.
  template <typename Visit>
  void for_each_step(std::span<const std::int64_t> counts, const Visit& visit) const {
    for_each_run([&](std::span<const std::size_t> run, double score) {
      std::array<std::int64_t, 2> step{};
      for (const std::size_t i : run) step[i < positives_ ? 1 : 0] += counts[i];
      visit(step[1], step[0], score);
    });
  }

  /// The AUC where observation i counts counts[i] times; the counts of each class sum to its size.
  [[nodiscard]] double auc(std::span<const std::int64_t> counts) const {
    std::int64_t doubled_wins = 0;
    std::int64_t below = 0;
    for_each_step(counts, [&](std::int64_t p, std::int64_t n, double) {
      doubled_wins += p * (2 * below + n);
      below += n;
    });
    return static_cast<double>(doubled_wins) / (2 * pairs());
  }

  [[nodiscard]] Counts once_each() const { return Counts(observations(), 1); }

 private:
  std::size_t positives_;
  std::size_t negatives_;
  std::vector<double> scores_;      // by observation
  std::vector<std::size_t> order_;  // observations, ascending by score
  std::vector<std::size_t> ends_;   // where the runs of equal scores in order_ end
};

/// For each observation, the share of the other class on its right side, ties half: v1 of the positives, v0 of the
/// negatives.
struct Placements {
  std::vector<double> positives;
  std::vector<double> negatives;
};

Placements placements(const Ranking& ranking) {
  const std::size_t n1 = ranking.positives();
  Placements result{std::vector<double>(n1), std::vector<double>(ranking.negatives())};
  std::int64_t positives_left = static_cast<std::int64_t>(n1);  // in this run or above
  std::int64_t negatives_below = 0;
  ranking.for_each_run([&](std::span<const std::size_t> run, double) {
    const std::int64_t p = std::count_if(run.begin(), run.end(), [n1](std::size_t i) { return i < n1; });
    const std::int64_t n = static_cast<std::int64_t>(run.size()) - p;
    const double v1 = static_cast<double>(2 * negatives_below + n) / (2 * static_cast<double>(ranking.negatives()));
    const double v0 = static_cast<double>(2 * positives_left - p) / (2 * static_cast<double>(n1));
    for (const std::size_t i : run) {
      if (i < n1) {
        result.positives[i] = v1;
      } else {
        result.negatives[i - n1] = v0;
      }
    }
    positives_left -= p;
    negatives_below += n;
  });
  return result;
}

/// Squared standard error of the mean, one class.
double squared_error(std::span<const double> v) { return moments(v).variance / static_cast<double>(v.size()); }

AucEstimate estimate(const Ranking& ranking, const Placements& v) {
  return {ranking.auc(ranking.once_each()), std::sqrt(squared_error(v.positives) + squared_error(v.negatives))};
}

/// Covariance of the means of two paired samples; 0/0 below two pairs.
double covariance_of_means(std::span<const double> a, std::span<const double> b) {
  const auto n = static_cast<double>(a.size());
  const double mean_a = moments(a).mean;
  const double mean_b = moments(b).mean;
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum / (n - 1) / n;
}

std::vector<double> minus(std::span<const double> a, std::span<const double> b) {
  std::vector<double> difference(a.size());
  std::transform(a.begin(), a.end(), b.begin(), difference.begin(), std::minus<>());
  return difference;
}

void expects_same_observations(const Ranking& first, const Ranking& second) {
  expects(first.positives() == second.positives() && first.negatives() == second.negatives(),
          "paired scores belong to the same observations");
}

}  // namespace

RocCurve roc_curve(const Scores& scores) {
  const Ranking ranking(scores);
  const auto n1 = static_cast<double>(ranking.positives());
  const auto n0 = static_cast<double>(ranking.negatives());
  RocCurve curve;
  // Upwards through the scores: the rule of each step declares what lies below negative.
  std::int64_t true_positives = static_cast<std::int64_t>(ranking.positives());
  std::int64_t false_positives = static_cast<std::int64_t>(ranking.negatives());
  const auto add = [&](double threshold) {
    curve.false_positive_rate.push_back(static_cast<double>(false_positives) / n0);
    curve.true_positive_rate.push_back(static_cast<double>(true_positives) / n1);
    curve.threshold.push_back(threshold);
  };
  ranking.for_each_step(ranking.once_each(), [&](std::int64_t p, std::int64_t n, double score) {
    add(score);
    true_positives -= p;
    false_positives -= n;
  });
  add(std::numeric_limits<double>::infinity());
  for (std::vector<double>* column : {&curve.false_positive_rate, &curve.true_positive_rate, &curve.threshold}) {
    std::reverse(column->begin(), column->end());
  }
  return curve;
}

double auc(const Scores& scores) {
  const Ranking ranking(scores);
  return ranking.auc(ranking.once_each());
}

AucEstimate auc_delong(const Scores& scores) {
  const Ranking ranking(scores);
  return estimate(ranking, placements(ranking));
}

AucDifference auc_difference(const Scores& first, const Scores& second) {
  const Ranking a(first);
  const Ranking b(second);
  expects_same_observations(a, b);
  const Placements va = placements(a);
  const Placements vb = placements(b);
  AucDifference result;
  result.first = estimate(a, va);
  result.second = estimate(b, vb);
  result.covariance = covariance_of_means(va.positives, vb.positives) + covariance_of_means(va.negatives, vb.negatives);
  result.difference = result.first.auc - result.second.auc;
  // From the paired differences of the placements, not from the covariance: never the root of a negative number.
  result.standard_error =
      std::sqrt(squared_error(minus(va.positives, vb.positives)) + squared_error(minus(va.negatives, vb.negatives)));
  return result;
}

std::vector<std::vector<double>> auc_resamples(std::span<const Scores> scores, const ResampleSource& source,
                                               std::size_t resamples) {
  std::vector<Ranking> rankings;
  for (const Scores& of : scores) rankings.emplace_back(of);
  std::vector<std::vector<double>> areas(scores.size());
  if (rankings.empty()) return areas;
  for (const Ranking& ranking : rankings) expects_same_observations(rankings.front(), ranking);
  const std::array strata{rankings.front().positives(), rankings.front().negatives()};
  // The statistic of the bootstrap is the first area; the others are taken down beside it.
  areas.front() = bootstrap(strata, source, resamples, [&](std::span<const std::int64_t> counts) {
    for (std::size_t s = 1; s < rankings.size(); ++s) areas[s].push_back(rankings[s].auc(counts));
    return rankings.front().auc(counts);
  });
  return areas;
}

std::vector<double> auc_resamples(const Scores& scores, const ResampleSource& source, std::size_t resamples) {
  return auc_resamples(std::span(&scores, 1), source, resamples).front();
}

std::vector<double> auc_difference_resamples(const Scores& first, const Scores& second, const ResampleSource& source,
                                             std::size_t resamples) {
  const std::array both{first, second};
  auto areas = auc_resamples(both, source, resamples);
  return minus(areas[0], areas[1]);
}

}  // namespace rankwise::stats
