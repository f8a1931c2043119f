// SPDX-License-Identifier: MIT
#include "table.hpp"

#include <algorithm>
#include <cmath>

#include "rankwise/core/contract.hpp"
#include "rankwise/federated/placement.hpp"

namespace rankwise::experiments::hopfield {

using run::Axis;
using run::Kind;
using run::Point;
using run::Role;
using run::Type;

namespace {
const std::vector<std::string> structured_only{"structured"};
const std::vector<std::string> random_only{"baseline", "capacity", "drift", "novelty", "attacker", "cooperation", "participation"};
const std::vector<std::string> capacity_only{"capacity"};
}  // namespace

const char* name_of(Mode mode) {
  switch (mode) {
    case Mode::baseline: return "baseline";
    case Mode::structured: return "structured";
    case Mode::capacity: return "capacity";
    case Mode::drift: return "drift";
    case Mode::novelty: return "novelty";
    case Mode::attacker: return "attacker";
    case Mode::cooperation: return "cooperation";
    case Mode::participation: return "participation";
  }
  return "";
}

run::ParameterTable parameters() {
  return {
      {.name = "neurons", .symbol = "N", .type = Type::integer, .default_value = "400", .lowest = 2, .highest = 100000, .words = {"auto"},
       .help = "neurons; auto: pixels of an image", .role = Role::law, .mode_defaults = {{"structured", "auto"}, {"capacity", "400,1000,2000"}, {"attacker", "1000"}},
       .mode_quick = {{"capacity", "200"}, {"attacker", "400"}}},
      {.name = "archetypes", .symbol = "K", .type = Type::integer, .default_value = "3", .lowest = 1, .highest = most_archetypes, .words = {"auto"},
       .help = "true patterns, independent Rademacher; auto: from load (capacity)", .role = Role::law, .modes = random_only,
       .mode_defaults = {{"capacity", "auto"}, {"novelty", "6"}}},
      {.name = "load", .symbol = "K^2/N", .type = Type::real, .default_value = "0.01,0.04,0.1,1,4,5", .lowest = 0, .highest = 1e5, .open_lowest = true, .words = {"auto"},
       .help = "archetypes = floor(sqrt(load neurons)), at least 1; auto: from archetypes", .role = Role::law, .modes = capacity_only, .quick = "0.05,0.5"},
      {.name = "dataset", .symbol = "", .type = Type::text, .default_value = "fashion-mnist",
       .help = "fashion-mnist (Debian's dataset-fashion-mnist), or a folder of IDX files, an IDX file of images, an HDF5 file with images and labels",
       .role = Role::law, .modes = structured_only},
      {.name = "classes", .symbol = "", .type = Type::integers, .default_value = "1/8/9", .lowest = 0, .highest = 255,
       .help = "labels whose prototypes are the archetypes", .role = Role::law, .modes = structured_only},
      {.name = "examples", .symbol = "", .type = Type::choice, .default_value = "flips", .words = {"flips", "images"},
       .help = "flips: noisy archetypes; images: the clients' own images", .role = Role::law, .modes = structured_only},
      {.name = "clients", .symbol = "L", .type = Type::integer, .default_value = "3", .lowest = 1, .highest = 1e10, .words = {"ranks"},
       .help = "federated clients; ranks: as many as MPI ranks", .role = Role::setting,
       .mode_defaults = {{"capacity", "5"}, {"attacker", "5"}, {"participation", "40"}}},
      {.name = "rounds", .symbol = "T", .type = Type::integer, .default_value = "12", .lowest = 1, .highest = 100000,
       .help = "rounds, each with a fresh batch", .role = Role::setting,
       .mode_defaults = {{"capacity", "1"}, {"drift", "24"}, {"novelty", "24"}, {"attacker", "10"}, {"participation", "8"}}, .quick = "3",
       .mode_quick = {{"capacity", "1"}}},
      {.name = "batch_size", .symbol = "M_c", .type = Type::integer, .default_value = "400", .lowest = 1, .highest = 1e7, .words = {"auto"},
       .help = "examples per client and round; auto: total-examples over clients and rounds, rounded up", .role = Role::law,
       .mode_defaults = {{"structured", "auto"}, {"capacity", "4000"}, {"drift", "100"}, {"novelty", "100"}, {"attacker", "800"}, {"participation", "20"}}},
      {.name = "total_examples", .symbol = "M", .type = Type::integer, .default_value = "4000", .lowest = 1, .highest = 1e12,
       .help = "examples of all clients and rounds together", .role = Role::law, .modes = structured_only},
      {.name = "client_batch_sizes", .symbol = "", .type = Type::integers, .default_value = "auto", .lowest = 1, .highest = 1e7, .words = {"auto"},
       .help = "one batch size per client; auto: batch-size for all", .role = Role::law},
      {.name = "quality", .symbol = "r", .type = Type::real, .default_value = "0.8", .lowest = 0, .highest = 1,
       .help = "data quality: a bit of an example is right with probability (1+r)/2", .role = Role::law, .mode_defaults = {{"participation", "0.25"}}},
      {.name = "client_qualities", .symbol = "r_c", .type = Type::reals, .default_value = "auto", .lowest = 0, .highest = 1, .words = {"auto"},
       .help = "one quality per client; auto: quality for all", .role = Role::law,
       .mode_defaults = {{"attacker", "0.9/0.9/0.9/0.9/0"}, {"cooperation", "0.9/0.9/0.9,0.9/0.2/0.2,0.2/0.2/0.2,0.15/0.15/0.15,0.12/0.12/0.12"}}},
      {.name = "claimed_qualities", .symbol = "", .type = Type::reals, .default_value = "auto", .lowest = 0, .highest = 1, .words = {"auto"},
       .help = "one quality per client that its controller and the server believe; auto: the true ones", .role = Role::setting},
      {.name = "schedule", .symbol = "pi_t", .type = Type::choice, .default_value = "constant",
       .words = {"constant", "triangular", "cyclic", "dirichlet", "random_walk", "ramp"},
       .help = "how the class mixture moves: docs/federated_hopfield.md", .role = Role::law, .mode_defaults = {{"drift", "triangular"}, {"novelty", "ramp"}}},
      {.name = "mixture", .symbol = "pi", .type = Type::reals, .default_value = "auto", .lowest = 0, .highest = 1, .words = {"auto"},
       .help = "constant: share of each archetype, sum 1; random_walk: where it starts; auto: equal", .role = Role::law},
      {.name = "client_mixtures", .symbol = "pi_c", .type = Type::notation, .default_value = "auto", .words = {"auto"},
       .help = "archetypes that each client sees, with factors on the mixture: 0+1/2/1@0.5+2, client c takes entry c and round again; auto: all see all",
       .role = Role::law},
      {.name = "peaks", .symbol = "", .type = Type::reals, .default_value = "auto", .lowest = -1e6, .highest = 1e6, .words = {"auto"},
       .help = "triangular: round of each archetype's peak; auto: rounds (2 mu + 1)/(2 K)", .role = Role::law},
      {.name = "half_width", .symbol = "", .type = Type::real, .default_value = "7", .lowest = 0, .highest = 1e6, .open_lowest = true,
       .help = "triangular: rounds from peak to zero", .role = Role::law},
      {.name = "period", .symbol = "", .type = Type::integer, .default_value = "8", .lowest = 1, .highest = 1000000,
       .help = "cyclic: rounds of a cycle; dirichlet: rounds between draws", .role = Role::law},
      {.name = "concentration", .symbol = "", .type = Type::real, .default_value = "1", .lowest = 0, .highest = 1e6, .open_lowest = true,
       .help = "dirichlet: its parameter, the same for all archetypes", .role = Role::law},
      {.name = "max_variation", .symbol = "", .type = Type::real, .default_value = "0.1", .lowest = 0, .highest = 1,
       .help = "random_walk: largest total variation of a step, and deviation of a class's step", .role = Role::law},
      {.name = "old_archetypes", .symbol = "K_old", .type = Type::integer, .default_value = "3", .lowest = 1, .highest = most_archetypes,
       .help = "ramp: archetypes that are there from the beginning", .role = Role::law},
      {.name = "ramp_start", .symbol = "", .type = Type::real, .default_value = "11", .lowest = -1e6, .highest = 1e6,
       .help = "ramp: last round without the new ones", .role = Role::law, .quick = "0"},
      {.name = "ramp_length", .symbol = "", .type = Type::real, .default_value = "4", .lowest = 0, .highest = 1e6, .open_lowest = true,
       .help = "ramp: rounds until the new ones have ramp-share", .role = Role::law},
      {.name = "ramp_share", .symbol = "", .type = Type::real, .default_value = "0.5", .lowest = 0, .highest = 1,
       .help = "ramp: mass that the new ones share in the end", .role = Role::law},
      {.name = "participation", .symbol = "f", .type = Type::real, .default_value = "1", .lowest = 0, .highest = 1,
       .help = "probability that a client joins a round", .role = Role::setting, .mode_defaults = {{"participation", "0.1,0.25,0.5,1"}}},
      {.name = "dropout", .symbol = "", .type = Type::real, .default_value = "0", .lowest = 0, .highest = 1,
       .help = "probability that a client that joined fails after computing", .role = Role::setting},
      {.name = "staleness", .symbol = "", .type = Type::real, .default_value = "0", .lowest = 0, .highest = 1,
       .help = "probability that a client that joined is late: the operator of its last round arrives instead", .role = Role::setting},
      {.name = "weight", .symbol = "w", .type = Type::real, .default_value = "0.6", .lowest = 0, .highest = 1, .words = {"novelty", "trust", "agreement"},
       .help = "weight of fresh data against the server's memory: a constant, or by the controller of each client", .role = Role::setting,
       .mode_defaults = {{"drift", "0,1,novelty"}, {"novelty", "novelty"}, {"attacker", "trust,agreement"}}},
      {.name = "damping", .symbol = "", .type = Type::choice, .default_value = "ema", .words = {"ema", "rate_limit", "momentum", "adaptive_ema", "none"},
       .help = "how a controller's weight follows what it wants", .role = Role::setting},
      {.name = "ema", .symbol = "a", .type = Type::real, .default_value = "0.3", .lowest = 0, .highest = 1,
       .help = "damping ema: w <- a wanted + (1-a) w", .role = Role::setting, .mode_defaults = {{"attacker", "0.5"}}},
      {.name = "ema_min", .symbol = "a_min", .type = Type::real, .default_value = "0.1", .lowest = 0, .highest = 1,
       .help = "damping adaptive_ema: a where everything is new", .role = Role::setting},
      {.name = "ema_max", .symbol = "a_max", .type = Type::real, .default_value = "0.5", .lowest = 0, .highest = 1,
       .help = "damping adaptive_ema: a where nothing is new", .role = Role::setting},
      {.name = "max_step", .symbol = "", .type = Type::real, .default_value = "0.15", .lowest = 0, .highest = 1,
       .help = "damping rate_limit: largest change of a round", .role = Role::setting},
      {.name = "momentum", .symbol = "", .type = Type::real, .default_value = "0.7", .lowest = 0, .highest = 1, .open_highest = true,
       .help = "damping momentum: v <- mu v + (1-mu)(wanted - w), w <- w + v", .role = Role::setting},
      {.name = "client_weights", .symbol = "g_c", .type = Type::choice, .default_value = "equal", .words = {"equal", "optimal"},
       .help = "share of each client in the server's mean; optimal: largest overlap of an archetype with exposure 1/K", .role = Role::setting,
       .mode_defaults = {{"cooperation", "equal,optimal"}}},
      {.name = "ties", .symbol = "", .type = Type::choice, .default_value = "exclude", .words = {"exclude", "half", "disagree"},
       .help = "how pairs of neurons without a sign count in the entropy", .role = Role::setting},
      {.name = "operator_rank", .symbol = "k", .type = Type::integer, .default_value = "auto", .lowest = 1, .highest = 100000, .words = {"auto"},
       .help = "eigenpairs a client sends; auto: K + 8, at most N", .role = Role::setting},
      {.name = "wire", .symbol = "", .type = Type::choice, .default_value = "float64", .words = {"float64", "float32"},
       .help = "how the eigenpairs of a client's operator travel", .role = Role::setting},
      {.name = "aggregation", .symbol = "", .type = Type::choice, .default_value = "tree", .words = {"tree", "gather"},
       .help = "how operators reach root; both give the same bits", .role = Role::setting},
      {.name = "rank_cut", .symbol = "", .type = Type::choice, .default_value = "mp", .words = {"mp", "tw", "shuffle", "fixed"},
       .help = "what counts as signal: above the Marchenko-Pastur edge of the clients; above what noise exceeds at a level by Tracy and Widom's law (alike clients); above what permuted entries exceed; or a sharpened eigenvalue above threshold", .role = Role::setting},
      {.name = "level", .symbol = "alpha", .type = Type::real, .default_value = "0.05", .lowest = 0, .highest = 1, .open_lowest = true, .open_highest = true,
       .help = "rank-cut tw: probability that noise exceeds the cut; shuffle: that the operator with permuted entries does", .role = Role::setting},
      {.name = "cushion", .symbol = "", .type = Type::real, .default_value = "auto", .lowest = 0, .highest = 10, .words = {"auto"},
       .help = "relative margin above the edge; auto: max(.05, .15 (400/N)^(2/3))", .role = Role::setting},
      {.name = "threshold", .symbol = "tau", .type = Type::real, .default_value = "0.3", .lowest = 0, .highest = 1,
       .help = "cut of rank-cut fixed", .role = Role::setting},
      {.name = "sharpen_steps", .symbol = "n", .type = Type::integer, .default_value = "200", .lowest = 0, .highest = 1000000,
       .help = "steps of J + eps_k (J - J^2)", .role = Role::setting},
      {.name = "sharpen_eps", .symbol = "eps", .type = Type::real, .default_value = "0.01", .lowest = 0, .highest = 1,
       .help = "first step size of the sharpening", .role = Role::setting},
      {.name = "factoriser", .symbol = "", .type = Type::choice, .default_value = "search", .words = {"search", "ica", "lam"},
       .help = "from the kept span to patterns of +-1", .role = Role::setting, .mode_defaults = {{"capacity", "search,ica,lam"}}},
      {.name = "relaxation", .symbol = "beta", .type = Type::real, .default_value = "0.4", .lowest = 0, .highest = 1, .open_lowest = true, .open_highest = true,
       .help = "search: step of the relaxed reflections", .role = Role::setting},
      {.name = "starts", .symbol = "S", .type = Type::integer, .default_value = "auto", .lowest = 1, .highest = 10000, .words = {"auto"},
       .help = "search: starting points at once; auto: max(16, min(100, 2 Khat))", .role = Role::setting},
      {.name = "patience", .symbol = "", .type = Type::real, .default_value = "1", .lowest = 0, .highest = 1000, .open_lowest = true,
       .help = "search: factor on the steps without a find", .role = Role::setting},
      {.name = "dispersion_threshold", .symbol = "D_2", .type = Type::real, .default_value = "auto", .lowest = 0, .highest = 0.404, .words = {"auto"},
       .help = "search, ica: largest dispersion of a pattern; auto: min(.35, .384 - .7 sqrt(Khat/N))", .role = Role::setting},
      {.name = "overlap_threshold", .symbol = "q_thr", .type = Type::real, .default_value = "0.4", .lowest = 0, .highest = 1, .open_lowest = true,
       .help = "a candidate with this overlap with a better one is dropped", .role = Role::setting},
      {.name = "layers", .symbol = "P", .type = Type::integer, .default_value = "3", .lowest = 2, .highest = 100,
       .help = "lam: layers of the associative memory", .role = Role::setting},
      {.name = "inverse_temperature", .symbol = "beta", .type = Type::real, .default_value = "2.5", .lowest = 0, .highest = 1000, .open_lowest = true,
       .help = "lam: of the layers", .role = Role::setting},
      {.name = "repulsion", .symbol = "lambda", .type = Type::real, .default_value = "0.2", .lowest = 0, .highest = 1, .open_highest = true,
       .help = "lam: between layers, below 1/(P-1)", .role = Role::setting},
      {.name = "field", .symbol = "h", .type = Type::real, .default_value = "0.1", .lowest = 0, .highest = 100,
       .help = "lam: along the starting pattern", .role = Role::setting},
      {.name = "updates", .symbol = "", .type = Type::integer, .default_value = "50", .lowest = 1, .highest = 100000,
       .help = "lam: synchronous steps", .role = Role::setting},
      {.name = "score_threshold", .symbol = "rho", .type = Type::real, .default_value = "0.3", .lowest = 0, .highest = 1,
       .help = "lam: least score of a pattern", .role = Role::setting},
  };
}

run::Parameter row_with(std::string_view name, std::string default_value, std::string quick) {
  const auto table = parameters();
  const run::Parameter* known = run::find(table, name);
  expects(known != nullptr, "a parameter of the federation");
  run::Parameter row = *known;
  row.default_value = std::move(default_value);
  row.quick = std::move(quick);
  row.modes.clear();
  row.mode_defaults.clear();
  row.mode_quick.clear();
  return row;
}

std::int64_t archetypes_at(double load, std::int64_t neurons) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::floor(std::sqrt(load * static_cast<double>(neurons)) + 1e-9)));
}

