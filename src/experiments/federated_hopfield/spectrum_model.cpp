// SPDX-License-Identifier: MIT
#include "spectrum_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "rankwise/core/contract.hpp"
#include "rankwise/federated/server.hpp"
#include "rankwise/spectra/generalised_marchenko_pastur.hpp"
#include "rankwise/spectra/spiked_covariance.hpp"
#include "rankwise/spectra/tracy_widom.hpp"

namespace rankwise::experiments::hopfield {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// d_c, summing to 1. `optimal` maximises the overlap of archetype 0; `inverse_variance` weighs an example by
/// 1/sigma_c^2.
std::vector<double> weights_of(const std::string& rule, const SpectrumSettings& s) {
  std::vector<double> weights(s.clients.size(), 1 / static_cast<double>(s.clients.size()));
  if (rule == "optimal") {
    std::vector<spectra::Source> sources;
    for (const auto& c : s.clients) sources.push_back({static_cast<double>(c.examples), c.quality, c.mixture.at(0)});
    return spectra::optimal_weights(s.neurons, sources);
  }
  if (rule == "inverse_variance") {
    double total = 0;
    for (std::size_t c = 0; c < weights.size(); ++c) {
      weights[c] = static_cast<double>(s.clients[c].examples) / (1 - s.clients[c].quality * s.clients[c].quality);
      total += weights[c];
    }
    for (double& w : weights) w /= total;
  }
  return weights;
}

/// Clients of one kind are one client with all their weight and examples.
std::vector<federated::ClientTerm> terms_of(const SpectrumSettings& s) {
  std::vector<federated::ClientTerm> terms;
  for (const auto& c : s.clients) {
    terms.push_back({c.weight, 1, static_cast<double>(c.examples), 1 - c.quality * c.quality, 1});
    if (s.are_alike) {
      terms.front().count = static_cast<std::int64_t>(s.clients.size());
      break;
    }
  }
  return terms;
}

const spectra::TracyWidom& tracy_widom() {
  static const spectra::TracyWidom law(1);  // its table takes some tens of ms, an operator of N = 200 takes two
  return law;
}

}  // namespace

double SpectrumSettings::examples() const {
  double sum = 0;
  for (const auto& c : clients) sum += static_cast<double>(c.examples);
  return sum;
}

double SpectrumSettings::aspect_ratio() const { return static_cast<double>(neurons) / examples(); }

double SpectrumSettings::noise() const { return 1 - clients.front().quality * clients.front().quality; }

double SpectrumSettings::kappa(std::size_t archetype) const {
  expects(are_alike, "one kappa for all clients");
  const auto& c = clients.front();
  return c.quality * c.quality * c.mixture.at(archetype) * static_cast<double>(neurons) / noise();
}

std::vector<double> mixture_with(double exposure, std::int64_t archetypes) {
  const auto others = static_cast<double>(std::max<std::int64_t>(1, archetypes - 1));
  std::vector<double> mixture(static_cast<std::size_t>(archetypes), (1 - exposure) / others);
  mixture.at(0) = exposure;
  return mixture;
}

std::int64_t batch_size_at(std::int64_t neurons, std::int64_t clients, double aspect_ratio) {
  return std::llround(static_cast<double>(neurons) / (aspect_ratio * static_cast<double>(clients)));
}

double quality_at(double kappa, double exposure, std::int64_t neurons) {
  return std::sqrt(kappa / (kappa + exposure * static_cast<double>(neurons)));
}

double threshold_exposure(double quality, double neurons, double examples) {
  return (1 - quality * quality) / (quality * quality * std::sqrt(neurons * examples));
}

