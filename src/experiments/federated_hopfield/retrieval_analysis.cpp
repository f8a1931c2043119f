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
constexpr const char* kanter = "Kanter and Sompolinsky, Phys. Rev. A 35 (1987)";

double mean_of(const Array& values) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += values.real(i);
  return sum / static_cast<double>(values.size());
}

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
  return 1 - 2 * static_cast<double>(flipped_bits(point)) / static_cast<double>(point.integer("neurons"));
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

void RetrievalExperiment::claims(const Results&, const run::Tables&, run::Claims&) const {
  (void)ags;
  (void)personnaz;
  (void)kanter;
}

}  // namespace rankwise::experiments::hopfield