std::int64_t archetypes_of(const Point& point) {
  return point.values().contains("classes") ? static_cast<std::int64_t>(point.list("classes").size()) : point.integer("archetypes");
}

namespace {

Axis round_axis(const Point& p) { return Axis::index("round", p.integer("rounds"), "communication round"); }
Axis client_axis(const Point& p) {
  return Axis::index("client", federated::Placement(p.integer("clients"), 1).chunks(), "client; beyond 1024 a chunk of ceil(clients/1024) consecutive ones");
}
Axis archetype_axis(const Point& p) { return Axis::index("archetype", archetypes_of(p), "true pattern"); }
Axis component_axis(const Point& p) { return Axis::index("component", p.integer("operator_rank"), "eigenvalue, largest first"); }
Axis pattern_axis(const Point& p) { return Axis::index("pattern", p.integer("operator_rank"), "accepted pattern, best first"); }
Axis neuron_axis(const Point& p) { return Axis::index("neuron", p.integer("neurons"), "neuron (pixel, row by row)"); }

using AxisOf = Axis (*)(const Point&);

template <typename... Rest>
std::function<std::vector<Axis>(const Point&)> over(AxisOf first, Rest... rest) {
  return [=](const Point& p) { return std::vector<Axis>{first(p), rest(p)...}; };
}

}  // namespace

