// What the three factorisers recover from the same operators, and in which time. SPDX-License-Identifier: MIT
//
// Prints a markdown table: without arguments that of the docs, with N K r the search at one such size, with N K r METHOD
// search, ica or lam there. Every column is the median over seeds; times are of one thread, the fastest of a few runs.
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

#include "federated/factorise_support.hpp"
#include "rankwise/core/machine.hpp"

using namespace rankwise;
using namespace rankwise::federated;
using namespace rankwise::federated::testing;

namespace {

constexpr int seeds = 5;
constexpr int clients = 5;
constexpr std::int64_t batch_size = 4000;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void row(Index n, Index k, const std::string& name, const FactoriseOptions& options,
         const std::vector<SyntheticRound>& federations) {
  std::vector<double> recovered;
  std::vector<double> ghosts;
  std::vector<double> magnetisation;
  std::vector<double> milliseconds;
  std::vector<double> steps;
  for (std::size_t seed = 0; seed < federations.size(); ++seed) {
    const SyntheticRound& it = federations[seed];
    Patterns patterns;
    double fastest = std::numeric_limits<double>::infinity();
    for (int repeat = 0; repeat < 5 && (repeat == 0 || fastest < .5); ++repeat) {
      const double begin = cpu_seconds();
      patterns = factorise(it.span, options, stream(seed, Purpose::factoriser));
      fastest = std::min(fastest, cpu_seconds() - begin);
    }
    milliseconds.push_back(1e3 * fastest);
    const Comparison result = compare(it.archetypes, patterns.signs);
    recovered.push_back(static_cast<double>(result.recovered));
    ghosts.push_back(static_cast<double>(result.ghosts));
    magnetisation.push_back(least(result.magnetisation));
    steps.push_back(static_cast<double>(patterns.start_steps));
  }
  std::printf("| %ld | %ld | %s | %.0f | %.0f | %.3f | %.2f | %.0f |\n", static_cast<long>(n), static_cast<long>(k),
              name.c_str(), median(recovered), median(ghosts), median(magnetisation), median(milliseconds),
              median(steps));
  std::fflush(stdout);
}

/// Of one method, or of all where it is "".
void table(Index n, const std::vector<Index>& sizes, double quality, const std::string& method) {
  const auto is_wanted = [&](const char* name) { return method.empty() || method == name; };
  std::printf("| N | K | method | recovered | wrongly accepted | min magnetisation | CPU ms | start-steps |\n");
  std::printf("|---|---|---|---|---|---|---|---|\n");
  for (const Index k : sizes) {
    std::vector<SyntheticRound> federations;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      federations.push_back(federation(n, k, clients, batch_size, quality, 1000 + seed, k + 8));
    }
    FactoriseOptions options;
    if (is_wanted("search")) row(n, k, "search", options, federations);
    options.method = Factoriser::ica;
    if (is_wanted("ica")) row(n, k, "ica", options, federations);
    if (!is_wanted("lam")) continue;
    // The score of an archetype is its sharpened eigenvalue: with 200 steps the threshold .3 is met up to K = 3 only.
    // Sharpened to the end, every kept direction has 1 and every other one 0, and .6 asks for overlap with the span.
    options.method = Factoriser::lam;
    options.score_threshold = .3;
    row(n, k, "lam, 200 sharpening steps, rho .3", options, federations);
    for (SyntheticRound& it : federations) {
      for (Index i = 0; i < it.span.sharpened.size(); ++i) it.span.sharpened[i] = i < it.span.kept ? 1 : 0;
    }
    options.score_threshold = .6;
    row(n, k, "lam, sharpened to the projector, rho .6", options, federations);
  }
}

}  // namespace

int main(int argc, char** argv) {
  use_one_blas_thread();
  const std::vector<std::string> arguments(argv, argv + argc);
  if (argc == 4 || argc == 5) {
    table(std::stol(arguments[1]), {std::stol(arguments[2])}, std::stod(arguments[3]), argc == 5 ? arguments[4] : "search");
  } else {
    table(1000, {3, 6, 9, 20, 50}, .8, "");
  }
  return EXIT_SUCCESS;
}
