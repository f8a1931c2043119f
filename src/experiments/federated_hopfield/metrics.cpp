// SPDX-License-Identifier: MIT
#include "metrics.hpp"

#include <algorithm>
#include <cmath>

#include "rankwise/linalg/assignment.hpp"

namespace rankwise::experiments::hopfield {

namespace {

/// ||P - P*||_F / ||P*||_F of the projectors on the spans of patterns and archetypes,
/// sqrt((Khat + K - 2 ||Q^T Q*||_F^2) / K) with orthonormal bases Q, Q*.
double projector_distance(const linalg::SignMatrix& archetypes, const linalg::SignMatrix& memory) {
  const linalg::Matrix truth = linalg::orthonormal_basis(archetypes.to_dense().transpose());
  if (memory.rows() == 0) return 1;
  const linalg::Matrix found = linalg::orthonormal_basis(memory.to_dense().transpose());
  const double common = linalg::squared_norm(linalg::transposed_product(found, truth));
  const double distance = static_cast<double>(found.cols()) + static_cast<double>(truth.cols()) - 2 * common;
  return std::sqrt(std::max(0.0, distance) / static_cast<double>(truth.cols()));
}

}  // namespace

RoundMetrics round_metrics(const linalg::SignMatrix& archetypes, const linalg::SignMatrix& memory,
                           const federated::ServerRound& server, Eigen::Index gap_at) {
  const auto n = static_cast<double>(archetypes.columns());
  const auto k = static_cast<Eigen::Index>(archetypes.rows());
  const auto patterns = static_cast<Eigen::Index>(memory.rows());
  RoundMetrics m;
  const linalg::Matrix overlaps = archetypes.overlaps(memory).cwiseAbs().cast<double>() / n;
  m.pattern_of_archetype = linalg::best_assignment(overlaps);
  m.magnetisation = linalg::Vector::Zero(k);
  m.dispersion = linalg::Vector::Constant(k, std::nan(""));
  for (Eigen::Index mu = 0; mu < k; ++mu) {
    for (Eigen::Index nu = 0; nu < patterns; ++nu) m.magnetisation(mu) = std::max(m.magnetisation(mu), overlaps(mu, nu));
    const Eigen::Index nu = m.pattern_of_archetype[static_cast<std::size_t>(mu)];
    if (nu < 0) continue;
    m.retrieval += overlaps(mu, nu) / static_cast<double>(k);
    if (!server.rejected) m.dispersion(mu) = server.accepted.dispersion(nu);
  }
  m.frobenius = projector_distance(archetypes, memory);

  const Eigen::Index leading = std::min(k, server.eigenvalues.size());
  m.outlier = linalg::Vector::Zero(k);
  m.outlier.head(leading) = server.eigenvalues.head(leading) * n;
  const linalg::Matrix inside =
      linalg::transposed_product(server.eigenvectors.leftCols(leading), archetypes.to_dense().transpose());
  m.overlap = linalg::Vector::Zero(k);
  for (Eigen::Index mu = 0; mu < k; ++mu) {
    for (Eigen::Index i = 0; i < leading; ++i) m.overlap(mu) += inside(i, mu) * inside(i, mu) / n;
  }
  m.spectral_gap = server.eigenvalues.size() > gap_at && server.eigenvalues(gap_at - 1) > 0
                       ? 1 - server.eigenvalues(gap_at) / server.eigenvalues(gap_at - 1)
                       : std::nan("");
  return m;
}

}  // namespace rankwise::experiments::hopfield
