// Mode diagram: the persistence diagram itself and its vectorisations. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include "compare.hpp"
#include "mode.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/spectra/marchenko_pastur.hpp"
#include "rankwise/spectra/persistence_diagram.hpp"
#include "rankwise/spectra/spacing_law.hpp"
#include "rankwise/spectra/tracy_widom.hpp"

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
constexpr std::size_t places = 201;  // of the filtration
constexpr std::size_t map_bins = 64;
constexpr double longest_in_means = 8;  // of the lifetimes in the map, in mean spacings of levels spread over the reach

/// `count` equal bins of births over the reach of the spectrum.
Bins births_in(const Point& point, std::size_t count) {
  const auto [low, high] = LevelLaw(Model(point)).reach();
  return {low, high, count};
}

Bins lifetimes_in(const Point& point) {
  const auto [low, high] = LevelLaw(Model(point)).reach();
  return {0, longest_in_means * (high - low) / point.real("dimension"), map_bins};
}

/// Levels t of the sublevel sets.
std::vector<double> filtration(const Point& point) { return births_in(point, places - 1).edges(); }

/// Real dimension of the field of the matrices, 0 where none has this beta.
std::int64_t field_dimension(const Model& model) {
  if (model.ensemble->form == Form::poisson) return 1;
  return model.beta == 1 || model.beta == 2 || model.beta == 4 ? static_cast<std::int64_t>(model.beta) : 0;
}

std::int64_t homology_dimension(const Model& model, std::int64_t bar) {
  return field_dimension(model) > 0 ? spectra::bar_dimension(field_dimension(model), bar) : -1;
}

double spacing_moment(const Model& model, double q) {
  const double beta = model.local_beta();
  if (std::isnan(beta)) return nan;
  return model.has_exact_laws() ? spectra::SpacingLaw(beta).moment(q) : spectra::SpacingSurmise(beta).moment(q);
}

/// Mean distance of the outermost levels from the ends of the support.
struct Cuts {
  double low = 0;
  double high = 0;
  bool are_known = false;  ///< both edges are soft and follow Tracy and Widom
};
Cuts mean_cuts(const Model& model) {
  const bool is_wigner = model.is_gaussian() || model.ensemble->form == Form::wigner;
  if (!model.has_exact_laws() || (!is_wigner && !model.is_wishart())) return {};
  const double mean = -spectra::TracyWidom(model.local_beta()).mean();
  // rho = kappa sqrt(y)/pi at a distance y from the edge
  const auto cut = [&](double kappa) { return mean * std::pow(static_cast<double>(model.n) * kappa, -2.0 / 3); };
  if (is_wigner) return {cut(1), cut(1), true};
  const spectra::MarchenkoPastur law(model.ratio());
  const auto kappa = [&](double edge) { return std::sqrt(law.upper() - law.lower()) / (2 * law.ratio() * edge); };
  const double low = law.lower() > 0 ? cut(kappa(law.lower())) : law.lower();
  // A lower edge as close to 0 as its levels fluctuate is a hard one, which takes nearly nothing from the integral.
  const bool is_soft = low < law.lower() / 4;
  return {is_soft ? low : 0, cut(kappa(law.upper())), is_soft};
}

double power_integral(const LevelLaw& law, const Cuts& cuts, double q) {
  if (std::isnan(law.divergence())) return nan;  // unbounded support
  const auto [low, high] = law.support();
  const double half = (high - low) / 2;
  if (std::max(cuts.low, cuts.high) >= half) return nan;  // n = 3, beta = 1e-4
  return spectra::density_power_integral([&](double x) { return law.density(x); }, low, high, q, cuts.low, cuts.high);
}

class Diagrams final : public Measurement {
 public:
  explicit Diagrams(const Point& point)
      : power_(point.real("power")),
        places_(filtration(point)),
        births_(births_in(point, map_bins)),
        lifetimes_(lifetimes_in(point)),
        betti_(point.list("bars").size() * places),
        map_(map_bins * map_bins) {
    for (const double k : point.list("bars")) bars_.push_back(static_cast<std::size_t>(k));
  }

  void take(std::span<const double> levels, std::span<const double>, bool counted, BlockRecord& record) override {
    std::vector<double> births;
    std::vector<double> lifetimes;
    for (const spectra::Bar& bar : spectra::persistence_diagram(levels, 1)) {
      births.push_back(bar.birth);
      lifetimes.push_back(bar.death - bar.birth);
      if (counted) ++map_[births_.of(births.back()) * map_bins + lifetimes_.of(lifetimes.back())];
    }
    record.append("birth", births, {births.size()});
    record.append("bar", lifetimes, {lifetimes.size()});
    record.append("landscape", spectra::landscape(levels, places_), {places});
    record.append("power_persistence", std::vector{spectra::power_persistence(levels, power_)});
    if (!counted) return;
    for (std::size_t b = 0; b < bars_.size(); ++b) {
      const auto alive = [&](double t) {
        return std::lower_bound(places_.begin(), places_.end(), t) - places_.begin();
      };
      for (auto i = alive(levels[bars_[b] - 1]); i < alive(levels[bars_[b]]); ++i)
        ++betti_[b * places + static_cast<std::size_t>(i)];
    }
  }

