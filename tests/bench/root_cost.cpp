// What a record costs root, and what a result of a gigabyte costs in checkpoints. SPDX-License-Identifier: MIT
//
// bench_root_cost [FOLDER] [MIB]: two markdown tables. The first: for records of growing length the time of the team's
// root to pack a task's result, and of root to unpack it, to compare and store it, and to append it to the journal;
// beside them a plain copy of the same bytes. The second: a result of MIB (default 1024) in FOLDER (default .): journal
// and final file, beside a plain write and sync of as many bytes. Times of one thread, medians of 5 (first table).
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "rankwise/core/machine.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/io/journal.hpp"
#include "run/plan.hpp"
#include "run/resume.hpp"
#include "run/stored.hpp"
#include "run/task_result.hpp"
#include "run/writer.hpp"

using namespace rankwise;

namespace {

class Vectors final : public run::Experiment {
 public:
  run::Description describe() const override {
    run::Description d;
    d.experiment = "vectors";
    d.mode = "vectors";
    d.parameters = {{.name = "size",
                     .symbol = "n",
                     .type = run::Type::integer,
                     .default_value = "1",
                     .lowest = 1,
                     .highest = 1e9,
                     .help = "numbers",
                     .role = run::Role::law}};
    d.observables = {{.name = "values", .description = "numbers", .axes = [](const run::Point& p) {
                        return std::vector{run::Axis::index("k", p.integer("size"), "index")};
                      }}};
    return d;
  }
  run::Cost cost(const run::Family&) const override { return {}; }
  void simulate(const run::Family&, const run::Block&, run::Sink&, run::Context&) const override {}
};

struct Bench {
  run::Program program{"bench", "", {}, {}};
  run::Request request;
  run::Plan plan;
  Bench(std::int64_t size, std::int64_t replicas) {
    program.modes.push_back(std::make_unique<Vectors>());
    request = run::parse(program, {{"--size", concat(size), "--replicas", concat(replicas)}, "", ""}, 1);
    plan = run::make_plan(request, {});
    run::add_tasks(plan, request);
  }
  [[nodiscard]] run::TaskResult result(std::int64_t replica, const Array& value) const {
    run::TaskResult r;
    r.key = {false, plan.families[0].id, replica};
    r.wanted = 1;
    r.records.push_back({0, plan.points[0].id, replica, value});
    return r;
  }
};

Array numbers(std::size_t n) {
  std::vector<double> values(n);
  std::uint64_t state = 1;
  for (auto& v : values)
    v = static_cast<double>((state = state * 6364136223846793005ULL + 1442695040888963407ULL) >> 11U) * 0x1p-53;
  return Array(std::move(values));
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void record_table(const std::string& folder) {
  std::printf(
      "| numbers | bytes of the frame | pack | unpack | store | journal | root in all | plain copy | records/s | MB/s "
      "|\n");
  std::printf("|---|---|---|---|---|---|---|---|---|---|\n");
  for (const std::int64_t size : {1, 16, 256, 4096, 65536, 1048576}) {
    const std::int64_t replicas =
        std::max<std::int64_t>(16, std::min<std::int64_t>(20000, (std::int64_t{1} << 22) / size));
    const Array value = numbers(static_cast<std::size_t>(size));
    std::vector<double> pack, unpack, store, append, copy;
    std::size_t bytes = 0;
    for (int repeat = 0; repeat < 5; ++repeat) {
      const Bench bench(size, replicas);
      run::Results results(bench.request.description, bench.plan.points, replicas);
      const run::PointIndex index(bench.plan.points);
      io::Journal journal = io::Journal::lock(folder + "/bench.journal");
      journal.reset({});
      const auto each = 1e6 / static_cast<double>(replicas);
      double spent[5] = {};
      for (std::int64_t r = 0; r < replicas; ++r) {
        const auto made = bench.result(r, value);
        double t = wall_seconds();
        const auto lap = [&](int i) {
          const double now = wall_seconds();
          spent[i] += now - t;
          t = now;
        };
        const Bytes frame = run::pack(made);
        lap(0);
        const auto back = run::unpack_task_result(frame);
        lap(1);
        if (!run::absorb(back, index, results).empty()) std::abort();
        lap(2);
        journal.append(frame);
        lap(3);
        const Bytes other(frame);
        lap(4);
        bytes = frame.size();
      }
      journal.remove();
      pack.push_back(spent[0] * each);
      unpack.push_back(spent[1] * each);
      store.push_back(spent[2] * each);
      append.push_back(spent[3] * each);
      copy.push_back(spent[4] * each);
    }
    const double root = median(unpack) + median(store) + median(append);
    std::printf("| %lld | %zu | %.2f us | %.2f us | %.2f us | %.2f us | %.2f us | %.2f us | %.0f | %.0f |\n",
                static_cast<long long>(size), bytes, median(pack), median(unpack), median(store), median(append), root,
                median(copy), 1e6 / root, static_cast<double>(bytes) / root);
  }
}

void gigabyte_table(const std::string& folder, std::int64_t mebibytes) {
  constexpr std::int64_t size = 131072;  // 1 MiB
  const std::int64_t replicas = mebibytes;
  const Bench bench(size, replicas);
  run::Results results(bench.request.description, bench.plan.points, replicas);
  const Array value = numbers(size);
  const std::string path = folder + "/bench.h5";
  double journal_seconds = 0;
  double store_seconds = 0;
  {
    io::Journal journal = io::Journal::lock(path + ".journal");
    journal.reset({});
    const run::PointIndex index(bench.plan.points);
    for (std::int64_t r = 0; r < replicas; ++r) {
      const Bytes frame = run::pack(bench.result(r, value));
      double t = wall_seconds();
      if (!run::absorb(run::unpack_task_result(frame), index, results).empty()) std::abort();
      store_seconds += wall_seconds() - t;
      t = wall_seconds();
      journal.append(frame);
      if (r % 256 == 255) journal.sync();
      journal_seconds += wall_seconds() - t;
    }
    journal.remove();
  }
  run::Provenance provenance;
  provenance.sessions.push_back({"", "", 1, run::machine_text(), ""});
  const std::vector<run::TaskState> states(bench.plan.tasks.size());
  const std::string program = "bench";
  double t = wall_seconds();
  (void)run::write_results(path,
                           {program, bench.request, bench.plan, {}, results, {}, states, provenance, "complete"});
  const double file_seconds = wall_seconds() - t;
  std::filesystem::remove(path);

  t = wall_seconds();
  const int plain = ::open((folder + "/bench.plain").c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0666);
  for (std::int64_t r = 0; r < replicas; ++r) {
    if (::write(plain, value.values<double>().data(), size * 8) != size * 8) std::abort();
  }
  ::fsync(plain);
  ::close(plain);
  const double plain_seconds = wall_seconds() - t;
  std::filesystem::remove(folder + "/bench.plain");
  const double all = journal_seconds + file_seconds;
  std::printf(
      "\n| result | take in | journal | final file | both | plain write and sync | below 2 %% from runs of "
      "|\n|---|---|---|---|---|---|---|\n");
  std::printf("| %lld MiB | %.2f s | %.2f s | %.2f s | %.2f s | %.2f s | %.0f s |\n", static_cast<long long>(mebibytes),
              store_seconds, journal_seconds, file_seconds, all, plain_seconds, all / 0.02);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  record_table(folder);
  gigabyte_table(folder, argc > 2 ? std::atoll(argv[2]) : 1024);
  return 0;
}
