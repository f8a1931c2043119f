// Tables of mode capacity: which archetypes come back, and the largest K of which all do. SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>

#include "experiments/tables.hpp"
#include "federation_tables.hpp"
#include "table.hpp"

namespace rankwise::experiments::hopfield {

using run::Kind;
using run::Results;

namespace {

constexpr double is_recovered = .99;  // least magnetisation

/// One point over its replicas, in the last round.
struct Recovery {
  std::int64_t archetypes = 0;
  std::int64_t replicas = 0;
  std::int64_t complete = 0;  ///< replicas with all archetypes recovered
  double share = 0;           ///< of the archetypes, mean over replicas
  double least = 1;           ///< magnetisation
  double start_steps = 0;     ///< of all rounds, mean over replicas
  [[nodiscard]] bool is_full() const { return complete == replicas; }
};

Recovery recovery_of(const Results& results, const run::Point& point) {
  Recovery r;
  r.archetypes = archetypes_of(point);
  const auto k = static_cast<std::size_t>(r.archetypes);
  for (const std::int64_t replica : results.present("magnetisation", Kind::replica, point.index)) {
    const Array magnetisation = results.value("magnetisation", Kind::replica, point.index, replica);
    std::size_t recovered = 0;
    for (std::size_t i = magnetisation.size() - k; i < magnetisation.size(); ++i) {
      r.least = std::min(r.least, magnetisation.real(i));
      if (magnetisation.real(i) >= is_recovered) ++recovered;
    }
    const Array steps = results.value("start_steps", Kind::replica, point.index, replica);
    for (std::size_t t = 0; t < steps.size(); ++t) r.start_steps += steps.real(t);
    r.share += static_cast<double>(recovered) / static_cast<double>(k);
    if (recovered == k) ++r.complete;
    ++r.replicas;
  }
  if (r.replicas > 0) {
    r.share /= static_cast<double>(r.replicas);
    r.start_steps /= static_cast<double>(r.replicas);
  }
  return r;
}

double load_of(std::int64_t archetypes, const run::Point& point) {
  return static_cast<double>(archetypes * archetypes) / static_cast<double>(point.integer("neurons"));
}

void recovery_table(const Results& results, run::Tables& tables) {
  TableRows table("recovery", "archetypes that come back, in the last round");
  table.column("point", "index of the point", ElementType::int64)
      .column("neurons", "N", ElementType::int64)
      .column("factoriser", "search, ica or lam", ElementType::text)
      .column("archetypes", "K", ElementType::int64)
      .column("load", "K^2/N")
      .column("replicas", "replicas", ElementType::int64)
      .column("recovered", "replicas with every magnetisation at least .99", ElementType::int64)
      .column("share", "archetypes with a magnetisation of at least .99 over K, mean over replicas")
      .column("least_magnetisation", "of all archetypes and replicas")
      .column("start_steps", "the factoriser's work in all rounds, mean over replicas");
  for (const auto& point : results.points()) {
    const Recovery r = recovery_of(results, point);
    if (r.replicas == 0) continue;
    table.row({point.index, static_cast<double>(point.integer("neurons")), point.text("factoriser"),
               static_cast<double>(r.archetypes), load_of(r.archetypes, point), static_cast<double>(r.replicas),
               static_cast<double>(r.complete), r.share, r.least, r.start_steps});
  }
  table.write(tables);
}

void capacity_table(const Results& results, run::Tables& tables) {
  TableRows table("capacity",
                  "the largest K of which, as of every smaller one tried, every replica recovers all archetypes");
  table
      .column("point",
              "index of the first point; points that differ in load, archetypes or operator rank alone belong together",
              ElementType::int64)
      .column("neurons", "N", ElementType::int64)
      .column("factoriser", "search, ica or lam", ElementType::text)
      .column("archetypes", "largest K; 0: none", ElementType::int64)
      .column("load", "its K^2/N")
      .column("failed", "smallest K tried that was not recovered by all replicas; 0: none", ElementType::int64)
      .column("replicas", "fewest of a point", ElementType::int64);
  for (const auto& group : groups_but(results.points(), {"load", "archetypes", "operator_rank"})) {
    std::multimap<std::int64_t, Recovery> by_size;
    for (const std::size_t index : group) {
      const Recovery r = recovery_of(results, results.points()[index]);
      if (r.replicas > 0) by_size.emplace(r.archetypes, r);
    }
    if (by_size.empty()) continue;
    std::int64_t failed = 0;
    std::int64_t replicas = by_size.begin()->second.replicas;
    for (const auto& [k, r] : by_size) {
      if (failed == 0 && !r.is_full()) failed = k;
      replicas = std::min(replicas, r.replicas);
    }
    std::int64_t largest = 0;
    for (const auto& [k, r] : by_size) {
      if (failed == 0 || k < failed) largest = k;
    }
    const run::Point& first = results.points()[group.front()];
    table.row({first.index, static_cast<double>(first.integer("neurons")), first.text("factoriser"),
               static_cast<double>(largest), load_of(largest, first), static_cast<double>(failed),
               static_cast<double>(replicas)});
  }
  table.write(tables);
}

}  // namespace

void capacity_tables(const Results& results, run::Tables& tables) {
  capacity_table(results, tables);
  recovery_table(results, tables);
}

}  // namespace rankwise::experiments::hopfield
