// What mode retrieval accepts, and its tables and claims from made-up results. SPDX-License-Identifier: MIT
#include "experiments/federated_hopfield/retrieval.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "rankwise/federated/hopfield_theory.hpp"
#include "rankwise/run/results.hpp"

using namespace rankwise;
using namespace rankwise::experiments;
using hopfield::RetrievalExperiment;

namespace {

/// A point of the mode with N = 1000, `auto` still in it.
run::Point point_with(std::size_t index, std::int64_t archetypes, const std::string& coupling, double initial_overlap,
                      const std::string& memory = "true") {
  std::map<std::string, run::Value, std::less<>> values;
  for (const auto& row : RetrievalExperiment().describe().parameters) {
    values[row.name] = run::parse_sweep(row, row.default_for("retrieval")).front();
  }
  values["archetypes"] = archetypes;
  values["coupling"] = coupling;
  values["initial_overlap"] = initial_overlap;
  values["memory"] = memory;
  run::Point point(std::move(values));
  point.index = index;
  return point;
}

run::Point completed(run::Point point) {
  (void)RetrievalExperiment().complete(point, {});
  return point;
}

/// Completed, with two cues.
run::Point two_cues(run::Point point) {
  point.complete("cues", std::int64_t{2});
  return completed(std::move(point));
}

std::string refusal(run::Point point) {
  try {
    (void)RetrievalExperiment().complete(point, {});
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

/// A replica of two cues.
void measure(run::Results& results, const run::Point& point, std::int64_t replica, const std::vector<double>& overlap,
             std::int64_t exact = 0, std::int64_t patterns = 0, double magnetisation = 1) {
  std::vector<std::int64_t> success;
  for (const double m : overlap) success.push_back(m >= .95 ? 1 : 0);
  const auto put = [&](const char* name, const Array& value) {
    results.store(results.field_index(name, run::Kind::replica), point.index, replica, value);
  };
  put("overlap", Array(overlap));
  put("success", Array(success));
  put("magnetisation", Array(std::vector<double>(overlap.size(), magnetisation)));
  put("exact", Array::scalar(exact));
  put("patterns", Array::scalar(patterns));
  results.mark_measured(point.index, replica);
}

const Array& column(const run::Tables& tables, const char* table, const char* name) {
  const run::Table* found = tables.find(table);
  REQUIRE(found != nullptr);
  return found->column(name);
}

using Integers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

}  // namespace

TEST_CASE("auto is filled in, bad combinations are refused with name, value and what is allowed") {
  CHECK(completed(point_with(0, 50, "hebb", 1)).integer("cues") == 20);
  CHECK(completed(point_with(0, 7, "hebb", 1)).integer("cues") == 7);
  CHECK(completed(point_with(0, 999, "pseudo_inverse", 1)).integer("cues") == 20);
  CHECK(completed(point_with(0, 1000, "hebb", 1)).integer("cues") == 20);
  CHECK(refusal(point_with(0, 1000, "pseudo_inverse", 1)) ==
        "--archetypes '1000': a load of 1; allowed with --coupling pseudo_inverse and --neurons 1000 is an integer in "
        "[1, 999]");
  CHECK(refusal(point_with(0, 1500, "hebb", 1)).find("a load of 1.5; allowed") != std::string::npos);
  auto many = point_with(0, 50, "hebb", 1);
  many.complete("cues", std::int64_t{51});
  CHECK(refusal(many) == "--cues '51': there are 50 archetypes; allowed is an integer in [1, 50] or auto");
  // what the federation warns of matters to a reconstructed memory only
  auto warned = point_with(0, 400, "hebb", 1, "reconstructed");
  CHECK(RetrievalExperiment().complete(warned, {}).size() == 1);
  auto silent = point_with(0, 400, "hebb", 1);
  CHECK(RetrievalExperiment().complete(silent, {}).empty());
}

TEST_CASE("cues: whole bits, nested") {
  CHECK(hopfield::flipped_bits(point_with(0, 50, "hebb", 1)) == 0);
  CHECK(hopfield::flipped_bits(point_with(0, 50, "hebb", .2)) == 400);
  CHECK(hopfield::flipped_bits(point_with(0, 50, "hebb", 0)) == 500);
  CHECK(hopfield::flipped_bits(point_with(0, 50, "hebb", .9985)) == 1);
}

TEST_CASE("tables: rates with binomial errors, and the basin from above") {
  std::vector<run::Point> points;
  // hebb: .6 does, .4 does not though .3 would again; pseudo_inverse: nothing does
  for (const double m0 : {.3, 1., .4, .6}) points.push_back(two_cues(point_with(points.size(), 50, "hebb", m0)));
  for (const double m0 : {.5, 1.}) points.push_back(two_cues(point_with(points.size(), 80, "pseudo_inverse", m0)));
  run::Results results(RetrievalExperiment().describe(), points, 5);
  for (std::int64_t r = 0; r < 5; ++r) {
    measure(results, points[0], r, {1, .96});
    measure(results, points[1], r, {1, .95});
    measure(results, points[2], r, {1, r < 4 ? .95 : .9499});
    measure(results, points[3], r, {1, r < 3 ? .94 : 1});
    if (r < 2) measure(results, points[4], r, {.2, .4});
    if (r < 3) measure(results, points[5], r, {.9, .9});
  }
  run::Tables tables;
  RetrievalExperiment().derive(results, tables);
  CHECK(column(tables, "success", "trials").values<std::int64_t>() == Integers{10, 10, 10, 10, 4, 6});
  CHECK(column(tables, "success", "successes").values<std::int64_t>() == Integers{10, 10, 9, 7, 0, 0});
  CHECK(column(tables, "success", "initial_overlap").values<double>() == Reals{.3, 1, .4, .6, .5, 1});
  CHECK(column(tables, "success", "load").values<double>() == Reals{.05, .05, .05, .05, .08, .08});
  CHECK(column(tables, "success", "binomial_stderr").real(3) == doctest::Approx(std::sqrt(.7 * .3 / 10)));
  // rates of the replicas .5 .5 .5 1 1
  CHECK(column(tables, "success", "replica_stderr").real(3) == doctest::Approx(std::sqrt(.075 / 5)));
  // Wilson, 10 of 10: 1 / (1 + z^2/10)
  CHECK(column(tables, "success", "wilson_low").real(0) == doctest::Approx(1 / (1 + .384146)).epsilon(1e-5));
  CHECK(column(tables, "success", "wilson_high").real(0) == doctest::Approx(1));
  CHECK(column(tables, "success", "overlap").real(4) == doctest::Approx(.3));
  CHECK(column(tables, "basin", "point").values<std::int64_t>() == Integers{0, 4});
  CHECK(column(tables, "basin", "basin").real(0) == 1);
  CHECK(column(tables, "basin", "failed").real(0) == .6);
  CHECK(std::isnan(column(tables, "basin", "basin").real(1)));
  CHECK(column(tables, "basin", "failed").real(1) == 1);
  CHECK(column(tables, "basin", "trials").values<std::int64_t>() == Integers{10, 4});
}

TEST_CASE("claims: one bit wrong, or one overlap off, fails") {
  std::vector<run::Point> points;
  points.push_back(two_cues(point_with(0, 100, "pseudo_inverse", 1)));
  points.push_back(two_cues(point_with(1, 100, "pseudo_inverse", 1, "reconstructed")));
  points.push_back(two_cues(point_with(2, 100, "hebb", 1)));
  points.push_back(two_cues(point_with(3, 180, "hebb", 1)));
  const auto verdicts = [&](double fixed, double recalled, double hebb, double beyond) {
    run::Results results(RetrievalExperiment().describe(), points, 4);
    for (std::int64_t r = 0; r < 4; ++r) {
      const double scatter = 1e-5 * static_cast<double>(r % 2);
      measure(results, points[0], r, {1, r == 2 ? fixed : 1});
      // replica 3 is not exact: it may differ, and its archetype gains nothing over its pattern
      measure(results, points[1], r, {1, r == 2 ? recalled : r == 3 ? .8 : 1}, r == 3 ? 99 : 100, 100);
      measure(results, points[2], r, {hebb + scatter, hebb});
      measure(results, points[3], r, {beyond + scatter, beyond});
    }
    const double theory = federated::hebb_retrieval(.1, 0).overlap;
    results.store(results.field_index("overlap", run::Kind::theory), 2, -1, Array::scalar(theory));
    results.mark_predicted(2);
    run::Claims claims;
    RetrievalExperiment().claims(results, {}, claims);
    std::string found;
    for (const auto& judged : claims.judge()) found += judged.verdict == run::Verdict::pass ? 'p' : 'f';
    return found;
  };
  // fixed points; exact reconstruction and its bound; mean field; beyond the capacity
  CHECK(verdicts(1, 1, .998, .7) == "ppppp");
  CHECK(verdicts(.998, .998, .998, .7) == "fpppp");
  CHECK(verdicts(1, .998, .998, .7) == "pfppp");
  CHECK(verdicts(1, 1, .9965, .7) == "pppfp");
  CHECK(verdicts(1, 1, .998, .98) == "ppppf");
}

TEST_CASE("recall never gains over the pattern that is stored") {
  const std::vector<run::Point> points{two_cues(point_with(0, 100, "hebb", 1, "reconstructed"))};
  for (const auto& [overlap, verdict] : {std::pair{.9, run::Verdict::pass}, {.92, run::Verdict::fail}}) {
    run::Results results(RetrievalExperiment().describe(), points, 4);
    for (std::int64_t r = 0; r < 4; ++r) {
      measure(results, points[0], r, {overlap + 1e-5 * static_cast<double>(r % 2), overlap}, 0, 90, .9001);
    }
    run::Claims claims;
    RetrievalExperiment().claims(results, {}, claims);
    const auto judged = claims.judge();
    REQUIRE(judged.size() == 1);
    CHECK(judged.at(0).verdict == verdict);
  }
}

TEST_CASE("tasks of more neurons, patterns, cues or temperature are stated to cost more") {
  const auto seconds = [](run::Point point) {
    return RetrievalExperiment().cost({{completed(std::move(point))}, 0}).seconds;
  };
  CHECK(seconds(point_with(0, 50, "hebb", 1)) < seconds(point_with(0, 100, "hebb", 1)));
  CHECK(seconds(point_with(0, 50, "hebb", 1)) < seconds(point_with(0, 50, "pseudo_inverse", 1)));
  CHECK(seconds(point_with(0, 50, "hebb", 1)) < seconds(point_with(0, 50, "hebb", 1, "reconstructed")));
  auto warm = point_with(0, 50, "hebb", 1);
  warm.complete("temperature", .2);
  CHECK(seconds(point_with(0, 50, "hebb", 1)) < seconds(warm));
}
