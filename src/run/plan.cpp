// SPDX-License-Identifier: MIT
#include "plan.hpp"

#include <algorithm>
#include <map>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::run {

namespace {

std::vector<Point> product_of(const Config& config) {
  std::vector<std::map<std::string, Value, std::less<>>> partial{{}};
  constexpr std::size_t most_points = 1000000;
  for (const auto& [name, values] : config.sweep) {
    std::vector<std::map<std::string, Value, std::less<>>> longer;
    if (partial.size() * values.size() > most_points) {
      throw UsageError(concat("the sweep has more than ", most_points, " points"));
    }
    for (const auto& values_so_far : partial) {
      for (const auto& value : values) {
        longer.push_back(values_so_far);
        longer.back()[name] = value;
      }
    }
    partial = std::move(longer);
  }
  std::vector<Point> points;
  for (auto& values : partial) points.emplace_back(std::move(values));
  return points;
}

/// Values of the parameters that all points of a family share.
std::string family_text(const ParameterTable& table, const Point& point) {
  std::string text;
  for (const auto& row : table) {
    if (row.role != Role::axis) text += concat(row.name, "=", to_text(point.value(row.name)), "\n");
  }
  return text;
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
  std::map<std::string, std::size_t> families;
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    Point& point = plan.points[i];
    point.index = i;
    point.id = point_identity(description.experiment, description.mode, table, point);
    if (!identities.emplace(point.id, i).second) {
      throw UsageError(concat("two points of the sweep have the same identity ", point.id, ": change one of their values"));
    }
    for (auto& warning : request.experiment->complete(point, inputs)) {
      if (std::find(plan.warnings.begin(), plan.warnings.end(), warning) == plan.warnings.end()) {
        plan.warnings.push_back(std::move(warning));
      }
    }
    const auto [found, is_new] = families.emplace(family_text(table, point), plan.families.size());
    if (is_new) plan.families.emplace_back();
    plan.families[found->second].points.push_back(point);
  }
  return plan;
}

void add_tasks(Plan& plan, const Request& request) {
  for (std::size_t f = 0; f < plan.families.size(); ++f) {
    plan.tasks.push_back({f, true, {0, 0, 0}, {}});
  }
  const auto theory_tasks = static_cast<std::ptrdiff_t>(plan.tasks.size());
  for (std::size_t f = 0; f < plan.families.size(); ++f) {
    const Family& family = plan.families[f];
    const std::int64_t width = request.experiment->block_width(family);
    const Cost cost = request.experiment->cost(family);
    for (std::int64_t first = 0; first < request.config.replicas; first += width) {
      plan.tasks.push_back({f, false, {first, width, std::min(width, request.config.replicas - first)}, cost});
    }
  }
  std::stable_sort(plan.tasks.begin() + theory_tasks, plan.tasks.end(),
                   [](const Task& a, const Task& b) { return a.cost.seconds > b.cost.seconds; });
}

}  // namespace rankwise::run
