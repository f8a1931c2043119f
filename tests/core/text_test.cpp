// SPDX-License-Identifier: MIT
#include "rankwise/core/text.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace rankwise;

TEST_CASE("numbers print in their shortest form and read back") {
  CHECK(to_text(.1) == "0.1");
  CHECK(to_text(1e-5) == "1e-05");
  CHECK(to_text(std::nan("")) == "nan");
  CHECK(to_text(-std::numeric_limits<double>::infinity()) == "-inf");
  for (const double v : {1.0 / 3, 1e300, 5e-324, -0.1, 12345678.9}) CHECK(parse_real(to_text(v)) == v);
}

TEST_CASE("only whole texts are numbers") {
  CHECK(parse_real("+2.5") == 2.5);
  CHECK(parse_integer("1e6") == 1000000);
  CHECK(parse_integer("-3") == -3);
  for (const char* bad : {"", " 1", "1 ", "1x", "0x10", "1,5", "--1"}) CHECK_FALSE(parse_real(bad));
  for (const char* bad : {"1.5", "1e-1", "1e17", "", "nan"}) CHECK_FALSE(parse_integer(bad));
}

TEST_CASE("split, join and trim") {
  CHECK(split("a,,b", ',') == std::vector<std::string>{"a", "", "b"});
  CHECK(split("", ',') == std::vector<std::string>{""});
  CHECK(join(std::vector<std::string>{"a", "b"}, ", ") == "a, b");
  CHECK(trim(" \ta b\n") == "a b");
  CHECK(trim("  ") == "");
}

TEST_CASE("the nearest name is offered for slips and abbreviations, not for anything") {
  const std::vector<std::string> names{"replicas", "rounds", "resume", "quality"};
  CHECK(nearest("replica", names) == "replicas");
  CHECK(nearest("res", names) == "resume");
  CHECK(nearest("qualty", names) == "quality");
  CHECK(nearest("temperature", names) == "");
}

TEST_CASE("FNV-1a agrees with its published vectors") {
  // Fowler, Noll, Vo: test vectors of the reference implementation
  CHECK(fnv1a("") == 0xcbf29ce484222325ULL);
  CHECK(fnv1a("a") == 0xaf63dc4c8601ec8cULL);
  CHECK(fnv1a("foobar") == 0x85944171f73967e8ULL);
}

TEST_CASE("bytes are shown for people") {
  CHECK(human_bytes(512) == "512 B");
  CHECK(human_bytes(1536) == "1.5 KiB");
  CHECK(human_bytes(3.0 * 1024 * 1024 * 1024) == "3.0 GiB");
}

TEST_CASE("durations as SLURM and people write them") {
  const std::vector<std::pair<const char*, double>> good{
      {"0", 0},          {"90", 90},          {"1.5", 1.5},           {"1e3", 1000},          {"0:00", 0},       {"1:59", 119},
      {"90:00", 5400},   {"0:05", 5},         {"1:02:03", 3723},      {"00:00:01", 1},        {"48:00:00", 172800}, {"2-01:02:03", 176523},
      {"0-00:00:30", 30}, {"10-00:00:00", 864000}};
  for (const auto& [text, seconds] : good) {
    CAPTURE(text);
    REQUIRE(parse_duration(text));
    CHECK(*parse_duration(text) == seconds);
  }
  CHECK(parse_duration("UNLIMITED") == std::numeric_limits<double>::infinity());
  for (const char* bad : {"", " ", " 90", "90 ", "-1", "-0:30", "nan", "inf", "unlimited", "INVALID", "1:60", "1:60:00", "0:01:75", "1:2:3:4", ":30", "30:",
                          "1::2", "1.5:00", "1:0.5", "1-", "-", "1-2", "1-02:03", "1-2:3:4:5", "x-01:02:03", "1.5-01:02:03", "1:-5", "1-1-01:02:03",
                          "1h", "4294967296:00", "1,5", "0x10"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_duration(bad));
  }
}
