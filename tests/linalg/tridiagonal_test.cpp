// Lane-batched tridiagonal eigenvalues: closed forms, LAPACK as oracle, the same bits everywhere.
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "linalg/reference.hpp"
#include "linalg/tridiagonal_support.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/hash.hpp"

using namespace rankwise;
using namespace rankwise::linalg;
using namespace rankwise::test;

namespace {

using Numbers = std::vector<double>;
constexpr auto both_kinds = {OffDiagonal::plain, OffDiagonal::squared};

double largest_difference(const Numbers& a, const Numbers& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(std::abs(a[i] - b[i]) <= largest)) largest = std::abs(a[i] - b[i]);
  }
  return largest;
}

bool same_bits(const Numbers& a, const Numbers& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
    return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
  });
}

/// The same matrix in all lanes, by every variant: all lanes and variants agree; returns lane 0.
Numbers batch_values(const Numbers& d, const Numbers& e, OffDiagonal kind) {
  Numbers first;
  for (const TridiagonalVariant& variant : tridiagonal_variants()) {
    Lanes lanes(d.size(), kind);
    for (std::size_t w = 0; w < replica_lanes; ++w) lanes.set_lane(w, d, e);
    REQUIRE(solve(variant, lanes).by_lapack == 0);
    if (first.empty()) first = lanes.lane_values(0);
    for (std::size_t w = 0; w < replica_lanes; ++w) REQUIRE(same_bits(lanes.lane_values(w), first));
  }
  REQUIRE(std::is_sorted(first.begin(), first.end()));
  return first;
}

/// Against dsterf and an expected spectrum, in both kinds and from both ends.
void check_closed_form(const Numbers& d, const Numbers& e, const Numbers& expected, double tolerance) {
  const double allowed = tolerance * std::max(largest_entry(d, e), std::numeric_limits<double>::min());
  CHECK(largest_difference(tridiagonal_eigenvalues(d, e), expected) <= allowed);
  const Numbers d_reversed(d.rbegin(), d.rend());
  const Numbers e_reversed(e.rbegin(), e.rend());
  for (const OffDiagonal kind : both_kinds) {
    CHECK(largest_difference(batch_values(d, e, kind), expected) <= allowed);
    CHECK(largest_difference(batch_values(d_reversed, e_reversed, kind), expected) <= allowed);
  }
}

Numbers sorted(Numbers x) {
  std::sort(x.begin(), x.end());
  return x;
}

/// Fills a batch with lanes of very different character: GOE, diagonal, graded, split, constant.
Lanes motley(std::size_t n, std::uint64_t seed) {
  Lanes lanes = beta_hermite_lanes(n, 2.0, seed);
  Draws draws(seed);
  for (std::size_t w = 0; w < replica_lanes; w += 2) {
    Numbers d(n);
    Numbers e(n - 1);
    for (std::size_t i = 0; i < n; ++i) {
      const double graded = std::pow(10.0, -0.3 * static_cast<double>(i));
      d[i] = w % 8 == 0 ? draws.uniform() : w % 8 == 2 ? graded : w % 8 == 4 ? 0 : draws.uniform() - 0.5;
      if (i + 1 < n)
        e[i] = w % 8 == 0 ? 0 : w % 8 == 2 ? 0.5 * graded : w % 8 == 4 ? 1 : i % 5 == 2 ? 0 : draws.uniform();
    }
    lanes.set_lane(w, d, e);
  }
  return lanes;
}

}  // namespace

TEST_CASE("second difference: 2 - 2 cos(pi j/(n+1))") {
  for (const std::size_t n : {1UL, 2UL, 3UL, 10UL, 64UL, 65UL, 200UL}) {
    CAPTURE(n);
    Numbers expected(n);
    for (std::size_t j = 0; j < n; ++j) {
      expected[j] = 2 - 2 * std::cos(std::numbers::pi * static_cast<double>(j + 1) / static_cast<double>(n + 1));
    }
    check_closed_form(Numbers(n, 2), Numbers(n - 1, -1), expected, 1e-14);
  }
}

