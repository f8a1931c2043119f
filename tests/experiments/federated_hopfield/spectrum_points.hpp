// Points of the spectrum's modes as the driver makes them. SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "experiments/federated_hopfield/spectrum.hpp"
#include "experiments/federated_hopfield/spectrum_model.hpp"

namespace rankwise::test {

/// A point of the mode, `changes` as on the command line, completed.
inline run::Point spectrum_point(experiments::hopfield::SpectrumMode mode,
                                 const std::vector<std::pair<std::string, std::string>>& changes) {
  std::map<std::string, run::Value, std::less<>> values;
  for (const auto& row : experiments::hopfield::spectrum_parameters(mode)) {
    values[row.name] = run::parse_sweep(row, row.default_value).front();
    for (const auto& [name, text] : changes) {
      if (name == row.name) values[name] = run::parse_value(row, text);
    }
  }
  run::Point point(std::move(values));
  experiments::hopfield::complete_spectrum(point, mode);
  return point;
}

}  // namespace rankwise::test
