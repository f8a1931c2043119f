// Modes entropy_scaling, universality, wishart: means against their laws. SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>

#include "compare.hpp"
#include "mode.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/stats/fit.hpp"

namespace rankwise::experiments::levels {

using run::Claims;
using run::Results;
using run::Tables;

namespace {

constexpr const char* paper = "arXiv:2603.27903";
constexpr const char* page = "docs/persistence.md";

double size_of(const Results& results, std::size_t point) { return static_cast<double>(results.points()[point].integer("dimension")); }

/// PE of every point against the published formula, the asymptote and the law.
void entropy_table(const Results& results, Tables& tables) {
  TableRows table("entropy", "persistence entropy against its theories");
  table.column("point", "index of the point", ElementType::int64)
      .column("ensemble", "class", ElementType::text)
      .column("dimension", "levels", ElementType::int64)
      .column("mean", "mean persistence entropy")
      .column("stderr", "its standard error")
      .column("over_log", "mean less log(dimension)")
      .column("bias_published", "mean less log(8 n/pi) - 1, the published formula")
      .column("bias_asymptotic", "mean less log n - KL - c")
      .column("bias", "mean less theory/persistence_entropy");
  for (const auto& point : results.points()) {
    const auto m = sample_moments(results, "persistence_entropy", point.index);
    if (m.count == 0) continue;
    table.row({point.index, class_name(point), size_of(results, point.index), m.mean, m.standard_error,
               m.mean - std::log(size_of(results, point.index)), m.mean - theory_of(results, "entropy_published", point.index),
               m.mean - theory_of(results, "entropy_asymptotic", point.index),
               m.mean - theory_of(results, "persistence_entropy", point.index)});
  }
  table.write(tables);
}

struct Exponent {
  std::string ensemble;
  std::string statistic;
  double lowest = 0;
  double highest = 0;
  stats::LinearFit fit;
};

/// log CV = const + slope log n, by ordinary least squares, for every ensemble with at least three sizes.
std::vector<Exponent> exponents(const Results& results) {
  std::vector<Exponent> all;
  for (const auto& group : groups_but(results.points(), {"dimension", "samples"})) {
    for (const char* statistic : {"persistence_entropy", "spacing_ratio", "total_persistence", "longest_bar", "bar_variation", "unfolded_entropy"}) {
      std::vector<double> log_n;
      std::vector<double> log_cv;
      for (const std::size_t point : group) {
        const auto m = sample_moments(results, statistic, point);
        if (m.count < 2 || !(m.variance > 0)) continue;
        log_n.push_back(std::log(size_of(results, point)));
        log_cv.push_back(0.5 * std::log(m.variance) - std::log(std::abs(m.mean)));
      }
      if (log_n.size() < 3) continue;
      all.push_back({class_name(results.points()[group.front()]), statistic, std::exp(log_n.front()), std::exp(log_n.back()),
                     stats::linear_fit(log_n, log_cv)});
    }
  }
  return all;
}

void variation_tables(const Results& results, Tables& tables) {
  TableRows cv("variation", "coefficients of variation: standard deviation over mean, of single matrices");
  cv.column("point", "index of the point", ElementType::int64)
      .column("ensemble", "class", ElementType::text)
      .column("dimension", "levels", ElementType::int64)
      .column("statistic", "observable", ElementType::text)
      .column("coefficient", "standard deviation over mean");
  for (const auto& point : results.points()) {
    for (const char* statistic : {"persistence_entropy", "spacing_ratio", "total_persistence", "longest_bar", "bar_variation", "unfolded_entropy"}) {
      const auto m = sample_moments(results, statistic, point.index);
      if (m.count >= 2) {
        cv.row({point.index, class_name(point), size_of(results, point.index), statistic, std::sqrt(m.variance) / std::abs(m.mean)});
      }
    }
  }
  cv.write(tables);
  TableRows slopes("variation_exponent", "slope of log coefficient against log dimension, least squares");
  slopes.column("ensemble", "class", ElementType::text)
      .column("statistic", "observable", ElementType::text)
      .column("slope", "exponent")
      .column("stderr", "standard error from the scatter about the line")
      .column("lowest", "smallest dimension")
      .column("highest", "largest dimension");
  for (const Exponent& e : exponents(results)) slopes.row({e.ensemble, e.statistic, e.fit.slope, e.fit.slope_stderr, e.lowest, e.highest});
  slopes.write(tables);
}

class EntropyScaling final : public Mode {
 public:
  void derive(const Results& results, Tables& tables) const override {
    entropy_table(results, tables);
    variation_tables(results, tables);
  }

  void claims(const Results& results, const Tables&, Claims& claims) const override {
    for (const auto& point : results.points()) {
      const Model model(point);
      const auto n = static_cast<double>(model.n);
      // The constants of the finite-size law are fitted in this range, to 5e-4.
      if (model.ensemble->form == Form::poisson) claim_mean(results, "persistence_entropy", point.index, 0, page, claims);
      if (model.is_gaussian() && model.has_exact_laws() && n >= 50 && n <= 2000) claim_mean(results, "persistence_entropy", point.index, 5e-4, page, claims);
      if (model.is_gaussian()) claim_mean(results, "shape_energy", point.index, 0, page, claims);
      if (!model.is_gaussian() || !model.has_exact_laws() || n < 50) continue;
      // The edges are in it: measured -5e-4 at n = 100.
      claim_mean(results, "spacing_ratio", point.index, 0.1 / n, "infinite matrix; docs/persistence.md", claims);
      claim_mean(results, "total_persistence", point.index, 2 / n, "Tracy and Widom; next order 1/n", claims);
    }
    for (const Exponent& e : exponents(results)) {
      if (e.statistic != "persistence_entropy" || e.lowest > 100 || e.highest < 1000) continue;
      claims.add({.name = concat("exponent of CV(persistence_entropy), ", e.ensemble),
                  .predicted = -0.6,
                  .measured = e.fit.slope,
                  .standard_error = e.fit.slope_stderr,
                  .degrees_of_freedom = static_cast<double>(e.fit.count - 2),
                  .tolerance = 0.05,
                  .source = paper});
    }
  }