TEST_CASE("Clement's matrix: -(n-1), -(n-3) .. n-1") {
  for (const std::size_t n : {2UL, 3UL, 9UL, 100UL}) {
    Numbers e(n - 1);
    Numbers expected(n);
    for (std::size_t i = 1; i < n; ++i) e[i - 1] = std::sqrt(static_cast<double>(i * (n - i)));
    for (std::size_t j = 0; j < n; ++j) expected[j] = 2 * static_cast<double>(j) - static_cast<double>(n - 1);
    check_closed_form(Numbers(n, 0), e, expected, 1e-13);
  }
}

TEST_CASE("orders one and two, and matrices that are diagonal already") {
  check_closed_form({-3.25}, {}, {-3.25}, 0);
  check_closed_form({0}, {}, {0}, 0);
  check_closed_form({1, 1}, {2}, {-1, 3}, 1e-15);
  check_closed_form({3, -3}, {4}, {-5, 5}, 1e-15);
  check_closed_form({0, 0, 0}, {0, 0}, {0, 0, 0}, 0);
  check_closed_form({5, -1, 3, 3, 2}, {0, 0, 0, 0}, {-1, 2, 3, 3, 5}, 0);
  check_closed_form(Numbers(40, 7), Numbers(39, 0), Numbers(40, 7), 0);
}

TEST_CASE("blocks apart, and equal eigenvalues from equal blocks") {
  Numbers d;
  Numbers e;
  Numbers expected;
  for (int block = 0; block < 12; ++block) {  // each [[1, 2], [2, 1]] has -1 and 3
    d.insert(d.end(), {1, 1});
    e.insert(e.end(), {2, 0});
    expected.insert(expected.end(), {-1, 3});
  }
  e.pop_back();
  check_closed_form(d, e, sorted(expected), 1e-14);
  // Wilkinson's W+ of order 21: its largest pairs agree to all digits although no coupling is small.
  Numbers wilkinson(21);
  for (std::size_t i = 0; i < 21; ++i) wilkinson[i] = std::abs(static_cast<double>(i) - 10);
  const Numbers values = batch_values(wilkinson, Numbers(20, 1), OffDiagonal::plain);
  CHECK(values[20] == doctest::Approx(10.746194182903393).epsilon(1e-14));
  CHECK(values[19] == doctest::Approx(10.746194182903322).epsilon(1e-14));
  CHECK(values[0] == doctest::Approx(-1.125441522119985).epsilon(1e-13));
}

TEST_CASE("graded matrices and extreme scales") {
  const std::size_t n = 41;
  Numbers d(n);
  Numbers e(n - 1);
  for (std::size_t i = 0; i < n; ++i) d[i] = std::pow(10.0, -200 + 10 * static_cast<double>(i));
  for (std::size_t i = 0; i + 1 < n; ++i) e[i] = 0.3 * d[i];
  const Numbers expected_graded = tridiagonal_eigenvalues(d, e);
  CHECK(largest_difference(batch_values(d, e, OffDiagonal::plain), expected_graded) <= 1e-14 * expected_graded.back());
  std::reverse(d.begin(), d.end());
  std::reverse(e.begin(), e.end());
  CHECK(largest_difference(batch_values(d, e, OffDiagonal::plain), expected_graded) <= 1e-14 * expected_graded.back());

  Lanes plain = beta_hermite_lanes(60, 1.0, 5);
  const Numbers a = plain.lane_diagonal(3);
  const Numbers b = plain.lane_off_diagonal(3);
  const Numbers unscaled = batch_values(a, b, OffDiagonal::plain);
  for (const int power : {-960, -700, 700, 1020}) {  // powers of two change no bit
    CAPTURE(power);
    Numbers a_scaled = a;
    Numbers b_scaled = b;
    Numbers expected = unscaled;
    for (Numbers* const x : {&a_scaled, &b_scaled, &expected}) {
      for (double& value : *x) value = std::ldexp(value, power);
    }
    CHECK(same_bits(batch_values(a_scaled, b_scaled, OffDiagonal::plain), expected));
    if (power == -960) continue;
    for (const double scale : {1e-150, 1e150}) {
      for (std::size_t i = 0; i < a.size(); ++i) a_scaled[i] = a[i] * scale;
      for (std::size_t i = 0; i < b.size(); ++i) b_scaled[i] = b[i] * scale;
      Numbers again = batch_values(a_scaled, b_scaled, OffDiagonal::squared);
      for (double& x : again) x /= scale;
      CHECK(largest_difference(again, unscaled) <= 1e-13);
    }
  }
  const double least = std::numeric_limits<double>::denorm_min();
  check_closed_form({least, least}, {0}, {least, least}, 0);
  CHECK(batch_values({0, 0}, {4 * least}, OffDiagonal::plain) == Numbers{-4 * least, 4 * least});
  CHECK(batch_values({0, 0}, {1e308}, OffDiagonal::plain)[1] == doctest::Approx(1e308).epsilon(1e-14));
}

