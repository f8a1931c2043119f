// SPDX-License-Identifier: MIT
#include "compare.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ensemble.hpp"
#include "rankwise/core/contract.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::experiments::levels {

using run::Kind;
using run::Point;
using run::Results;

std::vector<double> samples(const Results& results, std::string_view observable, std::size_t point) {
  const auto& all = results.field(observable, Kind::replica).values.values<double>();
  std::vector<double> found;
  for (std::int64_t r = 0; r < results.replicas(); ++r) {
    if (results.is_measured(point, r)) found.push_back(all[point * static_cast<std::size_t>(results.replicas()) + static_cast<std::size_t>(r)]);
  }
  return found;
}

stats::Moments sample_moments(const Results& results, std::string_view observable, std::size_t point) {
  return stats::moments(samples(results, observable, point));
}

bool has_samples(const Results& results, std::size_t point) {
  for (std::int64_t r = 0; r < results.replicas(); ++r) {
    if (results.is_measured(point, r)) return true;
  }
  return false;
}

double theory_of(const Results& results, std::string_view observable, std::size_t point, std::size_t index) {
  if (!results.is_predicted(point)) return std::numeric_limits<double>::quiet_NaN();
  return results.value(observable, Kind::theory, point).real(index);
}

std::vector<stats::Moments> entry_moments(const Results& results, std::string_view observable, std::size_t point) {
  std::vector<std::vector<double>> entries;
  for (const std::int64_t r : results.present(observable, Kind::replica, point)) {
    const auto values = results.value(observable, Kind::replica, point, r).values<double>();
    entries.resize(values.size());
    for (std::size_t k = 0; k < values.size(); ++k) entries[k].push_back(values[k]);
  }
  std::vector<stats::Moments> moments;
  for (const auto& of_entry : entries) moments.push_back(stats::moments(of_entry));
  return moments;
}

std::vector<double> Bins::edges() const {
  std::vector<double> all;
  for (std::size_t i = 0; i <= count; ++i) all.push_back(low + (high - low) * static_cast<double>(i) / static_cast<double>(count));
  return all;
}

std::size_t Bins::of(double x) const {
  const auto bins = static_cast<double>(count);
  return static_cast<std::size_t>(std::clamp((x - low) / (high - low) * bins, 0.0, bins - 1));
}

std::string label(const Results& results, std::size_t point) {
  return run::distinguishing_text(results.points(), results.points()[point],
                                  {"dyson_beta", "samples", "solver", "degrees_of_freedom", "gamma"});
}

void claim_mean(const Results& results, const char* statistic, std::size_t point, double tolerance, const char* source,
                run::Claims& claims) {
  const auto m = sample_moments(results, statistic, point);
  const double predicted = theory_of(results, statistic, point);
  if (m.count < 2 || std::isnan(predicted)) return;
  claims.add({.name = concat(statistic, label(results, point)),
              .predicted = predicted,
              .measured = m.mean,
              .standard_error = m.standard_error,
              .degrees_of_freedom = static_cast<double>(m.count - 1),
              .tolerance = tolerance,
              .source = source});
}

MeanDifference mean_difference(const Results& results, std::string_view statistic, std::size_t first, std::size_t second) {
  const auto a = sample_moments(results, statistic, first);
  const auto b = sample_moments(results, statistic, second);
  return {b.mean - a.mean, std::hypot(a.standard_error, b.standard_error)};
}

std::string class_name(const Point& point) {
  const Model model(point);
  std::string name = model.ensemble->name;
  if (std::isnan(model.ensemble->beta)) name += concat(" beta=", model.beta);
  if (model.is_wishart()) name += concat(" m=", model.samples);
  if (model.degrees_of_freedom > 0) name += concat(" dof=", model.degrees_of_freedom);
  if (model.ensemble->form == Form::rosenzweig_porter) name += concat(" gamma=", model.gamma, " ", point.text("diagonal"));
  return name;
}

Discriminator::Discriminator(const Results& results, ClassPair pair, std::size_t resamples, std::span<const Score> scores) {
  for (const auto& [statistic, sign] : scores) {
    const auto signed_samples = [&, by = sign](std::size_t point) {
      auto values = samples(results, statistic, point);
      for (double& value : values) value *= by;
      return values;
    };
    auto positives = signed_samples(pair.positive);
    auto negatives = signed_samples(pair.negative);
    const auto is_nan = [](double x) { return std::isnan(x); };
    if (positives.empty() || negatives.empty() || std::any_of(positives.begin(), positives.end(), is_nan) ||
        std::any_of(negatives.begin(), negatives.end(), is_nan)) {
      continue;
    }
    found_.push_back({statistic, stats::auc_delong({positives, negatives}), {}, {}});
    positives_.push_back(std::move(positives));
    negatives_.push_back(std::move(negatives));
  }
  std::vector<stats::Scores> all;
  for (std::size_t i = 0; i < found_.size(); ++i) all.push_back(this->scores(i));
  // Resamples are of the pair: key of the positive class, the negative one in the counter.
  auto resampled = stats::auc_resamples(all, {results.key(pair.positive), pair.negative, 0}, resamples);
  for (std::size_t i = 0; i < found_.size(); ++i) {
    found_[i].resampled = std::move(resampled[i]);
    found_[i].interval = stats::bootstrap_summary(found_[i].resampled).interval;
  }
}

const Discrimination* Discriminator::find(std::string_view statistic) const {
  const auto found = std::find_if(found_.begin(), found_.end(), [&](const Discrimination& d) { return d.statistic == statistic; });
  return found == found_.end() ? nullptr : &*found;
}

stats::RocCurve Discriminator::curve(std::size_t index) const { return stats::roc_curve(scores(index)); }

stats::AucDifference Discriminator::difference(std::size_t first, std::size_t second) const {
  return stats::auc_difference(scores(first), scores(second));
}

stats::Interval Discriminator::difference_interval(std::size_t first, std::size_t second) const {
  std::vector<double> differences;
  for (std::size_t b = 0; b < found_[first].resampled.size(); ++b) differences.push_back(found_[first].resampled[b] - found_[second].resampled[b]);
  return stats::bootstrap_summary(differences).interval;
}

}  // namespace rankwise::experiments::levels
