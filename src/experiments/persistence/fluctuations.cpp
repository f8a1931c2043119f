// Modes spacings and longrange: neighbouring levels and pairs of levels beside their laws. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "compare.hpp"
#include "mode.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/spectra/level_fluctuations.hpp"
#include "rankwise/spectra/spacing_law.hpp"
#include "rankwise/spectra/spacing_ratio.hpp"
#include "rankwise/spectra/two_level.hpp"

namespace rankwise::experiments::levels {

using run::Axis;
using run::Claims;
using run::Kind;
using run::Point;
using run::Results;
using run::Tables;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr const char* page = "docs/persistence.md";

spectra::LevelWindow window_of(const Point& point) {
  return spectra::bulk_window(static_cast<std::size_t>(point.integer("dimension")), point.real("bulk_fraction"));
}

// --- spacings ---

constexpr Bins spacing_bins{0, 6, 600};  // in mean spacings
constexpr Bins ratio_bins{0, 1, 100};

class SpacingCounts final : public Measurement {
 public:
  explicit SpacingCounts(const Point& point) : window_(window_of(point)), spacings_(spacing_bins.count), ratios_(ratio_bins.count) {}

  void take(std::span<const double>, std::span<const double> unfolded, bool counted, BlockRecord&) override {
    if (!counted) return;
    double before = 0;
    for (std::size_t k = window_.first; k + 1 < window_.first + window_.count; ++k) {
      const double s = unfolded[k + 1] - unfolded[k];
      ++spacings_[spacing_bins.of(s)];
      if (k > window_.first && std::max(s, before) > 0) ++ratios_[ratio_bins.of(std::min(s, before) / std::max(s, before))];
      before = s;
    }
  }

  void finish(run::Sink& sink, const Point& point) override {
    sink.add_block("spacing_counts", point, Array(spacings_));
    sink.add_block("ratio_counts", point, Array(ratios_));
  }

 private:
  spectra::LevelWindow window_;
  std::vector<std::int64_t> spacings_;
  std::vector<std::int64_t> ratios_;
};

struct Distance {
  double count = 0;
  double value = nan;
};

/// Largest distance at the edges of bins, which misses at most what one bin's counts fluctuate by. The last edge is not
/// one: its bin takes what lies beyond.
Distance kolmogorov(const Results& results, const char* counts, const char* law, std::size_t point) {
  Distance d;
  if (!results.has(counts, Kind::tally, point) || !results.is_predicted(point)) return d;
  const auto found = results.value(counts, Kind::tally, point).values<std::int64_t>();
  const auto cdf = results.value(law, Kind::theory, point).values<double>();
  d.count = static_cast<double>(std::accumulate(found.begin(), found.end(), std::int64_t{0}));
  if (d.count == 0 || std::isnan(cdf[1])) return d;
  d.value = 0;
  double below = 0;
  for (std::size_t j = 0; j + 1 < found.size(); ++j) {
    below += static_cast<double>(found[j]);
    d.value = std::max(d.value, std::abs(below / d.count - cdf[j + 1]));
  }
  return d;
}

struct Comparison {
  const char* statistic;
  const char* counts;
  const char* law;
  const char* theory;
};
constexpr Comparison comparisons[] = {{"spacing", "spacing_counts", "exact", "spacing_cdf"},
                                      {"spacing", "spacing_counts", "surmise", "spacing_cdf_surmise"},
                                      {"ratio", "ratio_counts", "surmise", "ratio_cdf_surmise"}};

class Spacings final : public Mode {
 public:
  void derive(const Results& results, Tables& tables) const override {
    TableRows table("kolmogorov", "bulk spacings and ratios of all replicas against their laws");
    table.column("point", "index of the point", ElementType::int64)
        .column("ensemble", "class", ElementType::text)
        .column("statistic", "spacing or ratio", ElementType::text)
        .column("law", "exact or surmise", ElementType::text)
        .column("count", "how many")
        .column("distance", "Kolmogorov distance at the edges of the bins")
        .column("critical", "1.358/sqrt(count): 5 % level for independent numbers");
    for (const auto& point : results.points()) {
      for (const Comparison& c : comparisons) {
        const Distance d = kolmogorov(results, c.counts, c.theory, point.index);
        if (d.count > 0) table.row({point.index, class_name(point), c.statistic, c.law, d.count, d.value, 1.358 / std::sqrt(d.count)});
      }
    }
    table.write(tables);
  }