TEST_CASE("random matrices agree with dsterf; trace and sum of squares stay") {
  int matrices = 0;
  double worst = 0;
  for (const std::size_t n : {1UL, 2UL, 3UL, 5UL, 17UL, 100UL, 333UL}) {
    const int batches = n == 333 ? 4 : n == 100 ? 20 : 65;
    for (int batch = 0; batch < batches; ++batch) {
      const double beta = std::pow(10.0, -3 + 7 * static_cast<double>(batch) / std::max(1, batches - 1));
      CAPTURE(n);
      CAPTURE(beta);
      Lanes lanes = beta_hermite_lanes(n, beta, static_cast<std::uint64_t>(batch));
      REQUIRE(solve(tridiagonal_variants().front(), lanes).by_lapack == 0);
      for (std::size_t w = 0; w < replica_lanes; ++w, ++matrices) {
        const Numbers d = lanes.lane_diagonal(w);
        const Numbers e = lanes.lane_off_diagonal(w);
        const double norm = largest_entry(d, e);
        const Numbers values = lanes.lane_values(w);
        REQUIRE(std::is_sorted(values.begin(), values.end()));
        worst = std::max(worst, largest_difference(values, lane_by_lapack(lanes, w)) / norm);
        double trace = 0;
        double square = 0;
        for (std::size_t i = 0; i < n; ++i) {
          trace += d[i] - values[i];
          square += d[i] * d[i] - values[i] * values[i] + (i + 1 < n ? 2 * e[i] * e[i] : 0);
        }
        REQUIRE(std::abs(trace) <= 1e-14 * norm * static_cast<double>(n));
        REQUIRE(std::abs(square) <= 1e-14 * norm * norm * static_cast<double>(n));
      }
    }
  }
  MESSAGE("largest difference to dsterf, relative to the largest entry: ", worst, " over ", matrices, " matrices");
  CHECK(matrices >= 10000);
  CHECK(worst <= 1e-12);
}

TEST_CASE("eigenvalues of the matrix without its last row interlace") {
  for (const std::size_t n : {2UL, 3UL, 30UL, 150UL}) {
    Lanes whole = beta_hermite_lanes(n, 1.0, n);
    Lanes part(n - 1, OffDiagonal::plain);
    for (std::size_t w = 0; w < replica_lanes; ++w) {
      Numbers d = whole.lane_diagonal(w);
      Numbers e = whole.lane_off_diagonal(w);
      d.pop_back();
      e.pop_back();
      part.set_lane(w, d, e);
    }
    (void)solve(tridiagonal_variants().front(), whole);
    (void)solve(tridiagonal_variants().front(), part);
    for (std::size_t w = 0; w < replica_lanes; ++w) {
      const Numbers outer = whole.lane_values(w);
      const Numbers inner = part.lane_values(w);
      for (std::size_t i = 0; i + 1 < n; ++i) {
        REQUIRE(outer[i] <= inner[i] + 1e-13);
        REQUIRE(inner[i] <= outer[i + 1] + 1e-13);
      }
    }
  }
}

