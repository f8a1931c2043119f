// Modes discriminate, rosenzweig_porter, sampler_check: ensembles told apart. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include "compare.hpp"
#include "mode.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/spectra/shape_energy.hpp"

namespace rankwise::experiments::levels {

using run::Claims;
using run::Point;
using run::Relation;
using run::Results;
using run::Tables;

namespace {

constexpr const char* paper = "arXiv:2603.27903";
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_curve_points = 400;

constexpr Score scores[] = {{"persistence_entropy"}, {"spacing_ratio"},     {"bulk_spacing_ratio"}, {"trimmed_entropy"},
                            {"unfolded_entropy"},    {"local_entropy", -1}, {"shape_energy"}};
constexpr Score entropy_and_ratio[] = {{"persistence_entropy"}, {"spacing_ratio"}};
constexpr Score claimed_scores[] = {{"persistence_entropy"}, {"spacing_ratio"}, {"shape_energy"}};

std::size_t resamples_of(const Point& point) { return static_cast<std::size_t>(point.integer("resamples")); }

/// AUC of Lambda between two Gaussian ensembles with its exact mean and variance, as if it were normal.
double normal_auc(const Point& negative, const Point& positive) {
  const Model a(negative);
  const Model b(positive);
  if (!a.is_gaussian() || !b.is_gaussian()) return nan;
  const auto low = spectra::shape_energy_law(a.n, a.beta);
  const auto high = spectra::shape_energy_law(b.n, b.beta);
  return 0.5 * std::erfc((low.mean - high.mean) / std::sqrt(2 * (low.variance + high.variance)));
}

class Discriminate final : public Mode {
 public:
  void derive(const Results& results, Tables& tables) const override {
    TableRows auc("auc", "area under the ROC curve; the larger score speaks for the positive class, the one with the stronger level repulsion");
    auc.column("negative", "point of the negative class", ElementType::int64)
        .column("positive", "point of the positive class", ElementType::int64)
        .column("classes", "negative and positive class", ElementType::text)
        .column("dimension", "levels", ElementType::int64)
        .column("statistic", "observable; local_entropy with the sign turned round", ElementType::text)
        .column("auc", "area under the curve")
        .column("stderr", "DeLong's standard error")
        .column("low", "2.5 % percentile of the bootstrap")
        .column("high", "97.5 % percentile of the bootstrap")
        .column("theory", "shape_energy: from its exact moments, as if normal");
    TableRows differences("auc_difference", "AUC less that of the spacing ratio, on the same matrices");
    differences.column("negative", "point of the negative class", ElementType::int64)
        .column("positive", "point of the positive class", ElementType::int64)
        .column("dimension", "levels", ElementType::int64)
        .column("statistic", "observable", ElementType::text)
        .column("difference", "AUC less that of spacing_ratio")
        .column("stderr", "DeLong's, paired")
        .column("low", "2.5 % percentile of the paired bootstrap")
        .column("high", "97.5 % percentile of the paired bootstrap");
    TableRows roc("roc", "ROC curves");
    roc.column("negative", "point of the negative class", ElementType::int64)
        .column("positive", "point of the positive class", ElementType::int64)
        .column("statistic", "observable", ElementType::text)
        .column("false_positive_rate", "share of negatives called positive")
        .column("true_positive_rate", "share of positives called positive");
    for (const ClassPair pair : pairs(results)) {
      const Discriminator d(results, pair, resamples_of(results.points()[pair.positive]), scores);
      const Point& negative = results.points()[pair.negative];
      const Point& positive = results.points()[pair.positive];
      const auto n = static_cast<double>(positive.integer("dimension"));
      const std::string classes = concat(class_name(negative), " / ", class_name(positive));
      std::size_t ratio = d.all().size();
      for (std::size_t i = 0; i < d.all().size(); ++i) {
        if (d.all()[i].statistic == "spacing_ratio") ratio = i;
      }
      for (std::size_t i = 0; i < d.all().size(); ++i) {
        const Discrimination& s = d.all()[i];
        auc.row({pair.negative, pair.positive, classes, n, s.statistic, s.auc.auc, s.auc.standard_error, s.interval.low, s.interval.high,
                 s.statistic == "shape_energy" ? normal_auc(negative, positive) : nan});
        if (ratio < d.all().size() && i != ratio) {
          const auto interval = d.difference_interval(i, ratio);
          const auto difference = d.difference(i, ratio);
          differences.row({pair.negative, pair.positive, n, s.statistic, difference.difference, difference.standard_error, interval.low,
                           interval.high});
        }
        const auto curve = d.curve(i);
        const std::size_t last = curve.threshold.size() - 1;
        const std::size_t points = std::min(last, most_curve_points);
        for (std::size_t k = 0; k <= points; ++k) {
          const std::size_t at = last * k / points;
          roc.row({pair.negative, pair.positive, s.statistic, curve.false_positive_rate[at], curve.true_positive_rate[at]});
        }
      }
    }
    auc.write(tables);
    differences.write(tables);
    roc.write(tables);
  }