  void claims(const Results& results, const Tables&, Claims& claims) const override {
    for (const auto& point : results.points()) {
      const Model model(point);
      if (!model.has_exact_laws() || model.n < 100) continue;
      const std::string where = label(results, point.index);
      const Distance d = kolmogorov(results, "spacing_counts", "spacing_cdf", point.index);
      if (d.count > 0) {
        claims.add({.name = concat("Kolmogorov distance of bulk spacings", where), .relation = run::Relation::at_most,
                    .predicted = 1.95 / std::sqrt(d.count), .measured = d.value, .source = "Fredholm determinants; 1e-3 level of independent spacings"});
      }
      // The window's own mean spacing is taken out, which costs one part in its number of spacings.
      const double tolerance = 2 / static_cast<double>(window_of(point).count);
      for (const char* statistic : {"local_entropy", "unfolded_variance"}) claim_mean(results, statistic, point.index, tolerance, page, claims);
    }
  }

 protected:
  [[nodiscard]] std::string name() const override { return "spacings"; }
  [[nodiscard]] std::string summary() const override { return "distributions of spacings and of their ratios in the bulk"; }
  void extend(run::Description& d) const override {
    const auto axis = [](const char* name, const Bins& bins, const char* what) {
      return [=](const Point&) { return std::vector{Axis::index(name, static_cast<std::int64_t>(bins.count), what)}; };
    };
    const auto edge = [](const char* name, const Bins& bins) {
      return [=](const Point&) { return std::vector{Axis{name, bins.edges(), "1", "edge of a bin"}}; };
    };
    d.observables.push_back({.name = "spacing_counts", .description = "unfolded spacings of the bulk in 600 bins up to 6; the last takes what lies beyond",
                             .kind = Kind::tally, .type = ElementType::int64, .axes = axis("spacing_bin", spacing_bins, "bin of spacings")});
    d.observables.push_back({.name = "ratio_counts", .description = "spacing ratios of the bulk in 100 bins on [0, 1]", .kind = Kind::tally,
                             .type = ElementType::int64, .axes = axis("ratio_bin", ratio_bins, "bin of ratios")});
    d.observables.push_back({.name = "spacing_cdf", .description = "exact distribution function of a spacing (beta 0, 1, 2, 4)", .kind = Kind::theory,
                             .axes = edge("spacing", spacing_bins), .may_be_nan = true});
    d.observables.push_back({.name = "spacing_cdf_surmise", .description = "Wigner's surmise", .kind = Kind::theory,
                             .axes = edge("spacing", spacing_bins), .may_be_nan = true});
    d.observables.push_back({.name = "ratio_cdf_surmise", .description = "surmise of the spacing ratio", .kind = Kind::theory,
                             .axes = edge("ratio", ratio_bins), .may_be_nan = true});
  }
  void predict(const Point& point, const Model& model, const LevelLaw&, run::Sink& sink) const override {
    const double beta = model.local_beta();
    const auto spacings = spacing_bins.edges();
    const auto ratios = ratio_bins.edges();
    std::vector<double> exact(spacings.size(), nan);
    std::vector<double> surmise(spacings.size(), nan);
    std::vector<double> ratio(ratios.size(), nan);
    if (model.has_exact_laws()) {
      const spectra::SpacingLaw law(beta);
      std::transform(spacings.begin(), spacings.end(), exact.begin(), [&](double s) { return law.cdf(s); });
    }
    if (!std::isnan(beta)) {
      const spectra::SpacingSurmise law(beta);
      const spectra::SpacingRatioSurmise ratio_law(beta);
      std::transform(spacings.begin(), spacings.end(), surmise.begin(), [&](double s) { return law.cdf(s); });
      std::transform(ratios.begin(), ratios.end(), ratio.begin(), [&](double r) { return ratio_law.folded_cdf(r); });
    }
    sink.predict("spacing_cdf", point, Array(exact));
    sink.predict("spacing_cdf_surmise", point, Array(surmise));
    sink.predict("ratio_cdf_surmise", point, Array(ratio));
  }
  [[nodiscard]] std::unique_ptr<Measurement> measurement(const Point& point, const Model&) const override {
    return std::make_unique<SpacingCounts>(point);
  }
};

// --- longrange ---

Axis length_axis(const Point& p) { return {"length", p.list("lengths"), "1", "length of an interval in mean spacings"}; }
Axis time_axis(const Point& p) { return {"tau", p.list("times"), "1", "time in Heisenberg times"}; }

class TwoLevel final : public Measurement {
 public:
  TwoLevel(const Point& point, std::size_t n)
      : lengths_(point.list("lengths")), amplitudes_(n, point.list("times")) {
    const auto window = window_of(point);
    low_ = static_cast<double>(window.first);
    high_ = low_ + static_cast<double>(window.count);
  }

