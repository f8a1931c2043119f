// Time of the two-level statistics of one spectrum. SPDX-License-Identifier: MIT
//
// usage: bench_level_fluctuations [LEVELS [REPLICAS]]; levels of the GUE, microseconds per spectrum for 50 lengths up
// to a quarter of the range (the central half, and all levels) and 150 times, on a grid and at random.
#include "rankwise/spectra/level_fluctuations.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "rankwise/linalg/tridiagonal.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/spectra/ensembles.hpp"
#include "rankwise/spectra/level_statistics.hpp"

using namespace rankwise;
using namespace rankwise::spectra;

namespace {

template <typename Run>
void time_it(const char* what, std::size_t replicas, Run&& run) {
  double best = 1e300;
  double check = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t r = 0; r < replicas; ++r) check += run(r);
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::printf("%-28s %8.1f us per spectrum  (%.6g)\n", what, 1e6 * best / static_cast<double>(replicas), check);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t n = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 400;
  const std::size_t replicas = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 512;
  const random::Key key{1, 2};
  TridiagonalLanes matrices;
  linalg::TridiagonalBatch solver(n);
  std::vector<double> values(n * replica_lanes);
  std::vector<std::vector<double>> spectra(replicas, std::vector<double>(n));
  for (std::size_t r = 0; r < replicas; ++r) {
    if (r % replica_lanes == 0) {
      sample_hermite(2, n, {key, random::Purpose::matrix, r}, matrices);
      solver.eigenvalues(matrices.diagonal, matrices.squares, linalg::OffDiagonal::squared, values);
      unfold_semicircle(values, values);
    }
    for (std::size_t i = 0; i < n; ++i) spectra[r][i] = values[i * replica_lanes + r % replica_lanes];
  }
  const auto size = static_cast<double>(n);
  for (const double margin : {0.25, 0.0}) {
    const double low = margin * size;
    const double high = size - low;
    std::printf("%zu levels, range %g .. %g\n", n, low, high);
    const auto lengths = [&](auto&& statistic) {
      double sum = 0;
      for (int k = 1; k <= 50; ++k) sum += statistic(0.005 * k * (high - low));
      return sum;
    };
    time_it("number variance", replicas, [&](std::size_t r) {
      return lengths([&](double length) { return mean_number_variance(spectra[r], low, high, length); });
    });
    time_it("rigidity", replicas, [&](std::size_t r) {
      return lengths([&](double length) { return mean_rigidity(spectra[r], low, high, length); });
    });
  }
  random::Stream stream(key, random::Purpose::user, 0);
  std::vector<double> grid(150);
  std::vector<double> scattered(150);
  for (std::size_t k = 0; k < grid.size(); ++k) {
    grid[k] = 0.02 * static_cast<double>(k + 1);
    scattered[k] = 3 * random::uniform(stream);
  }
  for (const auto& tau : {grid, scattered}) {
    const FormFactorAmplitudes form_factor(n, tau);
    std::vector<double> real(tau.size());
    std::vector<double> imaginary(tau.size());
    time_it(tau == grid ? "form factor, grid" : "form factor, scattered", replicas, [&](std::size_t r) {
      form_factor.evaluate(spectra[r], real, imaginary);
      return real[7] + imaginary[9];
    });
  }
}
