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
       "rankwise-federated-hopfield --mode baseline --quick"},
      {}};
  for (const auto mode : {hopfield::Mode::baseline, hopfield::Mode::structured, hopfield::Mode::capacity}) {
    program.modes.push_back(std::make_unique<hopfield::FederationExperiment>(mode));
  }
  for (const auto mode : {hopfield::SpectrumMode::bbp, hopfield::SpectrumMode::heterogeneous, hopfield::SpectrumMode::detectability}) {
    program.modes.push_back(std::make_unique<hopfield::SpectrumExperiment>(mode));
  }
  return program;
}

}  // namespace rankwise::experiments

namespace rankwise::experiments::hopfield {

using run::Point;

run::Description FederationExperiment::describe() const {
  run::Description d;
  d.experiment = "federated_hopfield";
  switch (mode_) {
    case Mode::baseline:
      d.mode = "baseline";
      d.summary = "independent random archetypes, fresh noisy batches every round";
      break;
    case Mode::structured:
      d.mode = "structured";
      d.summary = "archetypes are prototypes of image classes, reconstructed from noisy copies";
      break;
    case Mode::capacity:
      d.mode = "capacity";
      d.summary = "the largest number of archetypes that a factoriser recovers, against the load K^2/N";
      d.default_replicas = 5;
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
    if (name == "examples") images = std::find(values.begin(), values.end(), run::Value("images")) != values.end();
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

void check_list(const Point& point, const char* name, std::int64_t clients) {
  if (point.is_word(name)) return;
  const auto n = static_cast<std::int64_t>(point.list(name).size());
  if (n != clients) {
    throw UsageError(concat("--", dashes(name), " '", run::to_text(point.value(name)), "': has ", n, " values, allowed is one per client (", clients, ")"));
  }
}

void complete_sizes(Point& point, const run::Inputs& inputs, bool structured) {
  if (structured) {
    const auto pixels = static_cast<std::int64_t>(inputs.find("prototypes")->array.shape()[1]);
    if (point.is_word("neurons")) point.complete("neurons", pixels);
    if (point.integer("neurons") != pixels) {
      throw UsageError(concat("--neurons '", point.integer("neurons"), "': images of ", inputs.find("prototypes")->source, " have ", pixels, " pixels; allowed is ", pixels, " or auto"));
    }
  } else if (point.is_word("neurons")) {
    throw UsageError("--neurons 'auto': needs a data set (mode structured); allowed is an integer in [2, 100000]");
  }
  if (point.is_word("batch_size")) {
    if (!structured) throw UsageError("--batch-size 'auto': needs --total-examples (mode structured); allowed is an integer >= 1");
    const std::int64_t parts = point.integer("clients") * point.integer("rounds");
    point.complete("batch_size", (point.integer("total_examples") + parts - 1) / parts);
  }
}

/// Archetypes and load say the same, so that one of them is auto; either way both are numbers then.
void complete_archetypes(Point& point, Mode mode) {
  if (mode != Mode::capacity) {
    if (point.is_word("archetypes")) throw UsageError(concat("--archetypes 'auto': needs --load (mode capacity); allowed is an integer in [1, ", most_archetypes, "]"));
    return;
  }
  const std::int64_t n = point.integer("neurons");
  if (!point.is_word("archetypes")) {
    const std::int64_t k = point.integer("archetypes");
    if (!point.is_word("load")) {
      throw UsageError(concat("--archetypes '", k, "': --load '", run::to_text(point.value("load")), "' says how many already; allowed is auto, or a number with --load auto"));
    }
    point.complete("load", static_cast<double>(k * k) / static_cast<double>(n));
    return;
  }
  if (point.is_word("load")) throw UsageError("--load 'auto': needs a number of --archetypes; allowed is a number in (0, 100000]");
  const std::int64_t k = archetypes_at(point.real("load"), n);
  const std::int64_t most = std::min(n, most_archetypes);
  if (k > most) {
    throw UsageError(concat("--load '", run::to_text(point.value("load")), "': ", k, " archetypes of ", n, " neurons; allowed is a load of at most ", most, " archetypes"));
  }
  point.complete("archetypes", k);
}

}  // namespace

std::vector<std::string> FederationExperiment::complete(Point& point, const run::Inputs& inputs) const {
  complete_sizes(point, inputs, mode_ == Mode::structured);
  if (mode_ != Mode::structured) complete_archetypes(point, mode_);
  const std::int64_t n = point.integer("neurons");
  const std::int64_t k = archetypes_of(point);
  const std::int64_t clients = point.integer("clients");
  if (point.is_word("operator_rank")) point.complete("operator_rank", std::min(n, k + 8));
  const std::int64_t rank = point.integer("operator_rank");
  if (rank > n || rank < std::min(k, n)) {
    throw UsageError(concat("--operator-rank '", rank, "': allowed is an integer in [", std::min(k, n), ", ", n, "] (archetypes to neurons) or auto"));
  }
  if (point.is_word("cushion")) {
    point.complete("cushion", std::max(.05, .15 * std::pow(400 / static_cast<double>(n), 2.0 / 3)));
  }
  check_list(point, "client_qualities", clients);
  check_list(point, "client_batch_sizes", clients);
  const auto layers = static_cast<double>(point.integer("layers"));
  if (!(point.real("repulsion") < 1 / (layers - 1))) {
    throw UsageError(concat("--repulsion '", point.real("repulsion"), "': allowed is a number in [0, 1/(layers-1)) = [0, ", 1 / (layers - 1), ")"));
  }
  const Settings settings = settings_of(point, k);
  if (settings.images && point.text("client_weights") == "optimal") {
    throw UsageError("--client-weights 'optimal': needs known qualities (--examples flips); allowed is equal");
  }
  if (settings.federation.server.cut == federated::RankCut::tw) {
    const auto kinds = client_kinds(settings);
    if (settings.images || kinds.size() > 1 || kinds.front().quality == 1) {
      throw UsageError(concat("--rank-cut 'tw': needs clients of one known quality below 1, one batch size and one share; allowed here is mp, shuffle or fixed"));
    }
  }
  if (settings.federation.aggregation == federated::Aggregation::gather) {
    const double need = federated::gather_memory(clients, n, rank);
    const double have = static_cast<double>(usable_memory()) / 2;
    if (need > have) {
      throw UsageError(concat("--aggregation 'gather': ", clients, " operators take ", human_bytes(need), " at root, allowed is half of its free memory, ",
                              human_bytes(have), "; use --aggregation tree"));
    }
  }
  std::vector<std::string> warnings;
  if (settings.federation.server.cut == federated::RankCut::tw && clients * settings.batch_sizes[0] < n) {
    warnings.push_back(concat("--rank-cut tw: ", clients * settings.batch_sizes[0], " examples are fewer than the ", n, " neurons, where its level is not kept"));
  }
  if (k > n / 4) warnings.push_back(concat(mode_ == Mode::structured ? "--classes: " : "--archetypes ", k, ": more than a quarter of the ", n, " neurons; patterns are unlikely to be told apart"));
  return warnings;
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