  void take(std::span<const double>, std::span<const double> unfolded, bool, BlockRecord& record) override {
    std::vector<double> variance;
    std::vector<double> rigidity;
    for (const double length : lengths_) {
      variance.push_back(spectra::mean_number_variance(unfolded, low_, high_, length));
      rigidity.push_back(spectra::mean_rigidity(unfolded, low_, high_, length));
    }
    record.append("number_variance", variance, {lengths_.size()});
    record.append("rigidity", rigidity, {lengths_.size()});
    const std::size_t times = amplitudes_.tau().size();
    std::vector<double> z(2 * times);
    amplitudes_.evaluate(unfolded, std::span(z).first(times), std::span(z).last(times));
    record.append("form_factor_amplitude", z, {2, times});
  }

 private:
  std::vector<double> lengths_;
  spectra::FormFactorAmplitudes amplitudes_;
  double low_;
  double high_;
};

/// |Z - <Z>|^2 R/(R - 1) over the sum of squared weights, by replica and time; its mean is the connected form factor.
std::vector<std::vector<double>> form_factors(const Results& results, const Point& point) {
  std::vector<std::vector<double>> values;
  for (const std::int64_t r : results.present("form_factor_amplitude", Kind::replica, point.index))
    values.push_back(results.value("form_factor_amplitude", Kind::replica, point.index, r).values<double>());
  if (values.size() < 2) return {};
  const std::size_t times = values.front().size() / 2;
  std::vector<double> mean(2 * times, 0.0);
  for (const auto& z : values) std::transform(z.begin(), z.end(), mean.begin(), mean.begin(), std::plus<>());
  const auto replicas = static_cast<double>(values.size());
  for (double& m : mean) m /= replicas;
  const double weight = spectra::FormFactorAmplitudes(static_cast<std::size_t>(point.integer("dimension")), {0.5}).sum_of_squared_weights();
  for (auto& z : values) {
    for (std::size_t t = 0; t < times; ++t) {
      const double x = z[t] - mean[t];
      const double y = z[times + t] - mean[times + t];
      z[t] = (x * x + y * y) / weight * replicas / (replicas - 1);
    }
    z.resize(times);
  }
  return values;
}

class LongRange final : public Mode {
 public:
  /// Lengths and times are axes of the file: one list for all points.
  [[nodiscard]] run::Loaded load(const run::Config& config) const override {
    for (const char* axis : {"lengths", "times"}) (void)config.single(axis);
    return {};
  }
  void derive(const Results& results, Tables& tables) const override {
    TableRows table("form_factor", "connected spectral form factor (<|Z|^2> - |<Z>|^2) / sum w^2 over replicas");
    table.column("point", "index of the point", ElementType::int64)
        .column("tau", "time in Heisenberg times")
        .column("value", "form factor")
        .column("stderr", "its standard error over replicas")
        .column("theory", "of an infinite matrix");
    for (const auto& point : results.points()) {
      const auto values = form_factors(results, point);
      if (values.empty()) continue;
      const auto& times = point.list("times");
      for (std::size_t t = 0; t < times.size(); ++t) {
        std::vector<double> at;
        for (const auto& k : values) at.push_back(k[t]);
        const auto m = stats::moments(at);
        table.row({point.index, times[t], m.mean, m.standard_error, theory_of(results, "form_factor", point.index, t)});
      }
    }
    table.write(tables);
  }

