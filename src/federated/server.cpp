// SPDX-License-Identifier: MIT
#include "rankwise/federated/server.hpp"

#include <algorithm>
#include <cmath>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/spectra/generalised_marchenko_pastur.hpp"
#include "rankwise/spectra/spiked_covariance.hpp"

namespace rankwise::federated {

double sharpened(double eigenvalue, int steps, double eps) {
  for (int k = 0; k < steps; ++k) {
    const double eps_k = eps / (1 + k * eps);
    eigenvalue += eps_k * eigenvalue * (1 - eigenvalue);
  }
  return eigenvalue;
}

double noise_edge(Eigen::Index dimension, std::span<const ClientTerm> clients) {
  std::vector<spectra::Component> components;
  for (const auto& c : clients) {
    const auto count = static_cast<double>(c.count);
    components.push_back({count * std::max(c.share * c.weight, .05 * c.share), c.sigma2, count * c.examples});
  }
  return spectra::GeneralisedMarchenkoPastur(dimension, components).edge();
}

double estimated_sigma2(Eigen::Index dimension, double q, const linalg::Vector& eigenvalues_times_n) {
  const auto n = static_cast<double>(dimension);
  double sigma2 = 1;
  // every step lowers sigma^2 by what the detected spikes take of the trace; it settles geometrically
  for (int iteration = 0; iteration < 1000; ++iteration) {
    const double edge = sigma2 * (1 + std::sqrt(q)) * (1 + std::sqrt(q));
    double spikes = 0;
    for (const double eigenvalue : eigenvalues_times_n) {
      if (eigenvalue > edge) spikes += spectra::kappa_from_outlier(eigenvalue, sigma2, q);
    }
    const double next = n / (n + spikes);
    const bool settled = std::abs(next - sigma2) < 1e-12;
    sigma2 = next;
    if (settled) return sigma2;
  }
  throw NumericalError("the noise level estimated from the spectrum did not settle");
}

namespace {

/// A = (1/N) sum xihat xihat^T, exactly.
linalg::LowRankOperator memory_operator(const linalg::SignMatrix& memory) {
  const auto patterns = static_cast<Eigen::Index>(memory.rows());
  return linalg::scaled(linalg::hebbian_operator(memory.transposed(), patterns), static_cast<double>(patterns));
}

/// Fills in the noise level of clients that do not know theirs: all alike, from the weighted spectrum.
std::vector<ClientTerm> with_noise_levels(Eigen::Index dimension, std::span<const ClientTerm> clients,
                                          const WeightedOperator& aggregate) {
  std::vector<ClientTerm> terms(clients.begin(), clients.end());
  if (std::all_of(terms.begin(), terms.end(), [](const ClientTerm& c) { return c.sigma2 >= 0; })) return terms;
  const linalg::Vector scaled = aggregate.op.values * (static_cast<double>(dimension) / aggregate.weight);
  const double q = static_cast<double>(dimension) / aggregate.examples;
  const double estimate = estimated_sigma2(dimension, q, scaled);
  for (auto& c : terms) {
    if (c.sigma2 < 0) c.sigma2 = estimate;
  }
  return terms;
}

}  // namespace

Server::Server(Eigen::Index dimension, const ServerOptions& options)
    : dimension_(dimension), options_(options), memory_(0, static_cast<std::size_t>(dimension)) {}

ServerRound Server::round(const WeightedOperator& aggregate, std::span<const ClientTerm> clients, random::Stream stream) {
  expects(aggregate.op.dimension() == dimension_, "operators have the server's dimension");
  const auto n = static_cast<double>(dimension_);
  ServerRound round;
  linalg::LowRankOperator sum = aggregate.op;
  round.tail_mean = dimension_ > sum.rank() ? n * sum.tail_trace() / static_cast<double>(dimension_ - sum.rank()) : 0;
  if (memory_.rows() > 0 && aggregate.weight < 1) {
    sum = linalg::merge(sum, linalg::scaled(memory_operator(memory_), 1 - aggregate.weight), options_.operator_rank);
  }
  round.eigenvalues = sum.values;
  round.eigenvectors = sum.vectors;

  const auto terms = with_noise_levels(dimension_, clients, aggregate);
  for (const auto& c : terms) round.sigma2 += static_cast<double>(c.count) * c.share * c.sigma2;
  round.edge = noise_edge(dimension_, terms);
  linalg::Vector sharp(sum.rank());
  for (Eigen::Index i = 0; i < sum.rank(); ++i) {
    sharp(i) = sharpened(sum.values(i), options_.sharpen_steps, options_.sharpen_eps);
  }
  const bool fixed = options_.cut == RankCut::fixed;
  round.cut = fixed ? options_.threshold : (1 + options_.cushion) * round.edge;
  for (Eigen::Index i = 0; i < sum.rank(); ++i) {
    if ((fixed ? sharp(i) : n * sum.values(i)) > round.cut) round.khat = i + 1;
  }

  const Span span{std::move(sum.vectors), std::move(sum.values), std::move(sharp), round.khat};
  round.accepted = factorise(span, options_.factorise, std::move(stream));
  round.rejected = round.accepted.signs.rows() == 0;
  if (!round.rejected) memory_ = round.accepted.signs;
  return round;
}

}  // namespace rankwise::federated
