// The file under HDF5: what it writes, and what it remembers once the disk failed. SPDX-License-Identifier: MIT
#include "io/part_file.hpp"

#include <doctest/doctest.h>

#include "io/support.hpp"

using rankwise::io::PartFile;
using namespace rankwise::io_tests;

namespace {

std::string read_back(const PartFile& file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '?');
  CHECK(file.read(offset, bytes.data(), size));
  return bytes;
}

void put(PartFile& file, std::uint64_t offset, const std::string& bytes, PartFile::Kind kind) {
  file.write(offset, bytes.data(), bytes.size(), kind);
}

}  // namespace

TEST_CASE("writes land where they belong, gaps and what lies beyond the end are zero") {
  const TempFolder folder;
  const std::string path = folder.path("f");
  PartFile file(path);
  put(file, 5, "abc", PartFile::Kind::raw);
  put(file, 1, "xy", PartFile::Kind::meta);
  CHECK(file.size() == 8);
  CHECK(read_back(file, 0, 10) == std::string("\0xy\0\0abc\0\0", 10));
  file.resize(7);
  CHECK(file.size() == 7);
  file.require_whole();
  file.publish();
  CHECK(read_bytes(path) == std::string("\0xy\0\0ab", 7));
}

TEST_CASE("after a failure metadata are remembered, raw data dropped, and the file is never published") {
  const TempFolder folder;
  const std::string path = folder.path("f");
  write_bytes(path, "old");
  std::filesystem::create_symlink("/dev/full", path + ".part");
  {
    PartFile file(path);
    std::string blocks(10000, 'm');  // crosses three pages
    put(file, 4000, blocks, PartFile::Kind::meta);
    put(file, 5000, "inside", PartFile::Kind::meta);
    put(file, 100000, "dropped", PartFile::Kind::raw);
    blocks.replace(1000, 6, "inside");
    CHECK(file.size() == 100007);
    CHECK(read_back(file, 4000, 10000) == blocks);
    CHECK(read_back(file, 3998, 4) == std::string("\0\0mm", 4));
    CHECK(read_back(file, 4999, 8) == "minsidem");
    CHECK(read_back(file, 100000, 7) == std::string(7, '\0'));
    file.resize(10);  // says nothing new
    for (const Caught& error : {caught([&] { file.require_whole(); }), caught([&] { file.publish(); })}) {
      CHECK(error.code == 4);
      CHECK(error.text == "cannot write " + path + ".part: no space left on device");
    }
  }
  CHECK(read_bytes(path) == "old");
  CHECK_FALSE(std::filesystem::exists(std::filesystem::symlink_status(path + ".part")));
}
