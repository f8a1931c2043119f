// Statistics of spectra in lanes: a slow oracle, exact cases, degenerate spectra, the same bits everywhere.
// SPDX-License-Identifier: MIT
#include "rankwise/spectra/level_statistics.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "rankwise/core/error.hpp"
#include "rankwise/linalg/tridiagonal.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/spectra/ensembles.hpp"
#include "spectra/close.hpp"
#include "spectra/level_lanes.hpp"
#include "spectra/reference.hpp"
#include "spectra/sampled.hpp"
#include "spectra/slow_levels.hpp"

namespace rankwise::spectra {
namespace {

constexpr random::Key key{23, 5};
constexpr LevelStatistics::Row LevelStatistics::*members[] = {
    &LevelStatistics::entropy,       &LevelStatistics::trimmed_entropy,    &LevelStatistics::unfolded_entropy,
    &LevelStatistics::total,         &LevelStatistics::longest_bar,        &LevelStatistics::bar_variation,
    &LevelStatistics::spacing_ratio, &LevelStatistics::bulk_spacing_ratio, &LevelStatistics::unfolded_variance,
    &LevelStatistics::local_entropy, &LevelStatistics::shape_energy,       &LevelStatistics::lowest,
    &LevelStatistics::highest,       &LevelStatistics::zero_bars,          &LevelStatistics::skipped_ratios};
static_assert(std::size(members) == level_rows);

/// Levels and unfolded levels, rows of lanes.
struct Spectra {
  std::vector<double> levels;
  std::vector<double> unfolded;
};

Spectra hermite(double beta, std::size_t n) {
  TridiagonalLanes matrices;
  sample_hermite(beta, n, {key, random::Purpose::matrix, 0}, matrices);
  Spectra s{std::vector<double>(n * replica_lanes), std::vector<double>(n * replica_lanes)};
  linalg::TridiagonalBatch(n).eigenvalues(matrices.diagonal, matrices.squares, linalg::OffDiagonal::squared, s.levels);
  unfold_semicircle(s.levels, s.unfolded);
  return s;
}

Spectra laguerre(double beta, std::size_t n, double ratio) {
  BidiagonalLanes factors;
  TridiagonalLanes matrices;
  sample_laguerre(beta, n, static_cast<double>(n) / ratio, {key, random::Purpose::matrix, 0}, factors);
  multiply_out(factors, matrices);
  Spectra s{std::vector<double>(n * replica_lanes), std::vector<double>(n * replica_lanes)};
  linalg::TridiagonalBatch(n).eigenvalues(matrices.diagonal, matrices.squares, linalg::OffDiagonal::squared, s.levels);
  unfold_marchenko_pastur(ratio, s.levels, s.unfolded);
  return s;
}

Spectra poisson(std::size_t n) {
  Spectra s{std::vector<double>(n * replica_lanes), {}};
  sample_poisson(n, {key, random::Purpose::matrix, 0}, s.levels);
  s.unfolded = s.levels;
  for (double& x : s.unfolded) x *= static_cast<double>(n);
  return s;
}

/// One spectrum in all lanes, unfolded as it is.
Spectra everywhere(const std::vector<double>& levels) {
  Spectra s;
  for (const double x : levels) s.levels.insert(s.levels.end(), replica_lanes, x);
  s.unfolded = s.levels;
  return s;
}

LevelStatistics statistics_of(const Spectra& s, double fraction = 1, std::size_t trim = 0) {
  return level_statistics(s.levels, s.unfolded, bulk_window(s.levels.size() / replica_lanes, fraction), trim);
}

/// Degenerate spectra among random ones, one kind per lane. n >= 5.
Spectra with_degeneracies(std::size_t n) {
  Spectra s = hermite(1, n);
  for (std::size_t i = 0; i < n; ++i) {
    double* const x = &s.levels[i * replica_lanes];
    x[3] = 0.75;                                                   // all equal
    x[4] = 0;                                                      // all 0
    x[7] = 0.1 * static_cast<double>(i / 2);                       // pairs
    x[8] = i < n - 1 ? -1 : 1;                                     // one bar
    x[13] = 1 + static_cast<double>(i) * 0x1p-52;                  // as close as can be
    x[16] = std::ldexp(1.0, 30 * static_cast<int>(i % 30) - 500);  // huge ratios, put in order below
    x[31] = static_cast<double>(i);                                // a ladder
  }
  std::vector<double> graded = lane_of(s.levels, 16);
  std::sort(graded.begin(), graded.end());
  for (std::size_t i = 0; i < n; ++i) s.levels[i * replica_lanes + 16] = graded[i];
  unfold_semicircle(s.levels, s.unfolded);
  return s;
}

std::vector<double> run(const LevelKernels& kernels, const Spectra& s, LevelWindow window, std::size_t trim) {
  std::vector<double> out(level_rows * replica_lanes);
  std::vector<double> scratch(s.levels.size());
  double* rows[level_rows];
  for (std::size_t r = 0; r < level_rows; ++r) rows[r] = &out[r * replica_lanes];
  kernels.statistics({s.levels.data(), s.unfolded.data(), s.levels.size() / replica_lanes, window.first, window.count,
                      trim, scratch.data()},
                     rows);
  return out;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

}  // namespace

TEST_CASE("every statistic against the slow oracle") {
  for (const auto n : std::vector<std::size_t>{3, 4, 5, 17, 100, 333}) {
    const std::size_t trim = n > 5 ? 2 : 0;
    for (const Spectra& s :
         {hermite(1, n), hermite(4, n), hermite(0.1, n), laguerre(1, n, 1), laguerre(2, n, 0.5), poisson(n)}) {
      const LevelWindow window = bulk_window(n, n > 5 ? 0.5 : 1);
      const LevelStatistics found = level_statistics(s.levels, s.unfolded, window, trim);
      for (std::size_t w = 0; w < replica_lanes; ++w) {
        const SlowLevels slow(lane_of(s.levels, w), lane_of(s.unfolded, w), window, trim);
        const auto near = [&](const LevelStatistics::Row& row, long double expected, double tolerance) {
          return close(row[w], static_cast<double>(expected), tolerance);
        };
        CAPTURE(n);
        CAPTURE(w);
        REQUIRE(near(found.entropy, slow.entropy, 4e-15));
        REQUIRE(near(found.trimmed_entropy, slow.trimmed_entropy, 4e-15));
        REQUIRE(near(found.unfolded_entropy, slow.unfolded_entropy, 4e-15));
        REQUIRE(near(found.total, slow.total, 2.3e-16));
        REQUIRE(near(found.longest_bar, slow.longest_bar, 2.3e-16));
        REQUIRE(near(found.bar_variation, slow.bar_variation, 1e-14));
        REQUIRE(near(found.spacing_ratio, slow.spacing_ratio, 4e-15));
        REQUIRE(near(found.bulk_spacing_ratio, slow.bulk_spacing_ratio, 4e-15));
        REQUIRE(near(found.unfolded_variance, slow.unfolded_variance, 1e-13));
        REQUIRE(std::abs(found.local_entropy[w] - static_cast<double>(slow.local_entropy)) < 1e-14);
        REQUIRE(std::abs(found.shape_energy[w] - static_cast<double>(slow.shape_energy)) <
                2e-15 * static_cast<double>(slow.energy_scale));
        REQUIRE(found.lowest[w] == static_cast<double>(slow.lowest));
        REQUIRE(found.highest[w] == static_cast<double>(slow.highest));
        REQUIRE(found.zero_bars[w] == static_cast<double>(slow.zero_bars));
        REQUIRE(found.skipped_ratios[w] == static_cast<double>(slow.skipped_ratios));
      }
    }
  }
}

TEST_CASE("Chebyshev's levels have the statistics of the reference file") {
  for (const int n : {5, 101}) {
    std::vector<double> levels;
    for (int k = 1; k <= n; ++k) levels.push_back(2 * std::cos(std::numbers::pi * (n + 1 - k) / (n + 1)));
    const LevelStatistics found = statistics_of(everywhere(levels));
    const auto expected = [&](const std::string& name) {
      return reference("theory|fixture/chebyshev_spectrum lambda_k=2cos(pi(n+1-k)/(n+1))/n=" + std::to_string(n) + "|" +
                       name);
    };
    CHECK(close(found.entropy[0], expected("PE"), 1e-14));
    CHECK(close(found.spacing_ratio[0], expected("r"), 1e-13));  // spacings of 4e-4 know their levels to 1e-16
    CHECK(close(found.total[0], expected("total"), 1e-15));
    CHECK(close(found.longest_bar[0], expected("max_bar"), 1e-14));
  }
}

TEST_CASE("every instruction set gives the same bits") {
  const LevelKernels& portable = level_kernels(InstructionSet::portable);
  for (const InstructionSet set : instruction_sets()) {
    const LevelKernels& kernels = level_kernels(set);
    CAPTURE(name_of(set));
    for (const auto n : std::vector<std::size_t>{3, 4, 5, 17, 100, 333}) {
      for (const Spectra& s : {hermite(2, n), laguerre(1, n, 1), poisson(n), with_degeneracies(n)}) {
        const std::size_t trim = n > 4 ? 1 : 0;
        const LevelWindow window = bulk_window(n, n > 5 ? 0.4 : 1);
        CHECK(same_bits(run(kernels, s, window, trim), run(portable, s, window, trim)));
        std::vector<double> expected(s.levels.size());
        std::vector<double> found(s.levels.size());
        portable.semicircle(s.levels.data(), n, expected.data());
        kernels.semicircle(s.levels.data(), n, found.data());
        CHECK(same_bits(found, expected));
        for (const double ratio : {1e-4, 0.25, 0.5, 1 - 1e-9, 1.0}) {
          portable.marchenko_pastur(ratio, s.levels.data(), n, expected.data());
          kernels.marchenko_pastur(ratio, s.levels.data(), n, found.data());
          CHECK(same_bits(found, expected));
        }
      }
    }
  }
}

TEST_CASE("a lane does not see the others") {
  for (const auto n : std::vector<std::size_t>{5, 33}) {
    const Spectra mixed = with_degeneracies(n);
    const LevelStatistics together = statistics_of(mixed, 0.6, 1);
    for (std::size_t w = 0; w < replica_lanes; ++w) {
      Spectra alone = everywhere(lane_of(mixed.levels, w));
      unfold_semicircle(alone.levels, alone.unfolded);
      CHECK(lane_of(alone.unfolded, 9) == lane_of(mixed.unfolded, w));
      const LevelStatistics found = statistics_of(alone, 0.6, 1);
      for (const auto member : members) {
        const std::vector<double> a{(found.*member)[9]};
        const std::vector<double> b{(together.*member)[w]};
        REQUIRE(same_bits(a, b));
      }
    }
  }
}

TEST_CASE("scale-free statistics do not change with scale, shift and reflection") {
  // Levels on a lattice, so that the maps are exact.
  random::Stream stream(key, random::Purpose::user, 1);
  std::vector<double> levels(60);
  for (double& x : levels) x = std::floor(0x1p20 * random::uniform(stream)) * 0x1p-19 - 1;
  std::sort(levels.begin(), levels.end());
  const LevelStatistics before = statistics_of(everywhere(levels), 0.5, 3);
  const auto check = [&](const std::function<double(double)>& map, bool scaled_only) {
    std::vector<double> mapped;
    for (const double x : levels) mapped.push_back(map(x));
    std::sort(mapped.begin(), mapped.end());
    const LevelStatistics after = statistics_of(everywhere(mapped), 0.5, 3);
    for (const auto member :
         {&LevelStatistics::entropy, &LevelStatistics::trimmed_entropy, &LevelStatistics::unfolded_entropy,
          &LevelStatistics::bar_variation, &LevelStatistics::spacing_ratio, &LevelStatistics::bulk_spacing_ratio,
          &LevelStatistics::unfolded_variance, &LevelStatistics::local_entropy})
      CHECK(close((after.*member)[0], (before.*member)[0], 4e-15));
    if (scaled_only) CHECK(close(after.shape_energy[0], before.shape_energy[0], 4e-15));
  };
  check([](double x) { return 3 * x; }, true);
  check([](double x) { return 0x1p-300 * x; }, true);
  check([](double x) { return -x; }, true);
  check([](double x) { return -5 * x + 1000; }, false);
  for (const double scale : {0x1p600, 0x1p-600}) {  // whose squares are no doubles
    std::vector<double> scaled;
    for (const double x : levels) scaled.push_back(scale * x);
    CHECK(statistics_of(everywhere(scaled), 0.5, 3).shape_energy[0] == before.shape_energy[0]);
  }
}

TEST_CASE("a rigid ladder reaches the upper limits") {
  for (const auto n : std::vector<std::size_t>{3, 4, 50, 1001}) {
    std::vector<double> levels;
    for (std::size_t i = 0; i < n; ++i) levels.push_back(0.5 * static_cast<double>(i) - 7);
    const LevelStatistics found = statistics_of(everywhere(levels));
    const auto bars = static_cast<double>(n - 1);
    CHECK(close(found.entropy[0], std::log(bars), 1e-15 + 1e-16 * bars));  // equal terms, equal errors
    CHECK(found.bar_variation[0] == 0);
    CHECK(found.spacing_ratio[0] == 1);
    CHECK(found.bulk_spacing_ratio[0] == 1);
    CHECK(found.unfolded_variance[0] == 0);
    CHECK(found.local_entropy[0] == 0);
    CHECK(found.longest_bar[0] == 0.5);
    CHECK(found.total[0] == 0.5 * bars);
    CHECK(found.zero_bars[0] == 0);
  }
}

TEST_CASE("degenerate spectra: zero bars and left out ratios are counted, and only mean ratios of nothing are NaN") {
  struct Case {
    std::vector<double> levels;
    double entropy, spacing_ratio, zero_bars, skipped_ratios;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double two = std::log(2.0);
  for (const Case& c :
       {Case{{1, 1, 1, 1}, 0, nan, 3, 2}, Case{{0, 0, 0}, 0, nan, 2, 1}, Case{{0, 0, 1, 2}, two, 0.5, 1, 0},
        Case{{-1, 0, 0, 1}, two, 0, 1, 0}, Case{{0, 0, 0, 1, 2}, two, 0.5, 2, 1},
        Case{{0, 1, 1, 1, 2, 3}, std::log(3.0), 1.0 / 3, 2, 1}, Case{{-3, -3, -3, 5}, 0, 0, 2, 1}}) {
    const LevelStatistics found = statistics_of(everywhere(c.levels));
    CAPTURE(c.levels[1]);
    CHECK(std::abs(found.entropy[0] - c.entropy) < 1e-15);
    CHECK(std::abs(found.unfolded_entropy[0] - c.entropy) < 1e-15);
    CHECK(found.zero_bars[0] == c.zero_bars);
    CHECK(found.skipped_ratios[0] == c.skipped_ratios);
    CHECK(std::isnan(found.spacing_ratio[0]) == std::isnan(c.spacing_ratio));
    CHECK(std::isnan(found.bulk_spacing_ratio[0]) == std::isnan(c.spacing_ratio));
    if (!std::isnan(c.spacing_ratio)) CHECK(std::abs(found.spacing_ratio[0] - c.spacing_ratio) < 1e-15);
    for (const auto member : members) {
      if (member == &LevelStatistics::spacing_ratio || member == &LevelStatistics::bulk_spacing_ratio) continue;
      CHECK(std::isfinite((found.*member)[0]));
    }
  }
  // A NaN ratio of a degenerate window beside a good one of the spectrum.
  const Spectra window = everywhere({0, 1, 1, 1, 3});
  const LevelStatistics found = level_statistics(window.levels, window.unfolded, {1, 3}, 0);
  CHECK(std::isnan(found.bulk_spacing_ratio[0]));
  CHECK(found.spacing_ratio[0] == 0);
}

TEST_CASE("unfolded levels that fall count as zero spacings") {
  Spectra s = everywhere({0, 1, 2, 3, 4});
  s.unfolded = everywhere({0, 1, 0.75, 2, 3}).levels;
  const LevelStatistics found = statistics_of(s);
  double expected = 0;
  for (const double u : {1.0, 1.25, 1.0}) expected -= u / 3.25 * std::log(u / 3.25);
  CHECK(close(found.unfolded_entropy[0], expected, 1e-15));
}

TEST_CASE("the shape energy of nearly and wholly degenerate spectra") {
  const auto energy = [](const std::vector<double>& levels) {
    return statistics_of(everywhere(levels)).shape_energy[0];
  };
  const auto check = [&](const std::vector<double>& levels, double tolerance) {
    const SlowLevels slow(levels, levels, {0, levels.size()}, 0);
    CAPTURE(levels[1]);
    CHECK(close(energy(levels), static_cast<double>(slow.shape_energy), tolerance));
  };
  check({-1, 1, 1 + 0x1p-52, 1 + 0x1p-51, 3}, 1e-15);  // neighbours among doubles are not equal
  check({3, 3 + 0x1p-51, 4.7, 5.2}, 1e-15);
  check({0, 1e-250, 1e-200, 1e-150, 1, 2}, 1e-15);
  std::vector<double> close_together;
  for (int i = 0; i < 40; ++i) close_together.push_back(1e-90 * i);  // their products underflow
  close_together.push_back(1);
  close_together.push_back(1.5);
  check(close_together, 1e-14);
  for (const int n : {3, 40}) {
    std::vector<double> equal(static_cast<std::size_t>(n), 0.5);
    CHECK(std::isfinite(energy(equal)));
    CHECK(energy(equal) < -1000);
    equal.back() = 2;
    CHECK(std::isfinite(energy(equal)));
    CHECK(std::isfinite(energy(std::vector<double>(static_cast<std::size_t>(n), 0.0))));
  }
}

TEST_CASE("bulk windows") {
  CHECK(bulk_window(100, 0.5).first == 25);
  CHECK(bulk_window(100, 0.5).count == 50);
  CHECK(bulk_window(101, 1).count == 101);
  CHECK(bulk_window(10, 0.25).count == 3);
  CHECK(bulk_window(10, 0.25).first == 3);
  for (const double bad : {0.0, -0.5, 1.01, 0.24, std::nan("")})
    CHECK_THROWS_AS((void)bulk_window(10, bad), InternalError);
  CHECK_THROWS_AS((void)bulk_window(2, 1), InternalError);
}

TEST_CASE("odd requests are refused") {
  const Spectra s = everywhere({0, 1, 2, 4, 5});
  const auto& x = s.levels;
  for (const LevelWindow bad : {LevelWindow{0, 2}, {0, 6}, {3, 3}, {std::numeric_limits<std::size_t>::max(), 3}})
    CHECK_THROWS_AS((void)level_statistics(x, x, bad, 0), InternalError);
  CHECK_NOTHROW((void)level_statistics(x, x, {2, 3}, 1));
  CHECK_THROWS_AS((void)level_statistics(x, x, {0, 5}, 2), InternalError);
  CHECK_THROWS_AS((void)level_statistics(x, std::span(x).first(4 * replica_lanes), {0, 3}, 0), InternalError);
  const auto short_span = std::span(x).first(70);
  CHECK_THROWS_AS((void)level_statistics(short_span, short_span, {0, 3}, 0), InternalError);
  const auto two = std::span(x).first(2 * replica_lanes);
  CHECK_THROWS_AS((void)level_statistics(two, two, {0, 3}, 0), InternalError);
  CHECK_THROWS_AS((void)level_statistics({}, {}, {0, 3}, 0), InternalError);
  std::vector<double> out(x.size());
  CHECK_THROWS_AS(unfold_semicircle(x, std::span(out).first(replica_lanes)), InternalError);
  CHECK_THROWS_AS(unfold_semicircle(short_span, std::span(out).first(70)), InternalError);
  for (const double bad : {0.0, -1.0, 1.1, std::nan("")})
    CHECK_THROWS_AS(unfold_marchenko_pastur(bad, x, out), InternalError);
}

}  // namespace rankwise::spectra
