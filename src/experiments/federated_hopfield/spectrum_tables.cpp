// SPDX-License-Identifier: MIT
#include "spectrum_tables.hpp"

#include <algorithm>
#include <limits>

#include "experiments/tables.hpp"
#include "rankwise/stats/significance.hpp"

namespace rankwise::experiments::hopfield {

using run::Kind;
using run::Results;

stats::Moments entry_over(const Results& results, std::string_view observable, std::size_t point, std::size_t index,
                          Kind kind) {
  return results.over_replicas(observable, kind, point, [&](const Array& value) { return value.real(index); });
}

stats::Moments mean_over(const Results& results, std::string_view observable, std::size_t point, Kind kind) {
  return results.over_replicas(observable, kind, point, mean_of);
}

double point_theory(const Results& results, std::string_view observable, std::size_t point, std::size_t index) {
  if (!results.is_predicted(point)) return std::numeric_limits<double>::quiet_NaN();
  return results.value(observable, Kind::theory, point).real(index);
}

double mean_point_theory(const Results& results, std::string_view observable, std::size_t point) {
  if (!results.is_predicted(point)) return std::numeric_limits<double>::quiet_NaN();
  return mean_of(results.value(observable, Kind::theory, point));
}

stats::Moments gap_over(const Results& results, std::string_view observable, std::size_t point) {
  std::vector<double> gaps;
  for (const std::int64_t r : results.present(observable, Kind::replica, point)) {
    gaps.push_back(mean_of(results.value(observable, Kind::replica, point, r)) -
                   mean_of(results.value(observable, Kind::theory, point, r)));
  }
  return stats::moments(gaps);
}

bool has_replicas(const Results& results, std::size_t point) {
  return !results.present("outlier", Kind::replica, point).empty();
}

std::string group_label(const Results& results, std::size_t first, std::initializer_list<std::string_view> inside) {
  const run::Point& reference = results.points()[first];
  std::vector<run::Point> points = results.points();
  for (run::Point& point : points) {
    for (const std::string_view name : inside) point.complete(name, reference.value(name));
  }
  return run::distinguishing_text(points, points[first]);
}

std::vector<std::string> cuts_of(const Results& results) {
  std::vector<std::string> cuts;
  for (const char* cut : {"mp", "tw", "shuffle"}) {
    const std::string name = std::string("detected_") + cut;
    const auto& fields = results.fields();
    if (std::any_of(fields.begin(), fields.end(), [&](const run::Field& f) { return f.observable.name == name; }))
      cuts.emplace_back(cut);
  }
  return cuts;
}

std::int64_t detections(const Results& results, const std::string& cut, std::size_t point, std::int64_t least) {
  const std::string name = "detected_" + cut;
  std::int64_t count = 0;
  for (const std::int64_t r : results.present(name, Kind::replica, point)) {
    if (results.value(name, Kind::replica, point, r).real(0) >= static_cast<double>(least)) ++count;
  }
  return count;
}

void detection_table(const Results& results, run::Tables& tables) {
  TableRows table("detection", "how often each cut finds all archetypes");
  table.column("point", "index of the point", ElementType::int64)
      .column("cut", "mp, tw or shuffle", ElementType::text)
      .column("detected", "replicas with at least K eigenvalues above the cut", ElementType::int64)
      .column("replicas", "replicas", ElementType::int64)
      .column("rate", "detected over replicas")
      .column("stderr", "binomial standard error of the rate")
      .column("low", "lower end of Wilson's 95 % interval")
      .column("high", "upper end");
  for (const auto& point : results.points()) {
    if (!has_replicas(results, point.index)) continue;
    const auto replicas = static_cast<std::int64_t>(results.present("outlier", Kind::replica, point.index).size());
    for (const std::string& cut : cuts_of(results)) {
      const std::int64_t detected = detections(results, cut, point.index, point.integer("archetypes"));
      const auto interval = stats::wilson_interval(detected, replicas, .05);
      table.row({point.index, cut, static_cast<double>(detected), static_cast<double>(replicas),
                 static_cast<double>(detected) / static_cast<double>(replicas),
                 stats::binomial_stderr(detected, replicas), interval.low, interval.high});
    }
  }
  table.write(tables);
}

}  // namespace rankwise::experiments::hopfield
