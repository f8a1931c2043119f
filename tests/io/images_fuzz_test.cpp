// Damaged image files: whatever the damage, they are read or refused, never more. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "io/idx_bytes.hpp"
#include "io/support.hpp"
#include "rankwise/io/images.hpp"

using rankwise::io::Images;
using rankwise::io::read_images;
using namespace rankwise::io_tests;

namespace {

/// One to four changes: a byte replaced, a bit flipped, a piece cut out, doubled, or the end cut off.
std::string damaged(std::string bytes, Mixer& mixer, std::size_t reach) {
  const std::size_t changes = 1 + mixer.below(4);
  for (std::size_t i = 0; i < changes && !bytes.empty(); ++i) {
    const std::size_t at = mixer.below(std::min(reach, bytes.size()));
    const std::size_t length = 1 + mixer.below(8);
    switch (mixer.below(5)) {
      case 0:
        bytes[at] = static_cast<char>(mixer.next());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << mixer.below(8)));
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, length));
        break;
      default:
        bytes.resize(at);
        break;
    }
  }
  return bytes;
}

struct Tally {
  int read = 0;
  int refused = 0;
};

/// Images (or labels) damaged `rounds` times; whatever is read must fit together.
Tally read_damaged(const std::string& images, const std::string& labels, bool damage_labels, std::size_t reach,
                   int rounds, std::uint64_t seed) {
  const TempFolder folder;
  const std::string path = folder.path("train-images-idx3-ubyte");
  write_bytes(path, images);
  write_bytes(folder.path("train-labels-idx1-ubyte"), labels);
  REQUIRE(read_images(path).count == 5);
  Mixer mixer(seed);
  Tally tally;
  for (int round = 0; round < rounds; ++round) {
    CAPTURE(round);
    if (damage_labels) {
      write_bytes(folder.path("train-labels-idx1-ubyte"), damaged(labels, mixer, reach));
    } else {
      write_bytes(path, damaged(images, mixer, reach));
    }
    Images found;
    const Caught error = caught([&] { found = read_images(path); });  // anything but an Error ends the test
    if (error.code < 0) {
      ++tally.read;
      CHECK(found.pixels.size() == found.count * found.height * found.width);
      CHECK(found.labels.size() == found.count);
    } else {
      ++tally.refused;
      CHECK(error.code == 2);
      CHECK_MESSAGE(error.says(folder.path()), error.text);
    }
  }
  return tally;
}

}  // namespace

TEST_CASE("2000 damaged image files") {
  const std::size_t everywhere = 1U << 20U;
  const Tally plain = read_damaged(five_images(), five_labels(), false, everywhere, 500, 1);
  const Tally header = read_damaged(five_images(), five_labels(), false, 16, 500, 2);
  const Tally packed = read_damaged(gzipped(five_images()), gzipped(five_labels()), false, everywhere, 600, 3);
  const Tally packed_header = read_damaged(gzipped(five_images()), five_labels(), false, 24, 300, 4);
  const Tally labels = read_damaged(five_images(), gzipped(five_labels()), true, everywhere, 100, 5);
  // A changed pixel is not an error; a changed gzip stream nearly always is.
  CHECK(plain.read > 50);
  CHECK(plain.refused > 50);
  CHECK(header.refused > 400);
  CHECK(packed.refused > 500);
  CHECK(packed_header.read + packed_header.refused == 300);
  CHECK(labels.read + labels.refused == 100);
}

TEST_CASE("gzip of damaged content: the checksum holds, the header lies") {
  const TempFolder folder;
  const std::string path = folder.path("train-images-idx3-ubyte.gz");
  write_bytes(folder.path("train-labels-idx1-ubyte.gz"), gzipped(five_labels()));
  Mixer mixer(6);
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    write_bytes(path, gzipped(damaged(five_images(), mixer, 16)));
    const Caught error = caught([&] { (void)read_images(path); });
    if (error.code == 2) ++refused;
    CHECK((error.code == 2 || error.code == -1));
  }
  CHECK(refused > 250);
}
