// Dispersions, contracts and exact spans: what the factorisers owe without any statistics. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <numbers>
#include <set>
#include <string>

#include "federated/factorise_internal.hpp"
#include "federated/factorise_support.hpp"
#include "rankwise/core/error.hpp"

using namespace rankwise;
using namespace rankwise::federated;
using namespace rankwise::federated::testing;

namespace {

constexpr Factoriser all_methods[] = {Factoriser::search, Factoriser::ica, Factoriser::lam};

FactoriseOptions with(Factoriser method) {
  FactoriseOptions options;
  options.method = method;
  return options;
}

Stream starts(std::uint64_t seed) { return stream(seed, Purpose::factoriser); }

std::set<detail::Bits> as_set(const SignMatrix& patterns) {
  std::set<detail::Bits> set;
  for (const Matrix dense = columns_of(patterns); set.size() < patterns.rows();) {
    const std::size_t before = set.size();
    for (Index j = 0; j < dense.cols(); ++j) set.insert(detail::canonical_bits(&dense(0, j), dense.rows()));
    if (set.size() == before) break;  // repeated patterns
  }
  return set;
}

/// What every answer owes, whatever the span.
void check_promises(const Patterns& patterns, const Span& span, const FactoriseOptions& options) {
  const Index n = span.vectors.rows();
  const auto count = static_cast<Index>(patterns.signs.rows());
  REQUIRE(patterns.signs.columns() == static_cast<std::size_t>(n));
  REQUIRE(patterns.score.size() == count);
  REQUIRE(patterns.dispersion.size() == count);
  CHECK(count <= span.kept);
  CHECK(count <= patterns.candidates);
  SignMatrix unpadded = patterns.signs;
  unpadded.clear_padding();
  CHECK(unpadded == patterns.signs);
  const Matrix v = span.vectors.leftCols(span.kept);
  const Matrix x = columns_of(patterns.signs);
  for (Index j = 0; j < count; ++j) {
    const auto row = static_cast<std::size_t>(j);
    CHECK(patterns.signs(row, 0) == 1);
    if (j > 0) CHECK(patterns.score[j - 1] >= patterns.score[j]);
    const Matrix projected = linalg::product(v, linalg::transposed_product(v, x.col(j)));
    CHECK(patterns.dispersion[j] == doctest::Approx(dispersion(projected.col(0))).epsilon(1e-9).scale(1));
    if (options.method == Factoriser::lam) {
      const Matrix c = linalg::transposed_product(span.vectors, x.col(j));
      double form = 0;
      for (Index i = 0; i < c.rows(); ++i) form += span.sharpened[i] * c(i, 0) * c(i, 0) / static_cast<double>(n);
      CHECK(patterns.score[j] == doctest::Approx(form).epsilon(1e-12));
      CHECK(patterns.score[j] >= options.score_threshold);
    } else {
      CHECK(patterns.score[j] == -patterns.dispersion[j]);
      CHECK(patterns.dispersion[j] < default_dispersion_threshold(span.kept, n));
    }
    for (std::size_t other = 0; other < row; ++other) {
      const auto overlap = static_cast<double>(patterns.signs.row_product(row, other)) / static_cast<double>(n);
      CHECK(std::abs(overlap) < options.overlap_threshold);
    }
  }
}

}  // namespace

