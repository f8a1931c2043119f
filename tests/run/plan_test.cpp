// Points, identities, families and tasks. SPDX-License-Identifier: MIT
#include "run/plan.hpp"

#include <doctest/doctest.h>

#include <set>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "toy.hpp"

using namespace rankwise;

namespace {
run::Plan plan(std::vector<std::string> arguments) {
  static const run::Program program = toy::program();
  const auto request = run::parse(program, {std::move(arguments), "", ""}, 1);
  auto made = run::make_plan(request, {});
  run::add_tasks(made, request);
  return made;
}
}  // namespace

TEST_CASE("points are the product of the sweep, sorted by parameter in table order") {
  const auto p = plan({"--mode", "first", "--method", "slow,fast", "--size", "30,2", "--strength", "1,0"});
  REQUIRE(p.points.size() == 8);
  std::set<std::uint64_t> ids;
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(p.points[i].index == i);
    CHECK(p.points[i].integer("size") == (i < 4 ? 2 : 30));
    CHECK(p.points[i].real("strength") == (i / 2 % 2 == 0 ? 0 : 1));
    CHECK(p.points[i].text("method") == (i % 2 == 0 ? "fast" : "slow"));
    ids.insert(p.points[i].id);
  }
  CHECK(ids.size() == 8);
}

TEST_CASE("an axis parameter makes no family of its own, and blocks cover all replicas") {
  const auto p = plan({"--mode", "first", "--size", "30,2", "--strength", "0,1,2", "--replicas", "7"});
  REQUIRE(p.families.size() == 2);
  CHECK(p.families[0].points.size() == 3);
  // two theory tasks, then blocks of three replicas, the larger cost first
  REQUIRE(p.tasks.size() == 2 + 2 * 3);
  CHECK(p.tasks[0].theory);
  CHECK(p.tasks[2].family == 1);
  CHECK(p.tasks[4].block.first == 6);
  CHECK(p.tasks[4].block.count == 3);
  CHECK(p.tasks[4].block.wanted == 1);
  CHECK(plan({"--mode", "first", "--replicas", "0"}).tasks.size() == 1);
}

TEST_CASE("the identity of a point is its content: defaults leave no trace, order of the list neither") {
  const auto one = plan({"--mode", "first", "--size", "2", "--strength", "0.5"}).points[0];
  CHECK(one.id == fnv1a("toy\nfirst\nsize=2\nstrength=0.5\n"));
  CHECK(plan({"--mode", "first"}).points[0].id == fnv1a("toy\nfirst\n"));
  CHECK(plan({"--mode", "second"}).points[0].id == fnv1a("toy\nsecond\n"));
  const auto in_a_sweep = plan({"--mode", "first", "--size", "2,3", "--strength", "0.5,0.1"}).points;
  CHECK(in_a_sweep[1].id == one.id);
}

TEST_CASE("streams depend on law parameters only") {
  static const run::Program program = toy::program();
  const auto table = program.modes[0]->describe().parameters;
  const auto key = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--mode", "first"});
    return run::stream_key("toy", "first", 1, table, plan(arguments).points[0], 5);
  };
  const auto base = key({});
  CHECK(base.seed == 5);
  CHECK(base.law == fnv1a("toy\nfirst\n1\n"));
  CHECK(key({"--strength", "3", "--method", "slow"}).law == base.law);
  CHECK(key({"--size", "3"}).law == fnv1a("toy\nfirst\n1\nsize=3\n"));
}

TEST_CASE("what tells a point from the others, without what follows from it") {
  const auto point = [](std::int64_t size, double law, double other) {
    return run::Point({{"law", law}, {"other", other}, {"size", size}});
  };
  // `law` follows from `size`, `other` does not
  const std::vector<run::Point> points{point(1, .1, 0), point(2, .2, 0), point(2, .2, 1)};
  CHECK(run::distinguishing_text(points, points[0]) == " [law=0.1, other=0, size=1]");
  CHECK(run::distinguishing_text(points, points[1], {"law", "other"}) == " [other=0, size=2]");
  CHECK(run::distinguishing_text(points, points[1], {"size"}) == " [law=0.2, other=0]");
  CHECK(run::distinguishing_text({points[0]}, points[0], {"law"}).empty());
}
