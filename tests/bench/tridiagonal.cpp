// Microseconds per tridiagonal spectrum: the lane-batched solver in every instruction set, beside LAPACK dsterf.
// SPDX-License-Identifier: MIT
//
// Prints a markdown table of processor time. Without arguments n = 50 .. 2000; else the orders given. GOE spectra
// (beta-Hermite, beta = 1), medians over rounds in which every solver runs once, so that other load on the machine hits
// all alike.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "linalg/tridiagonal_lanes.hpp"
#include "linalg/tridiagonal_support.hpp"
#include "rankwise/core/machine.hpp"

using namespace rankwise;
using namespace rankwise::linalg;
using namespace rankwise::test;

namespace {

/// Processor time of this thread: what other programs on the machine take does not count.
double cpu_microseconds() {
  timespec now{};
  (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

template <class Work>
double microseconds(const Work& work) {
  const double start = cpu_microseconds();
  work();
  return cpu_microseconds() - start;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Enough batches per timing for about 2 ms of the fastest solver.
std::size_t repetitions(std::size_t n) { return std::max<std::size_t>(1, 160000 / (n * n)); }

void measure(std::size_t n) {
  Lanes lanes = beta_hermite_lanes(n, 1.0, n);
  const std::size_t repeats = repetitions(n);
  const auto variants = tridiagonal_variants();
  std::vector<std::vector<double>> times(variants.size() + 1);
  std::size_t sweeps = 0;
  for (int round = 0; round < (n > 500 ? 7 : 15); ++round) {
    for (std::size_t v = 0; v < variants.size(); ++v) {
      const double time = microseconds([&] {
        for (std::size_t k = 0; k < repeats; ++k) sweeps = solve(variants[v], lanes).sweeps;
      });
      times[v].push_back(time / static_cast<double>(repeats * replica_lanes));
    }
    const std::size_t matrices = std::min<std::size_t>(replica_lanes, 1 + 40000 / n);
    times.back().push_back(microseconds([&] {
                             for (std::size_t w = 0; w < matrices; ++w) (void)lane_by_lapack(lanes, w);
                           }) /
                           static_cast<double>(matrices));
  }
  const double sterf = median(times.back());
  std::printf("| %zu | %.2f |", n, static_cast<double>(sweeps) / static_cast<double>(n));
  for (std::size_t v = 0; v < variants.size(); ++v) {
    const double time = median(times[v]);
    std::printf(" %.2f (%.1fx) |", time, sterf / time);
  }
  std::printf(" %.1f |\n", sterf);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  use_one_blas_thread();
  std::printf("Microseconds per matrix (gain over dsterf).\n\n| n | sweeps/n |");
  for (const TridiagonalVariant& variant : tridiagonal_variants()) std::printf(" %s |", variant.name);
  std::printf(" dsterf |\n|---|---|");
  for (std::size_t v = 0; v <= tridiagonal_variants().size(); ++v) std::printf("---|");
  std::printf("\n");
  if (argc > 1) {
    for (int i = 1; i < argc; ++i) measure(static_cast<std::size_t>(std::atoi(argv[i])));
  } else {
    for (const std::size_t n : {50UL, 100UL, 200UL, 500UL, 1000UL, 2000UL}) measure(n);
  }
  return 0;
}
