// What modes claim of the settings they are known for. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "claims.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::experiments::hopfield {

namespace {
constexpr const char* paper = "arXiv:2603.19902";
constexpr const char* page = "docs/federated_hopfield.md";
}  // namespace

bool PointClaims::is_published(std::initializer_list<std::string_view> but) const {
  constexpr std::string_view without_effect[] = {"operator_rank", "cushion", "aggregation", "wire"};
  const char* name = name_of(mode_);
  for (const auto& row : parameters()) {
    if (!row.belongs_to(name) || std::find(but.begin(), but.end(), row.name) != but.end()) continue;
    if (std::find(std::begin(without_effect), std::end(without_effect), row.name) != std::end(without_effect)) continue;
    const auto preset = run::parse_sweep(row, row.default_for(name));
    if (std::find(preset.begin(), preset.end(), point_.value(row.name)) == preset.end()) return false;
  }
  return true;
}

void PointClaims::drift() {
  if (!is_published({"weight", "damping"})) return;
  const auto final_mean = [&](const char* what, EntryRange entries, Relation relation, double bar) {
    mean(what, relation, bar, 0, "magnetisation", last_, entries, paper);
  };
  const auto& controller = settings_.federation.client.controller;
  if (controller.policy == federated::WeightPolicy::fixed && controller.weight == 0) {
    final_mean("final magnetisation of the first archetype", {0, 1}, Relation::at_least, .99);
    final_mean("final magnetisation of the second archetype", {1, 2}, Relation::at_most, .2);
    final_mean("final magnetisation of the third archetype", {2, 3}, Relation::at_most, .2);
  } else if (controller.policy == federated::WeightPolicy::fixed && controller.weight == 1) {
    final_mean("final magnetisation of the first archetype", {0, 1}, Relation::at_most, .2);
    final_mean("final magnetisation of the second archetype", {1, 2}, Relation::at_most, .2);
    final_mean("final magnetisation of the third archetype", {2, 3}, Relation::at_least, .99);
  } else if (controller.policy == federated::WeightPolicy::novelty && controller.damping == federated::Damping::ema) {
    exact("least final magnetisation", Relation::at_least, .99, least("magnetisation", {last_, last_}, {0, k_}), paper);
  }
}

void PointClaims::novelty() {
  if (!is_published({})) return;
  const auto old = static_cast<std::size_t>(settings_.schedule.old_archetypes);
  const auto start = static_cast<std::size_t>(settings_.schedule.ramp_start);
  const auto whole = [](std::size_t n) { return static_cast<double>(n); };
  exact("least Khat before anything is new", Relation::equals, whole(old), least("khat", {0, start}, {0, 1}), paper);
  exact("largest Khat before anything is new", Relation::equals, whole(old), most("khat", {0, start}, {0, 1}), paper);
  exact("least Khat from the second round of novelty on", Relation::equals, whole(k_), least("khat", {start + 2, last_}, {0, 1}), page);
  exact("largest Khat of all rounds", Relation::equals, whole(k_), most("khat", {0, last_}, {0, 1}), page);
  exact("least magnetisation from the third round of novelty on", Relation::at_least, .99,
        least("magnetisation", {start + 3, last_}, {0, k_}), page);
  exact("least magnetisation of the old archetypes, every round", Relation::at_least, .999,
        least("magnetisation", {0, last_}, {0, old}), page);
}

void PointClaims::attacker() {
  using federated::WeightPolicy;
  const auto& controller = settings_.federation.client.controller;
  const bool is_wary = controller.policy == WeightPolicy::trust || controller.policy == WeightPolicy::agreement;
  if (!is_wary || !is_published({"weight"})) return;
  recovery(0);
  if (controller.policy != WeightPolicy::trust) return;
  for (std::size_t c = 0; c < static_cast<std::size_t>(settings_.clients); ++c) {
    if (settings_.qualities[static_cast<std::int64_t>(c)] != 0) continue;
    mean("final weight of the attacker", Relation::at_most, .002, 0, "w", last_, {c, c + 1}, page);
    // noise agrees with the memory in half of the pairs, so that every round leaves 1 - a
    mean("final weight of the attacker against (1-a)^(T-1)", Relation::equals, std::pow(1 - controller.ema, static_cast<double>(last_)), 1e-4,
         "w", last_, {c, c + 1}, page);
  }
}

}  // namespace rankwise::experiments::hopfield