TEST_CASE("the dispersion has closed forms") {
  CHECK(dispersion(Vector::Constant(1, -3.)) == doctest::Approx(0).scale(1).epsilon(1e-15));
  for (const Index n : {2, 7, 8, 64, 1001}) {
    Vector alternating(n);
    Vector ramp(n);
    for (Index i = 0; i < n; ++i) {
      alternating[i] = i % 3 == 0 ? .7 : -.7;
      ramp[i] = static_cast<double>(i + 1) * (i % 2 == 0 ? 1. : -1.);
    }
    const auto count = static_cast<double>(n);
    CHECK(dispersion(alternating) == doctest::Approx(0).scale(1).epsilon(1e-14));
    CHECK(dispersion(ramp) ==
          doctest::Approx(2 * (1 - (count + 1) / 2 / std::sqrt((count + 1) * (2 * count + 1) / 6))).epsilon(1e-13));
    CHECK(dispersion(-1e-300 * ramp) == doctest::Approx(dispersion(ramp)).epsilon(1e-13));
    CHECK(dispersion(1e300 * ramp) == doctest::Approx(dispersion(ramp)).epsilon(1e-13));
  }

  Vector sparse = Vector::Zero(100);
  for (Index i = 0; i < 25; ++i) sparse[4 * i] = -2;
  CHECK(dispersion(sparse) == doctest::Approx(2 * (1 - std::sqrt(.25))).epsilon(1e-14));

  // (x1 + x2 + x3)/2, what the span of three orthogonal patterns keeps of their mixture: 3/2 on a quarter, else 1/2
  Vector mixture = Vector::Constant(400, .5);
  for (Index i = 0; i < 100; ++i) mixture[i] = -1.5;
  CHECK(dispersion(mixture) == doctest::Approx(2 - std::numbers::sqrt3).epsilon(1e-13));
  CHECK(dispersion(mixture) == doctest::Approx(.268).epsilon(1e-3));

  constexpr Index many = 100000;
  Vector gaussian(many);
  for (Index i = 0; i < many; ++i) gaussian[i] = random::normal_quantile((static_cast<double>(i) + .5) / many);
  CHECK(dispersion(gaussian) == doctest::Approx(2 * (1 - std::sqrt(2 / std::numbers::pi))).epsilon(1e-4));

  CHECK_THROWS_AS((void)dispersion(Vector::Zero(5)), InternalError);
  CHECK_THROWS_AS((void)dispersion(Vector()), InternalError);
  CHECK_THROWS_AS((void)dispersion(Vector::Constant(3, std::nan(""))), InternalError);
}

TEST_CASE("single and double precision see the same dispersion") {
  const Matrix y = normals(333, 1, starts(1));
  std::vector<float> single(static_cast<std::size_t>(y.size()));
  for (std::size_t i = 0; i < single.size(); ++i) single[i] = static_cast<float>(y.data()[i]);
  CHECK(detail::dispersion_of(single.data(), y.rows()) == doctest::Approx(dispersion(y.col(0))).epsilon(1e-5));
  const std::vector<float> zeros(5, 0);
  CHECK(detail::dispersion_of(zeros.data(), 5) == 2);
}

TEST_CASE("the default threshold lies below the least dispersion of noise") {
  CHECK(default_dispersion_threshold(0, 400) == .35);
  CHECK(default_dispersion_threshold(1, 1000) == .35);
  CHECK(default_dispersion_threshold(3, 400) == doctest::Approx(.384 - .7 * std::sqrt(.0075)).epsilon(1e-15));
  CHECK(default_dispersion_threshold(50, 1000) == doctest::Approx(.2274752).epsilon(1e-6));
  const double ghosts[][2] = {{.0075, .356}, {.015, .318}, {.03, .279}, {.05, .255}, {.1, .226}};
  for (const auto& [load, least_ghost] : ghosts) {
    const auto kept = static_cast<Index>(std::lround(load * 10000));
    CHECK(default_dispersion_threshold(kept, 10000) < least_ghost);
  }
  CHECK(default_dispersion_threshold(500, 1000) < 0);
  CHECK_THROWS_AS((void)default_dispersion_threshold(-1, 10), InternalError);
}

TEST_CASE("the plain tanh is that of the C library") {
  for (int i = -4000; i <= 4000; ++i) {
    const double y = i * .00637 + 1e-9 * i * i;
    CHECK(std::abs(detail::plain_tanh(y) - std::tanh(y)) < 3e-16);
    CHECK(detail::plain_tanh(-y) == -detail::plain_tanh(y));
  }
  CHECK(detail::plain_tanh(0) == 0);
  CHECK(detail::plain_tanh(1e-12) == doctest::Approx(1e-12).epsilon(1e-3).scale(0));
  CHECK(detail::plain_tanh(1e300) == 1);
  CHECK(detail::plain_tanh(-INFINITY) == -1);
}

