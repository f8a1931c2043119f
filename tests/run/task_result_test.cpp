// What travels from a task to root and into the journal. SPDX-License-Identifier: MIT
#include "run/task_result.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "rankwise/core/error.hpp"

using namespace rankwise;
using run::Ending;
using run::Record;
using run::TaskResult;

namespace {

const double payload_nan = std::bit_cast<double>(0x7ff80000deadbeefULL);

TaskResult sample() {
  TaskResult result;
  result.key = {true, 0xfedcba9876543210ULL, -1};
  result.wanted = 3;
  result.ending = Ending::failed;
  result.failed_rank = 5;
  result.message = std::string("line one\nl\xc3\xa9ine \"two\"\0end", 24);
  result.start = 0.125;
  result.seconds = payload_nan;
  result.rank = 7;
  result.session = 2;
  result.records = {
      {0, 1, 0, Array(std::vector<double>{1, payload_nan, -0.0, std::numeric_limits<double>::infinity()}, {2, 2})},
      {1, ~0ULL, -1, Array::scalar(std::nan(""))},
      {2, 3, 1LL << 40, Array(std::vector<std::string>{"", "text with\nlines", std::string(1000, 'x')})},
      {3, 4, 2, Array(std::vector<double>{}, {0})},
      {4, 4, 2, Array(std::vector<std::int64_t>{}, {3, 0})},
      {5, 4, 2, Array(std::vector<std::int8_t>{1, -1}, {1, 2})},
      {std::numeric_limits<std::uint32_t>::max(), 4, 2, Array(std::vector<std::uint64_t>{~0ULL})},
      {6, 4, 2, Array(std::vector<std::string>{}, {0})},
      {7, 4, 2, Array(std::vector<double>{1, 2, 3, 4, 5, 6}, {3, 2}), 3},
  };
  return result;
}

void check_equal(const TaskResult& a, const TaskResult& b) {
  CHECK(a.key == b.key);
  CHECK(a.wanted == b.wanted);
  CHECK(a.ending == b.ending);
  CHECK(a.failed_rank == b.failed_rank);
  CHECK(a.message == b.message);
  CHECK(std::bit_cast<std::uint64_t>(a.start) == std::bit_cast<std::uint64_t>(b.start));
  CHECK(std::bit_cast<std::uint64_t>(a.seconds) == std::bit_cast<std::uint64_t>(b.seconds));
  CHECK(a.rank == b.rank);
  CHECK(a.session == b.session);
  REQUIRE(a.records.size() == b.records.size());
  for (std::size_t i = 0; i < a.records.size(); ++i) {
    CHECK(a.records[i].field == b.records[i].field);
    CHECK(a.records[i].point_id == b.records[i].point_id);
    CHECK(a.records[i].replica == b.records[i].replica);
    CHECK(a.records[i].replicas == b.records[i].replicas);
    CHECK(a.records[i].value == b.records[i].value);
  }
}

}  // namespace

TEST_CASE("a result comes back as it was, texts, empty arrays and the bits of every NaN included") {
  const TaskResult whole = sample();
  check_equal(run::unpack_task_result(run::pack(whole)), whole);
  check_equal(run::unpack_task_result(run::pack(TaskResult{})), TaskResult{});
  for (const auto ending : {Ending::done, Ending::failed, Ending::abandoned}) {
    TaskResult result;
    result.ending = ending;
    CHECK(run::unpack_task_result(run::pack(result)).ending == ending);
  }
}

TEST_CASE("packing is a function of the result: the same bytes again") {
  CHECK(run::pack(sample()) == run::pack(sample()));
  CHECK(run::pack(run::unpack_task_result(run::pack(sample()))) == run::pack(sample()));
}

TEST_CASE("bytes that are too few or too many are no result") {
  const Bytes bytes = run::pack(sample());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    CAPTURE(n);
    CHECK_THROWS_AS((void)run::unpack_task_result(std::span(bytes).first(n)), InternalError);
  }
  Bytes longer = bytes;
  longer.push_back(std::byte{0});
  CHECK_THROWS_AS((void)run::unpack_task_result(longer), InternalError);
}

TEST_CASE("the layout is the documented one") {
  TaskResult result;
  result.key = {false, 0x0102030405060708ULL, 9};
  result.wanted = 10;
  result.ending = Ending::failed;
  result.session = 1;
  result.rank = 2;
  result.failed_rank = -1;
  result.message = "no";
  result.records = {{7, 8, -1, Array(std::vector<std::int8_t>{5})}};
  const Bytes bytes = run::pack(result);
  // theory, ending; session, rank, failed rank; family, first, wanted; start, seconds; message; records; field, id,
  // replica, replicas; type, axes, extent, value
  REQUIRE(bytes.size() == 2 + 3 * 4 + 3 * 8 + 2 * 8 + (8 + 2) + 8 + (4 + 8 + 8 + 4) + (1 + 1 + 8 + 1));
  const auto at = [&](std::size_t i) { return std::to_integer<int>(bytes[i]); };
  CHECK(at(0) == 0);
  CHECK(at(1) == 1);
  CHECK(at(2) == 1);
  CHECK(at(6) == 2);
  CHECK(at(10) == 255);
  CHECK(at(14) == 8);  // least significant byte of the family
  CHECK(at(21) == 1);
  CHECK(at(22) == 9);
  CHECK(at(30) == 10);
  CHECK(at(54) == 2);
  CHECK(at(62) == 'n');
  CHECK(at(64) == 1);
  CHECK(at(72) == 7);
  CHECK(at(76) == 8);
  CHECK(at(bytes.size() - 11) == 3);  // int8
  CHECK(at(bytes.size() - 1) == 5);
}

TEST_CASE("tasks are ordered by kind, family and first replica") {
  CHECK(run::TaskKey{false, 9, 9} < run::TaskKey{true, 0, 0});
  CHECK(run::TaskKey{true, 1, 9} < run::TaskKey{true, 2, 0});
  CHECK(run::TaskKey{true, 1, 0} < run::TaskKey{true, 1, 3});
  CHECK(run::TaskKey{true, 1, 3} == run::TaskKey{true, 1, 3});
}
