// From sink to results to claims. SPDX-License-Identifier: MIT
#include "rankwise/run/results.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "rankwise/core/error.hpp"
#include "run/sink.hpp"
#include "toy.hpp"

using namespace rankwise;
using run::Kind;

namespace {

struct Setup {
  run::Program program = toy::program();
  run::Request request = run::parse(program, {{"--mode", "first", "--size", "2,4"}, "", ""}, 1);
  run::Plan plan = run::make_plan(request, {});
  run::Results results{request.description, plan.points, 3};
};

Array list(std::initializer_list<double> values) { return Array(std::vector<double>(values)); }

}  // namespace

TEST_CASE_FIXTURE(Setup, "values come back in their own shape, padding is missing, absent replicas are no zeros") {
  const auto at = results.field_index("list", Kind::replica);
  results.store(at, 0, 1, list({1}));
  results.store(at, 1, 0, list({1, 2, 3, 4}));
  results.mark_measured(0, 1);
  results.mark_measured(1, 0);
  const auto& field = results.field("list", Kind::replica);
  CHECK(field.values.shape() == std::vector<std::size_t>{2, 3, 4});
  CHECK(results.value("list", Kind::replica, 0, 1) == list({1}));
  CHECK(results.value("list", Kind::replica, 1, 0) == list({1, 2, 3, 4}));
  CHECK(std::isnan(field.values.real(4 + 1)));
  CHECK(field.lengths.real(1) == 1);
  CHECK(field.lengths.is_missing(0));
  CHECK_FALSE(results.has("list", Kind::replica, 0, 0));
  CHECK(results.present("list", Kind::replica, 0) == std::vector<std::int64_t>{1});
  CHECK(run::Results::bytes(request.description, plan.points, 3) == 8.0 * (2 * 3 + 2 * 3 * 4 + 2));
}

TEST_CASE_FIXTURE(Setup, "over_replicas leaves out what is missing") {
  const auto at = results.field_index("value", Kind::replica);
  results.store(at, 0, 0, Array::scalar(1.0));
  results.store(at, 0, 2, Array::scalar(4.0));
  results.mark_measured(0, 0);
  results.mark_measured(0, 2);
  const auto m = results.over_replicas("value", Kind::replica, 0, [](const Array& v) { return v.real(0); });
  CHECK(m.count == 2);
  CHECK(m.mean == 2.5);
  CHECK(m.standard_error == 1.5);
}

TEST_CASE_FIXTURE(Setup, "the sink refuses what was not declared, misshapen or not finite") {
  const run::Task task{0, false, {0, 3, 2}, {}};
  run::RecordSink sink(request.description, plan.families[0], task);
  const auto& p = plan.points[0];
  CHECK_THROWS_AS(sink.put("other", p, 0, Array::scalar(1.0)), InternalError);
  CHECK_THROWS_AS(sink.put("value", p, 0, list({1, 2})), InternalError);
  CHECK_THROWS_AS(sink.put("value", p, 0, Array::scalar(std::int64_t{1})), InternalError);
  CHECK_THROWS_AS(sink.put("list", p, 0, list({1, 2, 3})), InternalError);
  CHECK_THROWS_AS(sink.put("value", p, 0, Array::scalar(std::nan(""))), NumericalError);
  CHECK_THROWS_AS(sink.put("value", p, 0, Array::scalar(HUGE_VAL)), NumericalError);
  CHECK_NOTHROW(sink.put("list", p, 0, list({std::nan("")})));
  CHECK_THROWS_AS(sink.predict("value", p, 0, Array::scalar(1.0)), InternalError);
  CHECK(sink.take().size() == 1);
}

TEST_CASE_FIXTURE(Setup, "replicas beyond the wanted ones are computed but not stored; a lack is noticed") {
  const run::Task task{0, false, {0, 3, 2}, {}};
  run::RecordSink sink(request.description, plan.families[0], task);
  for (std::int64_t r = 0; r < 3; ++r) sink.put("value", plan.points[0], r, Array::scalar(1.0));
  CHECK_THROWS_AS(sink.check_complete(), InternalError);
  for (std::int64_t r = 0; r < 3; ++r) sink.put("list", plan.points[0], r, list({1}));
  CHECK_NOTHROW(sink.check_complete());
  CHECK(sink.take().size() == 4);
}

