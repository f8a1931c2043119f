// Tables and claims of the mode retrieval. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "experiments/tables.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/federated/hopfield_theory.hpp"
#include "rankwise/stats/significance.hpp"
#include "retrieval.hpp"

namespace rankwise::experiments::hopfield {

using run::Kind;
using run::Point;
using run::Results;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double wilson_level = .05;
constexpr double basin_rate = .9;
constexpr const char* ags = "Amit, Gutfreund and Sompolinsky, Ann. Phys. 173 (1987)";
constexpr const char* personnaz = "Personnaz, Guyon and Dreyfus, J. Physique Lett. 46 (1985)";
constexpr const char* page = "docs/federated_retrieval.md";

/// Mean and error over replicas of the mean over cues.
stats::Moments over_cues(const Results& results, const char* name, const Point& point) {
  return results.over_replicas(name, Kind::replica, point.index, mean_of);
}

/// Cues of a point over all replicas.
struct Rate {
  std::int64_t trials = 0;
  std::int64_t successes = 0;
  [[nodiscard]] double share() const { return static_cast<double>(successes) / static_cast<double>(trials); }
};

Rate rate_of(const Results& results, const Point& point) {
  Rate rate;
  for (const std::int64_t r : results.present("success", Kind::replica, point.index)) {
    const Array success = results.value("success", Kind::replica, point.index, r);
    for (std::size_t i = 0; i < success.size(); ++i) {
      ++rate.trials;
      if (success.real(i) > 0) ++rate.successes;
    }
  }
  return rate;
}

double flipped_overlap(const Point& point) {
  return static_cast<double>(point.integer("neurons") - 2 * flipped_bits(point)) / point.real("neurons");
}

/// The columns that tell what a row is about.
TableRows& with_setting(TableRows& table) {
  return table.column("neurons", "N", ElementType::int64)
      .column("archetypes", "K", ElementType::int64)
      .column("load", "K/N")
      .column("coupling", "hebb or pseudo_inverse", ElementType::text)
      .column("memory", "true or reconstructed", ElementType::text)
      .column("temperature", "T");
}

void success_table(const Results& results, run::Tables& tables) {
  TableRows table("success", "cues that end at an overlap of .95 or more with their archetype");
  table.column("point", "index of the point", ElementType::int64);
  with_setting(table)
      .column("initial_overlap", "of the cues, after rounding to whole bits")
      .column("trials", "cues of all replicas", ElementType::int64)
      .column("successes", "those that succeed", ElementType::int64)
      .column("rate", "successes over trials")
      .column("binomial_stderr", "of the rate, trials independent")
      .column("replica_stderr", "of the rate, from its scatter over replicas")
      .column("wilson_low", "Wilson's interval of the rate, 95 %")
      .column("wilson_high", "its upper end")
      .column("overlap", "final overlap, mean over cues and replicas")
      .column("overlap_stderr", "its error over replicas");
  for (const Point& point : results.points()) {
    const Rate rate = rate_of(results, point);
    if (rate.trials == 0) continue;
    const auto wilson = stats::wilson_interval(rate.successes, rate.trials, wilson_level);
    const auto overlap = over_cues(results, "overlap", point);
    table.row({point.index, point.real("neurons"), point.real("archetypes"), load_of(point), point.text("coupling"),
               point.text("memory"), point.real("temperature"), flipped_overlap(point),
               static_cast<double>(rate.trials), static_cast<double>(rate.successes), rate.share(),
               stats::binomial_stderr(rate.successes, rate.trials), over_cues(results, "success", point).standard_error,
               wilson.low, wilson.high, overlap.mean, overlap.standard_error});
  }
  table.write(tables);
}

void basin_table(const Results& results, run::Tables& tables) {
  TableRows table("basin", "least initial overlap from which, as from every larger one tried, .9 of the cues succeed");
  table.column("point", "index of the first point; points that differ in initial overlap alone belong together",
               ElementType::int64);
  with_setting(table)
      .column("basin", "that initial overlap; NaN: none")
      .column("failed", "largest initial overlap tried that does not do; NaN: none")
      .column("trials", "cues of a point, the fewest", ElementType::int64);
  for (const auto& group : groups_but(results.points(), {"initial_overlap"})) {
    struct Tried {
      double overlap;
      Rate rate;
    };
    std::vector<Tried> tried;
    for (const std::size_t index : group) {
      const Point& point = results.points()[index];
      const Rate rate = rate_of(results, point);
      if (rate.trials > 0) tried.push_back({flipped_overlap(point), rate});
    }
    if (tried.empty()) continue;
    std::sort(tried.begin(), tried.end(), [](const Tried& a, const Tried& b) { return a.overlap > b.overlap; });
    double basin = nan;
    double failed = nan;
    std::int64_t trials = tried.front().rate.trials;
    for (const Tried& t : tried) {
      trials = std::min(trials, t.rate.trials);
      if (!std::isnan(failed)) continue;
      (t.rate.share() >= basin_rate ? basin : failed) = t.overlap;
    }
    const Point& first = results.points()[group.front()];
    table.row({first.index, first.real("neurons"), first.real("archetypes"), load_of(first), first.text("coupling"),
               first.text("memory"), first.real("temperature"), basin, failed, static_cast<double>(trials)});
  }
  table.write(tables);
}

}  // namespace

