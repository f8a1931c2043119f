// Time of an update of one neuron in recall. SPDX-License-Identifier: MIT
//
// usage: bench_recall [NEURONS [INSTRUCTION_SET]]; nanoseconds an update, best of 5, patterns of several loads, cues of
// overlap .4, by Hebb's rule and the pseudo-inverse, at temperature 0 (orders and flips included) and .2.
// recall_numpy.py sets numpy beside it.
#include "rankwise/federated/recall.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "rankwise/core/lanes.hpp"

using namespace rankwise;

namespace {

std::vector<std::int8_t> cue_of(const linalg::SignMatrix& xi, std::size_t mu, std::uint64_t which) {
  const std::size_t n = xi.columns();
  std::vector<std::int8_t> state(n);
  for (std::size_t i = 0; i < n; ++i) state[i] = static_cast<std::int8_t>(xi(mu, i));
  const auto places = federated::random_order(n, {{1, 3}, random::Purpose::cue, which});
  for (std::size_t i = 0; i < 3 * n / 10; ++i) state[places[i]] = static_cast<std::int8_t>(-state[places[i]]);
  return state;
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t n = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1000;
  if (argc > 2) {
    const std::string set = argv[2];
    limit_instruction_sets(set == "portable" ? InstructionSet::portable
                           : set == "avx2"   ? InstructionSet::avx2
                                             : InstructionSet::avx512);
  }
  constexpr int recalls = 40;
  for (const auto kind : {federated::Coupling::hebb, federated::Coupling::pseudo_inverse}) {
    for (const std::size_t k : {n / 20, n / 10, n / 5, n / 2}) {
      linalg::SignMatrix xi(k, n);
      random::Stream words({1, 2}, random::Purpose::archetypes, 0);
      for (std::size_t mu = 0; mu < k; ++mu) words.words(xi.row(mu));
      xi.clear_padding();
      const double began = seconds_now();
      const federated::Couplings couplings(xi, kind);
      const double setup = seconds_now() - began;
      for (const double temperature : {0.0, .2}) {
        double best = 1e300;
        for (int repeat = 0; repeat < 5; ++repeat) {
          double updates = 0;
          double spent = 0;
          for (int r = 0; r < recalls; ++r) {
            const auto which = static_cast<std::uint64_t>(r);
            auto cue = cue_of(xi, which % k, which);
            const double start = seconds_now();
            const auto found = federated::recall(couplings, std::move(cue), linalg::SignMatrix(0, n),
                                                 {temperature, temperature > 0 ? 20 : 100, {}},
                                                 {{1, 4}, random::Purpose::dynamics, which});
            spent += seconds_now() - start;
            updates += static_cast<double>(found.sweeps) * static_cast<double>(n);
          }
          best = std::min(best, spent / updates);
        }
        std::printf("%s K=%zu T=%g: %.1f ns an update, %.2f ms to set up\n",
                    kind == federated::Coupling::hebb ? "hebb" : "pseudo_inverse", k, temperature, 1e9 * best,
                    1e3 * setup);
      }
    }
  }
}
