// Set-up of the federated Hopfield experiment: parameters to settings, data sets, costs. SPDX-License-Identifier: MIT
#include "experiment.hpp"

#include <algorithm>
#include <cmath>

#include "images.hpp"
#include "model.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/experiments/federated_hopfield.hpp"
#include "retrieval.hpp"
#include "spectrum.hpp"
#include "table.hpp"

namespace rankwise::experiments {

run::Program federated_hopfield() {
  run::Program program{
      "rankwise-federated-hopfield",
      "a federation of Hopfield clients that send low-rank Hebbian operators (arXiv:2603.19902)",
      {"mpirun -n 3 rankwise-federated-hopfield --mode baseline --clients 3",
       "mpirun -n 5 rankwise-federated-hopfield --mode structured --clients ranks --quality 0.6,0.8",
       "rankwise-federated-hopfield --mode capacity --factoriser search --neurons 400",
       "mpirun -n 2 rankwise-federated-hopfield --mode drift --weight 0,1,novelty,trust",
       "rankwise-federated-hopfield --mode baseline --quick"},
      {}};
  using hopfield::Mode;
  for (const auto mode : {Mode::baseline, Mode::structured, Mode::capacity, Mode::drift, Mode::novelty, Mode::attacker, Mode::cooperation,
                          Mode::participation}) {
    program.modes.push_back(std::make_unique<hopfield::FederationExperiment>(mode));
  }
  using hopfield::SpectrumMode;
  for (const auto mode : {SpectrumMode::bbp, SpectrumMode::heterogeneous, SpectrumMode::detectability}) {
    program.modes.push_back(std::make_unique<hopfield::SpectrumExperiment>(mode));
  }
  program.modes.push_back(std::make_unique<hopfield::RetrievalExperiment>());
  return program;
}

}  // namespace rankwise::experiments

