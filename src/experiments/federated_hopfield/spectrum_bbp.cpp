// Tables and claims of mode bbp: the transition of outlier and overlap. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include "experiments/tables.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/stats/moments.hpp"
#include "spectrum.hpp"
#include "spectrum_tables.hpp"

namespace rankwise::experiments::hopfield {

using run::Claims;
using run::Relation;
using run::Results;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr const char* paper = "arXiv:2603.19902";
constexpr const char* spiked = "Baik and Silverstein (2006), Paul (2007); docs/federated_spectrum.md";

double ratio_of(const run::Point& point) { return point.real("strength_ratio"); }

/// Within 20 % of the threshold, where corrections are of order one at every N of a simulation.
bool is_near(double ratio) { return std::abs(ratio - 1) <= .2 + 1e-9; }

/// The mean over replicas of one observable at a point, beside its closed form.
struct Compared {
  double ratio = 0;
  stats::Moments measured;
  double theory = 0;
};

/// Points with replicas and a signal, in one group.
std::vector<Compared> compared(const Results& results, const std::vector<std::size_t>& group,
                               const std::string& observable) {
  std::vector<Compared> all;
  for (const std::size_t p : group) {
    const double ratio = ratio_of(results.points()[p]);
    if (ratio == 0 || !has_replicas(results, p) || !results.is_predicted(p)) continue;
    all.push_back({ratio, mean_over(results, observable, p), mean_point_theory(results, "expected_" + observable, p)});
  }
  return all;
}

struct Agreement {
  std::size_t points = 0;
  double r_squared = nan;  ///< 1 - sum (measured - theory)^2 / sum (measured - mean measured)^2
  double median_gap = nan;
};

Agreement agreement(const std::vector<Compared>& points) {
  Agreement a;
  a.points = points.size();
  std::vector<double> means;
  std::vector<double> gaps;
  double residual = 0;
  for (const auto& c : points) {
    means.push_back(c.measured.mean);
    gaps.push_back(std::abs(c.measured.mean - c.theory));
    residual += gaps.back() * gaps.back();
  }
  const auto spread = stats::moments(means);
  if (spread.count >= 3 && spread.variance > 0) {
    a.r_squared = 1 - residual / (spread.variance * static_cast<double>(spread.count - 1));
  }
  if (!gaps.empty()) a.median_gap = stats::quantile(gaps, .5);
  return a;
}

/// The largest |mean - theory| / standard error of the points that `belongs` picks; NaN without one.
template <typename F>
double largest_z(const std::vector<Compared>& points, F&& belongs) {
  double most = nan;
  for (const auto& c : points) {
    const double z = std::abs(c.measured.mean - c.theory) / c.measured.standard_error;
    if (belongs(c.ratio) && !(z <= most)) most = z;
  }
  return most;
}

/// Without what lies nearer to the threshold than 20 %: how well means agree must not depend on how many such points a
/// run has.
std::vector<Compared> outside(const std::vector<Compared>& points) {
  std::vector<Compared> some;
  std::copy_if(points.begin(), points.end(), std::back_inserter(some),
               [](const Compared& c) { return std::abs(c.ratio - 1) >= .2 - 1e-9; });
  return some;
}

std::vector<Compared> above(const std::vector<Compared>& points) {
  std::vector<Compared> some;
  std::copy_if(points.begin(), points.end(), std::back_inserter(some), [](const Compared& c) { return c.ratio > 1; });
  return some;
}

/// Points that one transition is drawn through.
std::vector<std::vector<std::size_t>> transitions(const Results& results) {
  return groups_but(results.points(), {"aspect_ratio", "batch_size", "strength_ratio", "quality"});
}

/// Corrections to the limit of large N are small against the limit's own size where N (kappa/sqrt q - 1)^3 is large:
/// the width of the critical window is N^(-1/3) (Baik, Ben Arous and Peche, Ann. Probab. 33 (2005)).
double finite_size(const run::Point& point) {
  const double distance = ratio_of(point) - 1;
  return 1 / (static_cast<double>(point.integer("neurons")) * distance * distance * distance);
}

void claim_point(const Results& results, const run::Point& point, Claims& claims) {
  const std::string label =
      run::distinguishing_text(results.points(), point, {"batch_size", "quality", "level", "cushion"});
  const double correction = finite_size(point);
  const double outlier = mean_point_theory(results, "expected_outlier", point.index);
  const double kappa = mean_point_theory(results, "kappa", point.index);
  claim_gap(concat("mean outlier", label), outlier, gap_over(results, "outlier", point.index), .004 * outlier, spiked,
            claims);
  claim_gap(concat("mean overlap", label), mean_point_theory(results, "expected_overlap", point.index),
            gap_over(results, "overlap", point.index), .005 + correction, spiked, claims);
  auto inverted = mean_over(results, "kappa", point.index);
  inverted.mean -= kappa;
  claim_gap(concat("mean kappa from the outlier", label), kappa, inverted, (.01 + 2 * correction) * kappa, spiked,
            claims);
  if (point.integer("archetypes") == 1) {
    claim_gap(concat("mean magnetisation", label), point_theory(results, "expected_magnetisation", point.index),
              gap_over(results, "magnetisation", point.index), .005 + correction,
              "erf(sqrt(gamma/(2(1-gamma)))); docs/federated_spectrum.md", claims);
  }
}

/// How often noise passes the test by Tracy and Widom's law, of all points of a group that are noise to it.
void claim_false_alarms(const Results& results, const std::vector<std::size_t>& group, bool pure, Claims& claims) {
  std::int64_t alarms = 0;
  std::int64_t replicas = 0;
  for (const std::size_t p : group) {
    const auto& point = results.points()[p];
    const double examples = static_cast<double>(point.integer("batch_size") * point.integer("clients"));
    const bool is_noise = pure ? ratio_of(point) == 0 : ratio_of(point) > 0 && ratio_of(point) <= .5;
    if (!is_noise || examples < static_cast<double>(point.integer("neurons"))) continue;
    alarms += detections(results, "tw", p, 1);
    replicas += static_cast<std::int64_t>(results.present("outlier", run::Kind::replica, p).size());
  }
  const auto& first = results.points()[group.front()];
  const double level = first.real("level");
  const auto n = static_cast<double>(replicas);
  if (n * level < 5) return;  // the error below is that of a normal law
  claims.add(
      {.name = concat(pure ? "tw: false alarms in pure noise" : "tw: false alarms, strength ratio up to .5",
                      group_label(results, group.front(), {"aspect_ratio", "strength_ratio", "batch_size", "quality"})),
       .predicted = level,
       .measured = static_cast<double>(alarms) / n,
       .standard_error = std::sqrt(level * (1 - level) / n),
       // A signal at half the threshold lifts the largest eigenvalue a little: .065(6) in 1500 replicas of N = 800.
       .tolerance = pure ? 0 : .02,
       .source = "Tracy-Widom law; docs/federated_spectrum.md"});
}

}  // namespace

