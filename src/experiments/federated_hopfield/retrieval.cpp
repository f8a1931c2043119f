// Set-up of the mode retrieval: parameters, observables, costs, theory. SPDX-License-Identifier: MIT
#include "retrieval.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "experiment.hpp"
#include "model.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/federated/hopfield_theory.hpp"
#include "table.hpp"
#include "theory.hpp"

namespace rankwise::experiments::hopfield {

using run::Kind;
using run::Point;
using run::Role;
using run::Type;

namespace {

constexpr std::int64_t default_cues = 20;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A number of neurons or patterns: nothing that `auto` could follow from.
run::Parameter size_row(std::string_view name, const char* sweep, const char* quick, const char* help) {
  run::Parameter row = row_with(name, sweep, quick);
  row.words.clear();
  row.help = help;
  return row;
}

run::ParameterTable retrieval_parameters() {
  run::ParameterTable table{
      size_row("neurons", "1000", "200", "neurons"),
      size_row("archetypes", "50,80,100,120,140,160,200,300,500", "10,20,40",
               "true patterns, independent Rademacher; their number over N is the load"),
      {.name = "memory",
       .symbol = "",
       .type = Type::choice,
       .default_value = "true",
       .words = {"true", "reconstructed"},
       .help = "patterns behind the couplings: the archetypes, or what a federation makes of noisy examples of them",
       .role = Role::setting},
      {.name = "coupling",
       .symbol = "J",
       .type = Type::choice,
       .default_value = "hebb,pseudo_inverse",
       .words = {"hebb", "pseudo_inverse"},
       .help = "Hebb's rule, or the projector on the patterns' span; zero diagonal",
       .role = Role::setting},
      {.name = "temperature",
       .symbol = "T",
       .type = Type::real,
       .default_value = "0",
       .lowest = 0,
       .highest = 100,
       .help = "of the dynamics; 0: until a fixed point, else Glauber's",
       .role = Role::setting},
      {.name = "initial_overlap",
       .symbol = "m0",
       .type = Type::real,
       .default_value = "0.2,0.3,0.4,0.6,0.8,1",
       .lowest = 0,
       .highest = 1,
       .help = "overlap of the cues with their archetypes: round(N (1 - m0)/2) bits are flipped",
       .role = Role::axis,
       .quick = "0.2,0.4,0.6,1"},
      {.name = "cues",
       .symbol = "",
       .type = Type::integer,
       .default_value = "auto",
       .lowest = 1,
       .highest = most_archetypes,
       .words = {"auto"},
       .help = "archetypes that are recalled, the first ones; auto: 20, at most K",
       .role = Role::setting},
      {.name = "sweeps",
       .symbol = "",
       .type = Type::integer,
       .default_value = "100",
       .lowest = 1,
       .highest = 1e6,
       .help = "updates of each neuron: at temperature 0 at most, above it exactly; the last half is measured",
       .role = Role::setting},
  };
  // What a federation needs that reconstructs the patterns; `load` there means K^2/N and stays out. Archetypes and cues
  // are the same whatever it is, so that all of it is compared under common random numbers.
  const auto add = [&](run::Parameter row) {
    row.role = Role::setting;
    table.push_back(std::move(row));
  };
  const auto own = [&](run::Parameter row, const char* help) {
    row.words.clear();
    row.help = help;
    add(std::move(row));
  };
  own(row_with("clients", "5"), "memory reconstructed: federated clients");
  own(row_with("rounds", "1"), "memory reconstructed: rounds, each with a fresh batch");
  own(row_with("batch_size", "4000", "1000"), "memory reconstructed: examples per client and round");
  for (const run::Parameter& row : parameters()) {
    if (!row.belongs_to("baseline") || run::find(table, row.name) != nullptr) continue;
    add(row_with(row.name, row.default_for("baseline")));
  }
  return table;
}

std::vector<run::Observable> retrieval_observables() {
  const auto per_cue = [](const Point& p) {
    return std::vector{run::Axis::index("cue", p.integer("cues"), "archetype that is recalled")};
  };
  const auto int64 = ElementType::int64;
  return {
      {.name = "overlap",
       .description = "overlap of the state with the archetype: of the fixed point, at a temperature the mean over the "
                      "last half of the sweeps",
       .axes = per_cue},
      {.name = "memory_overlap",
       .description =
           "the same with the stored pattern nearest to the archetype, up to its sign; NaN where nothing is stored",
       .axes = per_cue,
       .may_be_nan = true},
      {.name = "magnetisation",
       .description = "largest |overlap| of the archetype with a stored pattern; 0 where nothing is stored",
       .axes = per_cue},
      {.name = "success",
       .description = "1: the overlap is .95 or more; 0 where nothing is stored",
       .type = int64,
       .axes = per_cue},
      {.name = "sweeps", .description = "sweeps done", .type = int64, .axes = per_cue},
      {.name = "flips", .description = "neurons flipped in all sweeps", .type = int64, .axes = per_cue},
      {.name = "converged", .description = "1: the last sweep flipped nothing", .type = int64, .axes = per_cue},
      {.name = "patterns", .description = "patterns behind the couplings", .type = int64},
      {.name = "exact", .description = "archetypes among them without an error, up to their sign", .type = int64},
      {.name = "overlap",
       .description = "of the retrieval state in mean field, patterns without errors; NaN where there is none",
       .kind = Kind::theory,
       .may_be_nan = true},
      {.name = "capacity",
       .description = "largest load with a retrieval state; pseudo_inverse: 1 at temperature 0, else NaN",
       .kind = Kind::theory,
       .may_be_nan = true},
      {.name = "magnetisation",
       .description = "of a reconstructed pattern after the first round, as expected, mean over archetypes; memory true: 1",
       .kind = Kind::theory,
       .may_be_nan = true},
  };
}

[[noreturn]] void refuse(const Point& point, const char* parameter, const std::string& why) {
  throw UsageError(concat("--", dashes(parameter), " '", run::to_text(point.value(parameter)), "': ", why));
}

/// Of the source estimates that the first round makes: docs/federated_hopfield.md.
double reconstructed_magnetisation(const Point& point) {
  const auto single = initial_theory(settings_of(point, point.integer("archetypes"))).magnetisation;
  double sum = 0;
  for (const double m : single) sum += m;
  return sum / static_cast<double>(single.size());
}

/// Seconds of an update of one neuron, as measured (tests/bench, recall).
double update_seconds(const Point& point) {
  const auto k = static_cast<double>(point.integer("archetypes"));
  const double warm = point.real("temperature") > 0 ? 1.2e-8 : 0;
  return warm + (coupling_of(point) == federated::Coupling::hebb ? 8e-9 + 4e-11 * k : 2e-8 + 1.8e-10 * k);
}

}  // namespace

federated::Coupling coupling_of(const Point& point) {
  return point.text("coupling") == "hebb" ? federated::Coupling::hebb : federated::Coupling::pseudo_inverse;
}
bool is_reconstructed(const Point& point) { return point.text("memory") == "reconstructed"; }
double load_of(const Point& point) {
  return static_cast<double>(point.integer("archetypes")) / static_cast<double>(point.integer("neurons"));
}
std::int64_t flipped_bits(const Point& point) {
  return std::llround(static_cast<double>(point.integer("neurons")) * (1 - point.real("initial_overlap")) / 2);
}

run::Description RetrievalExperiment::describe() const {
  run::Description d;
  d.experiment = "federated_hopfield";
  d.mode = "retrieval";
  d.summary = "archetypes recalled from corrupted copies, by couplings of the true or of reconstructed patterns";
  d.default_replicas = 30;
  d.quick_replicas = 4;
  d.parameters = retrieval_parameters();
  d.observables = retrieval_observables();
  return d;
}

std::vector<std::string> RetrievalExperiment::complete(Point& point, const run::Inputs& inputs) const {
  const std::int64_t n = point.integer("neurons");
  const std::int64_t k = point.integer("archetypes");
  const std::int64_t most = coupling_of(point) == federated::Coupling::pseudo_inverse ? n - 1 : n;
  if (k > most) {
    refuse(point, "archetypes",
           concat("a load of ", load_of(point), "; allowed with --coupling ", point.text("coupling"), " and --neurons ",
                  n, " is an integer in [1, ", most, "]"));
  }
  if (point.is_word("cues")) point.complete("cues", std::min(default_cues, k));
  if (point.integer("cues") > k) {
    refuse(point, "cues", concat("there are ", k, " archetypes; allowed is an integer in [1, ", k, "] or auto"));
  }
  auto warnings = FederationExperiment(Mode::baseline).complete(point, inputs);
  if (!is_reconstructed(point)) warnings.clear();
  return warnings;
}

run::Cost RetrievalExperiment::cost(const run::Family& family) const {
  const Point& point = family.front();
  const auto n = static_cast<double>(point.integer("neurons"));
  const auto k = static_cast<double>(point.integer("archetypes"));
  const bool is_hebb = coupling_of(point) == federated::Coupling::hebb;
  // near and beyond the capacity a fixed point takes some 25 sweeps
  const double sweeps = point.real("temperature") > 0 ? point.real("sweeps") : std::min(point.real("sweeps"), 25.);
  const auto recalls = static_cast<double>(point.integer("cues")) * static_cast<double>(family.points.size());
  run::Cost cost{
      recalls * n * (sweeps * update_seconds(point) + 1e-9 * k) + (is_hebb ? 6e-9 * n * k : 1.8e-10 * n * k * k),
      (is_hebb ? (n <= 32767 ? 2 : 4) : 24) * n * k + n * k / 8};
  if (is_reconstructed(point)) {
    run::Family one;
    one.points = {point};
    const run::Cost federation = FederationExperiment(Mode::baseline).cost(one);
    cost.seconds += federation.seconds;
    cost.bytes += federation.bytes;
  }
  return cost;
}

void RetrievalExperiment::theory(const run::Family& family, run::Sink& sink, run::Context& context) const {
  if (!context.team.is_root()) return;
  const Point& any = family.front();  // nothing depends on the cue
  const double temperature = any.real("temperature");
  const bool is_hebb = coupling_of(any) == federated::Coupling::hebb;
  const auto state = is_hebb ? federated::hebb_retrieval(load_of(any), temperature)
                             : federated::pseudo_inverse_retrieval(load_of(any), temperature);
  const double capacity = is_hebb ? federated::hebb_capacity(temperature) : temperature == 0 ? 1 : nan;
  const double magnetisation = is_reconstructed(any) ? reconstructed_magnetisation(any) : 1;
  for (const Point& point : family.points) {
    sink.predict("overlap", point, Array::scalar(state.overlap));
    sink.predict("capacity", point, Array::scalar(capacity));
    sink.predict("magnetisation", point, Array::scalar(magnetisation));
  }
}

}  // namespace rankwise::experiments::hopfield
