// SPDX-License-Identifier: MIT
#include "rankwise/core/packing.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "rankwise/core/error.hpp"

using namespace rankwise;

namespace {

const std::vector<Array> all_kinds{
    Array(std::vector<double>{1.5, -0.0, std::bit_cast<double>(0x7ff8dead00000001ULL), -std::numeric_limits<double>::infinity()}, {2, 2}),
    Array(std::vector<std::int64_t>{-3, std::numeric_limits<std::int64_t>::min()}),
    Array(std::vector<std::uint64_t>{~0ULL}),
    Array(std::vector<std::int8_t>{1, -1, 1}, {1, 3, 1}),
    Array(std::vector<std::string>{"", "a\nb", std::string("nul\0inside", 10), "\xc3\xa9"}),
    Array::scalar(2.5),
    Array(),
    Array(std::vector<std::int8_t>{}, {3, 0, 2}),
    Array(std::vector<std::string>{}, {0}),
};

}  // namespace

TEST_CASE("values, texts and arrays come back bit for bit, in order") {
  Packer packer;
  packer.put(std::int32_t{-7});
  packer.put(std::bit_cast<double>(0xfff0000000000123ULL));
  packer.put_text("");
  packer.put_text(std::string(70000, 'x'));
  for (const auto& array : all_kinds) packer.put_array(array);
  packer.append(std::as_bytes(std::span("tail", 4)));
  const Bytes bytes = packer.take();
  Unpacker unpacker(bytes);
  CHECK(unpacker.get<std::int32_t>() == -7);
  CHECK(std::bit_cast<std::uint64_t>(unpacker.get<double>()) == 0xfff0000000000123ULL);
  CHECK(unpacker.get_text().empty());
  CHECK(unpacker.get_text() == std::string(70000, 'x'));
  for (const auto& array : all_kinds) {
    const Array got = unpacker.get_array();
    CHECK(got == array);
    CHECK(got.type() == array.type());
  }
  CHECK_FALSE(unpacker.empty());
  CHECK_THROWS_AS(unpacker.finish(), InternalError);
  CHECK(unpacker.get<char>() == 't');
  CHECK(unpacker.get<char>() == 'a');
  CHECK_THROWS_AS((void)unpacker.get<std::uint64_t>(), InternalError);
}

TEST_CASE("the layout is the documented one") {
  Packer packer;
  packer.put_text("ab");
  packer.put_array(Array(std::vector<std::int8_t>{5, -1}, {1, 2}));
  const unsigned char expected[] = {2, 0, 0, 0, 0, 0, 0, 0, 'a', 'b', 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 5, 255};
  REQUIRE(packer.bytes().size() == sizeof expected);
  CHECK(std::memcmp(packer.bytes().data(), expected, sizeof expected) == 0);
}

TEST_CASE("an array that is cut off anywhere is refused") {
  for (const auto& array : all_kinds) {
    Packer packer;
    packer.put_array(array);
    const Bytes bytes = packer.take();
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      Unpacker unpacker{std::span(bytes).first(n)};
      CHECK_THROWS_AS((void)unpacker.get_array(), InternalError);
    }
  }
}

TEST_CASE("lengths and types that cannot be are refused before memory is asked for") {
  const auto refused = [](std::uint8_t type, std::vector<std::uint64_t> extents) {
    Packer packer;
    packer.put(type);
    packer.put(static_cast<std::uint8_t>(extents.size()));
    for (const auto extent : extents) packer.put(extent);
    packer.put(std::uint64_t{0});
    Unpacker unpacker(packer.bytes());
    CHECK_THROWS_AS((void)unpacker.get_array(), InternalError);
  };
  for (std::uint8_t type = 0; type < 5; ++type) {
    refused(type, {~0ULL});
    refused(type, {1ULL << 61U});
    refused(type, {1ULL << 40U, 1ULL << 20U});
  }
  refused(5, {1});
  refused(255, {1});
  Packer packer;
  packer.put(~std::uint64_t{0});
  Unpacker unpacker(packer.bytes());
  CHECK_THROWS_AS((void)unpacker.get_text(), InternalError);
}
