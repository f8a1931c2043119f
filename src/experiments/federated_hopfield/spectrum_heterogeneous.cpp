// Tables and claims of mode heterogeneous: unequal clients, and what weights gain. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "experiments/tables.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/stats/moments.hpp"
#include "spectrum.hpp"
#include "spectrum_tables.hpp"

namespace rankwise::experiments::hopfield {

using run::Claims;
using run::Kind;
using run::Relation;
using run::Results;

namespace {

constexpr const char* law = "generalised Marchenko-Pastur law, docs/federated_spectrum.md";

/// What a weighting gains in overlap over equal weights, over replicas with the same random numbers.
struct Gain {
  std::size_t point = 0;
  std::size_t equal = 0;
  stats::Moments measured;  ///< of the paired differences
  stats::Moments theory;    ///< of the differences of per-replica theory
  stats::Moments gap;       ///< measured - theory, replica by replica
};

std::vector<Gain> gains(const Results& results) {
  std::vector<Gain> all;
  for (const auto& group : groups_but(results.points(), {"client_weights"})) {
    const auto equal = std::find_if(group.begin(), group.end(), [&](std::size_t p) {
      return results.points()[p].text("client_weights") == "equal";
    });
    if (equal == group.end()) continue;
    for (const std::size_t p : group) {
      if (p == *equal) continue;
      std::vector<double> measured;
      std::vector<double> theory;
      std::vector<double> gap;
      for (const std::int64_t r : results.present("spike_overlap", Kind::replica, p)) {
        if (!results.has("spike_overlap", Kind::replica, *equal, r)) continue;
        const auto difference = [&](Kind kind) {
          return results.value("spike_overlap", kind, p, r).real(0) -
                 results.value("spike_overlap", kind, *equal, r).real(0);
        };
        measured.push_back(difference(Kind::replica));
        theory.push_back(difference(Kind::theory));
        gap.push_back(measured.back() - theory.back());
      }
      if (!measured.empty())
        all.push_back({p, *equal, stats::moments(measured), stats::moments(theory), stats::moments(gap)});
    }
  }
  return all;
}

/// Far enough from the threshold for theory to be meant: as in the federation's claims.
bool is_tested(const Results& results, std::size_t point) {
  return has_replicas(results, point) && mean_over(results, "spike_overlap", point, Kind::theory).mean >= .5;
}

}  // namespace

void derive_heterogeneous(const Results& results, run::Tables& tables) {
  TableRows compared("comparison", "archetype 0 under each weighting, beside theory from the realised exposures");
  compared.column("point", "index of the point", ElementType::int64)
      .column("client_weights", "weighting", ElementType::text);
  for (const char* name : {"outlier", "overlap", "magnetisation"}) {
    compared.column(name, concat("mean ", name)).column(concat(name, "_stderr"), "its standard error");
    compared.column(concat(name, "_theory"), "mean of theory")
        .column(concat(name, "_z"), "mean difference over its own standard error");
  }
  for (const auto& point : results.points()) {
    if (!has_replicas(results, point.index)) continue;
    const auto mean = [&](const char* name) { return entry_over(results, name, point.index); };
    const auto theory = [&](const char* name) { return entry_over(results, name, point.index, 0, Kind::theory).mean; };
    const auto z = [&](const char* name) {
      const auto gap = gap_over(results, name, point.index);
      return gap.mean / gap.standard_error;
    };
    const auto outlier = mean("spike_outlier");
    const auto overlap = mean("spike_overlap");
    const auto magnetisation = mean("magnetisation");
    compared.row({point.index, point.text("client_weights"), outlier.mean, outlier.standard_error,
                  theory("spike_outlier"), z("spike_outlier"), overlap.mean, overlap.standard_error,
                  theory("spike_overlap"), z("spike_overlap"), magnetisation.mean, magnetisation.standard_error,
                  theory("magnetisation"), z("magnetisation")});
  }
  compared.write(tables);

  TableRows table("gain", "overlap of archetype 0 less that under equal weights, replica by replica");
  table.column("point", "index of the point", ElementType::int64)
      .column("equal", "index of the point with equal weights", ElementType::int64)
      .column("client_weights", "weighting", ElementType::text)
      .column("replicas", "pairs", ElementType::int64)
      .column("gain", "mean difference")
      .column("stderr", "its standard error")
      .column("theory", "mean difference of theory");
  for (const Gain& g : gains(results)) {
    table.row({g.point, g.equal, results.points()[g.point].text("client_weights"),
               static_cast<double>(g.measured.count), g.measured.mean, g.measured.standard_error, g.theory.mean});
  }
  table.write(tables);
  detection_table(results, tables);
}

void claim_heterogeneous(const Results& results, const run::Tables&, Claims& claims) {
  const auto label = [&](std::size_t p) {
    return run::distinguishing_text(results.points(), results.points()[p],
                                    {"level", "cushion", "clients", "archetypes"});
  };
  for (const auto& point : results.points()) {
    if (!is_tested(results, point.index)) continue;
    const auto claim = [&](const char* name, const char* observable, double relative, double absolute) {
      const double predicted = entry_over(results, observable, point.index, 0, Kind::theory).mean;
      claim_gap(concat(name, label(point.index)), predicted, gap_over(results, observable, point.index),
                relative * predicted + absolute, law, claims);
    };
    // Next order: 1/N times a number of order one. Nothing is claimed of the magnetisation: its noise is normal only
    // where many examples show archetype 0, and unequal exposures leave a dozen in a batch.
    claim("mean outlier of archetype 0", "spike_outlier", .004, 0);
    claim("mean overlap of archetype 0", "spike_overlap", 0, 2 / static_cast<double>(point.integer("neurons")));
  }
  for (const auto& point : results.points()) {
    if (!is_tested(results, point.index) || !results.is_predicted(point.index)) continue;
    const double predicted = mean_point_theory(results, "noise_eigenvalue", point.index);
    auto gap = entry_over(results, "noise_eigenvalue", point.index);
    gap.mean -= predicted;
    // Corrections of order 1/N are left, the centring among them: measured .5/N to 1.7/N.
    claim_gap(concat("largest eigenvalue of the noise", label(point.index)), predicted, gap,
              2 * predicted / static_cast<double>(point.integer("neurons")),
              "edge of the generalised Marchenko-Pastur law, Tracy-Widom law", claims);
  }
  for (const Gain& g : gains(results)) {
    if (!is_tested(results, g.point) || !is_tested(results, g.equal)) continue;
    const auto& weights = results.points()[g.point].text("client_weights");
    // what finite size takes from both weightings alike is gone from their difference
    const double tolerance =
        .1 * std::abs(g.theory.mean) + .25 / static_cast<double>(results.points()[g.point].integer("neurons"));
    claim_gap(concat("overlap, ", weights, " less equal weights", label(g.point)), g.theory.mean, g.gap, tolerance, law,
              claims);
    // Tested only where theory promises what this many replicas can show.
    if (weights == "optimal" && g.theory.mean > 8 * g.measured.standard_error) {
      claims.add({.name = concat("optimal weights gain: difference less 3 standard errors", label(g.point)),
                  .relation = Relation::at_least,
                  .predicted = 0,
                  .measured = g.measured.mean - 3 * g.measured.standard_error,
                  .source = law});
    }
  }
}

}  // namespace rankwise::experiments::hopfield
