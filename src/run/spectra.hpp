// Observables that are spectra, and what becomes of them. SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rankwise/run/results.hpp"
#include "rankwise/stats/spectrum.hpp"

namespace rankwise::run {

/// Replaces every spectrum among the observables by what `policy` stores of it, and keeps the spectra themselves in
/// description.spectra. For a spectrum S, `aggregate`: the tallies S_counts, S_count_squares, S_outside, S_level_sums,
/// S_level_squares_upper and _lower (stats/spectrum.hpp) and S_extremes of every replica; `full`: every replica's
/// levels as S too; `none`: nothing. Throws InternalError for a spectrum without one axis or without edges.
void expand_spectra(Description& description, const std::string& policy);

/// What a task adds up of one spectrum at one point.
class SpectrumSums {
 public:
  SpectrumSums(const Observable& spectrum, const Point& point);
  [[nodiscard]] std::size_t levels() const { return tally_.level_sums.size(); }
  /// One replica's levels. `counted`: they are added; else they are checked only. Throws NumericalError for levels that
  /// are not finite, not ascending, or beyond spectrum_reach of the edges, InternalError for another number of levels.
  void take(std::span<const double> levels, bool counted);
  /// Calls f(name of the tally's observable, counts) for every part.
  void for_each_part(const std::function<void(const std::string& name, Array counts)>& f) const;
  /// Whether the tally `name` is one of those parts.
  [[nodiscard]] static bool has_part(const Observable& spectrum, std::string_view name);
  /// Name of the observable of every replica's lowest and highest level.
  [[nodiscard]] static std::string extremes_name(const Observable& spectrum) { return spectrum.name + "_extremes"; }

 private:
  std::string name_;
  std::vector<double> edges_;
  double reach_;
  stats::SpectrumTally tally_;
};

/// One ensemble's spectrum with everything that is said of it.
struct EnsembleSpectrum {
  std::vector<double> edges;
  stats::SpectrumSummary summary;
  double lowest = 0;
  double highest = 0;
  double kolmogorov_distance = 0;  ///< to theory's S_cdf at the edges; NaN without it
};
/// Of one point, from the tallies in the results; replicas that failed are left out.
[[nodiscard]] EnsembleSpectrum ensemble_spectrum(const Results& results, const Observable& spectrum, std::size_t point);

}  // namespace rankwise::run
