// Counter streams: published answers, Random123 as oracle, independence of what they are for.
// SPDX-License-Identifier: MIT
#include "rankwise/random/stream.hpp"

#include <Random123/philox.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "random/philox.hpp"
#include "random/philox_bulk.hpp"

using namespace rankwise::random;
using Words4 = std::array<std::uint64_t, 4>;

namespace {

Words4 by_random123(const Words4& counter, const std::array<std::uint64_t, 2>& key) {
  const philox4x64_ctr_t c = {{counter[0], counter[1], counter[2], counter[3]}};
  const philox4x64_key_t k = {{key[0], key[1]}};
  const philox4x64_ctr_t block = philox4x64_R(10, c, k);
  return {block.v[0], block.v[1], block.v[2], block.v[3]};
}

std::vector<std::uint64_t> first_words(Stream stream, std::size_t n) {
  std::vector<std::uint64_t> out(n);
  stream.words(out);
  return out;
}

}  // namespace

TEST_CASE("Philox4x64-10 gives the published known answers") {
  constexpr std::uint64_t ones = ~std::uint64_t{0};
  CHECK(philox_block({0, 0, 0, 0}, {0, 0}) ==
        Words4{0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b});
  CHECK(philox_block({ones, ones, ones, ones}, {ones, ones}) ==
        Words4{0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0});
  CHECK(philox_block({0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
                     {0x452821e638d01377, 0xbe5466cf34e90c6c}) ==
        Words4{0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6});
}

TEST_CASE("blocks equal Random123's on counters and keys all over the place") {
  Words4 counter{1, 2, 3, 4};
  std::array<std::uint64_t, 2> key{5, 6};
  for (int i = 0; i < 2000; ++i) {
    const Words4 block = philox_block(counter, key);
    REQUIRE(block == by_random123(counter, key));
    key = {counter[1], counter[3] ^ static_cast<std::uint64_t>(i)};
    counter = block;
  }
}

TEST_CASE("word 4b+i is word i of the block with counter (b, client, purpose<<32|round, replica)") {
  const Key key{0xfeedfacecafebeef, 0x0123456789abcdef};
  Stream stream(key, Purpose::flips, 77, ~std::uint64_t{0}, 0xffffffff);
  for (std::uint64_t b = 0; b < 50; ++b) {
    const Words4 block =
        by_random123({b, ~std::uint64_t{0}, std::uint64_t{3} << 32 | 0xffffffff, 77}, {key.seed, key.law});
    for (const std::uint64_t expected : block) REQUIRE(stream.word() == expected);
  }
}

TEST_CASE("single words, spans of any length and copies tell the same sequence") {
  const Stream start({1, 2}, Purpose::matrix, 3);
  std::vector<std::uint64_t> singly(400);
  Stream one = start;
  for (auto& word : singly) word = one.word();
  for (std::size_t length = 0; length <= 13; ++length) {
    Stream mixed = start;
    std::vector<std::uint64_t> got;
    while (got.size() + length + 1 <= singly.size()) {
      std::vector<std::uint64_t> span(length);
      mixed.words(span);
      got.insert(got.end(), span.begin(), span.end());
      got.push_back(mixed.word());
    }
    REQUIRE(std::equal(got.begin(), got.end(), singly.begin()));
  }
  Stream a = start;
  (void)a.word();
  Stream b = a;  // a copy keeps the position and then goes its own way
  CHECK(a.word() == singly[1]);
  CHECK(a.word() == singly[2]);
  CHECK(b.word() == singly[1]);
}

TEST_CASE("streams that differ in any coordinate share no word") {
  const std::size_t n = 64;
  std::set<std::uint64_t> seen;
  std::size_t drawn = 0;
  const auto add = [&](const Stream& stream) {
    for (const std::uint64_t word : first_words(stream, n)) seen.insert(word);
    drawn += n;
  };
  for (const Purpose purpose : {Purpose::archetypes, Purpose::flips, Purpose::user}) {
    for (const std::uint64_t replica : {0U, 1U, 2U}) {
      for (const std::uint64_t client : {0U, 1U, 5U}) {
        for (const std::uint32_t round : {0U, 1U, 0xffffffffU}) add(Stream({1, 1}, purpose, replica, client, round));
      }
    }
  }
  add(Stream({2, 1}, Purpose::archetypes, 0));
  add(Stream({1, 2}, Purpose::archetypes, 0));
  // Two equal words among these 5312 by accident: probability 8e-13.
  CHECK(seen.size() == drawn);
}

TEST_CASE("purposes keep their numbers") {
  const auto number = [](Purpose purpose) { return static_cast<std::uint32_t>(purpose); };
  CHECK(number(Purpose::archetypes) == 1);
  CHECK(number(Purpose::class_counts) == 2);
  CHECK(number(Purpose::flips) == 3);
  CHECK(number(Purpose::factoriser) == 4);
  CHECK(number(Purpose::matrix) == 5);
  CHECK(number(Purpose::bootstrap) == 6);
  CHECK(number(Purpose::schedule) == 7);
  CHECK(number(Purpose::cue) == 8);
  CHECK(number(Purpose::dynamics) == 9);
  CHECK(number(Purpose::participation) == 10);
  CHECK(number(Purpose::noise) == 11);
  CHECK(number(Purpose::attack) == 12);
  CHECK(number(Purpose::user) == 1000);
}

TEST_CASE("every variant of the bulk writer gives the words of single blocks") {
  const std::array<std::uint64_t, 4> counter{~std::uint64_t{0} - 20, 3, 0x123456789abcdef0, 7};  // wraps on the way
  for (const PhiloxVariant& variant : philox_variants()) {
    CAPTURE(variant.name);
    for (std::size_t blocks = 0; blocks <= 70; ++blocks) {
      std::vector<std::uint64_t> out(4 * blocks + 1, 99);
      variant.write(counter, 0x9E3779B97F4A7C15, ~std::uint64_t{0}, out.data(), blocks);
      bool equal = out.back() == 99;
      for (std::size_t b = 0; b < blocks; ++b) {
        const auto block = philox_block({counter[0] + b, counter[1], counter[2], counter[3]},
                                        {0x9E3779B97F4A7C15, ~std::uint64_t{0}});
        for (std::size_t w = 0; w < 4; ++w) equal = equal && out[4 * b + w] == block[w];
      }
      REQUIRE(equal);
    }
  }
  CHECK(std::string(philox_variants().back().name) == "plain");
}

TEST_CASE("skip() goes where drawing goes") {
  for (std::uint64_t begun = 0; begun < 5; ++begun) {
    for (std::uint64_t count = 0; count < 20; ++count) {
      Stream drawn({1, 2}, Purpose::user, 3);
      for (std::uint64_t i = 0; i < begun; ++i) (void)drawn.word();
      Stream skipped = drawn;
      for (std::uint64_t i = 0; i < count; ++i) (void)drawn.word();
      skipped.skip(count);
      REQUIRE(skipped.word() == drawn.word());
      REQUIRE(skipped.word() == drawn.word());
    }
  }
}