TEST_CASE_FIXTURE(Setup, "a block of values is what its replicas put one by one") {
  const run::Task task{0, false, {3, 3, 2}, {}};
  run::RecordSink sink(request.description, plan.families[0], task);
  const auto& p = plan.points[0];
  sink.put_block("value", p, 3, list({1, 2, 3}));
  CHECK_THROWS_AS(sink.put_block("value", p, 3, Array(std::vector<double>{1, 2}, {1, 2})), InternalError);
  CHECK_THROWS_AS(sink.put_block("value", p, 3, Array::scalar(1.0)), InternalError);
  CHECK_THROWS_AS(sink.put_block("list", p, 3, Array(std::vector<double>{1, 2}, {1, 2})), InternalError);
  std::string message;
  try {
    sink.put_block("value", p, 3, list({1, std::nan(""), 3}));
  } catch (const NumericalError& error) {
    message = error.what();
  }
  CHECK(message == "observable 'value' is nan at point 0, replica 4");
  auto records = sink.take();
  REQUIRE(records.size() == 1);
  CHECK(records[0].replica == 3);
  CHECK(records[0].replicas == 2);
  CHECK(records[0].value == list({1, 2}));
  // one by one, or the last of a block alone, it is the record that put makes
  run::RecordSink single(request.description, plan.families[0], task);
  single.put_block("value", p, 4, list({2, 3}));
  single.put("value", p, 4, Array::scalar(2.0));
  records = single.take();
  REQUIRE(records.size() == 2);
  CHECK(records[0].replicas == 1);
  CHECK(records[0].value == records[1].value);
}

TEST_CASE_FIXTURE(Setup, "blocks of values arrive at their replicas, padded where another point has longer ones") {
  const auto at = results.field_index("value", Kind::replica);
  results.store_block(at, 1, 1, list({5, 6}));
  results.mark_measured(1, 1);
  results.mark_measured(1, 2);
  CHECK(results.value("value", Kind::replica, 1, 1).real(0) == 5);
  CHECK(results.value("value", Kind::replica, 1, 2).real(0) == 6);
  CHECK(results.field("value", Kind::replica).values.is_missing(1));
  CHECK(results.field("value", Kind::replica).values.is_missing(3));
}

TEST_CASE("verdicts: tolerance, Student's t with Bonferroni, one-sided bounds, NaN is untested") {
  const auto judge = [](run::Claim claim, int others = 0) {
    run::Claims claims;
    claims.add(claim);
    for (int i = 0; i < others; ++i) claims.add({.name = "other", .source = ""});
    return claims.judge().front();
  };
  run::Claim c{.name = "c", .predicted = 1, .measured = 1.05, .tolerance = .05 + 1e-12, .source = ""};
  CHECK(judge(c).verdict == run::Verdict::pass);
  c.tolerance = .049;
  CHECK(judge(c).verdict == run::Verdict::fail);
  CHECK(std::isnan(judge(c).z));
  // normal: 3.29 sd at 1e-3; 3.89 at 1e-3/10
  c = {.name = "c", .predicted = 0, .measured = 3.5, .standard_error = 1, .source = ""};
  CHECK(judge(c).z == 3.5);
  CHECK(judge(c).verdict == run::Verdict::fail);
  CHECK(judge(c, 9).verdict == run::Verdict::pass);
  // Student with 4 degrees of freedom: 8.61 at 1e-3
  c.degrees_of_freedom = 4;
  c.measured = 8.6;
  CHECK(judge(c).verdict == run::Verdict::pass);
  c.measured = 8.62;
  CHECK(judge(c).verdict == run::Verdict::fail);
  c = {.name = "c", .relation = run::Relation::at_least, .predicted = .99, .measured = 1.5, .source = ""};
  CHECK(judge(c).verdict == run::Verdict::pass);
  c.measured = .98;
  CHECK(judge(c).verdict == run::Verdict::fail);
  c.relation = run::Relation::at_most;
  CHECK(judge(c).verdict == run::Verdict::pass);
  c.measured = std::nan("");
  CHECK(judge(c).verdict == run::Verdict::untested);
}