TEST_CASE("bits are canonical and overlaps exact") {
  const double values[] = {-.5, 2, 0, -1};
  CHECK(detail::canonical_bits(values, 4) == detail::Bits{0b1001});
  const SignMatrix signs = random_signs(2, 130, starts(2));
  const Matrix dense = columns_of(signs);
  const Matrix opposite = -dense;
  for (Index j = 0; j < 2; ++j) {
    CHECK(detail::canonical_bits(&dense(0, j), 130) == detail::canonical_bits(&opposite(0, j), 130));
  }
  const std::vector<detail::Bits> bits = {detail::canonical_bits(&dense(0, 0), 130),
                                          detail::canonical_bits(&dense(0, 1), 130)};
  CHECK(detail::absolute_overlap(bits[0], bits[1], 130) ==
        std::abs(static_cast<double>(signs.row_product(0, 1))) / 130);
  CHECK(detail::absolute_overlap(bits[0], bits[0], 130) == 1);
  const Matrix back = detail::to_columns(bits, 130);
  for (Index j = 0; j < 2; ++j) CHECK(back.col(j) == dense.col(j) * dense(0, j));
}

TEST_CASE("a span of patterns gives back exactly these patterns") {
  constexpr Index n = 1000;
  for (const Index k : {1, 2, 3, 6, 9, 20, 50}) {
    const SignMatrix archetypes = random_signs(k, n, stream(static_cast<std::uint64_t>(k), Purpose::archetypes));
    const Span span = span_of(columns_of(archetypes), static_cast<std::uint64_t>(k));
    REQUIRE(span.kept == k);
    for (const Factoriser method : all_methods) {
      if (method == Factoriser::lam && k > 3) continue;  // 1/k falls towards the field h = .1, which holds the starts
      CAPTURE(k);
      CAPTURE(static_cast<int>(method));
      const Patterns patterns = factorise(span, with(method), starts(7));
      check_promises(patterns, span, with(method));
      CHECK(patterns.signs.rows() == static_cast<std::size_t>(k));
      CHECK(as_set(patterns.signs) == as_set(archetypes));
      for (Index j = 0; j < patterns.dispersion.size(); ++j) CHECK(std::abs(patterns.dispersion[j]) < 1e-12);
      CHECK(patterns.start_steps > 0);
    }
  }
}

TEST_CASE("search finds every near fixed point that exhaustion finds in a small span") {
  // Three rows of a 16 x 16 Hadamard matrix, none the product of the others: orthogonal, so the span is exact.
  constexpr Index n = 16;
  for (const auto& rows : {std::array{1, 2, 4}, std::array{1, 6, 9}, std::array{3, 5, 15}}) {
    Matrix patterns(n, 3);
    for (Index j = 0; j < 3; ++j) {
      for (Index i = 0; i < n; ++i) {
        const int row = rows[static_cast<std::size_t>(j)];
        patterns(i, j) = std::popcount(static_cast<unsigned>(row) & static_cast<unsigned>(i)) % 2 == 0 ? 1. : -1.;
      }
    }
    const Span span = span_of(patterns, 3);
    std::set<detail::Bits> exhaustive;
    for (std::uint64_t half = 0; half < (std::uint64_t{1} << (n - 1)); ++half) {
      const detail::Bits bits{half << 1 | 1U};
      const Matrix x = detail::to_columns({bits}, n);
      const Matrix y = detail::project(span.vectors, x);
      if (detail::canonical_bits(y.data(), n) == bits && dispersion(y.col(0)) < default_dispersion_threshold(3, n)) {
        exhaustive.insert(bits);
      }
    }
    CHECK(exhaustive.size() == 3);
    const Patterns found = factorise(span, with(Factoriser::search), starts(5));
    CHECK(as_set(found.signs) == exhaustive);
  }
}