  void claims(const Results& results, const Tables&, Claims& claims) const override {
    for (const ClassPair pair : pairs(results)) {
      const Point& negative = results.points()[pair.negative];
      const Point& positive = results.points()[pair.positive];
      if (negative.text("ensemble") != "goe" || positive.text("ensemble") != "gue") continue;
      const std::int64_t n = positive.integer("dimension");
      const Discriminator d(results, pair, 0, claimed_scores);  // no intervals
      const std::string where = concat(" [dimension=", n, "]");
      const auto published = [&](const char* statistic, double value, double spread) {
        const Discrimination* found = d.find(statistic);
        if (found == nullptr) return;
        claims.add({.name = concat("AUC of ", statistic, " as published", where), .predicted = value, .measured = found->auc.auc,
                    .standard_error = found->auc.standard_error, .tolerance = 3 * spread, .source = paper});
      };
      // The paper's own sampling error is that of at most 1000 matrices a class.
      if (n == 100) published("persistence_entropy", 0.978, 0.0025);
      if (n == 100) published("spacing_ratio", 0.952, 0.0044);
      if (d.all().size() < 3 || n < 50) continue;
      const auto above = [&](const char* name, std::size_t high, std::size_t low) {
        const auto difference = d.difference(high, low);
        claims.add({.name = concat(name, where), .relation = Relation::at_least, .predicted = 0, .measured = difference.difference,
                    .standard_error = difference.standard_error, .source = high == 0 ? paper : "Neyman and Pearson; docs/persistence.md"});
      };
      above("AUC of persistence_entropy less spacing_ratio", 0, 1);
      above("AUC of shape_energy less persistence_entropy", 2, 0);
      const auto& best = d.all()[2].auc;
      claims.add({.name = concat("AUC of shape_energy", where), .predicted = normal_auc(negative, positive), .measured = best.auc,
                  .standard_error = best.standard_error, .tolerance = 0.002, .source = "exact moments of Lambda, as if normal"});
    }
  }

 protected:
  [[nodiscard]] std::string name() const override { return "discriminate"; }
  [[nodiscard]] std::string summary() const override { return "how well single spectra tell ensembles apart: ROC and AUC of every statistic"; }