TEST_CASE("every instruction set gives the same bits") {
  for (const std::size_t n : {1UL, 2UL, 3UL, 5UL, 17UL, 100UL, 333UL}) {
    for (std::uint64_t seed = 0; seed < (n < 100 ? 30 : 3); ++seed) {
      Lanes lanes = seed % 3 == 0 ? motley(n, seed) : beta_hermite_lanes(n, seed % 3 == 1 ? 0.01 : 4, seed);
      TridiagonalReport report = solve(tridiagonal_variants().back(), lanes);
      const Numbers portable = lanes.values;
      for (const TridiagonalVariant& variant : tridiagonal_variants()) {
        CAPTURE(std::string(variant.name));
        std::fill(lanes.values.begin(), lanes.values.end(), 0.0);
        const TridiagonalReport again = solve(variant, lanes);
        CHECK(same_bits(lanes.values, portable));
        CHECK(again.sweeps == report.sweeps);
        CHECK(again.by_lapack == report.by_lapack);
      }
    }
  }
}

TEST_CASE("the bits of a known batch, from any compiler") {
  Lanes lanes(50, OffDiagonal::squared);  // entries are multiples of 2^-53: no function of a mathematics library
  Draws draws(9);
  for (double& x : lanes.diagonal) x = draws.uniform() - 0.5;
  for (double& x : lanes.off_diagonal) x = draws.uniform();
  for (const TridiagonalVariant& variant : tridiagonal_variants()) {
    CAPTURE(std::string(variant.name));
    CHECK(solve(variant, lanes).by_lapack == 0);
    CHECK(hash_words(std::as_bytes(std::span(lanes.values)), 0) == 0x9c9eac9de4da97b8ULL);
  }
}

TEST_CASE("a lane does not know its neighbours") {
  for (const TridiagonalVariant& variant : tridiagonal_variants()) {
    CAPTURE(std::string(variant.name));
    for (const std::size_t n : {2UL, 5UL, 40UL, 101UL}) {
      Lanes mixed = motley(n, n);
      (void)solve(variant, mixed);
      for (std::size_t w = 0; w < replica_lanes; ++w) {
        const Numbers d = mixed.lane_diagonal(w);
        Numbers squares = mixed.lane_off_diagonal(w);
        for (std::size_t i = 0; i + 1 < n; ++i) squares[i] = mixed.off_diagonal[replica_lanes * i + w];
        const std::size_t elsewhere = (w * 7 + 3) % replica_lanes;
        Lanes alone(n, OffDiagonal::squared);  // beside zero matrices
        Lanes crowd = beta_hermite_lanes(n, 0.5, w);
        for (Lanes* const lanes : {&alone, &crowd}) {
          lanes->set_lane(elsewhere, d, Numbers(n - 1, 0));
          for (std::size_t i = 0; i + 1 < n; ++i) {
            lanes->off_diagonal[replica_lanes * i + elsewhere] = squares[i];
          }
          (void)solve(variant, *lanes);
          REQUIRE(same_bits(lanes->lane_values(elsewhere), mixed.lane_values(w)));
        }
      }
    }
  }
}

TEST_CASE("lanes of every character agree with dsterf") {
  for (const std::size_t n : {2UL, 5UL, 40UL, 101UL}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      Lanes lanes = motley(n, seed);
      CHECK(solve(tridiagonal_variants().front(), lanes).by_lapack == 0);
      for (std::size_t w = 0; w < replica_lanes; ++w) {
        CAPTURE(w);
        REQUIRE(largest_difference(lanes.lane_values(w), lane_by_lapack(lanes, w)) <= 1e-13);
      }
    }
  }
}

TEST_CASE("lanes that run out of sweeps are solved by dsterf and counted") {
  for (const TridiagonalVariant& variant : tridiagonal_variants()) {
    Lanes lanes = motley(30, 1);  // four of the lanes are diagonal: they need no sweep
    CHECK(solve(variant, lanes, true).by_lapack == replica_lanes - 4);
    for (std::size_t w = 0; w < replica_lanes; ++w) {
      CHECK(largest_difference(lanes.lane_values(w), lane_by_lapack(lanes, w)) <= 1e-15);
    }
  }
}