void RetrievalExperiment::derive(const Results& results, run::Tables& tables) const {
  success_table(results, tables);
  basin_table(results, tables);
}

namespace {

/// Overlaps of cues that start at their archetypes lie within this of mean field: the finite-size shift is of order
/// 1/N.
double finite_size(const Point& point) { return 1 / point.real("neurons"); }

/// Where a metastable state of finite N lives as long as the run: away from the load (hebb), or temperature
/// (pseudo_inverse), at which it ends in mean field. Nearer, some cues leave it.
bool is_stable(const Point& point) {
  const double temperature = point.real("temperature");
  if (coupling_of(point) == federated::Coupling::pseudo_inverse) {
    return !std::isnan(federated::pseudo_inverse_retrieval(load_of(point), temperature / .85).overlap);
  }
  return load_of(point) <= (temperature == 0 ? .9 : 2.0 / 3) * federated::hebb_capacity(temperature);
}

class RetrievalClaims {
 public:
  RetrievalClaims(const Results& results, run::Claims& claims) : results_(results), claims_(claims) {}

  void make(const Point& point) {
    if (results_.present("overlap", Kind::replica, point.index).empty()) return;
    if (is_reconstructed(point)) {
      same_as_true(point);
      if (starts_at_archetypes(point) && point.real("temperature") == 0) bounded(point);
    } else if (starts_at_archetypes(point) && point.integer("neurons") >= 100) {
      fixed_points(point);
    }
  }

 private:
  [[nodiscard]] static bool starts_at_archetypes(const Point& point) { return flipped_bits(point) == 0; }

  [[nodiscard]] std::string label(const Point& point) const {
    return run::distinguishing_text(results_.points(), point, {"cues", "operator_rank", "cushion"});
  }

