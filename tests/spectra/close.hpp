// A purely relative comparison. SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

namespace rankwise::spectra {

/// |a - b| <= tolerance |b|; equal zeros are close, NaN never is.
inline bool close(double a, double b, double tolerance) { return std::abs(a - b) <= tolerance * std::abs(b); }

}  // namespace rankwise::spectra