 private:
  /// All pairs of different ensembles with the same dimension and settings; the weaker repulsion is negative.
  static std::vector<ClassPair> pairs(const Results& results) {
    const auto rank = [](const Point& p) {
      const Model model(p);
      const auto place = model.ensemble - ensembles().data();
      return std::tuple(model.local_beta(), place, model.samples, model.degrees_of_freedom, model.gamma);
    };
    std::vector<ClassPair> all;
    for (const Point& a : results.points()) {
      for (const Point& b : results.points()) {
        if (!(rank(a) < rank(b)) || !has_samples(results, a.index) || !has_samples(results, b.index)) continue;
        if (same_but(a, b, {"ensemble", "dyson_beta", "samples", "degrees_of_freedom", "gamma", "diagonal", "solver"})) all.push_back({a.index, b.index});
      }
    }
    return all;
  }
};

class RosenzweigPorter final : public Mode {
 public:
  void derive(const Results& results, Tables& tables) const override {
    TableRows table("auc", "perturbed against unperturbed (the lowest gamma): area under the ROC curve of a larger score");
    table.column("point", "point of the perturbed matrices, the positive class", ElementType::int64)
        .column("reference", "point of the lowest gamma, the negative class", ElementType::int64)
        .column("gamma", "exponent")
        .column("statistic", "observable", ElementType::text)
        .column("auc", "area under the curve")
        .column("folded", "max(auc, 1 - auc): whatever the direction")
        .column("stderr", "DeLong's standard error")
        .column("low", "2.5 % percentile of the bootstrap")
        .column("high", "97.5 % percentile of the bootstrap");
    for (const auto& [reference, point] : pairs(results)) {
      const Discriminator d(results, {reference, point}, resamples_of(results.points()[point]), entropy_and_ratio);
      for (const Discrimination& s : d.all()) {
        table.row({point, reference, results.points()[point].real("gamma"), s.statistic, s.auc.auc, std::max(s.auc.auc, 1 - s.auc.auc),
                   s.auc.standard_error, s.interval.low, s.interval.high});
      }
    }
    table.write(tables);
  }

  void claims(const Results& results, const Tables&, Claims& claims) const override {
    for (const auto& point : results.points()) means(results, point, claims);
    for (const auto& [reference, point] : pairs(results)) {
      const Point& p = results.points()[point];
      if (results.points()[reference].real("gamma") != 0) continue;
      const bool uniform = p.text("diagonal") == "uniform";
      const double gamma = p.real("gamma");
      // Where the density has changed and the local statistics have not.
      if (uniform ? gamma != 1.25 || p.integer("dimension") != 200 : gamma != 1 || p.integer("dimension") != 100) continue;
      const Discriminator d(results, {reference, point}, 0, entropy_and_ratio);
      if (d.all().size() < 2) continue;
      const auto claim = [&](const Discrimination& s, Relation relation, double bound) {
        const std::string name = concat("AUC of ", s.statistic, " against gamma = 0", label(results, p.index));
        claims.add({.name = name, .relation = relation, .predicted = bound, .measured = std::max(s.auc.auc, 1 - s.auc.auc),
                    .standard_error = s.auc.standard_error, .source = paper});
      };
      claim(d.all()[0], Relation::at_least, uniform ? 0.82 : 0.9);
      claim(d.all()[1], Relation::at_most, 0.56);
    }
  }

 protected:
  [[nodiscard]] std::string name() const override { return "rosenzweig_porter"; }
  [[nodiscard]] std::string summary() const override { return "a random diagonal with Gaussian noise: density changes at gamma = 1, local statistics at 2"; }
  [[nodiscard]] bool is_about(const Ensemble& e) const override { return e.form == Form::rosenzweig_porter; }

 private:
  static std::vector<std::pair<std::size_t, std::size_t>> pairs(const Results& results) {
    std::vector<std::pair<std::size_t, std::size_t>> all;
    for (const auto& group : groups_but(results.points(), {"gamma"})) {
      const auto lowest = *std::min_element(group.begin(), group.end(), [&](std::size_t a, std::size_t b) {
        return results.points()[a].real("gamma") < results.points()[b].real("gamma");
      });
      for (const std::size_t point : group) {
        if (point != lowest && has_samples(results, point) && has_samples(results, lowest)) all.emplace_back(lowest, point);
      }
    }
    return all;
  }