TEST_CASE("the layered memory follows its definition with a dense N x N operator") {
  constexpr Index n = 60;
  constexpr Index kept = 3;
  const Matrix u = linalg::orthonormal_basis(normals(n, 5, starts(11)));
  Span span{u, Vector(5), Vector::Ones(5), kept};
  span.values << .9, .7, .5, .2, .1;
  FactoriseOptions options = with(Factoriser::lam);
  options.updates = 12;
  const Matrix v = u.leftCols(kept);
  detail::LayeredMemory memory(span, v, options);
  REQUIRE(memory.starts() == 50);  // 10 floor(3/3 log 300)
  Stream fast = starts(12);
  const detail::Pool pool = memory.run(fast);

  Matrix j = Matrix::Zero(n, n);
  for (Index i = 0; i < 5; ++i) j += span.values[i] * u.col(i) * u.col(i).transpose();
  std::vector<detail::Bits> expected;
  std::set<detail::Bits> seen;
  Stream slow = starts(12);
  for (const Index starts_now : {Index{32}, Index{18}}) {
    Matrix x(n, starts_now);
    Matrix g(kept, starts_now);
    for (Index i = 0; i < g.size(); ++i) g.data()[i] = random::normal(slow);
    for (Index s = 0; s < starts_now; ++s) {
      for (Index i = 0; i < n; ++i) x(i, s) = v.row(i).dot(g.col(s)) >= 0 ? 1. : -1.;
    }
    std::vector<Matrix> layers(3, x);
    for (int t = 0; t < options.updates; ++t) {
      const double width = (.3 + (.02 - .3) * t / (options.updates - 1)) / options.beta;
      std::vector<Matrix> next = layers;
      for (std::size_t a = 0; a < 3; ++a) {
        for (Index s = 0; s < starts_now; ++s) {
          const Vector own = j * layers[a].col(s);
          Vector h = own + options.field * x.col(s);
          for (std::size_t b = 0; b < 3; ++b) {
            if (b == a) continue;
            h -= options.repulsion / n * (j * layers[b].col(s)) * layers[b].col(s).dot(own);
          }
          for (Index i = 0; i < n; ++i) {
            const double mean = std::tanh(options.beta * h[i]);
            const double noise = std::abs(mean) <= width ? width * (2 * random::uniform(slow) - 1) : 0;
            next[a](i, s) = mean + noise >= 0 ? 1. : -1.;
          }
        }
      }
      layers = next;
    }
    for (const Matrix& layer : layers) {
      for (Index s = 0; s < starts_now; ++s) {
        detail::Bits bits = detail::canonical_bits(&layer(0, s), n);
        if (seen.insert(bits).second) expected.push_back(bits);
      }
    }
  }
  CHECK(pool.patterns.size() > 1);
  CHECK(pool.patterns == expected);
  CHECK(pool.start_steps == 50 * 12);
  CHECK(fast.word() == slow.word());
}

TEST_CASE("the number of starts of the layered memory is clamped") {
  const Matrix u = linalg::orthonormal_basis(normals(100, 50, starts(13)));
  const Span span{u, Vector::Ones(50), Vector::Ones(50), 50};
  const auto count = [&](Index kept, int layers) {
    FactoriseOptions options = with(Factoriser::lam);
    options.layers = layers;
    options.repulsion = 0;
    const Matrix v = u.leftCols(kept);
    return detail::LayeredMemory(span, v, options).starts();
  };
  CHECK(count(1, 3) == 10);
  CHECK(count(1, 9) == 1);
  CHECK(count(6, 3) == 120);
  CHECK(count(9, 3) == 200);
  CHECK(count(50, 3) == 500);
}

TEST_CASE("the layered memory runs again while it has too few patterns, and no more than ten times") {
  const Span span = span_of(columns_of(random_signs(2, 400, starts(14))), 1);
  FactoriseOptions options = with(Factoriser::lam);
  options.layers = 30;  // leaves one start a run, whose layers mostly end in the same pattern
  options.repulsion = 0;
  std::int64_t longest = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Patterns patterns = factorise(span, options, starts(seed));
    const std::int64_t runs = patterns.start_steps / options.updates;
    CHECK(patterns.start_steps % options.updates == 0);
    CHECK((patterns.signs.rows() == 2 || runs == 11));
    longest = std::max(longest, runs);
  }
  CHECK(longest > 1);
  options.score_threshold = 1.01;
  CHECK(factorise(span, options, starts(1)).start_steps == 11 * options.updates);
}

TEST_CASE("no more than Khat patterns are accepted") {
  // A vanishing operator leaves the layers at their starts, sgn(V g): three dimensions hold more than three lines that
  // are far apart, and a threshold of 0 lets all of them pass.
  Span span = span_of(normals(400, 3, starts(15)), 1);
  span.values.setZero();
  FactoriseOptions options = with(Factoriser::lam);
  options.score_threshold = 0;
  const Patterns three = factorise(span, options, starts(1));
  CHECK(three.signs.rows() == 3);
  check_promises(three, span, options);
}

TEST_CASE("the same stream gives the same bits, whatever was done before") {
  const SyntheticRound it = federation(200, 5, 1, 2000, .7, 21, 8);
  for (const Factoriser method : all_methods) {
    FactoriseOptions options = with(method);
    options.score_threshold = .2;
    const Patterns first = factorise(it.span, options, starts(1));
    (void)factorise(it.span, options, starts(2));
    const Span moved = it.span;  // another place in memory
    const Patterns again = factorise(moved, options, starts(1));
    CAPTURE(static_cast<int>(method));
    CHECK(first.signs.rows() > 0);
    CHECK(first.signs == again.signs);
    CHECK(first.score == again.score);
    CHECK(first.dispersion == again.dispersion);
    CHECK(first.candidates == again.candidates);
    CHECK(first.start_steps == again.start_steps);
    check_promises(first, it.span, options);
  }
}

