// The main of every test program that runs under mpirun: all ranks run the same cases. SPDX-License-Identifier: MIT
// A rank prints only its own failures; root also prints the summary. A failed case ends the job: the ranks may have
// parted ways, and a test that hangs tells less than one that ends.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <string>

#include "mpi/world.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/mpi/session.hpp"
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace {

const rankwise::mpi::Comm* world_of_tests = nullptr;

// MPI leaks on purpose, and from plug-ins that it unloads, whose name is lost then. So what it takes while it starts
// does not count, and leaks are looked for before it ends, instead of at the end of the program.
#ifdef __SANITIZE_ADDRESS__
void ignore_leaks() { __lsan_disable(); }
void heed_leaks() { __lsan_enable(); }
void look_for_leaks() { __lsan_do_leak_check(); }
#else
void ignore_leaks() {}
void heed_leaks() {}
void look_for_leaks() {}
#endif

struct EndJobOnFailure : doctest::IReporter {
  explicit EndJobOnFailure(const doctest::ContextOptions& /*options*/) {}
  void test_case_start(const doctest::TestCaseData& data) override { name_ = data.m_name; }
  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    if (stats.failure_flags != 0) rankwise::mpi::abort_job(rankwise::ExitCode::failed, "failed test case: " + name_);
  }
  void report_query(const doctest::QueryData& /*data*/) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats& /*stats*/) override {}
  void test_case_reenter(const doctest::TestCaseData& /*data*/) override {}
  void test_case_exception(const doctest::TestCaseException& /*exception*/) override {}
  void subcase_start(const doctest::SubcaseSignature& /*signature*/) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData& /*data*/) override {}
  void log_message(const doctest::MessageData& /*data*/) override {}
  void test_case_skipped(const doctest::TestCaseData& /*data*/) override {}

 private:
  std::string name_;
};

}  // namespace

REGISTER_LISTENER("end_job_on_failure", 1, EndJobOnFailure);

namespace rankwise::test {

const mpi::Comm& world() { return *world_of_tests; }

}  // namespace rankwise::test

int main(int argc, char** argv) {
  ignore_leaks();
  return rankwise::mpi::run(argc, argv, [](rankwise::mpi::Session& session, int count, char** arguments) {
    heed_leaks();
    world_of_tests = &session.world();
    doctest::Context context(count, arguments);
    context.setOption("no-colors", true);
    context.setOption("minimal", session.world().rank() != 0);
    const int failed = context.run();
    look_for_leaks();
    return failed == 0 ? rankwise::ExitCode::done : rankwise::ExitCode::failed;
  });
}
