// Comparing the points of a run. SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "experiments/tables.hpp"
#include "rankwise/random/stream.hpp"
#include "rankwise/run/results.hpp"
#include "rankwise/stats/moments.hpp"
#include "rankwise/stats/roc.hpp"

namespace rankwise::experiments::levels {

/// A scalar observable of all replicas of a point that are there, in order.
[[nodiscard]] std::vector<double> samples(const run::Results& results, std::string_view observable, std::size_t point);
[[nodiscard]] stats::Moments sample_moments(const run::Results& results, std::string_view observable, std::size_t point);
[[nodiscard]] bool has_samples(const run::Results& results, std::size_t point);
/// Entry `index` of a point's theory; NaN when it is not there.
[[nodiscard]] double theory_of(const run::Results& results, std::string_view observable, std::size_t point,
                               std::size_t index = 0);
/// Moments over replicas of every entry of an observable with one axis.
[[nodiscard]] std::vector<stats::Moments> entry_moments(const run::Results& results, std::string_view observable, std::size_t point);

/// Equal bins on [low, high]; the outermost take what lies beyond.
struct Bins {
  double low;
  double high;
  std::size_t count;
  [[nodiscard]] std::vector<double> edges() const;
  [[nodiscard]] std::size_t of(double x) const;
};

/// " [dimension=100, ensemble=goe]": what tells the point from the others of the run.
[[nodiscard]] std::string label(const run::Results& results, std::size_t point);
/// Claims that the mean of a scalar statistic is what theory says, give or take `tolerance`; nothing without theory or
/// two replicas.
void claim_mean(const run::Results& results, const char* statistic, std::size_t point, double tolerance, const char* source,
                run::Claims& claims);

struct MeanDifference {
  double value;
  double standard_error;  ///< of independent replicas
};
/// Mean at point `second` less that at `first`.
[[nodiscard]] MeanDifference mean_difference(const run::Results& results, std::string_view statistic, std::size_t first,
                                             std::size_t second);

/// "goe", "beta_hermite beta=1.5", "wishart m=400", "rosenzweig_porter gamma=1 uniform".
[[nodiscard]] std::string class_name(const run::Point& point);

/// Two points whose ensembles are told apart; the larger score speaks for `positive`.
struct ClassPair {
  std::size_t negative;
  std::size_t positive;
};

/// How well one statistic tells two classes apart.
struct Discrimination {
  std::string statistic;
  stats::AucEstimate auc;            ///< with DeLong's error
  std::vector<double> resampled;     ///< by the paired, stratified bootstrap: the same resamples for all statistics
  stats::Interval interval;          ///< 95 % percentiles of them
};
/// A statistic that tells ensembles apart; sign -1: the smaller value speaks for `positive`. Fixed before any data.
struct Score {
  const char* statistic;
  double sign = 1;
};

/// Scores of a pair by several statistics, on the same replicas; a statistic with NaN is left out.
class Discriminator {
 public:
  Discriminator(const run::Results& results, ClassPair pair, std::size_t resamples, std::span<const Score> scores);
  [[nodiscard]] const std::vector<Discrimination>& all() const { return found_; }
  [[nodiscard]] const Discrimination* find(std::string_view statistic) const;
  [[nodiscard]] stats::RocCurve curve(std::size_t index) const;
  /// DeLong's comparison on the same replicas.
  [[nodiscard]] stats::AucDifference difference(std::size_t first, std::size_t second) const;
  /// 95 % percentiles of the paired bootstrap of AUC(first) - AUC(second).
  [[nodiscard]] stats::Interval difference_interval(std::size_t first, std::size_t second) const;

 private:
  [[nodiscard]] stats::Scores scores(std::size_t index) const { return {positives_[index], negatives_[index]}; }

  std::vector<std::vector<double>> positives_;
  std::vector<std::vector<double>> negatives_;
  std::vector<Discrimination> found_;
};

}  // namespace rankwise::experiments::levels
