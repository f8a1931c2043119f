// SPDX-License-Identifier: MIT
#include "rankwise/core/hash.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string_view>
#include <vector>

#include "rankwise/core/text.hpp"

using namespace rankwise;

namespace {

std::uint64_t hash_of(const std::vector<double>& values) { return hash_words(std::as_bytes(std::span(values)), fnv1a("")); }
std::uint64_t hash_of(std::string_view text) { return hash_words(std::as_bytes(std::span(text)), fnv1a("")); }

}  // namespace

TEST_CASE("the hash of words has the values that its definition gives by Python's integers") {
  // h = (h ^ w) * 0x100000001b3 % 2**64; h ^= h >> 32, w in int.from_bytes(part.ljust(8, b"\0"), "little")
  CHECK(hash_of(std::vector<double>{1.0, -2.5, 0.1}) == 0x67f114376a0fd3c6ULL);
  CHECK(hash_of("rankwise") == 0xd316a15f4d82188aULL);
  CHECK(hash_of("rankwise!") == 0x318cdff085833561ULL);
  CHECK(hash_of("") == fnv1a(""));
  std::vector<unsigned char> bytes(20);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(i);
  CHECK(hash_words(std::as_bytes(std::span(bytes)), 0) == 0x7a2fdb316cb3916eULL);
}

TEST_CASE("flipped signs, even two of them, and swapped values change the hash") {
  const std::vector<double> values{1, 2, 3, 4, 5, 6};
  std::set<std::uint64_t> seen{hash_of(values)};
  std::size_t variants = 1;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i; j < values.size(); ++j, variants += 1) {
      auto other = values;
      other[i] = -other[i];
      if (j > i) other[j] = -other[j];
      seen.insert(hash_of(other));
    }
  }
  for (std::size_t i = 0; i + 1 < values.size(); ++i, ++variants) {
    auto other = values;
    std::swap(other[i], other[i + 1]);
    seen.insert(hash_of(other));
  }
  CHECK(seen.size() == variants);
}

TEST_CASE("every bit of a word and every byte of the tail counts") {
  const std::string text = "eight by and tail";
  std::set<std::uint64_t> seen{hash_of(text)};
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string other = text;
      other[i] = static_cast<char>(static_cast<unsigned char>(other[i]) ^ (1U << bit));
      seen.insert(hash_of(other));
    }
  }
  CHECK(seen.size() == 1 + 8 * text.size());
}