 protected:
  [[nodiscard]] std::string name() const override { return "entropy_scaling"; }
  [[nodiscard]] std::string summary() const override { return "persistence entropy and its fluctuations against matrix size"; }
};

class Universality final : public Mode {
 public:
  void derive(const Results& results, Tables& tables) const override {
    entropy_table(results, tables);
    TableRows table("shift", "means of other ensembles less those of goe at the same dimension");
    table.column("point", "index of the point", ElementType::int64)
        .column("ensemble", "class", ElementType::text)
        .column("dimension", "levels", ElementType::int64)
        .column("statistic", "observable", ElementType::text)
        .column("shift", "difference of means")
        .column("stderr", "its standard error");
    for_each_pair(results, [&](std::size_t goe, std::size_t other) {
      for (const char* statistic : {"persistence_entropy", "spacing_ratio", "total_persistence"}) {
        const auto d = mean_difference(results, statistic, goe, other);
        table.row({other, class_name(results.points()[other]), size_of(results, other), statistic, d.value, d.standard_error});
      }
    });
    table.write(tables);
  }

  void claims(const Results& results, const Tables&, Claims& claims) const override {
    for (const auto& point : results.points()) {
      const Model model(point);
      if (model.is_gaussian() && model.has_exact_laws() && model.n >= 50 && model.n <= 2000) claim_mean(results, "persistence_entropy", point.index, 5e-4, page, claims);
    }
    for_each_pair(results, [&](std::size_t goe, std::size_t other) {
      const Model model(results.points()[other]);
      // The edges move by kappa4/n, kappa4 the entries' fourth cumulant: -2 of signs, 6/(dof - 4) of Student's t, which at
      // 5 degrees of freedom and n = 200 still takes 0.02 from the entropy. The bulk has the same ratios anyway.
      const double dof = model.degrees_of_freedom;
      const bool same_edge = dof == 0 || dof >= 7;
      const double edge = std::pow(100.0 / static_cast<double>(model.n), 2.0 / 3);  // the edge's and the diagonal's effect
      if (same_edge) claim(results, "persistence_entropy", goe, other, 0.01 * edge, claims);
      claim(results, "bulk_spacing_ratio", goe, other, 0, claims);
    });
  }

 protected:
  [[nodiscard]] std::string name() const override { return "universality"; }
  [[nodiscard]] std::string summary() const override { return "Wigner matrices of other entries beside goe"; }

 private:
  static void claim(const Results& results, const char* statistic, std::size_t goe, std::size_t other, double tolerance, Claims& claims) {
    const auto d = mean_difference(results, statistic, goe, other);
    claims.add({.name = concat(statistic, " less that of goe", label(results, other)),
                .predicted = 0,
                .measured = d.value,
                .standard_error = d.standard_error,
                .tolerance = tolerance,
                .source = "universality; arXiv:2603.27903"});
  }
  template <typename F>
  static void for_each_pair(const Results& results, F&& f) {
    for (const auto& goe : results.points()) {
      if (goe.text("ensemble") != "goe" || !has_samples(results, goe.index)) continue;
      for (const auto& other : results.points()) {
        if (other.index == goe.index || !has_samples(results, other.index)) continue;
        if (same_but(goe, other, {"ensemble", "degrees_of_freedom", "solver", "dyson_beta"})) f(goe.index, other.index);
      }
    }
  }
};

class Wishart final : public Mode {
 public:
  void derive(const Results& results, Tables& tables) const override { entropy_table(results, tables); }

  void claims(const Results& results, const Tables&, Claims& claims) const override {
    for (const auto& point : results.points()) {
      const Model model(point);
      if (!model.has_exact_laws() || model.n < 50) continue;
      const auto n = static_cast<double>(model.n);
      // The edges come in as for Gaussian matrices, as n^{-2/3} log n; a soft one at both ends at most.
      claim_mean(results, "persistence_entropy", point.index, 0.25 * std::log(n) * std::pow(n, -2.0 / 3),
                 "log n - KL - c; edges of order n^(-2/3) log n", claims);
      claim_mean(results, "spacing_ratio", point.index, 0.5 / n, "infinite matrix; docs/persistence.md", claims);
    }
  }

 protected:
  [[nodiscard]] std::string name() const override { return "wishart"; }
  [[nodiscard]] std::string summary() const override { return "Wishart matrices beside the Marchenko-Pastur law"; }
  [[nodiscard]] bool is_about(const Ensemble& e) const override { return is_wishart(e); }
};

}  // namespace

std::unique_ptr<run::Experiment> entropy_scaling_mode() { return std::make_unique<EntropyScaling>(); }
std::unique_ptr<run::Experiment> universality_mode() { return std::make_unique<Universality>(); }
std::unique_ptr<run::Experiment> wishart_mode() { return std::make_unique<Wishart>(); }

}  // namespace rankwise::experiments::levels