namespace rankwise::experiments::hopfield {

using run::Point;

run::Description FederationExperiment::describe() const {
  run::Description d;
  d.experiment = "federated_hopfield";
  d.mode = name_of(mode_);
  switch (mode_) {
    case Mode::baseline:
      d.summary = "independent random archetypes, fresh noisy batches every round";
      break;
    case Mode::structured:
      d.summary = "archetypes are prototypes of image classes, reconstructed from noisy copies";
      break;
    case Mode::capacity:
      d.summary = "the largest number of archetypes that a factoriser recovers, against the load K^2/N";
      d.default_replicas = 5;
      break;
    case Mode::drift:
      d.summary = "archetypes come and go: constant weights forget or never learn, the controller does neither";
      d.default_replicas = 30;
      break;
    case Mode::novelty:
      d.summary = "new archetypes join the old ones: how soon the server counts and knows them";
      d.default_replicas = 30;
      break;
    case Mode::attacker:
      d.summary = "one client sends noise: how fast controllers take its weight away";
      d.default_replicas = 30;
      break;
    case Mode::cooperation:
      d.summary = "clients of unequal quality, in equal and in optimal shares";
      d.default_replicas = 30;
      break;
    case Mode::participation:
      d.summary = "clients join, fail and are late at random";
      d.default_replicas = 30;
      break;
  }
  d.parameters = parameters();
  d.observables = observables(mode_);
  return d;
}

namespace {

std::vector<std::int64_t> classes_of(const run::Config& config) {
  std::vector<std::int64_t> classes;
  for (const double label : std::get<std::vector<double>>(config.single("classes"))) {
    const auto whole = static_cast<std::int64_t>(label);
    if (std::find(classes.begin(), classes.end(), whole) != classes.end()) {
      throw UsageError(concat("--classes: ", whole, " occurs twice"));
    }
    classes.push_back(whole);
  }
  return classes;
}

std::vector<std::int8_t> signs_of(const linalg::SignMatrix& matrix) {
  std::vector<std::int8_t> signs;
  for (std::size_t i = 0; i < matrix.rows(); ++i) {
    for (std::size_t j = 0; j < matrix.columns(); ++j) signs.push_back(static_cast<std::int8_t>(matrix(i, j)));
  }
  return signs;
}

void check_classes(const io::Images& images, const std::vector<std::int64_t>& classes) {
  const auto highest = *std::max_element(images.labels.begin(), images.labels.end());
  for (const std::int64_t label : classes) {
    if (std::find(images.labels.begin(), images.labels.end(), static_cast<std::uint8_t>(label)) == images.labels.end()) {
      throw UsageError(concat("--classes: ", images.source, " has no image of class ", label, "; its labels go up to ", static_cast<int>(highest)));
    }
  }
}

}  // namespace

namespace {

std::unique_ptr<LocalImages> local_images(const ImageSet& set, const std::vector<std::int64_t>& classes,
                                          const std::vector<double>& thresholds) {
  auto local = std::make_unique<LocalImages>();
  for (const std::int64_t label : classes) {
    local->training.push_back(binarised(set.training, label, thresholds));
    local->test.push_back(binarised(set.test, label, thresholds));
  }
  return local;
}

}  // namespace

run::Loaded FederationExperiment::load(const run::Config& config) const {
  if (mode_ != Mode::structured) return {};
  const auto classes = classes_of(config);
  const ImageSet set = read_image_set(std::get<std::string>(config.single("dataset")));
  const io::Images& images = set.training;
  check_classes(images, classes);
  const auto thresholds = pixel_thresholds(images, classes);
  auto local = local_images(set, classes, thresholds);
  const std::uint64_t digest = io::digest(images);
  run::Inputs inputs;
  inputs.items.push_back({"prototypes", images.source, digest, Array(signs_of(prototypes(local->training)), {classes.size(), images.size()})});
  inputs.items.push_back({"thresholds", images.source, digest, Array(thresholds)});
  inputs.items.push_back({"image_shape", images.source, digest,
                          Array(std::vector<std::int64_t>{static_cast<std::int64_t>(images.height), static_cast<std::int64_t>(images.width)})});
  return {std::move(inputs), std::move(local)};
}

std::unique_ptr<run::LocalData> FederationExperiment::load_on_rank(const run::Config& config, const run::Inputs& inputs, bool is_team_root) const {
  if (mode_ != Mode::structured) return nullptr;
  bool images = false;
  for (const auto& [name, values] : config.sweep) {
    if (name != "examples") continue;
    images = std::any_of(values.begin(), values.end(), [](const run::Value& v) { return std::get<std::string>(v) == "images"; });
  }
  // noisy archetypes need no images: only the root of a team tests against the held-out ones
  if (!images && !is_team_root) return nullptr;
  const ImageSet set = read_image_set(std::get<std::string>(config.single("dataset")));
  const auto* thresholds = inputs.find("thresholds");
  if (io::digest(set.training) != thresholds->digest) {
    throw UsageError(concat("--dataset: ", set.training.source, " differs from the file that rank 0 reads"));
  }
  return local_images(set, classes_of(config), thresholds->array.values<double>());
}

namespace {

/// Of one call, without what a search loses to patience in vain. Rates as measured (tests/bench, factorise_table).
double factoriser_seconds(const Settings& s) {
  const auto& options = s.federation.server.factorise;
  const auto n = static_cast<double>(s.neurons);
  const auto k = static_cast<double>(s.archetypes);
  const double load = k * k / n;
  switch (options.method) {
    case federated::Factoriser::search:
      return 1.3e-11 * 4 * n * k * k * (40 + 8 * std::exp(std::min(.65 * load, 15.)));
    case federated::Factoriser::ica:
      return n * k * (5e-11 * 4 * k + 1e-8) * std::min(600., 60 * std::exp(load));
    case federated::Factoriser::lam: {
      // beyond a handful of archetypes all its reruns are in vain
      const double starts = std::clamp(10 * k / options.layers * std::log(100 * k), 1., 500.) * (k > 5 ? 11 : 1);
      return 5e-11 * starts * options.updates * options.layers * 4 * n * static_cast<double>(s.federation.client.operator_rank);
    }
  }
  return 0;
}

}  // namespace

run::Cost FederationExperiment::cost(const run::Family& family) const {
  double seconds = 0;
  double bytes = 0;
  for (const auto& point : family.points) {
    const Settings s = settings_of(point, archetypes_of(point));
    const auto n = static_cast<double>(s.neurons);
    seconds += static_cast<double>(s.rounds) * factoriser_seconds(s);
    for (const ClientKind& kind : client_kinds(s)) {
      const double m = kind.examples;
      const double side = std::min(n, m);
      // Batch, popcounts of the Gram matrix, leading pairs by iteration or all by the dense solver; what the least client
      // takes, and merging: rates as measured.
      const auto k = static_cast<double>(s.federation.client.operator_rank);
      const double pairs = std::min(5e-10 * side * side * k, 3e-10 * side * side * side);
      seconds += static_cast<double>(kind.count * s.rounds) *
                 (1e-9 * n * m + 1e-12 * side * side * std::max(n, m) + pairs + 1.5e-5 + 5.5e-9 * n * k);
      bytes = std::max(bytes, 24 * side * side + n * m / 4);
    }
    const Eigen::Index k = s.federation.client.operator_rank;
    const auto held = s.federation.aggregation == federated::Aggregation::gather
                          ? static_cast<double>(s.clients)
                          : 2 + static_cast<double>(federated::merge_width(s.neurons, k)) * (1 + std::log2(static_cast<double>(s.clients)) / 2);
    bytes += 16 * n * static_cast<double>(k) * held;
  }
  return {seconds, bytes};
}

std::vector<std::int64_t> FederationExperiment::clients_on_ranks(const Point& point, int ranks) const {
  return federated::Placement(point.integer("clients"), ranks).counts();
}

}  // namespace rankwise::experiments::hopfield
