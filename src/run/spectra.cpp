// SPDX-License-Identifier: MIT
#include "spectra.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::run {

namespace {

/// The tallies of a spectrum: name after the spectrum's, member, description, axis.
struct Part {
  const char* name;
  std::vector<std::int64_t> stats::SpectrumTally::*values;
  const char* description;
  enum { bins, sides, levels } axis;
};
constexpr Part parts[] = {
    {"_counts", &stats::SpectrumTally::counts, "levels of all replicas in each bin", Part::bins},
    {"_count_squares", &stats::SpectrumTally::count_squares, "sums over replicas of squared counts", Part::bins},
    {"_outside", &stats::SpectrumTally::outside, "levels below the first and above the last edge", Part::sides},
    {"_level_sums", &stats::SpectrumTally::level_sums, "sums over replicas of the k-th level, in quanta", Part::levels},
    {"_level_squares_upper", &stats::SpectrumTally::level_squares_upper,
     "sums over replicas of floor(square / 2^44) of the k-th level, in quanta^2", Part::levels},
    {"_level_squares_lower", &stats::SpectrumTally::level_squares_lower,
     "sums over replicas of square mod 2^44 of the k-th level, in quanta^2", Part::levels},
};

std::size_t levels_at(const Observable& spectrum, const Point& point) {
  const auto axes = spectrum.axes(point);
  expects(axes.size() == 1, "a spectrum has one axis, its levels");
  return axes.front().coordinates.size();
}

Observable part_of(const Observable& spectrum, const Part& part) {
  Observable tally;
  tally.name = spectrum.name + part.name;
  tally.description = concat(spectrum.name, ": ", part.description);
  tally.kind = Kind::tally;
  tally.type = ElementType::int64;
  const std::string name = spectrum.name;
  switch (part.axis) {
    case Part::bins:
      tally.axes = [name, edges = spectrum.edges](const Point& p) {
        return std::vector{
            Axis::index(name + "_bin", static_cast<std::int64_t>(edges(p).size()) - 1, "bin between two edges")};
      };
      break;
    case Part::sides:
      tally.axes = [name](const Point&) { return std::vector{Axis::index(name + "_side", 2, "0: below, 1: above")}; };
      break;
    case Part::levels:
      tally.axes = spectrum.axes;
      break;
  }
  return tally;
}

Observable extremes_of(const Observable& spectrum) {
  Observable extremes;
  extremes.name = SpectrumSums::extremes_name(spectrum);
  extremes.unit = spectrum.unit;
  extremes.description = concat(spectrum.name, ": lowest and highest level of each replica");
  extremes.axes = [name = spectrum.name](const Point&) {
    return std::vector{Axis::index(name + "_end", 2, "0: lowest, 1: highest")};
  };
  return extremes;
}

}  // namespace

void expand_spectra(Description& description, const std::string& policy) {
  std::vector<Observable> expanded;
  const auto is_spectrum = [](const Observable& o) { return o.kind == Kind::spectrum; };
  if (std::none_of(description.observables.begin(), description.observables.end(), is_spectrum)) return;
  for (const auto& o : description.observables) {
    if (!is_spectrum(o)) {
      expanded.push_back(o);
      continue;
    }
    expects(static_cast<bool>(o.axes) && static_cast<bool>(o.edges), "a spectrum has levels and edges");
    description.spectra.push_back(o);
    if (policy == "none") continue;
    if (policy == "full") {
      expanded.push_back(o);
      expanded.back().kind = Kind::replica;
    }
    for (const auto& part : parts) expanded.push_back(part_of(o, part));
    expanded.push_back(extremes_of(o));
  }
  if (std::none_of(expanded.begin(), expanded.end(),
                   [](const Observable& o) { return o.kind == Kind::replica || o.kind == Kind::tally; })) {
    throw UsageError(
        concat("--spectra '", policy, "': nothing of a replica would be stored; allowed is aggregate or full"));
  }
  description.observables = std::move(expanded);
}

SpectrumSums::SpectrumSums(const Observable& spectrum, const Point& point)
    : name_(spectrum.name),
      edges_(spectrum.edges(point)),
      reach_(stats::spectrum_reach(edges_)),
      tally_(stats::empty_spectrum(levels_at(spectrum, point), edges_.size() - 1)) {}

void SpectrumSums::take(std::span<const double> found, bool counted) {
  expects(found.size() == levels(), "a replica's spectrum has as many levels as declared");
  for (std::size_t k = 0; k < found.size(); ++k) {
    if (!(std::abs(found[k]) <= reach_)) {
      throw NumericalError(
          concat("level ", k, " of ", name_, " is ", found[k], ", beyond the ", reach_, " that its edges allow for"));
    }
    if (k > 0 && found[k] < found[k - 1])
      throw NumericalError(concat("the levels of ", name_, " do not ascend at ", k));
  }
  if (counted) stats::add_replica(tally_, found, edges_);
}

void SpectrumSums::for_each_part(const std::function<void(const std::string& name, Array counts)>& f) const {
  for (const auto& part : parts) f(name_ + part.name, Array(tally_.*part.values));
}

bool SpectrumSums::has_part(const Observable& spectrum, std::string_view name) {
  return std::any_of(std::begin(parts), std::end(parts),
                     [&](const Part& part) { return name == spectrum.name + part.name; });
}

EnsembleSpectrum ensemble_spectrum(const Results& results, const Observable& spectrum, std::size_t point) {
  EnsembleSpectrum ensemble;
  ensemble.edges = spectrum.edges(results.points()[point]);
  const std::string extremes = SpectrumSums::extremes_name(spectrum);
  const auto replicas = results.present(extremes, Kind::replica, point);
  auto tally = stats::empty_spectrum(levels_at(spectrum, results.points()[point]), ensemble.edges.size() - 1);
  if (!replicas.empty()) {
    for (const auto& part : parts)
      tally.*part.values = results.value(spectrum.name + part.name, Kind::tally, point).values<std::int64_t>();
  }
  ensemble.summary = stats::summarise(tally, ensemble.edges, static_cast<std::int64_t>(replicas.size()));
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  ensemble.lowest = nan;
  ensemble.highest = nan;
  for (const auto r : replicas) {
    const Array ends = results.value(extremes, Kind::replica, point, r);
    ensemble.lowest = std::fmin(ensemble.lowest, ends.real(0));
    ensemble.highest = std::fmax(ensemble.highest, ends.real(1));
  }
  ensemble.kolmogorov_distance = nan;
  const std::string cdf = spectrum.name + "_cdf";
  const bool has_law = std::any_of(results.fields().begin(), results.fields().end(), [&](const Field& f) {
    return f.observable.name == cdf && f.observable.kind == Kind::theory && !f.has_replicas();
  });
  if (has_law && results.is_predicted(point) && !replicas.empty()) {
    ensemble.kolmogorov_distance =
        stats::kolmogorov_distance(tally, results.value(cdf, Kind::theory, point).values<double>());
  }
  return ensemble;
}

}  // namespace rankwise::run
