// Closed forms of the spiked covariance model. SPDX-License-Identifier: MIT
#include "rankwise/spectra/spiked_covariance.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rankwise/core/contract.hpp"

namespace rankwise::spectra {

Spiked spiked_covariance(double sigma2, double strength, double q) {
  expects(std::isfinite(sigma2) && sigma2 >= 0, "the noise variance is finite and not negative");
  expects(std::isfinite(strength) && strength >= 0, "the strength of a spike is finite and not negative");
  expects(std::isfinite(q) && q >= 0, "the ratio of dimension to samples is finite and not negative");
  const double root_q = std::sqrt(q);
  Spiked law;
  law.edge_low = sigma2 * (1 - root_q) * (1 - root_q);
  law.edge = sigma2 * (1 + root_q) * (1 + root_q);
  law.threshold_kappa = root_q;
  law.outlier = law.edge;
  law.visible = strength > sigma2 * root_q;
  if (law.visible) {
    const double inverse_kappa = sigma2 / strength;  // 0 without noise, where kappa itself is infinite
    law.outlier = (sigma2 + strength) * (1 + q * inverse_kappa);
    law.overlap = (1 - q * inverse_kappa * inverse_kappa) / (1 + q * inverse_kappa);
  }
  return law;
}

double kappa_from_outlier(double outlier, double sigma2, double q) {
  expects(std::isfinite(outlier) && outlier >= 0, "an outlier is finite and not negative");
  expects(std::isfinite(sigma2) && sigma2 > 0, "the noise variance is finite and positive");
  expects(std::isfinite(q) && q >= 0, "the ratio of dimension to samples is finite and not negative");
  const double b = outlier / sigma2 - 1 - q;
  const double discriminant = b * b - 4 * q;
  if (b <= 0 || discriminant <= 0) return std::sqrt(q);
  return (b + std::sqrt(discriminant)) / 2;
}

double magnetisation_from_overlap(double gamma) {
  expects(gamma >= 0 && gamma <= 1, "a squared overlap lies in [0, 1]");
  if (gamma == 1) return 1;
  return std::erf(std::sqrt(gamma / (2 * (1 - gamma))));
}

double dispersion_from_overlap(double gamma) {
  expects(gamma >= 0 && gamma <= 1, "a squared overlap lies in [0, 1]");
  if (gamma == 1) return 0;
  const double noise = 1 - gamma;
  const double x2 = gamma / (2 * noise);
  // 1 - sqrt(gamma) erf(x), written so that nothing cancels as gamma -> 1.
  const double shortfall = noise / (1 + std::sqrt(gamma)) + std::sqrt(gamma) * std::erfc(std::sqrt(x2));
  return std::max(0.0, 2 * (shortfall - std::sqrt(2 * noise / std::numbers::pi) * std::exp(-x2)));
}

}  // namespace rankwise::spectra