  /// Away from the crossover at gamma = 2, which has no law of its own.
  static void means(const Results& results, const Point& point, Claims& claims) {
    const double gamma = point.real("gamma");
    const auto n = static_cast<double>(point.integer("dimension"));
    if (n < 50 || (gamma > 1.25 && gamma < 3)) return;
    constexpr const char* source = "free convolution; docs/persistence.md";
    const bool perturbative = gamma >= 3;
    claim_mean(results, "persistence_entropy", point.index, perturbative ? 1 / n : 0.25 * std::log(n) * std::pow(n, -2.0 / 3), source, claims);
    // Neighbours still repel where they are closer than the noise, n^(-gamma/2) against 1/n.
    claim_mean(results, "spacing_ratio", point.index, perturbative ? 0.2 * std::pow(n, 1 - gamma / 2) : 0.5 / n, source, claims);
  }
};

class SamplerCheck final : public Mode {
 public:
  void derive(const Results& results, Tables& tables) const override {
    TableRows table("two_sample", "ensembles in short form against dense matrices");
    table.column("short", "point of the short form", ElementType::int64)
        .column("dense", "point of the dense matrices", ElementType::int64)
        .column("ensemble", "of the short form", ElementType::text)
        .column("dimension", "levels", ElementType::int64)
        .column("statistic", "observable", ElementType::text)
        .column("difference", "mean of the short form less that of dense matrices")
        .column("stderr", "its standard error")
        .column("z", "difference over stderr");
    for_each_pair(results, [&](std::size_t brief, std::size_t dense) {
      for (const char* statistic : compared) {
        const auto [d, error] = mean_difference(results, statistic, dense, brief);
        const Point& p = results.points()[brief];
        table.row({brief, dense, p.text("ensemble"), static_cast<double>(p.integer("dimension")), statistic, d, error, d / error});
      }
    });
    table.write(tables);
  }

  void claims(const Results& results, const Tables&, Claims& claims) const override {
    for_each_pair(results, [&](std::size_t brief, std::size_t dense) {
      for (const char* statistic : compared) {
        const auto [d, error] = mean_difference(results, statistic, dense, brief);
        const Point& p = results.points()[brief];
        claims.add({.name = concat(statistic, " less that of dense matrices [ensemble=", p.text("ensemble"), ", dimension=", p.integer("dimension"), "]"),
                    .predicted = 0, .measured = d, .standard_error = error, .source = "Dumitriu and Edelman (2002)"});
      }
    });
    for (const auto& point : results.points()) {
      const auto n = static_cast<double>(point.integer("dimension"));
      if (Model(point).is_gaussian() && n >= 50)
        claim_mean(results, "highest_level", point.index, 1 / n, "Tracy and Widom; next order 1/n", claims);
    }
  }

 protected:
  [[nodiscard]] std::string name() const override { return "sampler_check"; }
  [[nodiscard]] std::string summary() const override { return "tridiagonal and bidiagonal samplers against dense matrices"; }

 private:
  static constexpr const char* compared[] = {"persistence_entropy", "spacing_ratio", "total_persistence", "lowest_level", "highest_level"};

  template <typename F>
  static void for_each_pair(const Results& results, F&& f) {
    for (const auto& dense : results.points()) {
      const std::string_view twin = Model(dense).ensemble->twin;
      if (twin.empty() || !has_samples(results, dense.index)) continue;
      for (const auto& brief : results.points()) {
        if (brief.text("ensemble") == twin && has_samples(results, brief.index) && same_but(brief, dense, {"ensemble", "solver"})) f(brief.index, dense.index);
      }
    }
  }
};

}  // namespace

std::unique_ptr<run::Experiment> discriminate_mode() { return std::make_unique<Discriminate>(); }
std::unique_ptr<run::Experiment> rosenzweig_porter_mode() { return std::make_unique<RosenzweigPorter>(); }
std::unique_ptr<run::Experiment> sampler_check_mode() { return std::make_unique<SamplerCheck>(); }

}  // namespace rankwise::experiments::levels