  void finish(run::Sink& sink, const Point& point) override {
    sink.add_block("betti_counts", point, Array(betti_, {bars_.size(), places}));
    sink.add_block("diagram_counts", point, Array(map_, {map_bins, map_bins}));
  }

 private:
  double power_;
  std::vector<double> places_;
  Bins births_;
  Bins lifetimes_;
  std::vector<std::size_t> bars_;
  std::vector<std::int64_t> betti_;
  std::vector<std::int64_t> map_;
};

/// Mean and error of the sum of the lifetimes to the q.
stats::Moments power_sum(const Results& results, std::size_t point, double q) {
  return results.over_replicas("power_persistence", Kind::replica, point,
                               [q](const Array& a) { return std::pow(a.real(0), q); });
}

class Diagram final : public Mode {
 public:
  void derive(const Results& results, Tables& tables) const override {
    TableRows diagram("mean_diagram", "means of births and lifetimes, bar by bar");
    diagram.column("point", "index of the point", ElementType::int64)
        .column("bar", "k, 1 the lowest", ElementType::int64)
        .column("dimension", "of the homology: beta k - 1; -1 where no field has this beta", ElementType::int64)
        .column("birth", "mean birth")
        .column("death", "mean death")
        .column("lifetime", "mean length of the bar")
        .column("stderr", "its standard error over replicas")
        .column("theory", "1/(n rho) at the quantile k/n; poisson: 1/(n + 1), exact");
    TableRows betti("betti", "Betti curves: probability that bar k is alive");
    betti.column("point", "index of the point", ElementType::int64)
        .column("bar", "k, 1 the lowest", ElementType::int64)
        .column("dimension", "of the homology", ElementType::int64)
        .column("filtration", "level t of the sublevel set")
        .column("value", "mean Betti number")
        .column("stderr", "binomial standard error")
        .column("theory", "poisson: binomial, exact");
    TableRows power("power", "sum of the lifetimes to the q, whose root is the L^q persistence");
    power.column("point", "index of the point", ElementType::int64)
        .column("ensemble", "class", ElementType::text)
        .column("power", "q")
        .column("value", "mean of the sum")
        .column("stderr", "its standard error over replicas")
        .column("theory", "n^(1-q) E[u^q] int rho^(1-q); poisson: exact");
    for (const Point& point : results.points()) {
      if (!has_samples(results, point.index)) continue;
      const Model model(point);
      const double q = point.real("power");
      const auto births = entry_moments(results, "birth", point.index);
      const auto bars = entry_moments(results, "bar", point.index);
      for (std::size_t i = 0; i < bars.size(); ++i) {
        const auto k = static_cast<std::int64_t>(i + 1);
        diagram.row({point.index, i + 1, static_cast<double>(homology_dimension(model, k)), births[i].mean,
                     births[i].mean + bars[i].mean, bars[i].mean, bars[i].standard_error,
                     theory_of(results, "bar", point.index, i)});
      }
      betti_rows(results, point, betti);
      const auto sum = power_sum(results, point.index, q);
      power.row({point.index, class_name(point), q, sum.mean, sum.standard_error,
                 std::pow(theory_of(results, "power_persistence", point.index, 0), q)});
    }
    diagram.write(tables);
    betti.write(tables);
    power.write(tables);
  }

