// A file appears whole or not at all: kills, full disks, locks, refusals. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <numeric>

#include "io/support.hpp"
#include "rankwise/core/array.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/io/hdf5.hpp"

using rankwise::Array;
using rankwise::concat;
using rankwise::io::check_writable;
using rankwise::io::File;
using rankwise::io::Group;
using namespace rankwise::io_tests;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t entries = 20000;

/// Compressed and plain data sets, text and attributes, all of which tell `version`.
void fill(const Group& root, std::int64_t version) {
  std::vector<double> coordinates(entries);
  std::iota(coordinates.begin(), coordinates.end(), 0.0);
  Mixer mixer(static_cast<std::uint64_t>(version));
  std::vector<std::int64_t> noise(entries);
  for (std::int64_t& value : noise) value = static_cast<std::int64_t>(mixer.next() >> 1U);
  root.set_attribute("version", version);
  const Group group = root.create_group("g");
  group.write_scale("i", Array(coordinates), "1", "index");
  group.write_scale("k", Array(std::vector<std::int64_t>{0, 1}), "1", "few");
  group.write("noise", Array(noise), {"1", "incompressible", {"i"}});
  group.write("same", Array(std::vector<std::int64_t>(entries, version)), {"1", "version", {"i"}});
  group.write("text", Array(std::vector<std::string>(2, std::to_string(version))), {"1", "version", {"k"}});
}

void write_version(const std::string& path, std::int64_t version) {
  File file = File::create(path);
  fill(file.root(), version);
  file.commit();
}

/// The version of a whole file; fails the test when any part of it tells another.
std::int64_t whole_version(const std::string& path) {
  const File file = File::open(path);
  const auto attribute = file.root().number_attribute("version");
  REQUIRE(attribute.has_value());
  const std::int64_t version = attribute->values<std::int64_t>().at(0);
  const Group group = file.root().open_group("g");
  CHECK(group.read("same") == Array(std::vector<std::int64_t>(entries, version)));
  CHECK(group.read("text") == Array(std::vector<std::string>(2, std::to_string(version))));
  Mixer mixer(static_cast<std::uint64_t>(version));
  const Array noise = group.read("noise");
  const auto& values = noise.values<std::int64_t>();
  CHECK(std::all_of(values.begin(), values.end(),
                    [&](std::int64_t value) { return value == static_cast<std::int64_t>(mixer.next() >> 1U); }));
  return version;
}

void limit_file_size(std::size_t bytes) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

bool locking_is_switched_off() {
  const char* setting = std::getenv("HDF5_USE_FILE_LOCKING");
  return setting != nullptr && std::string(setting) != "TRUE" && std::string(setting) != "1";
}

}  // namespace

TEST_CASE("a file appears at commit and not before; an abandoned one leaves nothing") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  {
    File file = File::create(path);
    fill(file.root(), 1);
    CHECK_FALSE(fs::exists(path));
    CHECK(fs::exists(path + ".part"));
    file.commit();
    CHECK(fs::exists(path));
    CHECK_FALSE(fs::exists(path + ".part"));
  }
  CHECK(whole_version(path) == 1);
  {
    File file = File::create(path);
    fill(file.root(), 2);
  }
  CHECK_FALSE(fs::exists(path + ".part"));
  CHECK(whole_version(path) == 1);
  write_version(path, 3);
  CHECK(whole_version(path) == 3);
}

TEST_CASE("moved files commit once, and groups do not outlive their file") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  Group group;
  CHECK(caught([&] { (void)group.names(); }).code == 3);
  {
    File first = File::create(path);
    File second = std::move(first);
    group = second.root().create_group("g");
    second.commit();
    CHECK(caught([&] { second.commit(); }).code == 3);
    CHECK(caught([&] { (void)second.root(); }).code == 3);
    CHECK(caught([&] { (void)group.names(); }).code == 3);
    second = File::open(path);
    group = second.root();
    CHECK(group.names() == std::vector<std::string>{"g"});
    CHECK(caught([&] { second.commit(); }).code == 3);
  }
  CHECK(caught([&] { group.set_attribute("a", 1.0); }).code == 3);
}

