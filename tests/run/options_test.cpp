// Parameters, command line and configuration file. SPDX-License-Identifier: MIT
#include "run/options.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "rankwise/core/error.hpp"
#include "toy.hpp"

using namespace rankwise;

namespace {

run::Request parse(std::vector<std::string> arguments, const std::string& file = "", int ranks = 4) {
  static const run::Program program = toy::program();
  return run::parse(program, {std::move(arguments), file.empty() ? "" : "x.ini", file}, ranks);
}

std::vector<run::Value> values(const run::Request& request, const std::string& name) {
  for (const auto& [parameter, sweep] : request.config.sweep) {
    if (parameter == name) return sweep;
  }
  return {};
}

std::string refusal(std::vector<std::string> arguments, const std::string& file = "") {
  try {
    (void)parse(std::move(arguments), file);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

const run::Parameter number{.name = "x",
                            .symbol = "",
                            .type = run::Type::real,
                            .default_value = "0",
                            .lowest = 0,
                            .highest = 100,
                            .open_lowest = true,
                            .words = {"auto"},
                            .help = ""};

}  // namespace

TEST_CASE("precedence: defaults < mode defaults < quick < file < command line") {
  CHECK(values(parse({"--mode", "first"}), "size") == std::vector<run::Value>{std::int64_t{10}});
  CHECK(values(parse({"--mode", "second"}), "size") == std::vector<run::Value>{std::int64_t{20}});
  CHECK(values(parse({"--mode", "second", "--quick"}), "size") == std::vector<run::Value>{std::int64_t{5}});
  CHECK(values(parse({"--mode", "second", "--quick"}, "size = 7"), "size") == std::vector<run::Value>{std::int64_t{7}});
  CHECK(values(parse({"--mode=second", "--size=8"}, "size = 7"), "size") == std::vector<run::Value>{std::int64_t{8}});
  CHECK(parse({}, "mode = first\nreplicas = 9\nseed=77").config.replicas == 9);
  CHECK(parse({"--mode", "first"}).config.replicas == 4);
  CHECK(parse({"--mode", "first", "--quick"}).config.replicas == 2);
}

TEST_CASE("a mode may have a quick value of its own") {
  run::Parameter row{.name = "size", .symbol = "", .type = run::Type::integer, .default_value = "10", .help = "", .quick = "5", .mode_quick = {{"second", "6"}}};
  CHECK(row.quick_for("first") == "5");
  CHECK(row.quick_for("second") == "6");
}

TEST_CASE("the word ranks becomes the number of ranks") {
  CHECK(values(parse({"--mode", "first", "--size", "ranks"}, "", 6), "size") ==
        std::vector<run::Value>{std::int64_t{6}});
}

TEST_CASE("the echo is a configuration that repeats the run") {
  const auto request = parse({"--mode", "second", "--strength", "0:1:3", "--extra", "3/4,5", "--seed", "12"});
  const auto again = parse({}, request.echo);
  CHECK(again.echo == request.echo);
  CHECK(again.config.sweep == request.config.sweep);
  CHECK(again.config.seed == 12);
}

TEST_CASE("lists, ranges and logarithmic ranges") {
  using Values = std::vector<run::Value>;
  CHECK(run::parse_sweep(number, "0.1,0.25") == Values{.1, .25});
  CHECK(run::parse_sweep(number, "1:2:5") == Values{1.0, 1.25, 1.5, 1.75, 2.0});
  const auto logs = run::parse_sweep(number, "0.01:100:5:log");
  for (int i = 0; i < 5; ++i) {
    CHECK(std::get<double>(logs[static_cast<std::size_t>(i)]) == doctest::Approx(std::pow(10.0, i - 2)).epsilon(1e-14));
  }
  CHECK(std::get<double>(logs.back()) == 100);
  CHECK(run::parse_sweep(number, "auto,1") == Values{std::string("auto"), 1.0});
  for (const char* bad :
       {"", "1,", "1,1", "1:2", "1:2:1", "0:1:3", "1:2:3:lin", "-1:2:3:log", "nan", "101", "0", "1/2"}) {
    CHECK_THROWS_AS(run::parse_sweep(number, bad), UsageError);
  }
}

TEST_CASE("a refusal names the option, the value and what is allowed") {
  CHECK(refusal({"--mode", "first", "--size", "0"}) == "--size '0': allowed is an integer in [1, 100] or ranks");
  CHECK(refusal({"--mode", "first", "--method", "slwo"}) ==
        "--method 'slwo': allowed is one of fast, slow; did you mean 'slow'?");
  CHECK(refusal({"--mode", "first", "--extra", "1"}) == "--extra is no parameter of mode first; it belongs to second");
  CHECK(refusal({"--mode", "first"}, "extra = 1").find("belongs to second") != std::string::npos);
  CHECK(refusal({"--mode", "first", "--strenght", "1"}) == "unknown option '--strenght'; did you mean '--strength'?");
  CHECK(refusal({"--mode", "first", "--str", "1"}) == "unknown option '--str'; did you mean '--strength'?");
  CHECK(refusal({"--mode", "first", "--size", "1", "--size", "2"}) == "--size is given twice on the command line");
  CHECK(refusal({"--mode", "first", "--size"}) == "--size needs a value");
  CHECK(refusal({"word"}).find("unexpected argument 'word'") == 0);
  CHECK(refusal({"--size", "3"}).find("--mode is required: one of first, second") == 0);
  CHECK(refusal({"--mode", "first"}, "size = 1\nsize = 2").find("twice in x.ini") != std::string::npos);
  CHECK(refusal({"--mode", "first"}, "sise = 1") == "x.ini: unknown parameter 'sise'; did you mean 'size'?");
}

TEST_CASE("negative numbers are values, not options") {
  CHECK(refusal({"--mode", "first", "--strength", "-1"}) == "--strength '-1': allowed is a number in [0, 10]");
}