std::vector<run::Observable> observables(Mode mode) {
  const auto float64 = ElementType::float64;
  const auto int64 = ElementType::int64;
  const auto per_archetype = over(round_axis, AxisOf(archetype_axis));
  std::vector<run::Observable> all{
      {.name = "magnetisation", .description = "largest |overlap| of each archetype with a pattern of the server's memory", .axes = per_archetype},
      {.name = "retrieval", .description = "mean |overlap| after optimal matching of archetypes and patterns; unmatched counts 0", .axes = over(round_axis)},
      {.name = "frobenius", .description = "distance of the projectors on the spans of accepted and true patterns over the norm of the true one", .axes = over(round_axis)},
      {.name = "khat", .description = "effective rank: eigenvalues above the cut", .type = int64, .axes = over(round_axis)},
      {.name = "accepted", .description = "patterns accepted in the round", .type = int64, .axes = over(round_axis)},
      {.name = "rejected", .description = "1: no pattern was accepted and the memory stayed", .type = int64, .axes = over(round_axis)},
      {.name = "start_steps", .description = "the factoriser's work: iterations times starting points (search, lam), iterations of all starts (ica)", .type = int64, .axes = over(round_axis)},
      {.name = "dispersion", .description = "dispersion of the accepted patterns' projections on the kept span, in the order of the matched archetypes; NaN: unmatched", .axes = per_archetype, .may_be_nan = true},
      {.name = "overlap", .description = "squared projection of each archetype on the K leading eigenvectors", .axes = per_archetype},
      {.name = "outlier", .description = "N times the K leading eigenvalues of the server's operator", .axes = per_archetype},
      {.name = "eigenvalues", .description = "leading eigenvalues of the server's operator before sharpening; 0 beyond its rank", .axes = over(round_axis, AxisOf(component_axis))},
      {.name = "spectral_gap", .description = "(lambda_k - lambda_k+1) / lambda_k, k = K; schedule ramp: k = old_archetypes", .axes = over(round_axis), .may_be_nan = true},
      {.name = "tail_mean", .description = "N times the mean eigenvalue of what the clients cut off", .axes = over(round_axis)},
      {.name = "cut", .description = "value that N times an eigenvalue (rank-cut fixed: the sharpened eigenvalue) had to exceed; rank-cut tw: that of the first eigenvalue that did not; NaN where nothing arrived", .axes = over(round_axis), .may_be_nan = true},
      {.name = "w", .description = "weight of fresh data of each client that sent something; of a chunk their mean", .axes = over(round_axis, AxisOf(client_axis)), .may_be_nan = true},
      {.name = "entropy", .unit = "bit", .description = "entropy of the sign agreement between client and memory, of a chunk their mean; NaN before there is one", .axes = over(round_axis, AxisOf(client_axis)), .may_be_nan = true},
      {.name = "exposure", .description = "mean over the clients that sent something of the fraction of the batch drawn from each archetype", .axes = per_archetype},
      {.name = "bytes_sent", .unit = "B", .description = "size of each client's operator on the wire, of a chunk their sum", .type = int64, .axes = over(round_axis, AxisOf(client_axis))},
      {.name = "archetypes", .description = "the server's patterns at the end", .type = ElementType::int8, .axes = over(pattern_axis, AxisOf(neuron_axis)), .ragged = true},
      {.name = "true_archetypes", .description = "the patterns that the examples show", .type = ElementType::int8, .axes = over(archetype_axis, AxisOf(neuron_axis))},
  };
  if (mode == Mode::structured) {
    all.push_back({.name = "specimen", .description = "one example of each archetype, made at root for the picture; no client holds it",
                   .type = ElementType::int8, .axes = over(archetype_axis, AxisOf(neuron_axis))});
    all.push_back({.name = "accuracy", .description = "share of held-out images whose nearest pattern is that of their class",
                   .axes = over(round_axis)});
  }
  const auto theory = [&](const char* name, const char* description, std::function<std::vector<Axis>(const Point&)> axes, bool per_replica) {
    all.push_back({.name = name, .description = description, .kind = Kind::theory, .type = float64, .axes = std::move(axes),
                   .may_be_nan = true, .per_replica = per_replica});
  };
  theory("edge", "upper edge of the noise of N J", over(round_axis), true);
  theory("outlier", "predicted N lambda_k from the realised exposures and weights, descending", per_archetype, true);
  theory("overlap", "predicted squared overlap", per_archetype, true);
  theory("magnetisation", "predicted magnetisation", per_archetype, true);
  theory("dispersion", "predicted dispersion", per_archetype, true);
  const auto initial = over(AxisOf(archetype_axis));
  theory("initial_edge", "expected edge in round 0; NaN where the schedule is drawn at random", {}, false);
  theory("initial_outlier", "N lambda of each archetype alone in round 0 at its expected exposure", initial, false);
  theory("initial_overlap", "squared overlap of each archetype alone in round 0 at its expected exposure", initial, false);
  theory("initial_magnetisation", "magnetisation of each archetype alone in round 0 at its expected exposure", initial, false);
  return all;
}

}  // namespace rankwise::experiments::hopfield
