// SPDX-License-Identifier: MIT
#include "model.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "rankwise/core/contract.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/spectra/generalised_marchenko_pastur.hpp"

namespace rankwise::experiments::hopfield {

namespace {

federated::FactoriseOptions factorise_options(const run::Point& point) {
  federated::FactoriseOptions o;
  const std::string& method = point.text("factoriser");
  o.method = method == "search" ? federated::Factoriser::search
             : method == "ica"  ? federated::Factoriser::ica
                                : federated::Factoriser::lam;
  o.relaxation = point.real("relaxation");
  o.starts = point.is_word("starts") ? 0 : static_cast<Eigen::Index>(point.integer("starts"));
  o.patience = point.real("patience");
  o.dispersion_threshold = point.is_word("dispersion_threshold") ? -1 : point.real("dispersion_threshold");
  o.layers = static_cast<int>(point.integer("layers"));
  o.beta = point.real("inverse_temperature");
  o.repulsion = point.real("repulsion");
  o.field = point.real("field");
  o.updates = static_cast<int>(point.integer("updates"));
  o.overlap_threshold = point.real("overlap_threshold");
  o.score_threshold = point.real("score_threshold");
  return o;
}

federated::PerClient<double> shares_of(const run::Point& point, const Settings& s) {
  const bool are_alike = s.batch_sizes.is_common() && s.federation.qualities.is_common();
  if (point.text("client_weights") == "equal" || are_alike) return {s.clients, 1 / static_cast<double>(s.clients)};
  std::vector<spectra::Source> sources;
  for (std::int64_t c = 0; c < s.clients; ++c) {
    sources.push_back({static_cast<double>(s.batch_sizes[c]), s.federation.qualities[c], 1 / static_cast<double>(s.archetypes)});
  }
  return federated::PerClient<double>(spectra::optimal_weights(s.neurons, sources));
}

federated::ControllerOptions controller_options(const run::Point& point, const federated::PerClient<double>& qualities) {
  using federated::Damping;
  using federated::WeightPolicy;
  federated::ControllerOptions o;
  if (point.is_word("weight")) {
    const std::string& policy = point.text("weight");
    o.policy = policy == "novelty" ? WeightPolicy::novelty : policy == "trust" ? WeightPolicy::trust : WeightPolicy::agreement;
  } else {
    o.weight = point.real("weight");
  }
  const std::string& damping = point.text("damping");
  o.damping = damping == "ema"            ? Damping::ema
              : damping == "rate_limit"   ? Damping::rate_limit
              : damping == "momentum"     ? Damping::momentum
              : damping == "adaptive_ema" ? Damping::adaptive_ema
                                          : Damping::none;
  o.ema = point.real("ema");
  o.max_step = point.real("max_step");
  o.momentum = point.real("momentum");
  o.ema_min = point.real("ema_min");
  o.ema_max = point.real("ema_max");
  o.reference_quality = *std::max_element(qualities.values().begin(), qualities.values().end());
  return o;
}

Schedule schedule_of(const run::Point& point, std::int64_t archetypes, std::int64_t rounds) {
  Schedule s;
  const std::string& kind = point.text("schedule");
  s.kind = kind == "constant"      ? ScheduleKind::constant
           : kind == "triangular"  ? ScheduleKind::triangular
           : kind == "cyclic"      ? ScheduleKind::cyclic
           : kind == "dirichlet"   ? ScheduleKind::dirichlet
           : kind == "random_walk" ? ScheduleKind::random_walk
                                   : ScheduleKind::ramp;
  const auto k = static_cast<std::size_t>(archetypes);
  s.mixture.assign(k, 1 / static_cast<double>(archetypes));
  if (!point.is_word("mixture")) s.mixture = point.list("mixture");
  for (std::size_t mu = 0; mu < k; ++mu) {
    s.peaks.push_back(static_cast<double>(rounds * static_cast<std::int64_t>(2 * mu + 1)) / static_cast<double>(2 * archetypes));
  }
  if (!point.is_word("peaks")) s.peaks = point.list("peaks");
  s.half_width = point.real("half_width");
  s.period = point.integer("period");
  s.concentration = point.real("concentration");
  s.max_variation = point.real("max_variation");
  s.old_archetypes = point.integer("old_archetypes");
  s.ramp_start = point.real("ramp_start");
  s.ramp_length = point.real("ramp_length");
  s.ramp_share = point.real("ramp_share");
  return s;
}

}  // namespace

double default_cushion(std::int64_t neurons) {
  return std::max(.05, .15 * std::pow(400 / static_cast<double>(neurons), 2.0 / 3));
}

Settings settings_of(const run::Point& point, std::int64_t archetypes) {
  Settings s;
  s.neurons = point.integer("neurons");
  s.archetypes = archetypes;
  s.clients = point.integer("clients");
  s.rounds = point.integer("rounds");
  s.images = point.values().contains("examples") && point.text("examples") == "images";
  s.batch_sizes = per_client(point, "client_batch_sizes", point.integer("batch_size"), s.clients);
  s.qualities = s.images ? federated::PerClient<double>(s.clients, 0.0) : per_client(point, "client_qualities", point.real("quality"), s.clients);
  std::vector<std::int64_t> kinds;
  for (const double r : s.qualities.values()) {
    const auto known = std::find(s.kind_qualities.begin(), s.kind_qualities.end(), r);
    kinds.push_back(known - s.kind_qualities.begin());
    if (known == s.kind_qualities.end()) s.kind_qualities.push_back(r);
  }
  s.kinds = s.qualities.is_common() ? federated::PerClient<std::int64_t>(s.clients, 0) : federated::PerClient<std::int64_t>(std::move(kinds));
  s.schedule = schedule_of(point, archetypes, s.rounds);
  if (point.text("client_mixtures") != "auto") s.factors = parse_client_mixtures(point.text("client_mixtures"), archetypes);
  s.participation = {point.real("participation"), point.real("dropout"), point.real("staleness")};

  auto& f = s.federation;
  const bool claims = !point.is_word("claimed_qualities");
  f.qualities = claims ? federated::PerClient<double>(point.list("claimed_qualities")) : s.qualities;
  f.has_late_clients = s.participation.staleness > 0;
  f.aggregation = point.text("aggregation") == "gather" ? federated::Aggregation::gather : federated::Aggregation::tree;
  f.wire = point.text("wire") == "float32" ? federated::Wire::float32 : federated::Wire::float64;
  f.client.operator_rank = static_cast<Eigen::Index>(point.integer("operator_rank"));
  f.client.controller = controller_options(point, f.qualities);
  const std::string& ties = point.text("ties");
  f.client.ties = ties == "exclude" ? federated::Ties::exclude
                  : ties == "half"  ? federated::Ties::half
                                    : federated::Ties::disagree;
  const std::string& cut = point.text("rank_cut");
  f.server.cut = cut == "mp"        ? federated::RankCut::mp
                 : cut == "tw"      ? federated::RankCut::tw
                 : cut == "shuffle" ? federated::RankCut::shuffle
                                    : federated::RankCut::fixed;
  f.server.level = point.real("level");
  f.server.cushion = point.real("cushion");
  f.server.threshold = point.real("threshold");
  f.server.sharpen_steps = static_cast<int>(point.integer("sharpen_steps"));
  f.server.sharpen_eps = point.real("sharpen_eps");
  f.server.operator_rank = f.client.operator_rank;
  f.server.factorise = factorise_options(point);
  f.shares = shares_of(point, s);
  std::vector<double> sigma2;
  for (const double r : f.qualities.values()) sigma2.push_back(s.images && !claims ? -1 : 1 - r * r);
  f.sigma2 = f.qualities.is_common() ? federated::PerClient<double>(s.clients, sigma2.front()) : federated::PerClient<double>(sigma2);
  return s;
}

std::vector<ClientKind> client_kinds(const Settings& s) {
  const auto& shares = s.federation.shares;
  const auto& sigma2 = s.federation.sigma2;
  if (shares.is_common() && s.qualities.is_common() && sigma2.is_common() && s.batch_sizes.is_common() && s.factors.size() <= 1) {
    return {{shares[0], s.qualities[0], sigma2[0], static_cast<double>(s.batch_sizes[0]), 0, s.clients}};
  }
  std::vector<ClientKind> kinds;
  std::map<std::array<double, 5>, std::size_t> index;
  for (std::int64_t c = 0; c < s.clients; ++c) {
    const std::int64_t entry = s.factors.empty() ? 0 : c % static_cast<std::int64_t>(s.factors.size());
    const ClientKind kind{shares[c], s.qualities[c], sigma2[c], static_cast<double>(s.batch_sizes[c]), entry, 1};
    const auto [known, is_new] =
        index.try_emplace({kind.share, kind.quality, kind.sigma2, kind.examples, static_cast<double>(entry)}, kinds.size());
    if (is_new) {
      kinds.push_back(kind);
    } else {
      ++kinds[known->second].count;
    }
  }
  return kinds;
}

linalg::SignMatrix random_archetypes(random::Stream stream, std::int64_t archetypes, std::int64_t neurons) {
  linalg::SignMatrix signs(static_cast<std::size_t>(archetypes), static_cast<std::size_t>(neurons));
  for (std::size_t mu = 0; mu < signs.rows(); ++mu) stream.words(signs.row(mu));
  signs.clear_padding();
  return signs;
}

linalg::SignMatrix noisy_batch(const linalg::SignMatrix& archetypes, const std::vector<std::int64_t>& counts, double quality,
                               random::Stream flips) {
  expects(counts.size() == archetypes.rows(), "one count per archetype");
  const auto examples = static_cast<std::size_t>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  linalg::SignMatrix batch(archetypes.columns(), examples);
  // run(mu): which examples show archetype mu; the clean row of a neuron is the union of the runs where it is +1
  linalg::SignMatrix run(archetypes.rows(), examples);
  std::size_t at = 0;
  for (std::size_t mu = 0; mu < counts.size(); ++mu) {
    for (std::int64_t i = 0; i < counts[mu]; ++i) run.set(mu, at++, true);
  }
  random::bernoulli_words(flips, random::Probability32((1 - quality) / 2), batch.words());
  for (std::size_t mu = 0; mu < run.rows(); ++mu) {
    const auto shown = std::as_const(run).row(mu);
    for (std::size_t i = 0; i < batch.rows(); ++i) {
      if (archetypes(mu, i) < 0) continue;
      const auto row = batch.row(i);
      for (std::size_t w = 0; w < row.size(); ++w) row[w] ^= shown[w];
    }
  }
  batch.clear_padding();
  return batch;
}

}  // namespace rankwise::experiments::hopfield