TEST_CASE("nothing kept gives nothing, and one pattern is enough") {
  Span span = span_of(columns_of(random_signs(2, 70, starts(31))), 1);
  for (const Factoriser method : all_methods) {
    Span none = span;
    none.kept = 0;
    const Patterns patterns = factorise(none, with(method), starts(1));
    CHECK(patterns.signs.rows() == 0);
    CHECK(patterns.signs.columns() == 70);
    CHECK(patterns.score.size() == 0);
    CHECK(patterns.dispersion.size() == 0);
    CHECK(patterns.candidates == 0);
    CHECK(patterns.start_steps == 0);
  }
  const SignMatrix one = random_signs(1, 7, starts(33));
  for (const Factoriser method : all_methods) {
    const Patterns patterns = factorise(span_of(columns_of(one), 1), with(method), starts(1));
    REQUIRE(patterns.signs.rows() == 1);
    CHECK(as_set(patterns.signs) == as_set(one));
  }
}

TEST_CASE("a threshold of zero or a load past all thresholds accepts nothing") {
  const Span span = span_of(columns_of(random_signs(3, 100, starts(41))), 1);
  const Span wide = span_of(normals(20, 10, starts(42)), 1);
  REQUIRE(default_dispersion_threshold(10, 20) < 0);
  for (const Factoriser method : {Factoriser::search, Factoriser::ica}) {
    FactoriseOptions options = with(method);
    options.dispersion_threshold = 0;
    CHECK(factorise(wide, options, starts(1)).signs.rows() == 0);
    CHECK(factorise(wide, with(method), starts(1)).signs.rows() == 0);
    CHECK(factorise(span, with(method), starts(1)).signs.rows() == 3);
  }
  FactoriseOptions strict = with(Factoriser::lam);
  strict.score_threshold = 1.01;
  const Patterns rejected = factorise(span, strict, starts(1));
  CHECK(rejected.signs.rows() == 0);
  CHECK(rejected.candidates >= 3);
}

TEST_CASE("the overlap threshold drops the worse of two near patterns") {
  // The second pattern overlaps the first by .44: above the default .4, below .5.
  SignMatrix pair = random_signs(2, 1000, starts(51));
  for (std::size_t i = 0; i < 1000; ++i) pair.set(1, i, (pair(0, i) > 0) != (i % 25 < 7));
  REQUIRE(pair.row_product(0, 1) == 440);
  const Span span = span_of(columns_of(pair), 1);
  for (const Factoriser method : {Factoriser::search, Factoriser::ica}) {
    FactoriseOptions options = with(method);
    const Patterns one = factorise(span, options, starts(1));
    CHECK(one.signs.rows() == 1);
    CHECK(one.candidates == 2);
    options.overlap_threshold = .5;
    CHECK(as_set(factorise(span, options, starts(1)).signs) == as_set(pair));
  }
}

TEST_CASE("broken promises are internal errors") {
  const Span good = span_of(columns_of(random_signs(3, 50, starts(61))), 1);
  const auto fails = [](const Span& span, const FactoriseOptions& options) {
    CHECK_THROWS_AS((void)factorise(span, options, starts(1)), InternalError);
  };
  Span span = good;
  span.kept = 4;
  fails(span, {});
  span.kept = -1;
  fails(span, {});
  span = good;
  span.values.conservativeResize(2);
  fails(span, {});
  span = good;
  span.sharpened.conservativeResize(2);
  fails(span, {});
  span = good;
  span.vectors(1, 1) = std::nan("");
  fails(span, {});
  for (const double relaxation : {0., 1., -.5, std::nan("")}) {
    FactoriseOptions options;
    options.relaxation = relaxation;
    fails(good, options);
  }
  FactoriseOptions options = with(Factoriser::lam);
  options.repulsion = .5;
  fails(good, options);
  options.repulsion = .2;
  options.layers = 0;
  fails(good, options);
  options.layers = 3;
  options.patience = -1;
  fails(good, options);
}
