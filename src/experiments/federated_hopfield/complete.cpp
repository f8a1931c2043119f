// What `auto` stands for, and which combinations make no sense. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "experiment.hpp"
#include "model.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/core/text.hpp"
#include "table.hpp"

namespace rankwise::experiments::hopfield {

using run::Point;

void check_list(const Point& point, const char* name, std::int64_t clients) {
  if (point.is_word(name)) return;
  const auto n = static_cast<std::int64_t>(point.list(name).size());
  if (n != clients) {
    throw UsageError(concat("--", dashes(name), " '", run::to_text(point.value(name)), "': has ", n, " values, allowed is one per client (", clients, ")"));
  }
}

namespace {

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

/// A list with one value per archetype.
void check_per_archetype(const Point& point, const char* name, std::int64_t archetypes) {
  if (point.is_word(name)) return;
  const auto n = static_cast<std::int64_t>(point.list(name).size());
  if (n == archetypes) return;
  throw UsageError(concat("--", dashes(name), " '", run::to_text(point.value(name)), "': has ", n, " values, allowed is one per archetype (", archetypes, ")"));
}

void check_schedule(const Point& point, std::int64_t archetypes) {
  check_per_archetype(point, "mixture", archetypes);
  check_per_archetype(point, "peaks", archetypes);
  if (!point.is_word("mixture")) {
    double sum = 0;
    for (const double p : point.list("mixture")) sum += p;
    if (!(std::abs(sum - 1) <= 1e-9)) {
      throw UsageError(concat("--mixture '", run::to_text(point.value("mixture")), "': sums to ", sum, "; allowed is 1 within 1e-9"));
    }
  }
  if (point.text("schedule") == "ramp" && point.integer("old_archetypes") >= archetypes) {
    throw UsageError(concat("--old-archetypes '", point.integer("old_archetypes"), "': schedule ramp of ", archetypes,
                            " archetypes; allowed is an integer in [1, ", archetypes - 1, "]"));
  }
}

void check_controller(const Point& point, const Settings& settings) {
  if (!point.is_word("weight")) return;
  const auto& claimed = settings.federation.qualities.values();
  const bool unknown = settings.images && point.is_word("claimed_qualities");
  const bool nobody = *std::max_element(claimed.begin(), claimed.end()) == 0;
  if (point.text("weight") != "trust" && (unknown || nobody)) {
    throw UsageError(concat("--weight '", point.text("weight"), "': needs a client of known quality above 0 (--examples flips, or --claimed-qualities); allowed here is trust or a number"));
  }
  if (point.text("damping") == "adaptive_ema" && point.real("ema_min") > point.real("ema_max")) {
    throw UsageError(concat("--ema-min '", point.real("ema_min"), "': allowed is at most --ema-max, ", point.real("ema_max")));
  }
}

/// Archetypes that no client can see.
std::vector<std::string> uncovered(const Settings& settings) {
  std::vector<std::string> none;
  for (std::size_t mu = 0; !settings.factors.empty() && mu < static_cast<std::size_t>(settings.archetypes); ++mu) {
    const auto entries = std::min<std::size_t>(settings.factors.size(), static_cast<std::size_t>(settings.clients));
    const bool seen = std::any_of(settings.factors.begin(), settings.factors.begin() + static_cast<std::ptrdiff_t>(entries), [&](const auto& own) { return own[mu] > 0; });
    if (!seen) none.push_back(std::to_string(mu));
  }
  return none;
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
    point.complete("cushion", default_cushion(n));
  }
  check_list(point, "client_qualities", clients);
  check_list(point, "client_batch_sizes", clients);
  check_list(point, "claimed_qualities", clients);
  check_schedule(point, k);
  const auto layers = static_cast<double>(point.integer("layers"));
  if (!(point.real("repulsion") < 1 / (layers - 1))) {
    throw UsageError(concat("--repulsion '", point.real("repulsion"), "': allowed is a number in [0, 1/(layers-1)) = [0, ", 1 / (layers - 1), ")"));
  }
  const Settings settings = settings_of(point, k);
  check_controller(point, settings);
  if (settings.images && point.is_word("claimed_qualities") && point.text("client_weights") == "optimal") {
    throw UsageError("--client-weights 'optimal': needs known qualities (--examples flips); allowed is equal");
  }
  if (settings.federation.server.cut == federated::RankCut::tw) {
    const auto kinds = client_kinds(settings);
    const auto is_other = [&](const ClientKind& kind) {
      return kind.sigma2 != kinds.front().sigma2 || kind.examples != kinds.front().examples || kind.share != kinds.front().share;
    };
    if (std::any_of(kinds.begin(), kinds.end(), is_other) || !(kinds.front().sigma2 > 0) || point.is_word("weight") || settings.federation.has_late_clients) {
      throw UsageError(concat("--rank-cut 'tw': needs clients of one known quality below 1, one batch size, one share and one weight; allowed here is mp, shuffle or fixed"));
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
  if (settings.federation.server.cut == federated::RankCut::shuffle) {
    warnings.push_back("--rank-cut shuffle: permuted entries lack the q sigma^2 by which the noise's edge lies above theirs, so that noise passes this cut, and strong archetypes hide weak ones (docs/federated_spectrum.md)");
  }
  if (const auto none = uncovered(settings); !none.empty()) {
    warnings.push_back(concat("--client-mixtures: no client sees archetype ", join(none, ", ")));
  }
  if (k > n / 4) warnings.push_back(concat(mode_ == Mode::structured ? "--classes: " : "--archetypes ", k, ": more than a quarter of the ", n, " neurons; patterns are unlikely to be told apart"));
  return warnings;
}

}  // namespace rankwise::experiments::hopfield
