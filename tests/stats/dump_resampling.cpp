// Prints what the resampling and spectrum code makes of numbers read from standard input, one list per line, for
// comparison with numpy. SPDX-License-Identifier: MIT
//   dump_resampling auc                                     positives, negatives of a; positives, negatives of b
//   dump_resampling roc                                     positives, negatives
//   dump_resampling jackknife BLOCKS                        sample; of variance / mean^2, both plug-in
//   dump_resampling counts SEED LAW REPLICA CLIENT B        sizes of the strata
//   dump_resampling bootstrap SEED LAW REPLICA CLIENT N     as for auc
//   dump_resampling spectrum                                edges, cdf at the edges, then one line per replica
#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "rankwise/core/text.hpp"
#include "rankwise/stats/bootstrap.hpp"
#include "rankwise/stats/jackknife.hpp"
#include "rankwise/stats/roc.hpp"
#include "rankwise/stats/spectrum.hpp"

using namespace rankwise::stats;

namespace {

using Values = std::vector<double>;

std::vector<Values> read_lists() {
  std::vector<Values> lists;
  for (std::string line; std::getline(std::cin, line);) {
    Values& list = lists.emplace_back();
    for (const std::string& word : rankwise::split(line, ' ')) list.push_back(std::stod(word));
  }
  return lists;
}

void print(std::span<const double> list) {
  for (const double x : list) std::printf("%a ", x);
  std::printf("\n");
}
void print(std::span<const std::int64_t> list) {
  for (const std::int64_t x : list) std::printf("%" PRId64 " ", x);
  std::printf("\n");
}

std::uint64_t natural(const std::string& text) { return std::stoull(text, nullptr, 0); }

ResampleSource source_of(const std::vector<std::string>& arguments) {
  return {{natural(arguments.at(1)), natural(arguments.at(2))}, natural(arguments.at(3)), natural(arguments.at(4))};
}

double relative_variance(std::span<const double> sample) {
  const auto n = static_cast<double>(sample.size());
  double sum = 0, squares = 0;
  for (const double x : sample) sum += x;
  for (const double x : sample) squares += (x - sum / n) * (x - sum / n);
  return squares / n / (sum / n * sum / n);
}

void dump_auc(const Scores& a, const Scores& b) {
  const AucDifference d = auc_difference(a, b);
  print(std::array{d.first.auc, d.first.standard_error, d.second.auc, d.second.standard_error, d.covariance,
                   d.difference, d.standard_error});
}

void dump_roc(const Scores& scores) {
  const RocCurve curve = roc_curve(scores);
  print(curve.false_positive_rate);
  print(curve.true_positive_rate);
  print(curve.threshold);
}

void dump_bootstrap(const Scores& a, const Scores& b, const ResampleSource& source, std::size_t resamples) {
  const Values areas = auc_resamples(a, source, resamples);
  print(areas);
  print(auc_difference_resamples(a, b, source, resamples));
  const BootstrapSummary s = bootstrap_summary(areas, 0.1);
  print(std::array{s.mean, s.standard_error, s.interval.low, s.interval.high});
}

void dump_spectrum(const std::vector<Values>& lists) {
  const Values& edges = lists.at(0);
  const auto replicas = std::span(lists).subspan(2);
  SpectrumTally tally = empty_spectrum(replicas[0].size(), edges.size() - 1);
  for (const Values& levels : replicas) add_replica(tally, levels, edges);
  for (const auto* part : {&tally.counts, &tally.count_squares, &tally.outside, &tally.level_sums,
                           &tally.level_squares_upper, &tally.level_squares_lower}) {
    print(*part);
  }
  const SpectrumSummary s = summarise(tally, edges, static_cast<std::int64_t>(replicas.size()));
  for (const Values* part : {&s.density, &s.density_stderr, &s.level_mean, &s.level_stderr}) print(*part);
  print(std::array{s.below, s.inside, s.above, kolmogorov_distance(tally, lists.at(1))});
}

int run(const std::vector<std::string>& arguments) {
  const std::string& what = arguments.at(0);
  const std::vector<Values> lists = read_lists();
  const auto scores = [&](std::size_t first) { return Scores{lists.at(first), lists.at(first + 1)}; };
  if (what == "auc") {
    dump_auc(scores(0), scores(2));
  } else if (what == "roc") {
    dump_roc(scores(0));
  } else if (what == "jackknife") {
    const Jackknife j = jackknife(lists.at(0), natural(arguments.at(1)), relative_variance);
    print(std::array{j.estimate, j.corrected, j.standard_error});
  } else if (what == "counts") {
    std::vector<std::size_t> strata;
    for (const double size : lists.at(0)) strata.push_back(static_cast<std::size_t>(size));
    print(resample_counts(strata, source_of(arguments), natural(arguments.at(5))));
  } else if (what == "bootstrap") {
    dump_bootstrap(scores(0), scores(2), source_of(arguments), natural(arguments.at(5)));
  } else if (what == "spectrum") {
    dump_spectrum(lists);
  } else {
    throw std::invalid_argument("unknown request " + what);
  }
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dump_resampling: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