  void claims(const Results& results, const Tables&, Claims& claims) const override {
    for (const auto& point : results.points()) {
      const Model model(point);
      if (!model.has_exact_laws() || model.n < 200) continue;
      const std::string where = label(results, point.index);
      const auto& lengths = point.list("lengths");
      for (std::size_t i = 0; i < lengths.size(); ++i) {
        if (lengths[i] != 1 && lengths[i] != 5 && lengths[i] != 10) continue;
        for (const char* statistic : {"number_variance", "rigidity"}) {
          const auto m = results.over_replicas(statistic, Kind::replica, point.index, [i](const Array& a) { return a.real(i); });
          const double predicted = results.value(statistic, Kind::theory, point.index).real(i);
          if (m.count < 2 || std::isnan(predicted)) continue;
          // A fixed number of independent levels: their counts vary less by L/n.
          const double fixed = model.local_beta() == 0 ? lengths[i] / static_cast<double>(model.n) : 0;
          claims.add({.name = concat(statistic, " at L = ", lengths[i], where), .predicted = predicted, .measured = m.mean,
                      .standard_error = m.standard_error, .degrees_of_freedom = static_cast<double>(m.count - 1),
                      .tolerance = (0.01 + 2 * fixed) * predicted, .source = "Mehta, Random Matrices; docs/persistence.md"});
        }
      }
    }
  }

 protected:
  [[nodiscard]] std::string name() const override { return "longrange"; }
  [[nodiscard]] std::string summary() const override { return "number variance, rigidity and spectral form factor"; }
  void extend(run::Description& d) const override {
    const auto lengths = [](const Point& p) { return std::vector{length_axis(p)}; };
    const auto times = [](const Point& p) { return std::vector{time_axis(p)}; };
    d.observables.push_back({.name = "number_variance", .description = "mean squared deviation of the number of levels in an interval from its length", .axes = lengths});
    d.observables.push_back({.name = "rigidity", .description = "Delta_3 of Dyson and Mehta", .axes = lengths});
    d.observables.push_back({.name = "form_factor_amplitude", .description = "Z(tau), Gaussian window; part 0: real, 1: imaginary", .axes = [](const Point& p) {
                               return std::vector{Axis::index("part", 2, "0: real, 1: imaginary"), time_axis(p)};
                             }});
    d.observables.push_back({.name = "number_variance", .description = "of an infinite matrix", .kind = Kind::theory, .axes = lengths, .may_be_nan = true});
    d.observables.push_back({.name = "rigidity", .description = "of an infinite matrix", .kind = Kind::theory, .axes = lengths, .may_be_nan = true});
    d.observables.push_back({.name = "form_factor", .description = "connected, of an infinite matrix; gse: infinite at 1", .kind = Kind::theory, .axes = times, .may_be_nan = true});
  }
  void check(Point& point) const override {
    const auto window = static_cast<double>(window_of(point).count);
    for (const double length : point.list("lengths")) {
      if (length <= window / 2) continue;
      throw UsageError(concat("--lengths '", length, "': larger than half the bulk window of ", window, " levels; allowed is up to ", window / 2));
    }
  }
  void predict(const Point& point, const Model& model, const LevelLaw&, run::Sink& sink) const override {
    const double beta = model.local_beta();
    const bool exact = model.has_exact_laws();
    std::vector<double> variance;
    std::vector<double> rigidity;
    std::vector<double> factor;
    for (const double length : point.list("lengths")) {
      variance.push_back(exact ? spectra::number_variance(beta, length) : nan);
      rigidity.push_back(exact ? spectra::rigidity(beta, length) : nan);
    }
    for (const double tau : point.list("times")) factor.push_back(exact ? spectra::connected_form_factor(beta, tau) : nan);
    sink.predict("number_variance", point, Array(variance));
    sink.predict("rigidity", point, Array(rigidity));
    sink.predict("form_factor", point, Array(factor));
  }
  [[nodiscard]] std::unique_ptr<Measurement> measurement(const Point& point, const Model& model) const override {
    return std::make_unique<TwoLevel>(point, model.n);
  }
};

}  // namespace

std::unique_ptr<run::Experiment> spacings_mode() { return std::make_unique<Spacings>(); }
std::unique_ptr<run::Experiment> longrange_mode() { return std::make_unique<LongRange>(); }

}  // namespace rankwise::experiments::levels
