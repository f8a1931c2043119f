// SPDX-License-Identifier: MIT
#include "plan.hpp"

#include <algorithm>
#include <map>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::run {

namespace {

/// What multiplies: every parameter alone, or a group of zipped ones together.
using Factor = std::vector<const std::pair<std::string, std::vector<Value>>*>;

std::vector<Factor> factors_of(const Config& config) {
  std::vector<Factor> factors;
  std::map<std::string, std::size_t> place;  // of a zipped parameter: its group's factor
  for (const auto& sweep : config.sweep) {
    const auto known = place.find(sweep.first);
    if (known != place.end()) {
      factors[known->second].push_back(&sweep);
      continue;
    }
    for (const auto& group : config.zip) {
      if (std::find(group.begin(), group.end(), sweep.first) == group.end()) continue;
      for (const auto& name : group) place[name] = factors.size();
    }
    factors.push_back({&sweep});
  }
  return factors;
}

std::vector<Point> product_of(const Config& config) {
  std::vector<std::map<std::string, Value, std::less<>>> partial{{}};
  constexpr std::size_t most_points = 1000000;
  for (const auto& factor : factors_of(config)) {
    std::vector<std::map<std::string, Value, std::less<>>> longer;
    const std::size_t choices = factor.front()->second.size();
    if (partial.size() * choices > most_points) {
      throw UsageError(concat("the sweep has more than ", most_points, " points"));
    }
    for (const auto& values_so_far : partial) {
      for (std::size_t i = 0; i < choices; ++i) {
        longer.push_back(values_so_far);
        for (const auto* sweep : factor) longer.back()[sweep->first] = sweep->second[i];
      }
    }
    partial = std::move(longer);
  }
  std::vector<Point> points;
  for (auto& values : partial) points.emplace_back(std::move(values));
  return points;
}

}  // namespace

Plan make_plan(const Request& request, const Inputs& inputs) {
  const Description& description = request.description;
  const ParameterTable& table = description.parameters;
  Plan plan;
  plan.points = product_of(request.config);
  std::stable_sort(plan.points.begin(), plan.points.end(), [&](const Point& a, const Point& b) {
    for (const auto& row : table) {
      const Value& x = a.value(row.name);
      const Value& y = b.value(row.name);
      if (x != y) return x < y;
    }
    return false;
  });
  std::map<std::uint64_t, std::size_t> identities;
  std::map<std::uint64_t, std::size_t> families;
  std::vector<std::string> shared_texts;
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    Point& point = plan.points[i];
    point.index = i;
    point.id = point_identity(description.experiment, description.mode, table, point);
    if (!identities.emplace(point.id, i).second) {
      throw UsageError(
          concat("two points of the sweep have the same identity ", point.id, ": change one of their values"));
    }
    const std::string shared =
        canonical_text(table, description.mode, point, {Role::law, Role::setting});  // before `auto` is filled in
    for (auto& warning : request.experiment->complete(point, inputs)) {
      if (std::find(plan.warnings.begin(), plan.warnings.end(), warning) == plan.warnings.end()) {
        plan.warnings.push_back(std::move(warning));
      }
    }
    const std::uint64_t family = fnv1a(concat(description.experiment, "\n", description.mode, "\n", shared));
    const auto [found, is_new] = families.emplace(family, plan.families.size());
    if (is_new) {
      plan.families.push_back({{}, family});
      shared_texts.push_back(shared);
    }
    if (shared_texts[found->second] != shared)
      throw UsageError("two families of the sweep have the same identity: change one of their values");
    plan.families[found->second].points.push_back(point);
  }
  return plan;
}

void add_tasks(Plan& plan, const Request& request) {
  const auto& observables = request.description.observables;
  const bool has_theory = std::any_of(observables.begin(), observables.end(),
                                      [](const Observable& o) { return o.kind == Kind::theory && !o.per_replica; });
  for (std::size_t f = 0; has_theory && f < plan.families.size(); ++f) {
    plan.tasks.push_back({f, true, {0, 0, 0}, {.seconds = 0, .bytes = 0}, plan.families[f].id});
  }
  for (std::size_t f = 0; f < plan.families.size(); ++f) {
    const Family& family = plan.families[f];
    const std::int64_t width = request.experiment->block_width(family);
    const Cost cost = request.experiment->cost(family);
    for (std::int64_t first = 0; first < request.config.replicas; first += width) {
      plan.tasks.push_back(
          {f, false, {first, width, std::min(width, request.config.replicas - first)}, cost, family.id});
    }
  }
  const Slice slice = request.options.slice;
  if (!slice.whole()) {
    std::vector<Task> mine;
    for (auto i = static_cast<std::size_t>(slice.index - 1); i < plan.tasks.size();
         i += static_cast<std::size_t>(slice.count)) {
      mine.push_back(plan.tasks[i]);
    }
    plan.tasks = std::move(mine);
  }
  std::stable_sort(plan.tasks.begin(), plan.tasks.end(), [](const Task& a, const Task& b) {
    return a.theory != b.theory ? a.theory : a.cost.seconds > b.cost.seconds;
  });
}

}  // namespace rankwise::run
