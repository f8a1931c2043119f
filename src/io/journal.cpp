// SPDX-License-Identifier: MIT
#include "rankwise/io/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>

#include "io/posix_file.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::io {

namespace {

constexpr std::array<char, 8> magic{'R', 'W', 'J', 'O', 'U', 'R', 'N', '1'};
/// Written data are handed to the disk in parts of this size as they come, so that a sync has little left to wait for.
constexpr std::uint64_t writeback_bytes = 8U << 20U;

std::uint32_t crc_of(std::uint32_t start, std::span<const std::byte> bytes) {
  if (bytes.empty()) return start;  // zlib starts anew when asked for no bytes at no address
  return static_cast<std::uint32_t>(::crc32_z(start, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::uint32_t crc_of_frame(std::uint64_t length, std::span<const std::byte> payload) {
  return crc_of(crc_of(0, std::as_bytes(std::span(&length, 1))), payload);
}

void write_all(const Descriptor& file, const void* data, std::size_t size, const std::string& path) {
  const char* from = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t n = ::write(file.number(), from, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_system_error("write " + path, errno);
    from += n;
    size -= static_cast<std::size_t>(n);
  }
}

}  // namespace

struct Journal::State {
  std::string path;
  Descriptor file;
  bool created = false;  ///< by us, and still empty
  std::uint64_t size = 0;
  std::uint64_t handed_over = 0;  ///< bytes whose way to the disk has begun

  ~State() {
    if (created) ::unlink(path.c_str());
  }
};

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;
Journal::~Journal() = default;

Journal Journal::lock(const std::string& path) {
  auto state = std::make_unique<State>();
  state->path = path;
  // A reader that asks whether a job is alive holds the lock for a moment.
  constexpr double patience = 0.3;
  state->file = open_locked(path, patience);
  struct stat status {};
  if (::fstat(state->file.number(), &status) != 0) throw_system_error("look at " + path, errno);
  if (!S_ISREG(status.st_mode)) throw IoError(concat("cannot create ", path, ": it is not a regular file"));
  state->created = status.st_size == 0;
  std::array<char, magic.size()> start{};
  const std::size_t got = read_some(state->file, start.data(), start.size(), path);
  if (std::memcmp(start.data(), magic.data(), got) != 0) {
    throw IoError(concat(path, " exists and is no journal of this program: give it another name"));
  }
  return Journal(std::move(state));
}

void Journal::reset(std::span<const std::byte> header) {
  State& it = *state_;
  if (::ftruncate(it.file.number(), 0) != 0) throw_system_error("empty " + it.path, errno);
  if (::lseek(it.file.number(), 0, SEEK_SET) != 0) throw_system_error("empty " + it.path, errno);
  it.size = 0;
  it.handed_over = 0;
  it.created = false;
  write_all(it.file, magic.data(), magic.size(), it.path);
  append(header);
  sync_file(it.file, it.path);
  sync_folder(folder_of(it.path));
}

void Journal::append(std::span<const std::byte> payload) {
  State& it = *state_;
  const std::uint64_t length = payload.size();
  const std::uint32_t crc = crc_of_frame(length, payload);
  constexpr std::size_t small = 64 * 1024;
  if (payload.size() <= small) {  // one system call, so that a kill seldom leaves a torn frame
    Packer frame;
    frame.put(length);
    frame.append(payload);
    frame.put(crc);
    write_all(it.file, frame.bytes().data(), frame.bytes().size(), it.path);
  } else {
    write_all(it.file, &length, sizeof length, it.path);
    write_all(it.file, payload.data(), payload.size(), it.path);
    write_all(it.file, &crc, sizeof crc, it.path);
  }
  it.size += sizeof length + length + sizeof crc;
  if (it.size - it.handed_over >= writeback_bytes) {
    // Only a hint: a file system that does not know it (ENOSYS, EINVAL, ESPIPE) writes at the next sync.
    (void)::sync_file_range(it.file.number(), 0, 0, SYNC_FILE_RANGE_WRITE);
    it.handed_over = it.size;
  }
}

void Journal::sync() {
  State& it = *state_;
  while (::fdatasync(it.file.number()) != 0) {
    if (errno != EINTR) throw_system_error("write " + it.path + " to disk", errno);
  }
  it.handed_over = it.size;
}

void Journal::remove() {
  State& it = *state_;
  if (::unlink(it.path.c_str()) != 0) throw_system_error("remove " + it.path, errno);
  it.created = false;
  sync_folder(folder_of(it.path));
}

bool read_journal(const std::string& path, const std::function<void(std::span<const std::byte>)>& header,
                  const std::function<void(std::span<const std::byte>)>& frame) {
  const Descriptor file = try_open(path, O_RDONLY);
  if (!file.valid()) {
    if (errno == ENOENT) return false;
    throw_system_error("read " + path, errno);
  }
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) throw_system_error("read " + path, errno);
  auto left = static_cast<std::uint64_t>(status.st_size);
  std::array<char, magic.size()> start{};
  if (read_some(file, start.data(), start.size(), path) < start.size()) return false;
  if (start != magic) throw IoError(concat(path, " is no journal of this program"));
  left -= std::min<std::uint64_t>(left, magic.size());
  bool has_header = false;
  Bytes payload;
  for (;;) {
    std::uint64_t length = 0;
    constexpr std::uint64_t around = sizeof length + sizeof(std::uint32_t);
    if (left < around || read_some(file, &length, sizeof length, path) < sizeof length || length > left - around) break;
    payload.resize(length);
    std::uint32_t crc = 0;
    if (read_some(file, payload.data(), length, path) < length || read_some(file, &crc, sizeof crc, path) < sizeof crc)
      break;
    if (crc != crc_of_frame(length, payload)) break;
    left -= around + length;
    (has_header ? frame : header)(payload);
    has_header = true;
  }
  return has_header;
}

bool journal_is_locked(const std::string& path) {
  const Descriptor file = try_open(path, O_RDONLY);
  if (!file.valid()) return false;
  return ::flock(file.number(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

std::pair<std::uint64_t, std::uint64_t> identity_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {0, 0};
  return {status.st_dev, status.st_ino};
}

void replace_text(const std::string& path, const std::string& text) {
  const std::string part = path + ".part";
  {
    const Descriptor file = try_open(part, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.valid()) throw_system_error("create " + part, errno);
    write_all(file, text.data(), text.size(), part);
  }
  if (std::rename(part.c_str(), path.c_str()) != 0) throw_system_error(concat("rename ", part, " to ", path), errno);
}

}  // namespace rankwise::io
