// SPDX-License-Identifier: MIT
#include "io/part_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <new>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::io {

namespace {

bool same_inode(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

/// The .part, created or found, with our lock on it. Nothing is truncated before the lock is ours.
Descriptor open_locked(const std::string& path, const std::string& part) {
  const std::string deed = "create " + part;
  for (;;) {
    Descriptor file = try_open(part, O_RDWR | O_CREAT);
    if (!file.valid()) {
      const int code = errno;
      std::error_code ignored;
      if (code == ENOENT && !std::filesystem::exists(folder_of(path), ignored)) {
        throw IoError(concat("cannot ", deed, ": there is no folder ", folder_of(path)));
      }
      throw_system_error(deed, code);
    }
    if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      throw IoError(concat("cannot ", deed, ": another process is writing it"));
    }
    // Its former owner may have renamed it to the final name between our open and our lock: that file is not ours.
    struct stat here {};
    struct stat there {};
    if (::fstat(file.number(), &here) != 0) throw_system_error(deed, errno);
    if (::stat(part.c_str(), &there) != 0 || !same_inode(here, there)) continue;
    if (S_ISREG(here.st_mode) && ::ftruncate(file.number(), 0) != 0) throw_system_error(deed, errno);
    return file;
  }
}

void sync(const Descriptor& file, const std::string& name) {
  while (::fsync(file.number()) != 0) {
    if (errno != EINTR) throw_system_error("write " + name + " to disk", errno);
  }
}

/// Makes the rename itself durable. A file system without a folder sync (EINVAL) orders renames by itself.
void sync_folder(const std::string& folder) {
  const Descriptor handle = try_open(folder, O_RDONLY | O_DIRECTORY);
  if (!handle.valid()) return;  // a folder may be writable but not readable
  if (::fsync(handle.number()) != 0 && errno != EINVAL && errno != EINTR && errno != ENOSYS) {
    throw_system_error("write the folder " + folder + " to disk", errno);
  }
}

}  // namespace

PartFile::PartFile(const std::string& path) : path_(path), part_(path + ".part") {
  if (std::filesystem::path(path).filename().empty()) {
    throw IoError(concat("cannot create '", path, "': it names no file"));
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw IoError(concat("cannot create ", path, ": it is a folder"));
  file_ = open_locked(path_, part_);
}

PartFile::~PartFile() {
  if (!published_) ::unlink(part_.c_str());
}

void PartFile::write(std::uint64_t offset, const void* data, std::size_t size, Kind kind) noexcept {
  const char* from = static_cast<const char*>(data);
  size_ = std::max(size_, offset + size);
  while (size > 0 && failure_ == 0) {
    const ssize_t n = ::pwrite(file_.number(), from, size, static_cast<off_t>(offset));
    if (n > 0) {
      from += n;
      offset += static_cast<std::uint64_t>(n);
      size -= static_cast<std::size_t>(n);
    } else if (n == 0) {
      failure_ = ENOSPC;
    } else if (errno != EINTR) {
      failure_ = errno;
    }
  }
  if (size > 0 && kind == Kind::meta) {
    try {
      keep_in_memory(offset, from, size);
    } catch (const std::bad_alloc&) {
      // The file is lost already; what HDF5 reads back there is then the disk's older bytes.
    }
  }
}

void PartFile::keep_in_memory(std::uint64_t offset, const char* data, std::size_t size) {
  while (size > 0) {
    const std::uint64_t index = offset / page_size;
    const std::size_t start = offset % page_size;
    const std::size_t length = std::min(size, page_size - start);
    const auto [at, fresh] = after_failure_.try_emplace(index);
    if (fresh && !read_disk(index * page_size, at->second.data(), page_size)) at->second.fill(0);
    std::memcpy(at->second.data() + start, data, length);
    offset += length;
    data += length;
    size -= length;
  }
}

bool PartFile::read_disk(std::uint64_t offset, char* data, std::size_t size) const noexcept {
  while (size > 0) {
    const ssize_t n = ::pread(file_.number(), data, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    if (n == 0) {
      std::memset(data, 0, size);
      return true;
    }
    data += n;
    offset += static_cast<std::uint64_t>(n);
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool PartFile::read(std::uint64_t offset, void* data, std::size_t size) const noexcept {
  char* to = static_cast<char*>(data);
  if (!read_disk(offset, to, size)) return false;
  for (std::size_t done = 0; done < size && !after_failure_.empty();) {
    const std::size_t start = (offset + done) % page_size;
    const std::size_t length = std::min(size - done, page_size - start);
    const auto found = after_failure_.find((offset + done) / page_size);
    if (found != after_failure_.end()) std::memcpy(to + done, found->second.data() + start, length);
    done += length;
  }
  return true;
}

void PartFile::resize(std::uint64_t size) noexcept {
  size_ = size;
  if (failure_ == 0 && ::ftruncate(file_.number(), static_cast<off_t>(size)) != 0) failure_ = errno;
}

void PartFile::require_whole() const {
  if (failure_ != 0) throw_system_error("write " + part_, failure_);
}

void PartFile::publish() {
  require_whole();
  sync(file_, part_);
  if (std::rename(part_.c_str(), path_.c_str()) != 0) {
    throw_system_error(concat("rename ", part_, " to ", path_), errno);
  }
  published_ = true;
  sync_folder(folder_of(path_));
}

}  // namespace rankwise::io
