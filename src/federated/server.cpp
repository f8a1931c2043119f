// SPDX-License-Identifier: MIT
#include "rankwise/federated/server.hpp"

#include <algorithm>
#include <cmath>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/spectra/generalised_marchenko_pastur.hpp"
#include "rankwise/spectra/spiked_covariance.hpp"
#include "rankwise/spectra/tracy_widom.hpp"

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

double tracy_widom_cut(Eigen::Index dimension, double samples, double sigma2, double weight, Eigen::Index above,
                       double s) {
  expects(sigma2 > 0, "the cut by Tracy and Widom's law needs noise");
  const auto size = static_cast<double>(dimension);
  const double n = std::sqrt(std::max(size - static_cast<double>(above), 1.0) - .5);
  const double m = std::sqrt(std::max(samples - static_cast<double>(above), 1.0) - .5);
  const double centre = (n + m) * (n + m);
  const double scale = (n + m) * std::cbrt(1 / n + 1 / m);
  const double root = std::sqrt(size / samples);
  const double excess = 4 / sigma2 - 6;
  return sigma2 * weight * ((centre + s * scale) / samples + excess / size * root * (1 + root) * (1 + root));
}

double shuffle_cut(const linalg::LowRankOperator& op, double s) {
  const auto n = static_cast<double>(op.dimension());
  const linalg::Vector ones = linalg::Vector::Ones(op.dimension());
  const linalg::Matrix along = linalg::transposed_product(op.vectors, ones);
  double inside = 0;  // squared length of 1 in the span of the leading vectors
  double form = 0;    // 1^T J 1
  for (Eigen::Index i = 0; i < op.rank(); ++i) {
    inside += along(i, 0) * along(i, 0);
    form += op.values(i) * along(i, 0) * along(i, 0);
  }
  // the tail as isotropic on the complement, as in linalg::merge()
  if (op.dimension() > op.rank()) form += op.tail_trace() / (n - static_cast<double>(op.rank())) * (n - inside);
  return shuffle_cut(op.dimension(), op.trace, op.frobenius_squared, form, s);
}

double shuffle_cut(Eigen::Index dimension, double trace, double frobenius_squared, double form, double s) {
  const auto n = static_cast<double>(dimension);
  const double pairs = n * (n - 1);
  const double a = (form - trace) / pairs;
  const double v = std::max(0.0, (frobenius_squared - trace * trace / n) / pairs - a * a);
  const double b = trace / n - a;
  double cut = b + std::sqrt(v) * (2 * std::sqrt(n) + s * std::pow(n, -1.0 / 6));
  if (n * a > std::sqrt(n * v)) cut = std::max(cut, b + n * a + v / a);
  return n * cut;
}

Eigen::Index effective_rank(const linalg::Vector& values, const std::function<double(Eigen::Index)>& cut) {
  Eigen::Index rank = 0;
  while (rank < values.size() && values(rank) > cut(rank)) ++rank;
  return rank;
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
  double variance = 0;  // of the weighted mean of unit noise, which is what q is about
  for (const auto& c : terms) variance += static_cast<double>(c.count) * c.share * c.share * c.weight * c.weight / c.examples;
  if (aggregate.weight <= 0) {
    for (auto& c : terms) c.sigma2 = 1;  // nothing to see, nothing to estimate
    return terms;
  }
  const double q = static_cast<double>(dimension) * variance / (aggregate.weight * aggregate.weight);
  const linalg::Vector scaled = aggregate.op.values * (static_cast<double>(dimension) / aggregate.weight);
  const double estimate = estimated_sigma2(dimension, q, scaled);
  for (auto& c : terms) {
    if (c.sigma2 < 0) c.sigma2 = estimate;
  }
  return terms;
}

}  // namespace

Server::Server(Eigen::Index dimension, const ServerOptions& options)
    : dimension_(dimension), options_(options), memory_(0, static_cast<std::size_t>(dimension)) {
  if (options.cut == RankCut::tw || options.cut == RankCut::shuffle)
    quantile_ = spectra::TracyWidom(1).quantile(1 - options.level);
}

ServerRound Server::round(const WeightedOperator& aggregate, std::span<const ClientTerm> clients,
                          random::Stream stream) {
  expects(aggregate.op.dimension() == dimension_, "operators have the server's dimension");
  const auto n = static_cast<double>(dimension_);
  ServerRound round;
  if (clients.empty()) {
    round.eigenvectors.resize(dimension_, 0);
    round.edge = round.cut = round.sigma2 = std::nan("");
    round.accepted.signs = linalg::SignMatrix(0, static_cast<std::size_t>(dimension_));
    round.rejected = true;
    return round;
  }
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
  // The value above which eigenvalue i, the ones before it being signal, is signal too.
  const auto cut_of = [&](Eigen::Index i) {
    switch (options_.cut) {
      case RankCut::mp:
        return (1 + options_.cushion) * round.edge;
      case RankCut::tw: {
        double samples = 0;
        for (const auto& c : terms) {
          expects(c.share == terms[0].share && c.weight == terms[0].weight && c.examples == terms[0].examples && c.sigma2 == terms[0].sigma2,
                  "the cut by Tracy and Widom's law is for clients that are alike");
          samples += static_cast<double>(c.count) * c.examples;
        }
        return tracy_widom_cut(dimension_, samples, terms[0].sigma2, aggregate.weight, i, quantile_);
      }
      case RankCut::shuffle:
        return shuffle_cut(sum, quantile_);
      case RankCut::fixed:
        return options_.threshold;
    }
    return round.edge;
  };
  round.cut = cut_of(0);
  linalg::Vector tested(sum.rank());
  for (Eigen::Index i = 0; i < sum.rank(); ++i) {
    tested(i) = options_.cut == RankCut::fixed ? sharp(i) : n * sum.values(i);
  }
  if (options_.cut == RankCut::tw) {
    round.khat = effective_rank(tested, cut_of);
    if (round.khat > 0) round.cut = cut_of(std::min(round.khat, sum.rank() - 1));
  } else {
    round.khat = effective_rank(tested, [&](Eigen::Index) { return round.cut; });
  }

  const Span span{std::move(sum.vectors), std::move(sum.values), std::move(sharp), round.khat};
  round.accepted = factorise(span, options_.factorise, std::move(stream));
  round.rejected = round.accepted.signs.rows() == 0;
  if (!round.rejected) memory_ = round.accepted.signs;
  return round;
}

}  // namespace rankwise::federated
