// What all modes claim. SPDX-License-Identifier: MIT
#include "claims.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "experiment.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::experiments::hopfield {

using run::Claims;
using run::Kind;
using run::Relation;
using run::Results;

namespace {

constexpr const char* paper = "arXiv:2603.19902";
constexpr const char* law = "generalised Marchenko-Pastur law, docs/federated_hopfield.md";

}  // namespace

RoundView::RoundView(const Array& values, std::size_t at)
    : array(values), round(at), begin(0), end(values.size() / values.shape().front()) {}

double RoundView::at(std::size_t i) const { return array.real(round * (array.size() / array.shape().front()) + i); }

double RoundView::mean() const {
  double sum = 0;
  for (std::size_t i = begin; i < end; ++i) sum += at(i);
  return sum / static_cast<double>(end - begin);
}

double RoundView::least() const {
  double value = at(begin);
  for (std::size_t i = begin + 1; i < end; ++i) value = std::min(value, at(i));
  return value;
}

double RoundView::most() const {
  double value = at(begin);
  for (std::size_t i = begin + 1; i < end; ++i) value = std::max(value, at(i));
  return value;
}

void claim_gap(std::string name, double predicted, const stats::Moments& gap, double tolerance, const char* source, Claims& claims,
               Relation relation) {
  run::Claim claim;
  claim.name = std::move(name);
  claim.relation = relation;
  claim.predicted = predicted;
  claim.measured = predicted + gap.mean;
  claim.standard_error = gap.standard_error <= 1e-13 * std::abs(predicted) ? 0 : gap.standard_error;
  claim.degrees_of_freedom = static_cast<double>(gap.count - 1);
  claim.tolerance = tolerance;
  claim.source = source;
  claims.add(std::move(claim));
}

PointClaims::PointClaims(const Results& results, const run::Point& point, Mode mode, Claims& claims)
    : results_(results), point_(point), mode_(mode), claims_(claims), settings_(settings_of(point, archetypes_of(point))),
      k_(static_cast<std::size_t>(settings_.archetypes)), last_(static_cast<std::size_t>(settings_.rounds) - 1),
      label_(run::distinguishing_text(results.points(), point, {"load", "operator_rank", "cushion"})) {}

void PointClaims::make() {
  if (results_.present("khat", Kind::replica, point_.index).empty()) return;
  const bool silent = !settings_.images && *std::max_element(settings_.qualities.values().begin(), settings_.qualities.values().end()) == 0;
  if (silent) {
    nothing_from_nothing();
    return;
  }
  switch (mode_) {
    case Mode::capacity:
      if (within_reach() && recoverable()) recovery(0);
      return;
    case Mode::drift:
      drift();
      break;
    case Mode::novelty:
      novelty();
      break;
    case Mode::attacker:
      attacker();
      break;
    case Mode::baseline:
    case Mode::structured:
    case Mode::cooperation:
    case Mode::participation:
      if (!settings_.images && recoverable()) recovery(mode_ == Mode::structured ? last_ : 0);
      break;
  }
  if (!settings_.images) spectrum();
}

stats::Moments PointClaims::over(const char* name, Kind kind, std::size_t round, Reduction reduce) const {
  return results_.over_replicas(name, kind, point_.index, [&](const Array& value) { return (RoundView(value, round).*reduce)(); });
}

double PointClaims::least(const char* name, RoundRange rounds, EntryRange entries) const {
  double value = 1e300;
  for (const auto r : results_.present(name, Kind::replica, point_.index)) {
    const Array array = results_.value(name, Kind::replica, point_.index, r);
    for (std::size_t t = rounds.first; t <= rounds.last; ++t) value = std::min(value, RoundView(array, t, entries.begin, entries.end).least());
  }
  return value;
}

double PointClaims::most(const char* name, RoundRange rounds, EntryRange entries) const {
  double value = -1e300;
  for (const auto r : results_.present(name, Kind::replica, point_.index)) {
    const Array array = results_.value(name, Kind::replica, point_.index, r);
    for (std::size_t t = rounds.first; t <= rounds.last; ++t) value = std::max(value, RoundView(array, t, entries.begin, entries.end).most());
  }
  return value;
}

void PointClaims::exact(const std::string& name, Relation relation, double predicted, double measured, const char* source) {
  run::Claim claim;
  claim.name = name + label_;
  claim.relation = relation;
  claim.predicted = predicted;
  claim.measured = measured;
  claim.source = source;
  claims_.add(std::move(claim));
}

void PointClaims::mean(const std::string& name, Relation relation, double predicted, double tolerance, const char* observable, std::size_t round,
                       EntryRange entries, const char* source) {
  auto gap = results_.over_replicas(observable, Kind::replica, point_.index, [&](const Array& value) {
    return RoundView(value, round, entries.begin, entries.end).mean();
  });
  gap.mean -= predicted;
  claim_gap(name + label_, predicted, gap, tolerance, source, claims_, relation);
}

void PointClaims::nothing_from_nothing() {
  exact("pure noise: largest Khat of all rounds", Relation::equals, 0, most("khat", {0, last_}, {0, 1}), law);
  exact("pure noise: patterns accepted", Relation::equals, 0, most("accepted", {0, last_}, {0, 1}), law);
}