TEST_CASE("killed at any moment, the old or the new file is there, whole") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  Mixer mixer(20240501);
  std::int64_t latest = 0;
  int leftovers = 0;
  for (int round = 0; round < 30; ++round) {
    std::int64_t version = latest;
    Repeater child([&] { write_version(path, ++version); });
    // Every other round may die before its first commit.
    if (round % 2 == 1) REQUIRE(child.wait_for_one());
    ::usleep(static_cast<useconds_t>(mixer.below(30000)));
    child.kill();
    if (fs::exists(path + ".part")) ++leftovers;
    if (round == 0 && !fs::exists(path)) continue;
    const std::int64_t found = whole_version(path);
    CHECK(found >= latest + round % 2);
    latest = found;
  }
  CHECK(latest >= 15);
  MESSAGE("killed while writing in ", leftovers, " of 30 rounds; ", latest, " files committed");
  write_version(path, latest + 1);  // over whatever .part was left
  CHECK(whole_version(path) == latest + 1);
  CHECK_FALSE(fs::exists(path + ".part"));
}

TEST_CASE("killed between the last write and commit, the old file stays and the next run takes over") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  write_version(path, 7);
  const ChildEnd end = in_child([&] {
    File file = File::create(path);
    fill(file.root(), 8);
    ::kill(::getpid(), SIGKILL);
  });
  REQUIRE(WIFSIGNALED(end.status));
  CHECK(fs::exists(path + ".part"));
  CHECK(whole_version(path) == 7);
  write_version(path, 9);
  CHECK(whole_version(path) == 9);
}

TEST_CASE("a disk that is full at any byte is an IoError, spares the old file and lets the process end in peace") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  write_version(path, 1);
  const std::size_t size = fs::file_size(path);
  int refused = 0;
  for (std::size_t limit = 0; limit <= size + 4096; limit += limit < 4096 ? 128 : size / 40) {
    CAPTURE(limit);
    const ChildEnd end = in_child([&] {
      limit_file_size(limit);
      write_version(path, 2);
    });
    REQUIRE(WIFEXITED(end.status));
    CHECK_FALSE(fs::exists(path + ".part"));
    if (limit < size) {
      ++refused;
      CHECK(end.error.code == 4);
      CHECK_MESSAGE(end.error.text == "cannot write " + path + ".part: file too large", end.error.text);
      CHECK(whole_version(path) == 1);
    } else {
      CHECK_MESSAGE(end.error.code == -1, end.error.text);
      CHECK(whole_version(path) == 2);
      write_version(path, 1);
    }
  }
  CHECK(refused > 60);
}

TEST_CASE("writing on after the disk was full goes on failing, without a crash") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  const ChildEnd end = in_child([&] {
    limit_file_size(150000);
    File file = File::create(path);
    int failures = 0;
    for (int i = 0; i < 300; ++i) {
      const Caught error = caught([&] { fill(file.root().create_group(concat("g", i)), i); });
      if (error.code == 4) ++failures;
    }
    if (failures < 290) throw rankwise::InternalError(concat("only ", failures, " of 300 groups failed"));
    file.commit();
  });
  REQUIRE(WIFEXITED(end.status));
  CHECK(end.error.code == 4);
  CHECK(end.error.says("file too large"));
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("no space left on device") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  REQUIRE(fs::exists("/dev/full"));
  fs::create_symlink("/dev/full", path + ".part");
  const ChildEnd end = in_child([&] { write_version(path, 1); });
  REQUIRE(WIFEXITED(end.status));
  CHECK(end.error.code == 4);
  CHECK(end.error.text == "cannot write " + path + ".part: no space left on device");
  fs::remove(path + ".part");
  fs::create_symlink("/dev/full", path + ".part");
  CHECK(caught([&] { check_writable(path); }).says("no space left on device"));
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("paths that cannot be written are refused at once, and say why") {
  const TempFolder folder;
  write_bytes(folder.path("plain"), "x");
  const auto both = [](const std::string& path, const std::string& why) {
    for (const Caught& error : {caught([&] { File::create(path); }), caught([&] { check_writable(path); })}) {
      CHECK(error.code == 4);
      CHECK_MESSAGE(error.text == why, error.text);
    }
  };
  const std::string absent = folder.path("absent/f.h5");
  both(absent, "cannot create " + absent + ".part: there is no folder " + folder.path("absent"));
  const std::string below = folder.path("plain/f.h5");
  both(below, "cannot create " + below + ".part: not a directory");
  both(folder.path("."), "cannot create " + folder.path(".") + ": it is a folder");
  both("", "cannot create '': it names no file");
  const std::string slash = folder.path("plain/");
  both(slash, "cannot create '" + slash + "': it names no file");
  CHECK(fs::directory_iterator(folder.path())->path().filename() == "plain");
}