  void claims(const Results& results, const Tables&, Claims& claims) const override {
    for (const Point& point : results.points()) {
      if (!has_samples(results, point.index) || !results.is_predicted(point.index)) continue;
      const Model model(point);
      if (!model.has_exact_laws() || model.n < 50) continue;
      const bool is_exact = model.ensemble->form == Form::poisson;
      const auto n = static_cast<double>(model.n);
      const auto add = [&](const std::string& what, const stats::Moments& m, double predicted, double relative) {
        if (m.count < 2 || std::isnan(predicted)) return;
        claims.add({.name = concat(what, label(results, point.index)),
                    .predicted = predicted,
                    .measured = m.mean,
                    .standard_error = m.standard_error,
                    .degrees_of_freedom = static_cast<double>(m.count - 1),
                    .tolerance = is_exact ? 0 : relative * predicted,
                    .source = page});
      };
      const std::size_t middle = model.n / 2 - 1;
      add("mean bar in the middle",
          results.over_replicas("bar", Kind::replica, point.index, [=](const Array& a) { return a.real(middle); }),
          theory_of(results, "bar", point.index, middle), 2 / n);
      const auto tents = results.value("landscape", Kind::theory, point.index).values<double>();
      const auto bulk = bulk_places(point);
      add("landscape of the bulk over its theory",
          results.over_replicas("landscape", Kind::replica, point.index,
                                [&](const Array& a) {
                                  double sum = 0;
                                  for (const std::size_t i : bulk) sum += a.real(i) / tents[i];
                                  return sum / static_cast<double>(bulk.size());
                                }),
          1, 2 / n);
      // The edges beyond a cut at the mean extremes, or beyond the whole support.
      const double q = point.real("power");
      if (q <= 2) {
        add("mean sum of lifetimes to the power", power_sum(results, point.index, q),
            std::pow(theory_of(results, "power_persistence", point.index, 0), q),
            std::pow(n, mean_cuts(model).are_known ? -2.0 / 3 : -(3 - q) / 3));
      }
      if (is_exact) claim_betti(results, point, claims);
    }
  }

 protected:
  [[nodiscard]] std::string name() const override { return "diagram"; }
  [[nodiscard]] std::string summary() const override {
    return "persistence diagrams, Betti curves, landscapes, L^q persistence";
  }

  void extend(run::Description& d) const override {
    const auto bars = [](const Point& p) {
      const double last = p.real("dimension") - 1;
      return std::vector{
          Axis{"bar_number", Bins{1, last, static_cast<std::size_t>(last) - 1}.edges(), "1", "k, 1 the lowest"}};
    };
    const auto curve = [](const Point&) {
      return std::vector{Axis::index("place", places, "place in /theory/filtration")};
    };
    const auto betti = [](const Point& p) {
      return std::vector{
          Axis::index("curve", static_cast<std::int64_t>(p.list("bars").size()), "place in the parameter bars"),
          Axis::index("place", places, "place in /theory/filtration")};
    };
    const auto map = [](const Point&) {
      return std::vector{Axis::index("birth_bin", map_bins, "bin of births"),
                         Axis::index("lifetime_bin", map_bins, "bin of lifetimes")};
    };
    const auto edges = [](const Point&) { return std::vector{Axis::index("map_edge", map_bins + 1, "edge of a bin")}; };
    const auto reals = [&](const char* observable, const char* what, auto axes) {
      d.observables.push_back({.name = observable, .description = what, .axes = axes});
    };
    reals("birth", "births of the finite bars: levels but the last", bars);
    reals("bar", "lifetimes of the finite bars; bar k lies in dimension beta k - 1", bars);
    reals("landscape", "first persistence landscape of all bars together; the second is 0", curve);
    d.observables.push_back({.name = "power_persistence", .description = "L^q persistence, q = power"});
    const auto counts = [&](const char* observable, const char* what, auto axes) {
      d.observables.push_back(
          {.name = observable, .description = what, .kind = Kind::tally, .type = ElementType::int64, .axes = axes});
    };
    counts("betti_counts", "replicas in which bar k is alive", betti);
    counts(
        "diagram_counts",
        "bars by birth and lifetime, bins of /theory/birth_edge and lifetime_edge; the outermost take what lies beyond",
        map);
    const auto law = [&](const char* observable, const char* what, auto axes) {
      d.observables.push_back(
          {.name = observable, .description = what, .kind = Kind::theory, .axes = axes, .may_be_nan = true});
    };
    law("bar", "1/(n rho) at the quantile k/n; poisson: 1/(n + 1), exact", bars);
    law("landscape", "(1 + Var u)/(4 n rho), two levels and more inside the support; poisson: exact", curve);
    law("power_persistence",
        "(n^(1-q) E[u^q] int rho^(1-q))^(1/q), q < 3, soft edges cut off at the mean extremes; poisson: root "
        "of the exact mean sum, any q",
        [](const Point&) { return std::vector<Axis>{}; });
    law("betti", "probability that bar k is alive; poisson: binomial, exact", betti);
    law("filtration", "levels t of the sublevel sets", curve);
    law("birth_edge", "edges of the bins of births", edges);
    law("lifetime_edge", "edges of the bins of lifetimes", edges);
  }

  void check(Point& point) const override {
    const std::int64_t n = point.integer("dimension");
    if (point.is_word("bars")) {
      std::vector<double> bars{1};
      for (const std::int64_t k : {n / 4, n / 2, 3 * n / 4, n - 1}) {
        if (static_cast<double>(k) > bars.back()) bars.push_back(static_cast<double>(k));
      }
      point.complete("bars", bars);
      return;
    }
    double before = 0;
    for (const double k : point.list("bars")) {
      if (k <= before || k >= static_cast<double>(n)) {
        throw UsageError(concat("--bars '", run::to_text(point.value("bars")),
                                "': allowed are ascending numbers in [1, ", n - 1, "] with --dimension ", n));
      }
      before = k;
    }
  }

