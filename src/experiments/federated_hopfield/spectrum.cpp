// One round's operator, replica by replica: the ensembles of the federated Hopfield model. SPDX-License-Identifier: MIT
#include "spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "model.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/spectra/spiked_covariance.hpp"
#include "spectrum_model.hpp"

namespace rankwise::experiments::hopfield {

namespace {

using random::Purpose;

/// One replica's operator and what it was made of.
struct DrawnOperator {
  linalg::SignMatrix archetypes;
  std::vector<std::vector<std::int64_t>> counts;  ///< client x archetype
  linalg::Matrix b;
};

DrawnOperator draw(const SpectrumSettings& s, run::Context& context, std::int64_t replica) {
  DrawnOperator drawn;
  drawn.archetypes = random_archetypes(context.stream(Purpose::archetypes, replica), s.archetypes, s.neurons);
  OperatorSum sum(s.neurons);
  for (std::size_t c = 0; c < s.clients.size(); ++c) {
    context.poll();
    const auto& client = s.clients[c];
    const auto index = static_cast<std::int64_t>(c);
    auto classes = context.stream(Purpose::class_counts, replica, index, 0);
    auto counts = random::multinomial(classes, client.examples, client.mixture);
    const auto batch =
        noisy_batch(drawn.archetypes, counts, client.quality, context.stream(Purpose::flips, replica, index, 0));
    sum.add(batch.gram(), client.weight / static_cast<double>(client.examples));
    drawn.counts.push_back(std::move(counts));
  }
  drawn.b = sum.finish();
  return drawn;
}

/// Which of the outliers, in descending order, is archetype 0's; the first of equals.
Eigen::Index place_of_spike(const linalg::Vector& outlier_of_archetype) {
  Eigen::Index place = 0;
  for (Eigen::Index mu = 1; mu < outlier_of_archetype.size(); ++mu) {
    if (outlier_of_archetype(mu) > outlier_of_archetype(0)) ++place;
  }
  return place;
}

linalg::Vector descending(linalg::Vector values) {
  std::sort(values.begin(), values.end(), std::greater<>());
  return values;
}

Array to_array(const linalg::Vector& values) { return Array(std::vector<double>(values.begin(), values.end())); }

/// The mean over clients, each counting once.
std::vector<double> mean_exposure(const SpectrumSettings& s, const std::vector<std::vector<std::int64_t>>& counts) {
  std::vector<double> mean(static_cast<std::size_t>(s.archetypes), 0);
  for (std::size_t c = 0; c < counts.size(); ++c) {
    const double whole = static_cast<double>(s.clients[c].examples) * static_cast<double>(counts.size());
    for (std::size_t mu = 0; mu < mean.size(); ++mu) mean[mu] += static_cast<double>(counts[c][mu]) / whole;
  }
  return mean;
}

/// `place`: of archetype 0 among the outliers.
void predict_replica(const SpectrumSettings& s, const DrawnOperator& drawn, Eigen::Index place, const run::Point& point,
                     std::int64_t replica, run::Sink& sink) {
  const linalg::SignMatrix no_memory(0, static_cast<std::size_t>(s.neurons));
  const RoundTheory theory = round_theory(drawn.archetypes, realised_clients(s, drawn.counts), no_memory);
  const double own = std::min(1.0, theory.shares(place, 0));
  sink.predict("edge", point, replica, Array::scalar(theory.edge));
  sink.predict("outlier", point, replica, to_array(theory.outlier));
  sink.predict("overlap", point, replica, to_array(theory.overlap));
  sink.predict("spike_outlier", point, replica, Array::scalar(theory.outlier(place)));
  sink.predict("spike_overlap", point, replica, Array::scalar(own));
  sink.predict("magnetisation", point, replica, Array::scalar(spectra::magnetisation_from_overlap(own)));
}

}  // namespace

run::Description SpectrumExperiment::describe() const {
  run::Description d;
  d.experiment = "federated_hopfield";
  d.quick_replicas = 6;
  switch (mode_) {
    case SpectrumMode::bbp:
      d.mode = "bbp";
      d.summary = "exact spectrum of the operator across the threshold of detection: outlier, overlap and rank cuts";
      d.default_replicas = 50;
      break;
    case SpectrumMode::heterogeneous:
      d.mode = "heterogeneous";
      d.summary = "exact spectrum of unequal clients under equal, optimal and inverse-variance weights";
      d.default_replicas = 100;
      break;
    case SpectrumMode::detectability:
      d.mode = "detectability";
      d.summary = "when a rare archetype shows: exposure times quality, and how finite size rounds the threshold";
      d.default_replicas = 48;
      break;
  }
  d.parameters = spectrum_parameters(mode_);
  d.observables = spectrum_observables(mode_);
  return d;
}

std::vector<std::string> SpectrumExperiment::complete(run::Point& point, const run::Inputs&) const {
  return complete_spectrum(point, mode_);
}

// A few operators of small matrices to a task, one of large ones.
std::int64_t SpectrumExperiment::block_width(const run::Family& family) const {
  const std::int64_t n = family.front().integer("neurons");
  return n <= 250 ? 8 : n <= 500 ? 2 : 1;
}

// Rates as measured: batch, popcounts of the Gram matrix, leading pairs; popcounts also by bytes of dense matrices.
run::Cost SpectrumExperiment::cost(const run::Family& family) const {
  const auto s = spectrum_settings(family.front(), mode_);
  const auto n = static_cast<double>(s.neurons);
  const double draws =
      1e-9 * n * s.examples() + 1e-12 * n * n * s.examples() + 1e-9 * n * n * static_cast<double>(s.clients.size());
  const double seconds = draws + 8e-9 * n * n + 5e-11 * n * n * n;
  return {static_cast<double>(block_width(family)) * seconds, 40 * n * n + n * s.examples() / 4};
}

void SpectrumExperiment::theory(const run::Family& family, run::Sink& sink, run::Context& context) const {
  if (!context.team.is_root()) return;
  for (const auto& point : family.points) {
    const auto s = spectrum_settings(point, mode_);
    const auto expected = expected_spectrum(s);
    const auto put = [&](const char* name, double value) { sink.predict(name, point, Array::scalar(value)); };
    put("expected_edge", expected.edge);
    put("noise_eigenvalue", expected.noise_eigenvalue);
    sink.predict("expected_outlier", point, to_array(descending(expected.outlier)));
    sink.predict("expected_overlap", point, to_array(expected.overlap));
    put("expected_magnetisation", expected.magnetisation(0));
    put("cut_mp", mp_cut(s));
    if (mode_ == SpectrumMode::heterogeneous) continue;
    put("cut_tw", tw_cut(s, s.archetypes - 1));
    linalg::Vector kappa(s.archetypes);
    for (Eigen::Index mu = 0; mu < kappa.size(); ++mu) kappa(mu) = s.kappa(static_cast<std::size_t>(mu));
    sink.predict("kappa", point, to_array(descending(kappa)));
    put("threshold_kappa", std::sqrt(s.aspect_ratio()));
    if (mode_ == SpectrumMode::detectability) {
      put("threshold_exposure",
          threshold_exposure(s.clients.front().quality, static_cast<double>(s.neurons), s.examples()));
    }
  }
}

void SpectrumExperiment::simulate(const run::Family& family, const run::Block& block, run::Sink& sink,
                                  run::Context& context) const {
  // A team of several ranks has one at work: an operator is made where it is diagonalised.
  if (!context.team.is_root()) return;
  const auto law = spectrum_settings(family.front(), mode_);
  const Eigen::Index place = place_of_spike(expected_spectrum(law).outlier);
  for (std::int64_t r = block.first; r < block.first + block.count; ++r) {
    const DrawnOperator drawn = draw(law, context, r);
    const SpectrumMeasured m = measure_spectrum(drawn.b, drawn.archetypes);
    for (const auto& point : family.points) {
      const auto s = spectrum_settings(point, mode_);
      const double shuffle = shuffle_cut_of(drawn.b, s.level);
      const RankCounts counts = count_signals(s, m.eigenvalues, shuffle);
      const auto put = [&](const char* name, Array value) { sink.put(name, point, r, std::move(value)); };
      const auto whole = [](Eigen::Index count) { return Array(std::vector<std::int64_t>{count}, {}); };
      put("eigenvalues", to_array(m.eigenvalues));
      put("outlier", to_array(m.outlier));
      put("overlap", to_array(m.overlap));
      put("noise_eigenvalue", Array::scalar(m.noise_eigenvalue));
      put("spike_outlier", Array::scalar(m.spike_outlier));
      put("spike_overlap", Array::scalar(m.spike_overlap));
      put("magnetisation", Array::scalar(m.magnetisation));
      put("exposure", Array(mean_exposure(s, drawn.counts)));
      put("detected_mp", whole(counts.mp));
      put("detected_shuffle", whole(counts.shuffle));
      put("cut_shuffle", Array::scalar(shuffle));
      if (mode_ != SpectrumMode::heterogeneous) {
        put("detected_tw", whole(counts.tw));
        std::vector<double> kappa;
        for (const double outlier : m.outlier)
          kappa.push_back(spectra::kappa_from_outlier(outlier, s.noise(), s.aspect_ratio()));
        put("kappa", Array(std::move(kappa)));
      }
      predict_replica(law, drawn, place, point, r, sink);
    }
  }
}

void SpectrumExperiment::derive(const run::Results& results, run::Tables& tables) const {
  switch (mode_) {
    case SpectrumMode::bbp:
      return derive_bbp(results, tables);
    case SpectrumMode::heterogeneous:
      return derive_heterogeneous(results, tables);
    case SpectrumMode::detectability:
      return derive_detectability(results, tables);
  }
}

void SpectrumExperiment::claims(const run::Results& results, const run::Tables& tables, run::Claims& claims) const {
  switch (mode_) {
    case SpectrumMode::bbp:
      return claim_bbp(results, tables, claims);
    case SpectrumMode::heterogeneous:
      return claim_heterogeneous(results, tables, claims);
    case SpectrumMode::detectability:
      return claim_detectability(results, tables, claims);
  }
}

}  // namespace rankwise::experiments::hopfield
