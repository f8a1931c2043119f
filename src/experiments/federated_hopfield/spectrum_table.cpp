// Parameters and observables of the modes bbp, heterogeneous and detectability. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "spectrum_model.hpp"
#include "table.hpp"

namespace rankwise::experiments::hopfield {

using run::Axis;
using run::Kind;
using run::Parameter;
using run::Point;
using run::Role;
using run::Type;

namespace {

/// A row of the federation's table that this program's ensembles share; no word but those given.
Parameter shared(const char* name, const char* default_value, const char* quick = "",
                 std::vector<std::string> words = {}) {
  Parameter row = row_with(name, default_value, quick);
  row.words = std::move(words);
  return row;
}

/// Without noise there is no bulk to stand out of.
Parameter below_one(Parameter row) {
  row.open_highest = true;
  return row;
}

/// Cuts are compared on one spectrum.
Parameter on_one_spectrum(const char* name, const char* default_value, std::vector<std::string> words = {}) {
  Parameter row = shared(name, default_value, "", std::move(words));
  row.role = Role::axis;
  return row;
}

Parameter helped(Parameter row, const char* help) {
  row.help = help;
  return row;
}

Parameter aspect_ratio(const char* default_value, const char* quick) {
  return {.name = "aspect_ratio",
          .symbol = "q",
          .type = Type::real,
          .default_value = default_value,
          .lowest = 0,
          .highest = 1e6,
          .open_lowest = true,
          .words = {"auto"},
          .help = "neurons over all examples, N/(L M_c): batch-size follows, rounded; auto: from batch-size",
          .role = Role::law,
          .quick = quick};
}

constexpr const char* batch_size_help = "examples per client; auto: neurons / (aspect-ratio clients), rounded";

run::ParameterTable bbp_rows() {
  return {
      shared("neurons", "800", "100"),
      shared("archetypes", "1"),
      shared("clients", "1"),
      aspect_ratio("0.25,0.5,1,2", "0.5,1"),
      helped(shared("batch_size", "auto", "", {"auto"}), batch_size_help),
      {.name = "strength_ratio",
       .symbol = "kappa/sqrt q",
       .type = Type::real,
       .default_value = "0,0.5,0.8,1.2,1.6,2.5,5",
       .lowest = 0,
       .highest = 1e6,
       .words = {"auto"},
       .help =
           "signal over the threshold of detection, kappa/sqrt(q) with kappa = r^2 N/(K (1-r^2)): quality follows; 0: "
           "pure noise; auto: from quality",
       .role = Role::law,
       .quick = "0,0.5,2.5,5"},
      below_one(
          helped(shared("quality", "auto", "", {"auto"}),
                 "data quality: a bit of an example is right with probability (1+r)/2; auto: from strength-ratio")),
      on_one_spectrum("level", "0.05"),
      on_one_spectrum("cushion", "auto", {"auto"}),
  };
}

run::ParameterTable heterogeneous_rows() {
  Parameter weights =
      shared("client_weights", "equal,optimal,inverse_variance", "", {"equal", "optimal", "inverse_variance"});
  weights.help =
      "share of each client in the operator; optimal: largest overlap of archetype 0 at its exposures; "
      "inverse_variance: "
      "M_c/(1-r_c^2)";
  return {
      shared("neurons", "400", "100"),
      helped(shared("archetypes", "auto", "", {"auto"}),
             "true patterns, independent Rademacher; auto: 1 where every client shows archetype 0 alone, else 2"),
      helped(shared("clients", "auto", "", {"auto"}), "federated clients; auto: as many as a list names"),
      shared("batch_size", "400", "200"),
      shared("client_batch_sizes", "400/400/400,200/400/800", "200/200/200,100/200/400", {"auto"}),
      below_one(shared("quality", "0.2")),
      below_one(shared("client_qualities", "0.3/0.2/0.1", "0.5/0.4/0.3", {"auto"})),
      {.name = "client_exposures",
       .symbol = "pi_c",
       .type = Type::reals,
       .default_value = "1/1/1,0.2/0.1/0.3",
       .lowest = 0,
       .highest = 1,
       .words = {"auto"},
       .help = "share of archetype 0 in the batch of each client, the others share the rest equally; auto: 1/K",
       .role = Role::law},
      weights,
      on_one_spectrum("level", "0.05"),
      on_one_spectrum("cushion", "auto", {"auto"}),
  };
}

run::ParameterTable detectability_rows() {
  Parameter archetypes = shared("archetypes", "2");
  archetypes.lowest = 2;
  archetypes.help =
      "true patterns, independent Rademacher; archetype 0 is the rare one, the others share the rest equally";
  Parameter quality = below_one(shared("quality", "0.12,0.17,0.24,0.34,0.48", "0.34,0.48"));
  quality.open_lowest = true;
  return {
      shared("neurons", "100,200,400,800", "60,120"),
      archetypes,
      shared("clients", "1"),
      aspect_ratio("0.5", "0.5"),
      helped(shared("batch_size", "auto", "", {"auto"}), batch_size_help),
      quality,
      {.name = "exposure",
       .symbol = "pi",
       .type = Type::real,
       .default_value = "0.002:0.45:20:log",
       .lowest = 0,
       .highest = 1,
       .open_lowest = true,
       .open_highest = true,
       .help = "share of archetype 0 in every batch, at most 1/K",
       .role = Role::law,
       .quick = "0.005:0.45:8:log"},
      on_one_spectrum("level", "0.05"),
      on_one_spectrum("cushion", "auto", {"auto"}),
  };
}

/// One of two names for the same quantity is a number, the other auto.
void exactly_one(const Point& point, const char* first, const char* second) {
  if (point.is_word(first) && point.is_word(second)) {
    throw UsageError(concat("--", dashes(first), " 'auto': needs a number of --", dashes(second)));
  }
  if (!point.is_word(first) && !point.is_word(second)) {
    throw UsageError(concat("--", dashes(first), " '", run::to_text(point.value(first)), "': --", dashes(second), " '",
                            run::to_text(point.value(second)),
                            "' decides it already; allowed is auto, or a number with --", dashes(second), " auto"));
  }
}

void complete_batch_size(Point& point) {
  exactly_one(point, "batch_size", "aspect_ratio");
  const std::int64_t n = point.integer("neurons");
  const std::int64_t clients = point.integer("clients");
  if (point.is_word("batch_size")) {
    const std::int64_t size = batch_size_at(n, clients, point.real("aspect_ratio"));
    if (size < 1 || size > 10'000'000) {
      throw UsageError(concat("--aspect-ratio '", run::to_text(point.value("aspect_ratio")), "': ", size,
                              " examples per client at ", n, " neurons and ", clients,
                              " clients, allowed is 1 to 10000000 examples"));
    }
    point.complete("batch_size", size);
  } else {
    const double examples = static_cast<double>(point.integer("batch_size")) * static_cast<double>(clients);
    point.complete("aspect_ratio", static_cast<double>(n) / examples);
  }
}

/// kappa / sqrt q and r say the same, at the q that the rounded batch size gives.
void complete_strength(Point& point) {
  exactly_one(point, "quality", "strength_ratio");
  const std::int64_t n = point.integer("neurons");
  const double exposure = 1 / static_cast<double>(point.integer("archetypes"));
  const double examples =
      static_cast<double>(point.integer("batch_size")) * static_cast<double>(point.integer("clients"));
  const double threshold = std::sqrt(static_cast<double>(n) / examples);
  if (point.is_word("quality")) {
    point.complete("quality", quality_at(point.real("strength_ratio") * threshold, exposure, n));
  } else {
    const double r2 = point.real("quality") * point.real("quality");
    point.complete("strength_ratio", r2 * exposure * static_cast<double>(n) / (1 - r2) / threshold);
  }
}

void complete_clients(Point& point) {
  constexpr const char* lists[] = {"client_batch_sizes", "client_qualities", "client_exposures"};
  if (point.is_word("clients")) {
    const auto* named =
        std::find_if(std::begin(lists), std::end(lists), [&](const char* l) { return !point.is_word(l); });
    if (named == std::end(lists)) {
      throw UsageError("--clients 'auto': no list has one value per client; allowed is an integer >= 1");
    }
    point.complete("clients", static_cast<std::int64_t>(point.list(*named).size()));
  }
  for (const char* list : lists) check_list(point, list, point.integer("clients"));
  const bool is_alone = point.is_word("client_exposures")
                            ? point.is_word("archetypes") || point.integer("archetypes") == 1
                            : std::all_of(point.list("client_exposures").begin(), point.list("client_exposures").end(),
                                          [](double e) { return e == 1; });
  if (point.is_word("archetypes")) point.complete("archetypes", std::int64_t{is_alone ? 1 : 2});
  if (point.integer("archetypes") == 1 && !is_alone) {
    throw UsageError(
        concat("--client-exposures '", run::to_text(point.value("client_exposures")),
               "': one archetype fills every batch; allowed is 1 for each client, auto, or more --archetypes"));
  }
}

Axis archetype_axis(const Point& p) { return Axis::index("archetype", p.integer("archetypes"), "true pattern"); }
Axis outlier_axis(const Point& p) {
  return Axis::index("outlier_index", p.integer("archetypes"), "outlier, largest first");
}
Axis component_axis(const Point& p) {
  return Axis::index("component", std::min(p.integer("neurons"), p.integer("archetypes") + 3),
                     "eigenvalue, largest first");
}

using Axes = std::function<std::vector<Axis>(const Point&)>;
Axes over(Axis (*axis)(const Point&)) {
  return [axis](const Point& p) { return std::vector<Axis>{axis(p)}; };
}

}  // namespace

run::ParameterTable spectrum_parameters(SpectrumMode mode) {
  switch (mode) {
    case SpectrumMode::bbp:
      return bbp_rows();
    case SpectrumMode::heterogeneous:
      return heterogeneous_rows();
    case SpectrumMode::detectability:
      return detectability_rows();
  }
  throw InternalError("a mode without parameters");
}

std::vector<std::string> complete_spectrum(Point& point, SpectrumMode mode) {
  if (mode == SpectrumMode::heterogeneous) {
    complete_clients(point);
  } else {
    complete_batch_size(point);
  }
  if (mode == SpectrumMode::bbp) complete_strength(point);
  const std::int64_t n = point.integer("neurons");
  const std::int64_t k = point.integer("archetypes");
  if (k > n) throw UsageError(concat("--archetypes '", k, "': allowed is an integer in [1, ", n, "] (neurons)"));
  if (mode == SpectrumMode::detectability && point.real("exposure") * static_cast<double>(k) > 1) {
    throw UsageError(concat("--exposure '", run::to_text(point.value("exposure")),
                            "': archetype 0 is the rare one; allowed is a number in (0, 1/K] = (0, ",
                            1 / static_cast<double>(k), "]"));
  }
  const auto settings = spectrum_settings(point, mode);
  constexpr double most = 2147483647;  // entries of the sum of Gram matrices are 32-bit integers
  if (settings.examples() > most) {
    throw UsageError(concat("--clients '", point.integer("clients"), "': ", settings.examples(),
                            " examples of all clients together, allowed is ", most));
  }
  std::vector<std::string> warnings;
  if (k > n / 4) {
    warnings.push_back(concat("--archetypes ", k, ": more than a quarter of the ", n,
                              " neurons; closed forms are for few archetypes"));
  }
  return warnings;
}

std::vector<run::Observable> spectrum_observables(SpectrumMode mode) {
  const bool alike = mode != SpectrumMode::heterogeneous;
  const auto int64 = ElementType::int64;
  const Axes per_archetype = over(archetype_axis);
  const Axes per_outlier = over(outlier_axis);
  std::vector<run::Observable> all{
      {.name = "eigenvalues",
       .description = "N times the leading eigenvalues of the operator",
       .axes = over(component_axis)},
      {.name = "outlier", .description = "N times the K leading eigenvalues", .axes = per_outlier},
      {.name = "overlap",
       .description = "squared projection of each archetype on the K leading eigenvectors",
       .axes = per_archetype},
      {.name = "noise_eigenvalue", .description = "N times eigenvalue K + 1", .may_be_nan = true},
      {.name = "spike_outlier",
       .description = "N times the eigenvalue, of the K leading ones, whose eigenvector overlaps archetype 0 most"},
      {.name = "spike_overlap", .description = "squared overlap of that eigenvector with archetype 0"},
      {.name = "magnetisation", .description = "|overlap| of the signs of that eigenvector with archetype 0"},
      {.name = "exposure",
       .description = "mean over clients of the fraction of the batch drawn from each archetype",
       .axes = per_archetype},
      {.name = "detected_mp", .description = "leading eigenvalues above (1 + cushion) noise edges", .type = int64},
      {.name = "detected_shuffle",
       .description = "leading eigenvalues above what permuted entries exceed at the level",
       .type = int64},
      {.name = "cut_shuffle", .description = "that value, of N times an eigenvalue"},
  };
  if (alike) {
    all.push_back({.name = "detected_tw",
                   .description = "leading eigenvalues that pass Tracy and Widom's test at the level, from the top",
                   .type = int64});
    all.push_back({.name = "kappa",
                   .description = "signal over noise from each outlier by inversion; sqrt q at or below the edge",
                   .axes = per_outlier});
  }
  const auto theory = [&](const char* name, const char* description, const Axes& axes, bool per_replica) {
    all.push_back(
        {.name = name, .description = description, .kind = Kind::theory, .axes = axes, .per_replica = per_replica});
  };
  theory("edge", "upper edge of the noise of the operator times N", {}, true);
  theory("outlier",
         "N lambda_k from the realised exposures and the archetypes' overlaps, descending; the edge where hidden",
         per_outlier, true);
  theory("overlap", "squared overlap from the realised exposures; 0 where hidden", per_archetype, true);
  theory("spike_outlier", "the one of theory's outliers that is archetype 0's, by order of strength", {}, true);
  theory("spike_overlap",
         "squared overlap of that outlier's eigenvector with archetype 0, whose direction the others turn at finite N",
         {}, true);
  theory("magnetisation", "of the signs of a vector with this overlap, the rest of it normal", {}, true);
  theory("expected_edge", "the same edge, once", {}, false);
  theory("noise_eigenvalue", "mean of the largest noise eigenvalue: the edge and Tracy and Widom's law", {}, false);
  theory("expected_outlier", "outliers at the nominal exposures, archetypes without overlap, descending", per_outlier,
         false);
  theory("expected_overlap", "overlap of each archetype at the nominal exposures", per_archetype, false);
  theory("expected_magnetisation", "of archetype 0 at the nominal exposures", {}, false);
  theory("cut_mp", "(1 + cushion) noise edges", {}, false);
  if (alike) {
    theory("cut_tw", "what eigenvalue K must exceed by Tracy and Widom's law at the level, K - 1 being signal", {},
           false);
    theory("kappa", "signal over noise r^2 pi N/(1-r^2) at the nominal exposures, descending", per_outlier, false);
    theory("threshold_kappa", "sqrt q", {}, false);
  }
  if (mode == SpectrumMode::detectability) {
    theory("threshold_exposure", "exposure of archetype 0 at which it begins to show, (1-r^2)/(r^2 sqrt(N M))", {},
           false);
  }
  return all;
}

}  // namespace rankwise::experiments::hopfield
