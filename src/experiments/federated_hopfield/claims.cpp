// What the modes claim. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "experiment.hpp"
#include "model.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/run/results.hpp"
#include "table.hpp"

namespace rankwise::experiments::hopfield {

using run::Claims;
using run::Kind;
using run::Relation;
using run::Results;

namespace {

constexpr const char* paper = "arXiv:2603.19902";
constexpr const char* law = "generalised Marchenko-Pastur law, docs/federated_hopfield.md";

/// Value at a round of a (round, ...) array: its first entry in the flat storage, and how many there are.
struct RoundView {
  const Array& array;
  std::size_t round;
  [[nodiscard]] std::size_t width() const { return array.size() / array.shape().front(); }
  [[nodiscard]] double at(std::size_t i) const { return array.real(round * width() + i); }
  [[nodiscard]] double mean() const {
    double sum = 0;
    for (std::size_t i = 0; i < width(); ++i) sum += at(i);
    return sum / static_cast<double>(width());
  }
  [[nodiscard]] double least() const {
    double least = at(0);
    for (std::size_t i = 1; i < width(); ++i) least = std::min(least, at(i));
    return least;
  }
  [[nodiscard]] double most() const {
    double most = at(0);
    for (std::size_t i = 1; i < width(); ++i) most = std::max(most, at(i));
    return most;
  }
};

class PointClaims {
 public:
  PointClaims(const Results& results, const run::Point& point, Claims& claims)
      : results_(results), point_(point), claims_(claims), k_(archetypes_of(point)),
        last_(static_cast<std::size_t>(point.integer("rounds")) - 1), label_(run::distinguishing_text(results.points(), point, {"load", "operator_rank", "cushion"})) {}

  void make(Mode mode) {
    if (results_.present("khat", Kind::replica, point_.index).empty()) return;
    const Settings s = settings_of(point_, k_);
    const bool silent = !s.images && *std::max_element(s.qualities.values().begin(), s.qualities.values().end()) == 0;
    if (silent) {
      nothing_from_nothing();
    } else if (mode == Mode::capacity) {
      if (within_reach() && recoverable()) recovery(0);
    } else if (!s.images) {
      if (recoverable()) recovery(mode == Mode::structured ? last_ : 0);
      spectrum();
    }
  }

 private:
  /// Over replicas, of a function of one round.
  [[nodiscard]] stats::Moments over(const char* name, Kind kind, std::size_t round, double (RoundView::*reduce)() const) const {
    return results_.over_replicas(name, kind, point_.index,
                                  [&](const Array& value) { return (RoundView{value, round}.*reduce)(); });
  }

  [[nodiscard]] double extreme(const char* name, std::size_t round, bool least) const {
    double value = least ? 1e300 : -1e300;
    for (const auto r : results_.present(name, Kind::replica, point_.index)) {
      const Array array = results_.value(name, Kind::replica, point_.index, r);
      const RoundView view{array, round};
      value = least ? std::min(value, view.least()) : std::max(value, view.most());
    }
    return value;
  }

  void exact(const std::string& name, Relation relation, double predicted, double measured, const std::string& source) {
    run::Claim claim;
    claim.name = name + label_;
    claim.relation = relation;
    claim.predicted = predicted;
    claim.measured = measured;
    claim.source = source;
    claims_.add(std::move(claim));
  }

  void nothing_from_nothing() {
    double khat = 0;
    double accepted = 0;
    for (std::size_t t = 0; t <= last_; ++t) {
      khat = std::max(khat, extreme("khat", t, false));
      accepted = std::max(accepted, extreme("accepted", t, false));
    }
    exact("pure noise: largest Khat of all rounds", Relation::equals, 0, khat, law);
    exact("pure noise: patterns accepted", Relation::equals, 0, accepted, law);
  }

  /// Every archetype is predicted above .999 in round 0, far from the threshold.
  [[nodiscard]] bool recoverable() const {
    return over("magnetisation", Kind::theory, 0, &RoundView::least).mean > .999;
  }

