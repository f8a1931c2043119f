// SPDX-License-Identifier: MIT
#include "federation_tables.hpp"

#include <algorithm>
#include <cmath>

#include "claims.hpp"
#include "experiment.hpp"
#include "experiments/tables.hpp"
#include "rankwise/stats/significance.hpp"

namespace rankwise::experiments::hopfield {

using run::Kind;
using run::Results;

namespace {

stats::Moments mean_of(const Results& results, const char* name, Kind kind, std::size_t point, std::size_t round) {
  return results.over_replicas(name, kind, point, [&](const Array& value) { return RoundView(value, round).mean(); });
}

/// How often in a round Khat lies above, at and below K.
struct Counts {
  std::int64_t replicas = 0;
  std::int64_t above = 0;
  std::int64_t exact = 0;
  std::int64_t rejected = 0;
};

Counts counts_of(const Results& results, const run::Point& point, std::size_t round) {
  Counts counts;
  const auto k = static_cast<double>(archetypes_of(point));
  for (const auto r : results.present("khat", Kind::replica, point.index)) {
    const double khat = results.value("khat", Kind::replica, point.index, r).real(round);
    ++counts.replicas;
    if (khat > k) ++counts.above;
    if (khat == k) ++counts.exact;
    if (results.value("rejected", Kind::replica, point.index, r).real(round) > 0) ++counts.rejected;
  }
  return counts;
}

}  // namespace

void summary_table(const Results& results, run::Tables& tables) {
  TableRows table("summary", "the first and the last round, over replicas");
  table.column("point", "index of the point", ElementType::int64)
      .column("round", "communication round", ElementType::int64)
      .column("replicas", "replicas", ElementType::int64)
      .column("magnetisation", "mean over archetypes and replicas")
      .column("magnetisation_stderr", "standard error over replicas")
      .column("magnetisation_theory", "predicted from the realised exposures and weights, mean over the replicas where it is defined")
      .column("khat", "effective rank, mean over replicas")
      .column("exact_rate", "share of replicas with Khat = K")
      .column("exact_stderr", "binomial standard error")
      .column("above_rate", "share of replicas with Khat > K")
      .column("above_stderr", "binomial standard error")
      .column("rejected_rate", "share of replicas whose round was rejected")
      .column("rejected_stderr", "binomial standard error");
  for (const auto& point : results.points()) {
    const auto last = static_cast<std::size_t>(point.integer("rounds")) - 1;
    for (const std::size_t round : last == 0 ? std::vector<std::size_t>{0} : std::vector<std::size_t>{0, last}) {
      const Counts counts = counts_of(results, point, round);
      if (counts.replicas == 0) continue;
      const auto m = mean_of(results, "magnetisation", Kind::replica, point.index, round);
      const auto rate = [&](std::int64_t n) { return static_cast<double>(n) / static_cast<double>(counts.replicas); };
      const auto error = [&](std::int64_t n) { return stats::binomial_stderr(n, counts.replicas); };
      table.row({point.index, round, static_cast<double>(counts.replicas), m.mean, m.standard_error,
                 mean_of(results, "magnetisation", Kind::theory, point.index, round).mean,
                 mean_of(results, "khat", Kind::replica, point.index, round).mean, rate(counts.exact), error(counts.exact), rate(counts.above),
                 error(counts.above), rate(counts.rejected), error(counts.rejected)});
    }
  }
  table.write(tables);
}

void gain_table(const Results& results, run::Tables& tables) {
  TableRows table("gain", "squared overlap in round 0 with optimal less equal shares, mean over archetypes, on the same batches");
  table.column("equal", "index of the point with equal shares", ElementType::int64)
      .column("optimal", "index of the point with optimal shares", ElementType::int64)
      .column("replicas", "replicas of both", ElementType::int64)
      .column("gain", "measured, mean over replicas")
      .column("stderr", "standard error of the paired differences")
      .column("predicted", "by the generalised Marchenko-Pastur law from the realised exposures");
  for (const auto& group : groups_but(results.points(), {"client_weights"})) {
    const auto with = [&](const char* weights) {
      return std::find_if(group.begin(), group.end(), [&](std::size_t p) { return results.points()[p].text("client_weights") == weights; });
    };
    const auto equal = with("equal");
    const auto optimal = with("optimal");
    if (equal == group.end() || optimal == group.end()) continue;
    std::vector<double> measured;
    std::vector<double> predicted;
    for (const auto r : results.present("overlap", Kind::replica, *equal)) {
      if (!results.has("overlap", Kind::replica, *optimal, r)) continue;
      const auto difference = [&](Kind kind) {
        const Array better = results.value("overlap", kind, *optimal, r);
        const Array plain = results.value("overlap", kind, *equal, r);
        return RoundView(better, 0).mean() - RoundView(plain, 0).mean();
      };
      measured.push_back(difference(Kind::replica));
      predicted.push_back(difference(Kind::theory));
    }
    if (measured.empty()) continue;
    const auto gain = stats::moments(measured);
    table.row({*equal, *optimal, measured.size(), gain.mean, gain.standard_error, stats::moments(predicted).mean});
  }
  table.write(tables);
}

void FederationExperiment::derive(const Results& results, run::Tables& tables) const {
  if (mode_ == Mode::capacity) {
    capacity_tables(results, tables);
    return;
  }
  summary_table(results, tables);
  if (mode_ == Mode::cooperation) gain_table(results, tables);
}

}  // namespace rankwise::experiments::hopfield