TEST_CASE("a folder without write permission") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  fs::permissions(folder.path(), fs::perms(0555));
  const ChildEnd end = in_child([&] {
    // The superuser may write anywhere: become nobody first.
    if (::geteuid() == 0 && ::setuid(65534) != 0) throw rankwise::InternalError("setuid failed");
    const Caught error = caught([&] { File::create(path); });
    // Not by exit(): a leak checker must not trace a process that changed its user.
    const ssize_t written = ::write(STDOUT_FILENO, "", 0);
    ::_exit(written == 0 && error.code == 4 && error.text == "cannot create " + path + ".part: permission denied" ? 0
                                                                                                                  : 1);
  });
  fs::permissions(folder.path(), fs::perms(0755));
  REQUIRE(WIFEXITED(end.status));
  CHECK(WEXITSTATUS(end.status) == 0);
}

TEST_CASE("check_writable leaves nothing behind and does not touch the file itself") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  check_writable(path);
  CHECK(fs::is_empty(folder.path()));
  write_version(path, 1);
  write_bytes(path + ".part", "left by a killed run");
  check_writable(path);
  CHECK_FALSE(fs::exists(path + ".part"));
  CHECK(whole_version(path) == 1);
}

TEST_CASE("two writers of one file: the second is refused and spoils nothing") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  File file = File::create(path);
  fill(file.root(), 4);
  for (const Caught& error : {caught([&] { File::create(path); }), caught([&] { check_writable(path); })}) {
    CHECK(error.code == 4);
    CHECK(error.text == "cannot create " + path + ".part: another process is writing it");
  }
  file.commit();
  CHECK(whole_version(path) == 4);
}

TEST_CASE("readers: together, during a rewrite, and refused while another program writes in place") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  write_version(path, 1);
  const File one = File::open(path);
  File rewriting = File::create(path);
  fill(rewriting.root(), 2);
  CHECK(whole_version(path) == 1);
  rewriting.commit();
  CHECK(whole_version(path) == 2);
  CHECK(one.root().number_attribute("version") == Array::scalar(std::int64_t{1}));

  const int other = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::flock(other, LOCK_EX | LOCK_NB) == 0);
  if (locking_is_switched_off()) {
    MESSAGE("HDF5_USE_FILE_LOCKING is off in this environment: the lock is not looked at");
    CHECK(whole_version(path) == 2);
  } else {
    const Caught error = caught([&] { (void)File::open(path); });
    CHECK(error.code == 4);
    CHECK(error.says("cannot open " + path + ": the lock on it was refused"));
    CHECK(error.says("another process holds it open for writing"));
  }
  ::close(other);
  CHECK(whole_version(path) == 2);
}

TEST_CASE("files that cannot be opened say why") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  const auto why = [&] {
    const Caught error = caught([&] { (void)File::open(path); });
    CHECK(error.code == 4);
    return error.text;
  };
  CHECK(why() == "cannot open " + path + ": no such file or directory");
  write_bytes(path, "");
  CHECK(why() == "cannot open " + path + ": it is not an HDF5 file");
  write_bytes(path, std::string(10000, 'x'));
  CHECK(why() == "cannot open " + path + ": it is not an HDF5 file");
  write_version(path, 1);
  write_bytes(path, read_bytes(path).substr(0, 5000));
  CHECK(why() == "cannot open " + path + ": the file is cut short");
  fs::remove(path);
  fs::create_directory(path);
  CHECK(why().find("cannot open " + path) == 0);
}
