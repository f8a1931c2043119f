// SPDX-License-Identifier: MIT
#include "rankwise/federated/controller.hpp"

#include <algorithm>
#include <cmath>

#include "rankwise/core/contract.hpp"

namespace rankwise::federated {

double binary_entropy(double p) {
  const auto term = [](double x) { return x > 0 ? -x * std::log2(x) : 0.0; };
  return term(p) + term(1 - p);
}

double least_entropy(double quality) { return binary_entropy((1 + quality * quality) / 2); }

namespace {

/// (H - H_min)/(1 - H_min) cut to [0, 1]; 0 for a client that knows its data to be noise.
double novelty(double agreement, double quality) {
  const double least = least_entropy(quality);
  if (least >= 1) return 0;
  return std::clamp((binary_entropy(agreement) - least) / (1 - least), 0.0, 1.0);
}

}  // namespace

double wanted_weight(const ControllerOptions& options, double agreement, double quality) {
  expects(agreement >= 0 && agreement <= 1 && quality >= 0 && quality <= 1, "an agreement and a quality in [0, 1]");
  switch (options.policy) {
    case WeightPolicy::fixed:
      return options.weight;
    case WeightPolicy::novelty:
      return novelty(agreement, quality);
    case WeightPolicy::trust:
      return std::max(0.0, 1 - binary_entropy(agreement));
    case WeightPolicy::agreement: {
      expects(options.reference_quality > 0, "a reference quality above 0");
      const double reference = options.reference_quality * options.reference_quality;
      return std::clamp(2 * (agreement - .5) / reference, 0.0, 1.0);
    }
  }
  return options.weight;
}

ControllerState advanced(const ControllerState& state, const ControllerOptions& options, double agreement, double quality) {
  if (options.policy == WeightPolicy::fixed) return {options.weight, 0};
  if (std::isnan(agreement)) return state;
  const double wanted = wanted_weight(options, agreement, quality);
  const auto towards = [&](double a) { return ControllerState{a * wanted + (1 - a) * state.weight, 0}; };
  switch (options.damping) {
    case Damping::ema:
      return towards(options.ema);
    case Damping::rate_limit:
      return {state.weight + std::clamp(wanted - state.weight, -options.max_step, options.max_step), 0};
    case Damping::momentum: {
      const double velocity = options.momentum * state.velocity + (1 - options.momentum) * (wanted - state.weight);
      return {std::clamp(state.weight + velocity, 0.0, 1.0), velocity};
    }
    case Damping::adaptive_ema:
      return towards(options.ema_max - novelty(agreement, quality) * (options.ema_max - options.ema_min));
    case Damping::none:
      return {wanted, 0};
  }
  return {wanted, 0};
}

}  // namespace rankwise::federated