void derive_bbp(const Results& results, run::Tables& tables) {
  TableRows table("transition", "means over replicas against the closed forms, over points with a signal");
  table
      .column("point", "index of the first point; points that differ in aspect ratio and strength belong together",
              ElementType::int64)
      .column("observable", "outlier or overlap", ElementType::text)
      .column("points", "points with a signal, 20 % or more away from the threshold", ElementType::int64)
      .column("r_squared", "1 - sum (mean - theory)^2 / sum (mean - mean of means)^2 over them")
      .column("points_above", "those above the threshold", ElementType::int64)
      .column("r_squared_above", "the same over these")
      .column("median_gap", "median |mean - theory| over all")
      .column("largest_z_above", "largest |mean - theory| / standard error, more than 20 % above the threshold")
      .column("largest_z_near", "within 20 % of it")
      .column("largest_z_below", "more than 20 % below it");
  for (const auto& group : transitions(results)) {
    for (const char* observable : {"outlier", "overlap"}) {
      const auto points = compared(results, group, observable);
      if (points.empty()) continue;
      const Agreement all = agreement(outside(points));
      const Agreement seen = agreement(outside(above(points)));
      table.row({group.front(), observable, all.points, all.r_squared, seen.points, seen.r_squared, all.median_gap,
                 largest_z(points, [](double r) { return r > 1 && !is_near(r); }), largest_z(points, is_near),
                 largest_z(points, [](double r) { return r < 1 && !is_near(r); })});
    }
  }
  table.write(tables);
  detection_table(results, tables);
}

void claim_bbp(const Results& results, const run::Tables&, Claims& claims) {
  for (const auto& group : transitions(results)) {
    const auto& first = results.points()[group.front()];
    const auto overlap = agreement(outside(compared(results, group, "overlap")));
    const auto outlier = agreement(outside(compared(results, group, "outlier")));
    const std::string label =
        group_label(results, group.front(), {"aspect_ratio", "strength_ratio", "batch_size", "quality"});
    // The bars are those of N = 800; means of a few replicas of small matrices scatter by more.
    if (first.integer("neurons") >= 800 && results.replicas() >= 12 && overlap.points >= 8) {
      const auto bar = [&](const char* name, Relation relation, double predicted, double measured) {
        claims.add({.name = concat(name, label),
                    .relation = relation,
                    .predicted = predicted,
                    .measured = measured,
                    .source = paper});
      };
      bar("R^2 of mean outliers", Relation::at_least, .999, outlier.r_squared);
      bar("R^2 of mean overlaps", Relation::at_least, .995, overlap.r_squared);
      bar("median gap of mean overlaps", Relation::at_most, .01, overlap.median_gap);
    }
    claim_false_alarms(results, group, true, claims);
    claim_false_alarms(results, group, false, claims);
  }
  for (const auto& point : results.points()) {
    if (!has_replicas(results, point.index) || finite_size(point) < 0 || finite_size(point) > .02) continue;
    claim_point(results, point, claims);
  }
}

}  // namespace rankwise::experiments::hopfield