  void fixed_points(const Point& point) {
    const bool is_cold = point.real("temperature") == 0;
    if (coupling_of(point) == federated::Coupling::pseudo_inverse && is_cold) {
      double least = 2;
      for (const std::int64_t r : results_.present("overlap", Kind::replica, point.index)) {
        const Array overlap = results_.value("overlap", Kind::replica, point.index, r);
        for (std::size_t i = 0; i < overlap.size(); ++i) least = std::min(least, overlap.real(i));
      }
      claims_.add({.name = "patterns are fixed points: least overlap" + label(point),
                   .predicted = 1,
                   .measured = least,
                   .source = personnaz});
      return;
    }
    const auto overlap = over_cues(results_, "overlap", point);
    run::Claim claim;
    claim.measured = overlap.mean;
    claim.standard_error = overlap.standard_error;
    claim.degrees_of_freedom = static_cast<double>(overlap.count - 1);
    if (is_stable(point)) {
      if (!results_.is_predicted(point.index)) return;
      claim.name = concat("mean overlap ", is_cold ? "of fixed points" : "at a temperature", label(point));
      claim.predicted = results_.value("overlap", Kind::theory, point.index).real(0);
      claim.tolerance = finite_size(point);
      claim.source = coupling_of(point) == federated::Coupling::hebb ? ags : page;
      claims_.add(std::move(claim));
    } else if (is_cold && load_of(point) >= 1.1 * federated::hebb_capacity(0)) {
      claim.name = "beyond the capacity: mean overlap of fixed points" + label(point);
      claim.relation = run::Relation::at_most;
      claim.predicted = federated::hebb_retrieval((1 - 1e-9) * federated::hebb_capacity(0), 0).overlap;
      claim.source = ags;
      claims_.add(std::move(claim));
    }
  }

  /// Replicas whose memory is that of the archetypes recall as those: the same cues, the same order of updates.
  void same_as_true(const Point& point) {
    for (const Point& twin : results_.points()) {
      if (is_reconstructed(twin) || !same_but(point, twin, {"memory"})) continue;
      double largest = -1;
      for (const std::int64_t r : results_.present("exact", Kind::replica, point.index)) {
        const auto count = [&](const char* name) {
          return static_cast<std::int64_t>(results_.value(name, Kind::replica, point.index, r).real(0));
        };
        const std::int64_t k = point.integer("archetypes");
        if (count("exact") != k || count("patterns") != k) continue;
        if (!results_.has("overlap", Kind::replica, twin.index, r)) continue;
        const Array here = results_.value("overlap", Kind::replica, point.index, r);
        const Array there = results_.value("overlap", Kind::replica, twin.index, r);
        for (std::size_t i = 0; i < here.size(); ++i)
          largest = std::max(largest, std::abs(here.real(i) - there.real(i)));
      }
      if (largest < 0) return;
      claims_.add({.name = "exact reconstruction: largest difference from recall by true patterns" + label(point),
                   .predicted = 0,
                   .measured = largest,
                   .source = "the same couplings, cues and order of updates"});
      return;
    }
  }

  /// Recall of a reconstructed archetype ends at its pattern, errors and all, not nearer to the archetype.
  void bounded(const Point& point) {
    constexpr double found = .5;  // strangers' overlaps are of order 1/sqrt(N)
    std::vector<double> gains;
    for (const std::int64_t r : results_.present("overlap", Kind::replica, point.index)) {
      const Array overlap = results_.value("overlap", Kind::replica, point.index, r);
      const Array magnetisation = results_.value("magnetisation", Kind::replica, point.index, r);
      double sum = 0;
      double count = 0;
      for (std::size_t i = 0; i < overlap.size(); ++i) {
        if (magnetisation.real(i) < found) continue;
        sum += overlap.real(i) - magnetisation.real(i);
        ++count;
      }
      if (count > 0) gains.push_back(sum / count);
    }
    if (gains.size() < 2) return;
    const auto gain = stats::moments(gains);
    claims_.add({.name = "reconstructed patterns bound recall: mean gain over their magnetisation" + label(point),
                 .relation = run::Relation::at_most,
                 .predicted = 0,
                 .measured = gain.mean,
                 .standard_error = gain.standard_error,
                 .degrees_of_freedom = static_cast<double>(gain.count - 1),
                 .source = page});
  }

  const Results& results_;
  run::Claims& claims_;
};

}  // namespace

void RetrievalExperiment::claims(const Results& results, const run::Tables&, run::Claims& claims) const {
  RetrievalClaims made(results, claims);
  for (const Point& point : results.points()) made.make(point);
}

}  // namespace rankwise::experiments::hopfield