SpectrumSettings spectrum_settings(const run::Point& point, SpectrumMode mode) {
  SpectrumSettings s;
  s.neurons = point.integer("neurons");
  s.archetypes = point.integer("archetypes");
  s.level = point.real("level");
  s.cushion = point.is_word("cushion") ? default_cushion(s.neurons) : point.real("cushion");
  const std::int64_t clients = point.integer("clients");
  const auto count = static_cast<std::size_t>(clients);
  if (mode == SpectrumMode::heterogeneous) {
    const auto sizes = per_client(point, "client_batch_sizes", point.integer("batch_size"), clients);
    const auto qualities = per_client(point, "client_qualities", point.real("quality"), clients);
    const auto exposures = per_client(point, "client_exposures", 1 / static_cast<double>(s.archetypes), clients);
    for (std::size_t c = 0; c < count; ++c) {
      const auto client = static_cast<std::int64_t>(c);
      s.clients.push_back({1, sizes[client], qualities[client], mixture_with(exposures[client], s.archetypes)});
    }
    const auto weights = weights_of(point.text("client_weights"), s);
    for (std::size_t c = 0; c < count; ++c) s.clients[c].weight = weights[c];
  } else {
    const double exposure = mode == SpectrumMode::bbp ? 1 / static_cast<double>(s.archetypes) : point.real("exposure");
    s.clients.assign(count, {1 / static_cast<double>(clients), point.integer("batch_size"), point.real("quality"),
                             mixture_with(exposure, s.archetypes)});
  }
  const auto& first = s.clients.front();
  s.are_alike = std::all_of(s.clients.begin(), s.clients.end(), [&](const SpectrumClient& c) {
    return c.weight == first.weight && c.examples == first.examples && c.quality == first.quality &&
           c.mixture == first.mixture;
  });
  return s;
}

OperatorSum::OperatorSum(Eigen::Index dimension)
    : sum_(linalg::Matrix::Zero(dimension, dimension)), whole_(linalg::IntMatrix::Zero(dimension, dimension)) {}

void OperatorSum::add(const linalg::IntMatrix& gram, double scale) {
  expects(gram.rows() == sum_.rows() && gram.cols() == sum_.cols(), "Gram matrices of one dimension");
  if (scale != scale_) flush();
  scale_ = scale;
  whole_ += gram;
}

void OperatorSum::flush() {
  sum_ += scale_ * whole_.cast<double>();
  whole_.setZero();
}

linalg::Matrix OperatorSum::finish() {
  flush();
  return std::move(sum_);
}

SpectrumMeasured measure_spectrum(const linalg::Matrix& b, const linalg::SignMatrix& archetypes) {
  const Eigen::Index n = b.rows();
  const auto k = static_cast<Eigen::Index>(archetypes.rows());
  expects(static_cast<Eigen::Index>(archetypes.columns()) == n && k <= n, "archetypes of the operator's dimension");
  const auto pairs = linalg::top_eigenpairs(b, std::min(n, k + 3));
  SpectrumMeasured m;
  m.eigenvalues = pairs.values;
  m.outlier = pairs.values.head(k);
  m.noise_eigenvalue = n > k ? pairs.values(k) : nan;
  const linalg::Matrix leading = pairs.vectors.leftCols(k);
  const linalg::Matrix x = archetypes.to_dense().transpose();
  const linalg::Matrix along = linalg::transposed_product(leading, x);  // component x archetype
  m.overlap = linalg::Vector::Zero(k);
  Eigen::Index own = 0;
  for (Eigen::Index mu = 0; mu < k; ++mu) {
    for (Eigen::Index i = 0; i < k; ++i) m.overlap(mu) += along(i, mu) * along(i, mu) / static_cast<double>(n);
  }
  for (Eigen::Index i = 1; i < k; ++i) {
    if (std::abs(along(i, 0)) > std::abs(along(own, 0))) own = i;
  }
  m.spike_outlier = pairs.values(own);
  m.spike_overlap = along(own, 0) * along(own, 0) / static_cast<double>(n);
  double agreement = 0;
  for (Eigen::Index i = 0; i < n; ++i) agreement += leading(i, own) >= 0 ? x(i, 0) : -x(i, 0);
  m.magnetisation = std::abs(agreement) / static_cast<double>(n);
  return m;
}

double mp_cut(const SpectrumSettings& settings) {
  return (1 + settings.cushion) * federated::noise_edge(settings.neurons, terms_of(settings));
}

double tw_cut(const SpectrumSettings& settings, Eigen::Index above) {
  expects(settings.are_alike, "the cut by Tracy and Widom's law is for clients that are alike");
  return federated::tracy_widom_cut(settings.neurons, settings.examples(), settings.noise(), 1, above,
                                    tracy_widom().quantile(1 - settings.level));
}

