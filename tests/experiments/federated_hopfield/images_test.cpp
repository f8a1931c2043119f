// Images to archetypes and examples, on tiny pictures. SPDX-License-Identifier: MIT
#include "experiments/federated_hopfield/images.hpp"

#include <doctest/doctest.h>

#include "rankwise/core/error.hpp"

using namespace rankwise;
using namespace rankwise::experiments;

namespace {

/// Five images of 2 x 2 pixels, classes 0, 0, 1, 1, 2.
io::Images tiny() {
  return {5, 2, 2, {10, 0, 200, 7, 30, 0, 100, 7, 20, 0, 0, 9, 40, 1, 0, 9, 255, 255, 255, 255}, {0, 0, 1, 1, 2}, "tiny"};
}

linalg::SignMatrix signs(const std::vector<std::vector<int>>& rows) {
  linalg::SignMatrix m(rows.size(), rows[0].size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < rows[i].size(); ++j) m.set(i, j, rows[i][j] > 0);
  }
  return m;
}

}  // namespace

TEST_CASE("a pixel's threshold is the median over the chosen classes, at least one half") {
  // class 2 is not chosen; medians: (20 + 30)/2, 0 -> .5, (0 + 100)/2, (7 + 9)/2
  CHECK(hopfield::pixel_thresholds(tiny(), {0, 1}) == std::vector<double>{25, .5, 50, 8});
  CHECK(hopfield::pixel_thresholds(tiny(), {2}) == std::vector<double>{255, 255, 255, 255});
}

TEST_CASE("a pixel above its threshold is +1") {
  const auto thresholds = hopfield::pixel_thresholds(tiny(), {0, 1});
  CHECK(hopfield::binarised(tiny(), 0, thresholds) == signs({{-1, -1, 1, -1}, {1, -1, 1, -1}}));
  CHECK(hopfield::binarised(tiny(), 1, thresholds) == signs({{-1, -1, -1, 1}, {1, 1, -1, 1}}));
  CHECK(hopfield::binarised(tiny(), 7, thresholds).rows() == 0);
}

TEST_CASE("prototypes: sign of the class mean, ties +1, decorrelated in order") {
  const auto first = signs({{1, 1, 1, 1, -1, -1, -1, -1}});
  // orthogonal classes stay as they are; an even split counts +1
  const auto second = signs({{1, -1, 1, -1, 1, -1, 1, -1}, {1, -1, 1, -1, 1, -1, 1, 1}});
  const auto apart = hopfield::prototypes({first, second});
  CHECK(apart == signs({{1, 1, 1, 1, -1, -1, -1, -1}, {1, -1, 1, -1, 1, -1, 1, 1}}));
  // overlap 6/8 with the first: x - .75 z is (.25, .25, .25, .25, -.25, -.25, -.25, 1.75)
  const auto near = hopfield::prototypes({first, signs({{1, 1, 1, 1, -1, -1, -1, 1}})});
  CHECK(near == signs({{1, 1, 1, 1, -1, -1, -1, -1}, {1, 1, 1, 1, -1, -1, -1, 1}}));
  // a copy of the first leaves zeros, and zeros count +1
  CHECK(hopfield::prototypes({first, first}).row_product(1, 1) == 8);
  CHECK(hopfield::prototypes({first, first}) == signs({{1, 1, 1, 1, -1, -1, -1, -1}, {1, 1, 1, 1, 1, 1, 1, 1}}));
}

TEST_CASE("a client draws from its own shard only") {
  hopfield::LocalImages local;
  // image i of the class is the pattern with bit i set
  linalg::SignMatrix images(10, 10);
  for (std::size_t i = 0; i < 10; ++i) images.set(i, i, true);
  local.training = {images};
  for (std::int64_t client = 0; client < 3; ++client) {
    const random::Stream picks({1, 1}, random::Purpose::flips, 0, static_cast<std::uint64_t>(client));
    const auto batch = hopfield::image_batch(local, {200}, client, 3, picks);
    REQUIRE(batch.rows() == 10);
    std::vector<int> seen(10, 0);
    for (std::size_t a = 0; a < 200; ++a) {
      for (std::size_t i = 0; i < 10; ++i) seen[i] += batch(i, a) > 0;
    }
    for (std::size_t i = 0; i < 10; ++i) CHECK((seen[i] > 0) == (static_cast<std::int64_t>(i) % 3 == client));
  }
  const random::Stream picks({1, 1}, random::Purpose::flips, 0);
  CHECK_THROWS_AS((void)hopfield::image_batch(local, {1}, 11, 12, picks), UsageError);
}

TEST_CASE("nearest-pattern accuracy counts test images, signs aside") {
  const auto patterns = signs({{1, 1, 1, 1}, {1, -1, 1, -1}});
  const std::vector<linalg::SignMatrix> test{signs({{-1, -1, -1, -1}, {1, 1, 1, -1}}), signs({{1, -1, 1, -1}, {1, 1, 1, 1}})};
  // the second image of class 0 overlaps both patterns by 2: the first one wins
  CHECK(hopfield::nearest_accuracy(test, patterns, {0, 1}) == .75);
  CHECK(hopfield::nearest_accuracy(test, patterns, {1, 0}) == .25);
  CHECK(hopfield::nearest_accuracy(test, patterns, {-1, 1}) == .25);
  CHECK(hopfield::nearest_accuracy(test, linalg::SignMatrix(0, 4), {-1, -1}) == 0);
}

TEST_CASE("a missing data set is named with the way to get it") {
  CHECK_THROWS_AS((void)hopfield::read_image_set("no/such/folder"), IoError);
}
