// SPDX-License-Identifier: MIT
#include "rankwise/core/machine.hpp"

#include <doctest/doctest.h>

#include <regex>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/version.hpp"

TEST_CASE("the fingerprint names what decides bits, and one BLAS thread can be had") {
  rankwise::use_one_blas_thread();
  const auto f = rankwise::fingerprint();
  CHECK(f.blas_threads == 1);
  CHECK(f.text().find(f.blas_core) != std::string::npos);
  CHECK(f.text().find("glibc") != std::string::npos);
}

TEST_CASE("clocks run, memory is positive, time is ISO 8601") {
  const double before = rankwise::wall_seconds();
  CHECK(rankwise::wall_seconds() >= before);
  CHECK(rankwise::cpu_seconds() >= 0);
  CHECK(rankwise::peak_memory() > 1 << 20);
  CHECK(rankwise::usable_memory() > 1 << 20);
  CHECK(std::regex_match(rankwise::utc_time(), std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")));
}

TEST_CASE("a broken promise names itself and its place") {
  CHECK_NOTHROW(rankwise::expects(true, "one"));
  try {
    rankwise::expects(false, "two is three");
    FAIL("no exception");
  } catch (const rankwise::InternalError& error) {
    const std::string what = error.what();
    CHECK(what.find("two is three") != std::string::npos);
    CHECK(what.find("machine_test.cpp") != std::string::npos);
    CHECK(error.exit_code() == rankwise::ExitCode::internal);
  }
}

TEST_CASE("the version knows its commit and compiler") {
  const auto& v = rankwise::version();
  CHECK(std::regex_match(v.version, std::regex(R"(\d+\.\d+\.\d+)")));
  CHECK((v.commit == "unknown" || std::regex_match(v.commit, std::regex("[0-9a-f]{40}"))));
  CHECK(v.flags.find("-ffp-contract=off") != std::string::npos);
}
