// SPDX-License-Identifier: MIT
#include "theory.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "rankwise/spectra/generalised_marchenko_pastur.hpp"
#include "rankwise/spectra/spiked_covariance.hpp"

namespace rankwise::experiments::hopfield {

namespace {

/// Columns: archetypes and memory patterns over sqrt N, in an orthonormal basis of their span.
struct Coordinates {
  linalg::Matrix archetypes;  ///< basis x K
  linalg::Matrix memory;      ///< basis x Khat
};

Coordinates coordinates_of(const linalg::SignMatrix& archetypes, const linalg::SignMatrix& memory) {
  const auto n = static_cast<Eigen::Index>(archetypes.columns());
  const auto k = static_cast<Eigen::Index>(archetypes.rows());
  const auto khat = static_cast<Eigen::Index>(memory.rows());
  linalg::Matrix all(n, k + khat);
  all.leftCols(k) = archetypes.to_dense().transpose();
  if (khat > 0) all.rightCols(khat) = memory.to_dense().transpose();
  all /= std::sqrt(static_cast<double>(n));
  const linalg::Matrix inside = linalg::transposed_product(linalg::orthonormal_basis(all), all);
  return {inside.leftCols(k), inside.rightCols(khat)};
}

/// X diag(weights) X^T
linalg::Matrix weighted_square(const linalg::Matrix& x, const linalg::Vector& weights) {
  const linalg::Matrix left = x * weights.asDiagonal();
  return linalg::product(left, x.transpose());
}

}  // namespace

RoundTheory round_theory(const linalg::SignMatrix& archetypes, const std::vector<RealisedClient>& clients,
                         const linalg::SignMatrix& memory) {
  const auto n = static_cast<double>(archetypes.columns());
  const auto k = static_cast<Eigen::Index>(archetypes.rows());
  std::vector<spectra::Component> components;
  double wbar = 0;
  for (const auto& c : clients) {
    components.push_back({c.weight, 1 - c.quality * c.quality, c.examples});
    wbar += c.weight;
  }
  const bool remembers = memory.rows() > 0;
  if (remembers) components.push_back({std::max(0.0, 1 - wbar), 0, std::numeric_limits<double>::infinity()});
  const spectra::GeneralisedMarchenkoPastur law(static_cast<Eigen::Index>(archetypes.columns()), components);

  const Coordinates at = coordinates_of(archetypes, memory);
  const auto strength = [&](const RealisedClient& c, std::size_t mu) {
    return n * c.weight * c.quality * c.quality * c.exposure[mu];
  };
  std::vector<linalg::Matrix> signal;
  for (const auto& c : clients) {
    linalg::Vector weights(k);
    for (Eigen::Index mu = 0; mu < k; ++mu) weights(mu) = strength(c, static_cast<std::size_t>(mu));
    signal.push_back(weighted_square(at.archetypes, weights));
  }
  if (remembers) {
    const auto patterns = static_cast<Eigen::Index>(memory.rows());
    signal.push_back(weighted_square(at.memory, linalg::Vector::Constant(patterns, n * components.back().weight)));
  }

  RoundTheory theory;
  theory.edge = law.edge();
  theory.outlier.resize(k);
  const auto spikes = law.outliers(signal);
  for (Eigen::Index mu = 0; mu < k; ++mu) {
    theory.outlier(mu) = mu < static_cast<Eigen::Index>(spikes.size()) ? spikes[static_cast<std::size_t>(mu)].outlier : law.edge();
  }

  theory.overlap.resize(k);
  theory.magnetisation.resize(k);
  theory.dispersion.resize(k);
  const linalg::IntMatrix remembered = remembers ? archetypes.overlaps(memory) : linalg::IntMatrix(k, 0);
  for (Eigen::Index mu = 0; mu < k; ++mu) {
    std::vector<double> strengths;
    for (const auto& c : clients) strengths.push_back(strength(c, static_cast<std::size_t>(mu)));
    if (remembers) {
      double largest = 0;
      for (Eigen::Index nu = 0; nu < remembered.cols(); ++nu) {
        largest = std::max(largest, std::abs(static_cast<double>(remembered(mu, nu))) / n);
      }
      strengths.push_back(n * components.back().weight * largest * largest);
    }
    theory.overlap(mu) = law.spike(strengths).overlap;
    theory.magnetisation(mu) = spectra::magnetisation_from_overlap(theory.overlap(mu));
    theory.dispersion(mu) = spectra::dispersion_from_overlap(theory.overlap(mu));
  }
  return theory;
}

}  // namespace rankwise::experiments::hopfield