  void predict(const Point& point, const Model& model, const LevelLaw& law, run::Sink& sink) const override {
    const auto n = static_cast<double>(model.n);
    const bool is_poisson = model.ensemble->form == Form::poisson;
    std::vector<double> bar;
    for (double k = 1; k < n; ++k) bar.push_back(is_poisson ? 1 / (n + 1) : 1 / (n * law.density(law.quantile(k / n))));
    const double second = spacing_moment(model, 2);
    const auto places_at = filtration(point);
    std::vector<double> tents;
    for (const double t : places_at) {
      const double below = n * law.cdf(t);
      const bool is_inside = below >= 2 && below <= n - 2;
      tents.push_back(is_poisson  ? spectra::poisson_landscape(model.n, t)
                      : is_inside ? spectra::stationary_landscape(n * law.density(t), second - 1)
                                  : nan);
    }
    const double q = point.real("power");
    const double power = is_poisson ? spectra::poisson_power_sum(model.n, q)
                         : q < 3
                             ? std::pow(n, 1 - q) * spacing_moment(model, q) * power_integral(law, mean_cuts(model), q)
                             : nan;
    std::vector<double> betti;
    for (const double k : point.list("bars")) {
      for (const double t : places_at)
        betti.push_back(
            is_poisson ? spectra::poisson_betti(model.n, static_cast<std::size_t>(k), std::clamp(t, 0.0, 1.0)) : nan);
    }
    sink.predict("bar", point, Array(bar));
    sink.predict("landscape", point, Array(tents));
    sink.predict("power_persistence", point, Array::scalar(std::pow(power, 1 / q)));
    sink.predict("betti", point, Array(betti, {point.list("bars").size(), places}));
    sink.predict("filtration", point, Array(places_at));
    sink.predict("birth_edge", point, Array(births_in(point, map_bins).edges()));
    sink.predict("lifetime_edge", point, Array(lifetimes_in(point).edges()));
  }

  [[nodiscard]] std::unique_ptr<Measurement> measurement(const Point& point, const Model&) const override {
    return std::make_unique<Diagrams>(point);
  }

 private:
  /// Places between the quartiles of the law.
  static std::vector<std::size_t> bulk_places(const Point& point) {
    const LevelLaw law{Model(point)};
    const auto at = filtration(point);
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const double share = law.cdf(at[i]);
      if (share >= .25 && share <= .75) found.push_back(i);
    }
    return found;
  }

  static void betti_rows(const Results& results, const Point& point, TableRows& table) {
    const auto counts = results.value("betti_counts", Kind::tally, point.index).values<std::int64_t>();
    const auto replicas = static_cast<double>(sample_moments(results, "power_persistence", point.index).count);
    const Model model(point);
    const auto at = filtration(point);
    const auto& bars = point.list("bars");
    for (std::size_t b = 0; b < bars.size(); ++b) {
      for (std::size_t i = 0; i < places; ++i) {
        const double p = static_cast<double>(counts[b * places + i]) / replicas;
        table.row({point.index, bars[b],
                   static_cast<double>(homology_dimension(model, static_cast<std::int64_t>(bars[b]))), at[i], p,
                   std::sqrt(p * (1 - p) / replicas), theory_of(results, "betti", point.index, b * places + i)});
      }
    }
  }

  /// Where the middle one of the bars is most likely alive.
  static void claim_betti(const Results& results, const Point& point, Claims& claims) {
    const auto counts = results.value("betti_counts", Kind::tally, point.index).values<std::int64_t>();
    const auto replicas = static_cast<double>(sample_moments(results, "power_persistence", point.index).count);
    const std::size_t row = point.list("bars").size() / 2 * places;
    const auto law = results.value("betti", Kind::theory, point.index).values<double>();
    const auto most = std::max_element(law.begin() + static_cast<std::ptrdiff_t>(row),
                                       law.begin() + static_cast<std::ptrdiff_t>(row + places));
    const double p = *most;
    claims.add({.name = concat("Betti number of bar ", point.list("bars")[point.list("bars").size() / 2],
                               label(results, point.index)),
                .predicted = p,
                .measured = static_cast<double>(counts[static_cast<std::size_t>(most - law.begin())]) / replicas,
                .standard_error = std::sqrt(p * (1 - p) / replicas),
                .source = "binomial"});
  }
};

}  // namespace

std::unique_ptr<run::Experiment> diagram_mode() { return std::make_unique<Diagram>(); }

}  // namespace rankwise::experiments::levels
