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

/// Archetype 0 is rare where the others are seen for certain, well above twice their threshold.
bool is_rare(const SpectrumSettings& s) {
  return s.kappa(1) > 2.5 * std::sqrt(s.aspect_ratio()) && s.kappa(1) > 1.5 * s.kappa(0);
}

double threshold_of(const SpectrumSettings& s) {
  return threshold_exposure(s.clients.front().quality, static_cast<double>(s.neurons), s.examples());
}

/// The exposure whose limiting outlier is `position`.
double exposure_at(double position, const SpectrumSettings& s) {
  const double kappa = spectra::kappa_from_outlier(position, s.noise(), s.aspect_ratio());
  return kappa * s.noise() / ((1 - s.noise()) * static_cast<double>(s.neurons));
}

/// The exposure whose limiting outlier lies at the cut.
double predicted_crossing(const SpectrumSettings& s, const std::string& cut) {
  return exposure_at(cut == "mp" ? mp_cut(s) : tw_cut(s, s.archetypes - 1), s);
}

/// Detection of archetype 0 by one cut against x = realised exposure / threshold, which is kappa/sqrt q, at some points
/// of one size. Realised exposures, since those of a few examples scatter by more than the transition is wide.
struct Transition {
  std::size_t point = 0;  ///< the first
  std::string cut;
  std::int64_t replicas = 0;
  stats::ProbitFit::Value half;   ///< x where the probability is 1/2
  stats::ProbitFit::Value width;  ///< of x between 25 % and 75 %
};

Transition transition_of(const Results& results, const std::vector<std::size_t>& points, const std::string& cut) {
  std::vector<double> x;
  std::vector<bool> detected;
  double level = 0;
  const std::string name = "detected_" + cut;
  for (const std::size_t p : points) {
    const auto s = spectrum_settings(results.points()[p], SpectrumMode::detectability);
    level = s.level;
    if (!is_rare(s)) continue;
    for (const std::int64_t r : results.present(name, Kind::replica, p)) {
      x.push_back(results.value("exposure", Kind::replica, p, r).real(0) / threshold_of(s));
      detected.push_back(results.value(name, Kind::replica, p, r).real(0) >= static_cast<double>(s.archetypes));
    }
  }
  // What passes a test of level alpha below the threshold is a false alarm.
  const auto fit = stats::probit_fit(x, detected, cut == "tw" ? level : 0);
  return {points.front(), cut, fit.count, fit.crossing(.5), fit.width(.25, .75)};
}

/// A transition for each cut and group of points that differ in `inside` alone.
std::vector<Transition> transitions(const Results& results, std::initializer_list<std::string_view> inside) {
  std::vector<Transition> all;
  for (const auto& group : groups_but(results.points(), inside)) {
    if (std::none_of(group.begin(), group.end(), [&](std::size_t p) { return has_replicas(results, p); })) continue;
    for (const char* cut : fitted_cuts) all.push_back(transition_of(results, group, cut));
  }
  return all;
}

/// All qualities of one size together: in exposure/threshold they have one limit.
std::vector<Transition> roundings(const Results& results) { return transitions(results, {"exposure", "quality"}); }

/// Rounding against size. Errors are the binomial ones of the fits.
struct Scaling {
  std::size_t point = 0;
  std::string cut;
  stats::LinearFit width;  ///< log width against log N
  stats::LinearFit limit;  ///< log x of probability 1/2 against N^(-1/3): the intercept is the limit of large N
};

std::vector<Scaling> scalings(const Results& results, const std::vector<Transition>& of_sizes) {
  std::vector<Scaling> found;
  for (const auto& group : groups_but(results.points(), {"exposure", "quality", "neurons", "batch_size"})) {
    for (const std::string cut : fitted_cuts) {
      std::vector<double> log_n, log_width, width_error, cube_root, half, half_error;
      for (const Transition& t : of_sizes) {
        if (t.cut != cut || std::find(group.begin(), group.end(), t.point) == group.end()) continue;
        if (!std::isfinite(t.width.value) || !std::isfinite(t.half.standard_error)) continue;
        const auto n = static_cast<double>(results.points()[t.point].integer("neurons"));
        log_n.push_back(std::log(n));
        log_width.push_back(std::log(t.width.value));
        width_error.push_back(t.width.standard_error / t.width.value);
        cube_root.push_back(std::pow(n, -1.0 / 3));
        half.push_back(std::log(t.half.value));
        half_error.push_back(t.half.standard_error / t.half.value);
      }
      if (log_n.size() < 3) continue;
      found.push_back({group.front(), cut, stats::linear_fit(log_n, log_width, width_error),
                       stats::linear_fit(cube_root, half, half_error)});
    }
  }
  return found;
}

}  // namespace