/// Every archetype is predicted above .999 in round 0, far from the threshold, and every round is like it: the same mixture,
/// all clients there, and the server not deceived about their noise.
bool PointClaims::recoverable() const {
  const bool is_steady = settings_.schedule.kind == ScheduleKind::constant && settings_.participation.is_full();
  return is_steady && point_.is_word("claimed_qualities") && over("magnetisation", Kind::theory, 0, &RoundView::least).mean > .999;
}

/// Where the search recovered all archetypes of every federation tried; of the other factorisers nothing is claimed.
bool PointClaims::within_reach() const {
  if (point_.text("factoriser") != "search" || point_.real("patience") < 1) return false;
  constexpr std::pair<std::int64_t, std::size_t> reach[] = {{400, 40}, {1000, 70}, {2000, 100}};
  return std::any_of(std::begin(reach), std::end(reach),
                     [&](const auto& limit) { return settings_.neurons == limit.first && k_ <= limit.second; });
}

void PointClaims::recovery(std::size_t first) {
  const std::string when = first == 0 ? "every round" : "the last round";
  const auto k = static_cast<double>(k_);
  exact(concat("least magnetisation, ", when), Relation::at_least, .99, least("magnetisation", {first, last_}, {0, k_}), paper);
  exact(concat("least Khat, ", when), Relation::equals, k, least("khat", {first, last_}, {0, 1}), paper);
  exact(concat("largest Khat, ", when), Relation::equals, k, most("khat", {first, last_}, {0, 1}), paper);
}

/// Means over archetypes and replicas against theory from the realised exposures.
void PointClaims::compare(const char* name, std::size_t round, double tolerance, Relation relation) {
  const auto gap = [&](std::int64_t r) {
    const Array measured = results_.value(name, Kind::replica, point_.index, r);
    const Array predicted = results_.value(name, Kind::theory, point_.index, r);
    return RoundView(measured, round).mean() - RoundView(predicted, round).mean();
  };
  std::vector<double> gaps;
  for (const auto r : results_.present(name, Kind::replica, point_.index)) gaps.push_back(gap(r));
  // the error is that of the difference: exposures fluctuate in theory and simulation alike
  const double predicted = over(name, Kind::theory, round, &RoundView::mean).mean;
  claim_gap(concat("mean ", name, ", round ", round, label_), predicted, stats::moments(gaps), tolerance, law, claims_, relation);
}

void PointClaims::magnetisation(std::size_t round) {
  // an archetype that the cut may miss has no predicted magnetisation
  const double cut = over("cut", Kind::replica, round, &RoundView::mean).mean;
  const bool kept = point_.text("rank_cut") == "mp" && over("outlier", Kind::theory, round, &RoundView::least).mean > 1.2 * cut;
  if (!kept || point_.text("factoriser") == "lam") return;
  // few clients of many leave few examples, whose finite-size loss has one sign
  const bool is_bound = settings_.participation.first_round() < .5;
  compare("magnetisation", round, .01, is_bound ? Relation::at_most : Relation::equals);
}

void PointClaims::spectrum() {
  for (const std::size_t round : last_ == 0 ? std::vector<std::size_t>{0} : std::vector<std::size_t>{0, last_}) {
    // below, at and near the threshold finite-size corrections are of order one: theory is not tested there; nor is it
    // where a round went by without clients
    if (!(over("overlap", Kind::theory, round, &RoundView::least).mean >= .5)) continue;
    const double tail = over("tail_mean", Kind::replica, round, &RoundView::mean).mean;
    const double outlier = over("outlier", Kind::theory, round, &RoundView::mean).mean;
    compare("outlier", round, .004 * outlier + tail);
    compare("overlap", round, .01);
    magnetisation(round);
  }
}

namespace {

/// Optimal shares against equal ones on the same batches: the archetypes' overlap of round 0.
void weighted_beats_equal(const Results& results, const run::Tables& tables, Claims& claims) {
  const run::Table* gains = tables.find("gain");
  if (gains == nullptr) return;
  for (std::size_t i = 0; i < gains->column("gain").size(); ++i) {
    const double predicted = gains->column("predicted").real(i);
    if (!(predicted > 1e-6)) continue;  // alike clients: the same shares
    const auto point = static_cast<std::size_t>(gains->column("optimal").real(i));
    run::Claim claim;
    claim.name = concat("overlap of optimal less equal shares, round 0", run::distinguishing_text(results.points(), results.points()[point], {"client_weights"}));
    claim.relation = Relation::at_least;
    claim.predicted = predicted;
    claim.tolerance = predicted / 2;  // truncation costs equal shares more than optimal ones, or the other way round
    claim.measured = gains->column("gain").real(i);
    claim.standard_error = gains->column("stderr").real(i);
    claim.degrees_of_freedom = gains->column("replicas").real(i) - 1;
    claim.source = "overlap-optimal weights, docs/federated_hopfield.md";
    claims.add(std::move(claim));
  }
}

}  // namespace

void FederationExperiment::claims(const Results& results, const run::Tables& tables, Claims& claims) const {
  for (const auto& point : results.points()) PointClaims(results, point, mode_, claims).make();
  weighted_beats_equal(results, tables, claims);
}

}  // namespace rankwise::experiments::hopfield
