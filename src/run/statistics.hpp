// /statistics: what follows from the raw records alone. SPDX-License-Identifier: MIT
#pragma once

#include "rankwise/run/results.hpp"
#include "section.hpp"

namespace rankwise::run {

/// Mean, standard error, variance, quantiles and number of values over replicas, entry by entry; nothing for texts,
/// int8 and tallies.
void write_statistics(Section& parent, const Field& field, const Results& results);

/// The ensemble's spectrum at every point; nothing when its tallies were not stored (--spectra none).
void write_spectrum(Section& parent, const Observable& spectrum, const Results& results);

}  // namespace rankwise::run