void derive_detectability(const Results& results, run::Tables& tables) {
  TableRows transition(
      "transition", "where a cut finds archetype 0 in half of the replicas, by a probit fit to its realised exposures");
  transition
      .column("point", "index of the first point; points that differ in exposure alone belong together",
              ElementType::int64)
      .column("neurons", "N", ElementType::int64)
      .column("quality", "r")
      .column("cut", "mp or tw", ElementType::text)
      .column("replicas", "replicas of all these points", ElementType::int64)
      .column("threshold", "exposure (1-r^2)/(r^2 sqrt(N M)) at which it begins to show in the limit of large N")
      .column("predicted", "exposure whose limiting outlier lies at the cut")
      .column("crossing", "exposure at which it is found with probability 1/2; NaN: nothing to fit")
      .column("crossing_stderr", "its standard error")
      .column("width", "of exposure between the probabilities 25 % and 75 %")
      .column("width_stderr", "its standard error");
  for (const Transition& t : transitions(results, {"exposure"})) {
    const auto s = spectrum_settings(results.points()[t.point], SpectrumMode::detectability);
    const double threshold = threshold_of(s);
    transition.row({t.point, static_cast<double>(s.neurons), s.clients.front().quality, t.cut,
                    static_cast<double>(t.replicas), threshold, predicted_crossing(s, t.cut), threshold * t.half.value,
                    threshold * t.half.standard_error, threshold * t.width.value, threshold * t.width.standard_error});
  }
  transition.write(tables);

  const auto of_sizes = roundings(results);
  TableRows rounding("rounding", "the same by size, all qualities together, in x = realised exposure / threshold");
  rounding
      .column("point", "index of the first point; points that differ in exposure and quality belong together",
              ElementType::int64)
      .column("neurons", "N", ElementType::int64)
      .column("cut", "mp or tw", ElementType::text)
      .column("replicas", "replicas of all these points", ElementType::int64)
      .column("crossing", "x at which it is found with probability 1/2")
      .column("crossing_stderr", "its standard error")
      .column("width", "of x between the probabilities 25 % and 75 %")
      .column("width_stderr", "its standard error");
  for (const Transition& t : of_sizes) {
    rounding.row({t.point, static_cast<double>(results.points()[t.point].integer("neurons")), t.cut,
                  static_cast<double>(t.replicas), t.half.value, t.half.standard_error, t.width.value,
                  t.width.standard_error});
  }
  rounding.write(tables);

  TableRows scaling("scaling", "rounding against size, by weighted least squares");
  scaling.column("point", "index of the first point", ElementType::int64)
      .column("cut", "mp or tw", ElementType::text)
      .column("sizes", "sizes", ElementType::int64)
      .column("exponent", "of the width against N")
      .column("exponent_stderr", "its standard error")
      .column("exponent_chi_squared", "of that line, sizes - 2 degrees of freedom")
      .column("limit", "log(crossing/threshold) extrapolated linearly in N^(-1/3)")
      .column("limit_stderr", "its standard error")
      .column("limit_chi_squared", "of that line");
  for (const Scaling& f : scalings(results, of_sizes)) {
    scaling.row({f.point, f.cut, static_cast<double>(f.width.count), f.width.slope, f.width.slope_stderr,
                 f.width.chi_squared, f.limit.intercept, f.limit.intercept_stderr, f.limit.chi_squared});
  }
  scaling.write(tables);
  detection_table(results, tables);
}

void claim_detectability(const Results& results, const run::Tables&, Claims& claims) {
  const auto of_sizes = roundings(results);
  const auto label = [&](std::size_t p) {
    return group_label(results, p, {"exposure", "quality", "neurons", "batch_size"});
  };
  for (const Scaling& f : scalings(results, of_sizes)) {
    // The crossing of mp lies far above the window, where its cushion puts it.
    if (f.cut != "tw") continue;
    // Both tolerances are for the next order in N^(-1/3), .1 to .2 at these sizes: it bends the line of log width by a
    // quarter of that, and a term 2 N^(-2/3) moves the intercept of a line through sizes 1 and 2 by 2 (N1 N2)^(-1/3) =
    // .05.
    const auto claim = [&](const char* name, double predicted, double measured, double error, const char* source) {
      claims.add({.name = concat(f.cut, name, label(f.point)),
                  .predicted = predicted,
                  .measured = measured,
                  .standard_error = error,
                  .tolerance = .05,
                  .source = source});
    };
    claim(": exponent of the rounding's width in N", -1.0 / 3, f.width.slope, f.width.slope_stderr, window);
    claim(": log of crossing over threshold, N to infinity", 0, f.limit.intercept, f.limit.intercept_stderr, page);
  }
  for (const Transition& t : of_sizes) {
    const auto s = spectrum_settings(results.points()[t.point], SpectrumMode::detectability);
    if (t.cut != "mp" || s.neurons < 400 || !std::isfinite(t.half.standard_error)) continue;
    const double predicted = predicted_crossing(s, t.cut) / threshold_of(s);  // the same for all qualities
    // Half the replicas exceed the median, which differs from the limit by a few 1/N.
    claims.add({.name = concat("mp: crossing over threshold", group_label(results, t.point, {"exposure", "quality"})),
                .predicted = predicted,
                .measured = t.half.value,
                .standard_error = t.half.standard_error,
                .tolerance = 8 / static_cast<double>(s.neurons) * predicted,
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
