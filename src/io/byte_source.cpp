// SPDX-License-Identifier: MIT
#include "io/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "io/posix_file.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::io {

struct ByteSource::State {
  std::string path;
  Descriptor file;
  std::optional<std::uint64_t> length;
  std::array<std::uint8_t, 1 << 16> buffer{};
  std::size_t start = 0;  ///< the bytes not yet used are buffer[start, end)
  std::size_t end = 0;
  bool packed = false;
  bool member_done = false;
  z_stream stream{};

  ~State() {
    if (packed) inflateEnd(&stream);
  }

  [[nodiscard]] std::size_t available() const { return end - start; }

  /// Makes sure that at least `wanted` bytes are in the buffer, unless the file ends before.
  void refill(std::size_t wanted) {
    if (available() >= wanted) return;
    std::memmove(buffer.data(), buffer.data() + start, available());
    end -= start;
    start = 0;
    end += read_some(file, buffer.data() + end, buffer.size() - end, path);
  }

  [[nodiscard]] bool at_gzip_member() {
    refill(2);
    return available() >= 2 && buffer[start] == 0x1f && buffer[start + 1] == 0x8b;
  }

  [[noreturn]] void refuse(const std::string& what) const { throw UsageError(concat(path, ": ", what)); }

  std::size_t read_plain(std::span<std::uint8_t> out) {
    const std::size_t from_buffer = std::min(out.size(), available());
    std::copy_n(buffer.begin() + static_cast<std::ptrdiff_t>(start), from_buffer, out.begin());
    start += from_buffer;
    const std::span<std::uint8_t> rest = out.subspan(from_buffer);
    return from_buffer + read_some(file, rest.data(), rest.size(), path);
  }

  std::size_t read_packed(std::span<std::uint8_t> out) {
    std::size_t done = 0;
    while (done < out.size()) {
      if (member_done) {
        if (!at_gzip_member()) {
          if (available() > 0) refuse("bytes follow the end of its gzip stream; only a whole gzip file is allowed");
          return done;
        }
        inflateReset(&stream);
        member_done = false;
      }
      refill(1);
      if (available() == 0) refuse("its gzip stream is cut short; the file is incomplete");
      stream.next_in = buffer.data() + start;
      stream.avail_in = static_cast<uInt>(available());
      const std::size_t room = std::min<std::size_t>(out.size() - done, 1U << 30U);
      stream.next_out = out.data() + done;
      stream.avail_out = static_cast<uInt>(room);
      const int status = inflate(&stream, Z_NO_FLUSH);
      start = end - stream.avail_in;
      done += room - stream.avail_out;
      if (status == Z_STREAM_END) {
        member_done = true;
      } else if (status == Z_MEM_ERROR) {
        throw IoError(concat("cannot unpack ", path, ": no memory"));
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        refuse(concat("its gzip stream is corrupt (", stream.msg == nullptr ? "unknown format" : stream.msg, ")"));
      }
    }
    return done;
  }
};

ByteSource::ByteSource(const std::string& path) : state_(std::make_unique<State>()) {
  State& self = *state_;
  self.path = path;
  self.file = try_open(path, O_RDONLY);
  if (!self.file.valid()) throw_system_error("open " + path, errno);
  struct stat status {};
  if (::fstat(self.file.number(), &status) != 0) throw_system_error("open " + path, errno);
  if (S_ISDIR(status.st_mode)) throw IoError(concat("cannot read ", path, ": it is a folder"));
  if (self.at_gzip_member()) {
    // 16 on top of the window size: gzip only, with its checksum verified.
    if (inflateInit2(&self.stream, 15 + 16) != Z_OK) throw IoError(concat("cannot unpack ", path, ": no memory"));
    self.packed = true;
  } else if (S_ISREG(status.st_mode)) {
    self.length = static_cast<std::uint64_t>(status.st_size);
  }
}

ByteSource::~ByteSource() = default;

std::size_t ByteSource::read(std::span<std::uint8_t> out) {
  return state_->packed ? state_->read_packed(out) : state_->read_plain(out);
}

std::optional<std::uint64_t> ByteSource::length() const { return state_->length; }

}  // namespace rankwise::io
