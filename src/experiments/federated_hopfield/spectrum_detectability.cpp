// Tables and claims of mode detectability: where a rare archetype begins to show. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include "experiments/tables.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/federated/server.hpp"
#include "rankwise/spectra/spiked_covariance.hpp"
#include "rankwise/stats/fit.hpp"
#include "rankwise/stats/probit.hpp"
#include "spectrum_model.hpp"
#include "spectrum_tables.hpp"

namespace rankwise::experiments::hopfield {

using run::Claims;
using run::Kind;
using run::Results;

namespace {

constexpr const char* window = "Baik, Ben Arous and Peche, Ann. Probab. 33 (2005): window N^(-1/3)";
constexpr const char* page = "docs/federated_spectrum.md";

/// Cuts whose null is the noise of this operator. That of `shuffle` is a Wigner matrix, whose edge lies q sigma^2
/// lower: it finds archetypes in pure noise, so that there is no crossing to measure.
constexpr const char* fitted_cuts[] = {"mp", "tw"};

/// One size, quality and cut: detection of archetype 0 against the logarithm of its realised exposure.
struct Crossing {
  std::size_t point = 0;  ///< the first
  std::string cut;
  double neurons = 0;
  double quality = 0;
  double threshold = 0;  ///< pi*, in the limit of large N
  double predicted = 0;  ///< exposure whose limiting outlier lies at the cut
  stats::ProbitFit fit;
  stats::ProbitFit::Value half;   ///< log exposure where the probability is 1/2
  stats::ProbitFit::Value width;  ///< of log exposure between 25 % and 75 %
};

/// Archetype 0 is rare where the others are seen for certain, well above twice their threshold.
bool is_rare(const SpectrumSettings& s) {
  return s.kappa(1) > 2.5 * std::sqrt(s.aspect_ratio()) && s.kappa(1) > 1.5 * s.kappa(0);
}

/// The exposure whose limiting outlier is `position`.
double exposure_at(double position, const SpectrumSettings& s) {
  const double kappa = spectra::kappa_from_outlier(position, s.noise(), s.aspect_ratio());
  const double r2 = 1 - s.noise();
  return kappa * s.noise() / (r2 * static_cast<double>(s.neurons));
}

Crossing crossing_of(const Results& results, const std::vector<std::size_t>& group, const std::string& cut) {
  Crossing c;
  const auto& first = results.points()[group.front()];
  const auto s = spectrum_settings(first, SpectrumMode::detectability);
  const Eigen::Index others = s.archetypes - 1;
  c.point = group.front();
  c.cut = cut;
  c.neurons = static_cast<double>(s.neurons);
  c.quality = first.real("quality");
  c.threshold = threshold_exposure(c.quality, c.neurons, s.examples());
  c.predicted = cut == "mp" ? exposure_at(mp_cut(s), s) : exposure_at(tw_cut(s, others), s);
  std::vector<double> log_exposure;
  std::vector<bool> detected;
  const std::string name = "detected_" + cut;
  for (const std::size_t p : group) {
    if (!is_rare(spectrum_settings(results.points()[p], SpectrumMode::detectability))) continue;
    for (const std::int64_t r : results.present(name, Kind::replica, p)) {
      const double exposure = results.value("exposure", Kind::replica, p, r).real(0);
      if (exposure == 0) continue;  // no logarithm, and nothing to detect
      log_exposure.push_back(std::log(exposure));
      detected.push_back(results.value(name, Kind::replica, p, r).real(0) >= static_cast<double>(s.archetypes));
    }
  }
  // What passes a test of level alpha below the threshold is a false alarm.
  c.fit = stats::probit_fit(log_exposure, detected, cut == "tw" ? s.level : 0);
  c.half = c.fit.crossing(.5);
  c.width = c.fit.width(.25, .75);
  return c;
}

/// Points that differ in exposure alone.
std::vector<std::vector<std::size_t>> rows_of(const Results& results) {
  return groups_but(results.points(), {"exposure"});
}

std::vector<Crossing> crossings(const Results& results) {
  std::vector<Crossing> all;
  for (const auto& group : rows_of(results)) {
    if (std::none_of(group.begin(), group.end(), [&](std::size_t p) { return has_replicas(results, p); })) continue;
    for (const char* cut : fitted_cuts) all.push_back(crossing_of(results, group, cut));
  }
  return all;
}

/// Rounding against size: all qualities together, since in log(exposure/threshold) they have one limit.
struct Rounding {
  std::size_t point = 0;
  std::string cut;
  stats::LinearFit width;  ///< log width against log N
  stats::LinearFit limit;  ///< log(crossing/threshold) against N^(-1/3): the intercept is the limit of large N
};

/// Standard error that the scatter about the line may raise.
double scaled(double error, const stats::LinearFit& fit) {
  const double dof = static_cast<double>(fit.count) - 2;
  return dof > 0 ? error * std::sqrt(std::max(1.0, fit.chi_squared / dof)) : error;
}

std::vector<Rounding> roundings(const Results& results, const std::vector<Crossing>& all) {
  std::vector<Rounding> found;
  for (const auto& group : groups_but(results.points(), {"exposure", "quality", "neurons", "batch_size"})) {
    for (const char* cut : fitted_cuts) {
      std::vector<double> log_n, log_width, width_error, cube_root, shift, shift_error;
      for (const Crossing& c : all) {
        if (c.cut != cut || std::find(group.begin(), group.end(), c.point) == group.end()) continue;
        if (!std::isfinite(c.width.value) || !std::isfinite(c.half.standard_error)) continue;
        log_n.push_back(std::log(c.neurons));
        log_width.push_back(std::log(c.width.value));
        width_error.push_back(c.width.standard_error / c.width.value);
        cube_root.push_back(std::pow(c.neurons, -1.0 / 3));
        shift.push_back(c.half.value - std::log(c.threshold));
        shift_error.push_back(c.half.standard_error);
      }
      if (log_n.size() < 3) continue;
      found.push_back({group.front(), cut, stats::linear_fit(log_n, log_width, width_error),
                       stats::linear_fit(cube_root, shift, shift_error)});
    }
  }
  return found;
}

}  // namespace

void derive_detectability(const Results& results, run::Tables& tables) {
  const auto all = crossings(results);
  TableRows table("transition",
                  "where archetype 0 is detected in half of the replicas, by a probit fit to its realised exposures");
  table
      .column("point", "index of the first point; points that differ in exposure alone belong together",
              ElementType::int64)
      .column("neurons", "N", ElementType::int64)
      .column("quality", "r")
      .column("cut", "mp or tw", ElementType::text)
      .column("replicas", "replicas of all these points in which archetype 0 was shown", ElementType::int64)
      .column("threshold", "exposure (1-r^2)/(r^2 sqrt(N M)) at which it begins to show in the limit of large N")
      .column("predicted", "exposure whose limiting outlier lies at the cut")
      .column("crossing", "exposure at which it is detected with probability 1/2; NaN: nothing to fit")
      .column("crossing_relative_stderr", "standard error of its logarithm")
      .column("width", "of log exposure between the probabilities 25 % and 75 %")
      .column("width_stderr", "its standard error");
  for (const Crossing& c : all) {
    table.row({c.point, c.neurons, c.quality, c.cut, static_cast<double>(c.fit.count), c.threshold, c.predicted,
               std::exp(c.half.value), c.half.standard_error, c.width.value, c.width.standard_error});
  }
  table.write(tables);

  TableRows rounding("rounding", "rounding by finite size, all qualities together");
  rounding.column("point", "index of the first point", ElementType::int64)
      .column("cut", "mp or tw", ElementType::text)
      .column("transitions", "sizes and qualities", ElementType::int64)
      .column("exponent", "of the width against N")
      .column("exponent_stderr", "its standard error, scatter included")
      .column("width_chi_squared", "of that line")
      .column("limit", "log(crossing/threshold) extrapolated linearly in N^(-1/3)")
      .column("limit_stderr", "its standard error, scatter included")
      .column("limit_chi_squared", "of that line");
  for (const Rounding& r : roundings(results, all)) {
    rounding.row({r.point, r.cut, static_cast<double>(r.width.count), r.width.slope,
                  scaled(r.width.slope_stderr, r.width), r.width.chi_squared, r.limit.intercept,
                  scaled(r.limit.intercept_stderr, r.limit), r.limit.chi_squared});
  }
  rounding.write(tables);
  detection_table(results, tables);
}

void claim_detectability(const Results& results, const run::Tables&, Claims& claims) {
  const auto all = crossings(results);
  const auto label = [&](std::size_t p) {
    return group_label(results, p, {"exposure", "quality", "neurons", "batch_size"});
  };
  for (const Rounding& r : roundings(results, all)) {
    if (r.width.count < 6) continue;
    const double dof = static_cast<double>(r.width.count - 2);
    claims.add({.name = concat(r.cut, ": exponent of the rounding's width in N", label(r.point)),
                .predicted = -1.0 / 3,
                .measured = r.width.slope,
                .standard_error = scaled(r.width.slope_stderr, r.width),
                .degrees_of_freedom = dof,
                .tolerance = .05,
                .source = window});
    claims.add({.name = concat(r.cut, ": log of crossing over threshold, N to infinity", label(r.point)),
                .predicted = 0,
                .measured = r.limit.intercept,
                .standard_error = scaled(r.limit.intercept_stderr, r.limit),
                .degrees_of_freedom = dof,
                .tolerance = .05,
                .source = page});
  }
  // Well above the threshold the rare archetype has the overlap of an archetype alone.
  std::vector<double> gaps;
  for (const auto& point : results.points()) {
    const auto s = spectrum_settings(point, SpectrumMode::detectability);
    if (!is_rare(s) || s.kappa(0) < 2.5 * std::sqrt(s.aspect_ratio())) continue;
    for (const std::int64_t r : results.present("overlap", Kind::replica, point.index)) {
      gaps.push_back(results.value("overlap", Kind::replica, point.index, r).real(0) -
                     results.value("overlap", Kind::theory, point.index, r).real(0));
    }
  }
  if (gaps.size() >= 30) {
    claim_gap("overlap of the rare archetype less theory's, beyond 2.5 thresholds", 0, stats::moments(gaps), .01, page,
              claims);
  }
}

}  // namespace rankwise::experiments::hopfield
