// Observables that are spectra, and what becomes of them. SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rankwise/run/results.hpp"
#include "rankwise/stats/spectrum.hpp"

namespace rankwise::run {

/// Replaces every spectrum among the observables by what `policy` stores of it, and keeps the spectra themselves in
/// description.spectra. For a spectrum S, `aggregate`: the tallies S_counts, S_count_squares, S_outside, S_level_sums,
/// S_level_squares_upper and _lower (stats/spectrum.hpp) and S_extremes of every replica; `full`: every replica's
/// levels as S too; `none`: nothing. Throws InternalError for a spectrum without one axis or without edges.
void expand_spectra(Description& description, const std::string& policy);

/// The parts of one replica's spectrum by the name of the observable that they belong to. Throws NumericalError for
/// levels that are not finite, not ascending, or beyond spectrum_reach of the edges.
void split_spectrum(const Observable& spectrum, const Point& point, const std::vector<double>& levels,
                    const std::function<void(const std::string& name, Array value)>& tally,
                    const std::function<void(const std::string& name, Array value)>& value);

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