TEST_CASE("the public solver: memory is reused, wrong sizes and numbers are refused") {
  const std::size_t n = 25;
  TridiagonalBatch batch(n);
  CHECK(batch.order() == n);
  Lanes lanes = beta_hermite_lanes(n, 1.0, 1);
  (void)solve(tridiagonal_variants().back(), lanes);
  Numbers values(n * replica_lanes);
  for (int repeat = 0; repeat < 2; ++repeat) {
    CHECK(batch.eigenvalues(lanes.diagonal, lanes.off_diagonal, lanes.kind, values).by_lapack == 0);
    CHECK(same_bits(values, lanes.values));
  }
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {std::nan(""), infinity, -infinity}) {
    for (const bool on_diagonal : {true, false}) {
      Lanes spoilt = lanes;
      (on_diagonal ? spoilt.diagonal : spoilt.off_diagonal)[replica_lanes * 7 + 19] = bad;
      for (const TridiagonalVariant& variant : tridiagonal_variants()) {
        CHECK_THROWS_WITH_AS((void)solve(variant, spoilt),
                             "the tridiagonal matrix in lane 19 of a batch holds NaN, infinity or a negative square",
                             NumericalError);
      }
    }
    CHECK_THROWS_AS((void)tridiagonal_eigenvalues(Numbers{1, bad}, Numbers{1}), NumericalError);
    CHECK_THROWS_AS((void)tridiagonal_eigenvalues(Numbers{1, 1}, Numbers{bad}), NumericalError);
  }
  lanes.off_diagonal[40] = -1e-300;
  CHECK_THROWS_AS((void)solve(tridiagonal_variants().front(), lanes), NumericalError);
  lanes.kind = OffDiagonal::plain;
  CHECK(solve(tridiagonal_variants().front(), lanes).by_lapack == 0);
  CHECK_THROWS_AS(TridiagonalBatch(0), InternalError);
  CHECK_THROWS_AS((void)batch.eigenvalues(values, values, lanes.kind, values), InternalError);
  CHECK_THROWS_AS((void)tridiagonal_eigenvalues(Numbers{}, Numbers{}), InternalError);
  CHECK_THROWS_AS((void)tridiagonal_eigenvalues(Numbers{1, 2}, Numbers{1, 2}), InternalError);
}

TEST_CASE("bidiagonal singular values: high relative accuracy where the squares have none") {
  // Of the Kahan-like matrix with diagonal 1 and off-diagonal x the determinant is 1 and the smallest value tiny: the
  // product of all values is 1 to rounding only if each is relatively accurate.
  const std::size_t n = 30;
  const Numbers diagonal(n, 1.0);
  const Numbers off(n - 1, 8.0);
  const auto values = bidiagonal_singular_values(diagonal, off);
  double log_product = 0;
  for (const double v : values) log_product += std::log(v);
  CHECK(values.front() < 1e-25);
  CHECK(std::abs(log_product) < 1e-13);
  CHECK(std::is_sorted(values.begin(), values.end()));
  // The largest agree with the tridiagonal of the products.
  Numbers d(n);
  Numbers e(n - 1);
  for (std::size_t i = 0; i < n; ++i) d[i] = 1 + (i > 0 ? 64.0 : 0.0);
  for (std::size_t i = 0; i + 1 < n; ++i) e[i] = 8;
  const auto squares = tridiagonal_eigenvalues(d, e);
  for (std::size_t i = 1; i < n; ++i) CHECK(std::abs(values[i] * values[i] - squares[i]) < 1e-13 * squares.back());
  CHECK_THROWS_AS((void)bidiagonal_singular_values(diagonal, diagonal), InternalError);
  CHECK_THROWS_AS((void)bidiagonal_singular_values(Numbers{1, std::nan("")}, Numbers{1}), NumericalError);
}
