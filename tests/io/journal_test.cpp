// The journal: whole frames and nothing else, one holder at a time. SPDX-License-Identifier: MIT
#include "rankwise/io/journal.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "io/support.hpp"
#include "rankwise/core/text.hpp"

using namespace rankwise::io_tests;
using rankwise::concat;
using rankwise::io::Journal;
using rankwise::io::journal_is_locked;
using rankwise::io::read_journal;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }
std::string text_of(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

struct Content {
  bool found = false;
  std::vector<std::string> headers;
  std::vector<std::string> frames;
};

Content content_of(const std::string& path) {
  Content content;
  content.found = read_journal(
      path, [&](auto bytes) { content.headers.push_back(text_of(bytes)); }, [&](auto bytes) { content.frames.push_back(text_of(bytes)); });
  return content;
}

/// A frame below and one above the size up to which a frame is one system call, an empty one, bytes of every value.
std::vector<std::string> some_frames() {
  std::string every;
  for (int i = 0; i < 256; ++i) every += static_cast<char>(i);
  return {"first", "", every, std::string(200000, 'x'), "last one"};
}

void write_journal(const std::string& path, const std::vector<std::string>& frames, const std::string& header = "the header") {
  Journal journal = Journal::lock(path);
  journal.reset(bytes_of(header));
  for (const auto& frame : frames) journal.append(bytes_of(frame));
  journal.sync();
}

}  // namespace

TEST_CASE("header and frames come back in order") {
  const TempFolder folder;
  const std::string path = folder.path("a.journal");
  const auto frames = some_frames();
  write_journal(path, frames);
  const Content content = content_of(path);
  CHECK(content.found);
  CHECK(content.headers == std::vector<std::string>{"the header"});
  CHECK(content.frames == frames);
  write_journal(path, {}, "");
  CHECK(content_of(path).found);
  CHECK(content_of(path).headers == std::vector<std::string>{""});
  CHECK(content_of(path).frames.empty());
}

TEST_CASE("the bytes are the documented ones") {
  const TempFolder folder;
  write_journal(folder.path("a.journal"), {"abc"}, "h");
  // python: zlib.crc32(struct.pack("<Q", 1) + b"h") = 0xb21be987, zlib.crc32(struct.pack("<Q", 3) + b"abc") = 0x38004f3d
  const std::string expected = std::string("RWJOURN1") + std::string("\x01\0\0\0\0\0\0\0h", 9) + "\x87\xe9\x1b\xb2" +
                               std::string("\x03\0\0\0\0\0\0\0" "abc", 11) + std::string("\x3d\x4f\x00\x38", 4);
  CHECK(read_bytes(folder.path("a.journal")) == expected);
}

TEST_CASE("a tail that is torn at any byte is cut off") {
  const TempFolder folder;
  const std::string path = folder.path("a.journal");
  const std::vector<std::string> frames{"first", std::string(300, 'y'), "the frame that is torn"};
  write_journal(path, {frames[0], frames[1]});
  const std::size_t before = read_bytes(path).size();
  write_journal(path, frames);
  const std::string whole = read_bytes(path);
  REQUIRE(whole.size() == before + 8 + frames[2].size() + 4);
  for (std::size_t size = before; size < whole.size(); ++size) {
    CAPTURE(size);
    write_bytes(path, whole.substr(0, size));
    CHECK(content_of(path).frames == std::vector<std::string>{frames[0], frames[1]});
    // what a disk may leave behind of bytes that were never synced
    write_bytes(path, whole.substr(0, size) + std::string(whole.size() - size, '\0'));
    CHECK(content_of(path).frames.size() == (whole.substr(size) == std::string(whole.size() - size, '\0') ? 3 : 2));
    write_bytes(path, whole.substr(0, size) + std::string(4096, '\xff'));
    CHECK(content_of(path).frames.size() == 2);
  }
}

TEST_CASE("a journal that is torn in its header holds nothing, whatever its length") {
  const TempFolder folder;
  const std::string path = folder.path("a.journal");
  write_journal(path, {});
  const std::string whole = read_bytes(path);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    write_bytes(path, whole.substr(0, size));
    const Content content = content_of(path);
    CHECK_FALSE(content.found);
    CHECK(content.headers.empty());
  }
}