double shuffle_cut_of(const linalg::Matrix& b, double level) {
  const auto n = static_cast<double>(b.rows());
  const linalg::Vector ones = linalg::Vector::Ones(b.rows());
  const linalg::Vector rows = linalg::product(b, ones);
  double trace = 0;
  for (Eigen::Index i = 0; i < b.rows(); ++i) trace += b(i, i);
  return federated::shuffle_cut(b.rows(), trace / n, linalg::squared_norm(b) / (n * n), linalg::dot(rows, ones) / n,
                                tracy_widom().quantile(1 - level));
}

RankCounts count_signals(const SpectrumSettings& settings, const linalg::Vector& eigenvalues, double shuffle_cut) {
  const double mp = mp_cut(settings);
  RankCounts counts;
  counts.mp = federated::effective_rank(eigenvalues, [&](Eigen::Index) { return mp; });
  counts.shuffle = federated::effective_rank(eigenvalues, [&](Eigen::Index) { return shuffle_cut; });
  if (settings.are_alike) {
    counts.tw = federated::effective_rank(eigenvalues, [&](Eigen::Index i) { return tw_cut(settings, i); });
  }
  return counts;
}

namespace {

/// Mean by Tracy and Widom's law, in the dimensions that the archetypes leave, with the kurtosis of flips.
double largest_noise_eigenvalue(const SpectrumSettings& settings, const std::vector<spectra::Component>& components) {
  const std::int64_t left = std::max<std::int64_t>(1, settings.neurons - settings.archetypes);
  const spectra::GeneralisedMarchenkoPastur law(left, components);
  std::vector<double> excess;
  for (const auto& c : components) excess.push_back(4 / c.sigma2 - 6);
  return law.edge() + std::pow(static_cast<double>(left), -2.0 / 3) * law.edge_scale() * tracy_widom().mean() +
         law.kurtosis_shift(excess);
}

}  // namespace

ExpectedSpectrum expected_spectrum(const SpectrumSettings& settings) {
  std::vector<spectra::Component> components;
  for (const auto& term : terms_of(settings)) {
    const auto count = static_cast<double>(term.count);
    components.push_back({count * term.share, term.sigma2, count * term.examples});
  }
  const spectra::GeneralisedMarchenkoPastur law(settings.neurons, components);
  ExpectedSpectrum expected;
  expected.edge = law.edge();
  expected.noise_eigenvalue = largest_noise_eigenvalue(settings, components);
  expected.outlier.resize(settings.archetypes);
  expected.overlap.resize(settings.archetypes);
  expected.magnetisation.resize(settings.archetypes);
  for (Eigen::Index mu = 0; mu < settings.archetypes; ++mu) {
    std::vector<double> strengths;
    for (std::size_t c = 0; c < components.size(); ++c) {
      const auto& client = settings.clients[c];
      strengths.push_back(static_cast<double>(settings.neurons) * components[c].weight * client.quality *
                          client.quality * client.mixture.at(static_cast<std::size_t>(mu)));
    }
    const auto spike = law.spike(strengths);
    expected.outlier(mu) = spike.outlier;
    expected.overlap(mu) = spike.overlap;
    expected.magnetisation(mu) = spectra::magnetisation_from_overlap(spike.overlap);
  }
  return expected;
}

std::vector<RealisedClient> realised_clients(const SpectrumSettings& settings,
                                             const std::vector<std::vector<std::int64_t>>& counts) {
  expects(counts.size() == settings.clients.size(), "counts of every client");
  const auto k = static_cast<std::size_t>(settings.archetypes);
  std::vector<RealisedClient> realised;
  if (settings.are_alike) {
    RealisedClient all{1, settings.clients.front().quality, settings.examples(), std::vector<double>(k, 0)};
    for (const auto& shown : counts) {
      for (std::size_t mu = 0; mu < k; ++mu) all.exposure[mu] += static_cast<double>(shown[mu]);
    }
    for (double& e : all.exposure) e /= all.examples;
    return {all};
  }
  for (std::size_t c = 0; c < counts.size(); ++c) {
    const auto& client = settings.clients[c];
    const auto examples = static_cast<double>(client.examples);
    RealisedClient one{client.weight, client.quality, examples, {}};
    for (const std::int64_t shown : counts[c]) one.exposure.push_back(static_cast<double>(shown) / examples);
    realised.push_back(std::move(one));
  }
  return realised;
}

}  // namespace rankwise::experiments::hopfield
