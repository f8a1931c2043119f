// SPDX-License-Identifier: MIT
#include "theory.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "rankwise/core/error.hpp"
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

struct Single {
  double overlap = 0;
  double magnetisation = 0;
};

/// From this |overlap| on a remembered pattern is the archetype's own; below it belongs to another and is orthogonal.
constexpr double own_pattern = .5;

/// One archetype u = xi/sqrt(N) and, where it is remembered, its pattern p = m u + s e (s^2 = 1 - m^2). The population's
/// signal is alpha u u^T + beta p p^T with the leading direction d = a u + b p, found by the eigenvector with squared
/// overlap gamma. So xi has overlap gamma (d.u)^2, and its bits come out right by erf where memory and archetype agree,
/// and by the stronger of the two where they do not: a memory keeps its errors.
Single one_archetype(const spectra::GeneralisedMarchenkoPastur& law, const std::vector<double>& strengths, double beta,
                     double m) {
  const double s = std::sqrt(std::max(0.0, 1 - m * m));
  linalg::Matrix pattern(2, 2);
  pattern << m * m, m * s, m * s, s * s;
  pattern *= m > own_pattern ? beta : 0;
  linalg::Matrix total = pattern;
  std::vector<linalg::Matrix> signal;
  for (const double strength : strengths) {
    linalg::Matrix own = linalg::Matrix::Zero(2, 2);
    own(0, 0) = strength;
    total += own;
    signal.push_back(std::move(own));
  }
  if (beta >= 0) signal.push_back(pattern);
  const double gamma = law.outliers(signal).front().overlap;
  // t_c is far below the outlier's position, so that the weights 1/(w - t_c) do not turn the direction
  linalg::Vector d = linalg::symmetric_eigen(total).vectors.col(0);
  if (d(0) < 0) d = -d;
  const double overlap = std::min(1.0, gamma * d(0) * d(0));
  if (gamma == 0) return {};
  if (std::abs(d(1)) < 1e-12) return {overlap, spectra::magnetisation_from_overlap(overlap)};
  const double b = d(1) / s;
  const double a = d(0) - m * b;
  const double x = gamma < 1 ? std::sqrt(gamma / (2 * (1 - gamma))) : std::numeric_limits<double>::max();
  return {overlap, (1 + m) / 2 * std::erf((a + b) * x) + (1 - m) / 2 * std::erf((a - b) * x)};
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

  // The k-th eigenvector lies in the span by its overlap, there along the k-th direction of the signal (t_c is far below the
  // outlier's position, so that the weights 1/(w - t_c) do not turn it).
  theory.shares = linalg::Matrix::Zero(k, k);
  linalg::Matrix total = linalg::Matrix::Zero(at.archetypes.rows(), at.archetypes.rows());
  for (const auto& term : signal) total += term;
  const linalg::Matrix along = linalg::transposed_product(linalg::symmetric_eigen(total).vectors, at.archetypes);
  for (Eigen::Index i = 0; i < std::min(k, static_cast<Eigen::Index>(spikes.size())); ++i) {
    for (Eigen::Index mu = 0; mu < k; ++mu) {
      theory.shares(i, mu) = spikes[static_cast<std::size_t>(i)].overlap * along(i, mu) * along(i, mu);
    }
  }

  theory.overlap.resize(k);
  theory.magnetisation.resize(k);
  theory.dispersion.resize(k);
  const linalg::IntMatrix remembered = remembers ? archetypes.overlaps(memory) : linalg::IntMatrix(k, 0);
  for (Eigen::Index mu = 0; mu < k; ++mu) {
    std::vector<double> strengths;
    for (const auto& c : clients) strengths.push_back(strength(c, static_cast<std::size_t>(mu)));
    double m = 0;
    for (Eigen::Index nu = 0; nu < remembered.cols(); ++nu) {
      m = std::max(m, std::abs(static_cast<double>(remembered(mu, nu))) / n);
    }
    const Single single = one_archetype(law, strengths, remembers ? n * components.back().weight : -1, m);
    theory.overlap(mu) = single.overlap;
    theory.magnetisation(mu) = single.magnetisation;
    theory.dispersion(mu) = spectra::dispersion_from_overlap(single.overlap);
  }
  return theory;
}

InitialTheory initial_theory(const Settings& s) {
  const auto k = static_cast<std::size_t>(s.archetypes);
  InitialTheory theory;
  theory.edge = std::nan("");
  theory.outlier = theory.overlap = theory.magnetisation = std::vector<double>(k, std::nan(""));
  const double present = s.participation.first_round();
  if (s.images || s.schedule.kind == ScheduleKind::dirichlet || present == 0) return theory;
  // a walk takes its first step in round 1
  const auto mixture = mixtures(s.schedule, 1, [](std::int64_t) -> random::Stream { throw InternalError("round 0 draws nothing"); }).front();
  std::vector<ClientKind> kinds;  // those that see anything
  std::vector<std::vector<double>> seen;
  double sum = 0;  // of their shares
  for (const ClientKind& kind : client_kinds(s)) {
    auto own = client_mixture(mixture, s.factors, kind.factors);
    if (own.empty()) continue;
    kinds.push_back(kind);
    seen.push_back(std::move(own));
    sum += static_cast<double>(kind.count) * kind.share;
  }
  if (sum == 0) return theory;
  std::vector<spectra::Component> components;
  for (const ClientKind& kind : kinds) {
    const auto count = static_cast<double>(kind.count);
    components.push_back({count * kind.share / sum, 1 - kind.quality * kind.quality, present * count * kind.examples});
  }
  const spectra::GeneralisedMarchenkoPastur law(static_cast<Eigen::Index>(s.neurons), components);
  theory.edge = law.edge();
  std::vector<double> strengths(kinds.size());
  for (std::size_t mu = 0; mu < k; ++mu) {
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      strengths[i] = static_cast<double>(s.neurons) * components[i].weight * kinds[i].quality * kinds[i].quality * seen[i][mu];
    }
    const spectra::Spike spike = law.spike(strengths);
    theory.outlier[mu] = spike.outlier;
    theory.overlap[mu] = spike.overlap;
    theory.magnetisation[mu] = spectra::magnetisation_from_overlap(spike.overlap);
  }
  return theory;
}

}  // namespace rankwise::experiments::hopfield