  /// Where the search recovered all archetypes of every federation tried; of the other factorisers nothing is claimed.
  [[nodiscard]] bool within_reach() const {
    if (point_.text("factoriser") != "search" || point_.real("patience") < 1) return false;
    constexpr std::pair<std::int64_t, std::int64_t> reach[] = {{400, 40}, {1000, 70}, {2000, 100}};
    return std::any_of(std::begin(reach), std::end(reach),
                       [&](const auto& limit) { return point_.integer("neurons") == limit.first && k_ <= limit.second; });
  }

  void recovery(std::size_t first) {
    const std::string when = first == 0 ? "every round" : "the last round";
    double least = 2;
    double fewest = 1e300;
    double most = 0;
    for (std::size_t t = first; t <= last_; ++t) {
      least = std::min(least, extreme("magnetisation", t, true));
      fewest = std::min(fewest, extreme("khat", t, true));
      most = std::max(most, extreme("khat", t, false));
    }
    const auto k = static_cast<double>(k_);
    exact(concat("least magnetisation, ", when), Relation::at_least, .99, least, paper);
    exact(concat("least Khat, ", when), Relation::equals, k, fewest, paper);
    exact(concat("largest Khat, ", when), Relation::equals, k, most, paper);
  }

  /// Means over archetypes and replicas against theory from the realised exposures, in the first and the last round.
  void compare(const char* name, std::size_t round, double tolerance) {
    const auto gap = [&](std::int64_t r) {
      const Array measured = results_.value(name, Kind::replica, point_.index, r);
      const Array predicted = results_.value(name, Kind::theory, point_.index, r);
      return RoundView{measured, round}.mean() - RoundView{predicted, round}.mean();
    };
    std::vector<double> gaps;
    for (const auto r : results_.present(name, Kind::replica, point_.index)) gaps.push_back(gap(r));
    // the error is that of the difference: exposures fluctuate in theory and simulation alike
    const auto difference = stats::moments(gaps);
    run::Claim claim;
    claim.name = concat("mean ", name, ", round ", round, label_);
    claim.predicted = over(name, Kind::theory, round, &RoundView::mean).mean;
    claim.measured = claim.predicted + difference.mean;
    claim.standard_error = difference.standard_error;
    claim.degrees_of_freedom = static_cast<double>(difference.count - 1);
    claim.tolerance = tolerance;
    claim.source = law;
    claims_.add(std::move(claim));
  }

  void spectrum() {
    for (const std::size_t round : last_ == 0 ? std::vector<std::size_t>{0} : std::vector<std::size_t>{0, last_}) {
      // below, at and near the threshold finite-size corrections are of order one: theory is not tested there
      if (over("overlap", Kind::theory, round, &RoundView::least).mean < .5) continue;
      const double tail = over("tail_mean", Kind::replica, round, &RoundView::mean).mean;
      const double outlier = over("outlier", Kind::theory, round, &RoundView::mean).mean;
      compare("outlier", round, .004 * outlier + tail);
      compare("overlap", round, .01);
      // an archetype that the cut may miss has no predicted magnetisation
      const double cut = over("cut", Kind::replica, round, &RoundView::mean).mean;
      const bool kept = point_.text("rank_cut") == "mp" && over("outlier", Kind::theory, round, &RoundView::least).mean > 1.2 * cut;
      if (kept && point_.text("factoriser") != "lam") compare("magnetisation", round, .01);
    }
  }

  const Results& results_;
  const run::Point& point_;
  Claims& claims_;
  std::int64_t k_;
  std::size_t last_;
  std::string label_;
};

}  // namespace

void FederationExperiment::claims(const Results& results, const run::Tables&, Claims& claims) const {
  for (const auto& point : results.points()) PointClaims(results, point, claims).make(mode_);
}

}  // namespace rankwise::experiments::hopfield