TEST_CASE("a flipped bit ends the journal before its frame") {
  const TempFolder folder;
  const std::string path = folder.path("a.journal");
  const std::vector<std::string> frames{"frame 0", "frame 1", "frame 2"};
  write_journal(path, frames);
  const std::string whole = read_bytes(path);
  constexpr std::size_t frame_size = 8 + 7 + 4;
  const std::size_t first = whole.size() - frames.size() * frame_size;
  for (std::size_t at = 8; at < whole.size(); ++at) {
    CAPTURE(at);
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string other = whole;
      other[at] = static_cast<char>(static_cast<unsigned char>(other[at]) ^ (1U << bit));
      write_bytes(path, other);
      const Content content = content_of(path);
      CHECK(content.found == (at >= first));
      CHECK(content.frames.size() == (at < first ? 0 : (at - first) / frame_size));
    }
  }
}

TEST_CASE("a second holder is refused by name, until the first is gone") {
  const TempFolder folder;
  const std::string path = folder.path("a.journal");
  CHECK_FALSE(journal_is_locked(path));
  std::optional<Journal> journal(Journal::lock(path));
  journal->reset(bytes_of("header"));
  CHECK(journal_is_locked(path));
  const Caught same_process = caught([&] { (void)Journal::lock(path); });
  CHECK(same_process.code == 4);
  CHECK(same_process.says(path));
  const ChildEnd child = in_child([&] { (void)Journal::lock(path); });
  CHECK(child.error.code == 4);
  CHECK(child.error.says(path));
  CHECK(content_of(path).found);  // readers are not kept off
  journal->append(bytes_of("frame"));
  CHECK(content_of(path).frames.size() == 1);
  journal.reset();
  CHECK_FALSE(journal_is_locked(path));
  CHECK(in_child([&] { (void)Journal::lock(path); }).error.code == -1);
  CHECK(content_of(path).frames == std::vector<std::string>{"frame"});  // a lock alone changes nothing
}

TEST_CASE("a holder that is killed leaves no lock") {
  const TempFolder folder;
  const std::string path = folder.path("a.journal");
  std::optional<Journal> held;
  int frames = 0;
  Repeater child([&] {
    if (!held) {
      held.emplace(Journal::lock(path));
      held->reset(bytes_of("header"));
    }
    held->append(bytes_of(concat("frame ", frames++)));
  });
  for (int i = 0; i < 20; ++i) REQUIRE(child.wait_for_one());
  CHECK(journal_is_locked(path));
  child.kill();
  CHECK_FALSE(journal_is_locked(path));
  const Content content = content_of(path);  // no sync, yet all that was appended is there
  REQUIRE(content.frames.size() >= 20);
  for (std::size_t i = 0; i < content.frames.size(); ++i) CHECK(content.frames[i] == concat("frame ", i));
  CHECK_NOTHROW((void)Journal::lock(path));
}

TEST_CASE("reset empties, remove removes, and a journal that was never begun leaves no file") {
  const TempFolder folder;
  const std::string path = folder.path("a.journal");
  { const Journal journal = Journal::lock(path); }
  CHECK_FALSE(std::filesystem::exists(path));
  write_journal(path, {"one", "two"}, "old");
  {
    Journal journal = Journal::lock(path);
    CHECK(content_of(path).frames.size() == 2);
    journal.reset(bytes_of("new"));
    CHECK(content_of(path).headers == std::vector<std::string>{"new"});
    CHECK(content_of(path).frames.empty());
    journal.append(bytes_of("three"));
    CHECK(content_of(path).frames == std::vector<std::string>{"three"});
    journal.remove();
    CHECK_FALSE(std::filesystem::exists(path));
  }
  CHECK_FALSE(content_of(path).found);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("frames after a torn tail are not lost: a journal is begun anew") {
  const TempFolder folder;
  const std::string path = folder.path("a.journal");
  write_journal(path, {"one", "two"});
  write_bytes(path, read_bytes(path).substr(0, read_bytes(path).size() - 3));
  write_journal(path, {"three"}, "new");
  CHECK(content_of(path).frames == std::vector<std::string>{"three"});
}

TEST_CASE("what is no journal is refused, what is not there is none") {
  const TempFolder folder;
  const std::string path = folder.path("a.journal");
  CHECK_FALSE(content_of(path).found);
  for (const char* text : {"this is a diary", "RWJOURN2........", "rwjourn1 and more"}) {
    write_bytes(path, text);
    const Caught refused = caught([&] { (void)content_of(path); });
    CHECK(refused.code == 4);
    CHECK(refused.says(path));
  }
  const Caught is_folder = caught([&] { (void)content_of(folder.path()); });
  CHECK(is_folder.code == 4);
  CHECK(caught([&] { (void)Journal::lock(folder.path("no/such/a.journal")); }).code == 4);
  CHECK(caught([&] { (void)Journal::lock("/dev/full"); }).says("/dev/full"));
}
