// Microseconds of processor time per GOE spectrum, stage by stage. SPDX-License-Identifier: MIT
//
// usage: bench_spectrum_stages INSTRUCTION_SET LEVELS...; one line "levels stage microseconds" each: medians over
// rounds of a batch of 32. tests/bench/spectra.py sets these beside other ways and whole programs.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>
#include <vector>

#include "rankwise/core/lanes.hpp"
#include "rankwise/linalg/tridiagonal.hpp"
#include "rankwise/spectra/ensembles.hpp"
#include "rankwise/spectra/level_statistics.hpp"

using namespace rankwise;

namespace {

double cpu_microseconds() {
  timespec now{};
  (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

void measure(std::size_t n) {
  spectra::TridiagonalLanes matrices;
  linalg::TridiagonalBatch batch(n);
  std::vector<double> levels(n * replica_lanes);
  std::vector<double> unfolded(n * replica_lanes);
  double checked = 0;  // keeps the work alive
  std::uint64_t replica = 0;
  struct Stage {
    const char* name;
    std::function<void()> work;
    std::vector<double> times{};
  };
  Stage stages[] = {
      {"sample",
       [&] {
         replica += replica_lanes;
         sample_hermite(1, n, {{1, 2}, random::Purpose::matrix, replica}, matrices);
       }},
      {"solve", [&] { batch.eigenvalues(matrices.diagonal, matrices.squares, linalg::OffDiagonal::squared, levels); }},
      {"unfold", [&] { spectra::unfold_semicircle(levels, unfolded); }},
      {"statistics",
       [&] { checked += spectra::level_statistics(levels, unfolded, spectra::bulk_window(n, 0.5), 2).entropy[0]; }},
  };
  const std::size_t rounds = std::clamp<std::size_t>(4000000 / (n * n), 9, 401);
  for (std::size_t round = 0; round < rounds; ++round) {
    for (Stage& stage : stages) {
      const double start = cpu_microseconds();
      stage.work();
      stage.times.push_back((cpu_microseconds() - start) / static_cast<double>(replica_lanes));
    }
  }
  for (Stage& stage : stages) {
    std::sort(stage.times.begin(), stage.times.end());
    std::printf("%zu %s %.3f\n", n, stage.name, stage.times[stage.times.size() / 2]);
  }
  if (checked == 0) std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  for (const InstructionSet set : {InstructionSet::avx512, InstructionSet::avx2, InstructionSet::portable}) {
    if (argc > 1 && std::string_view(argv[1]) == name_of(set)) limit_instruction_sets(set);
  }
  for (int i = 2; i < argc; ++i) measure(static_cast<std::size_t>(std::atoi(argv[i])));
  return 0;
}
