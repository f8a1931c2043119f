// SPDX-License-Identifier: MIT
#include "io/part_file.hpp"

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

PartFile::PartFile(const std::string& path) : path_(path), part_(path + ".part") {
  if (std::filesystem::path(path).filename().empty()) {
    throw IoError(concat("cannot create '", path, "': it names no file"));
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw IoError(concat("cannot create ", path, ": it is a folder"));
  file_ = open_locked(part_);
  struct stat status {};
  if (::fstat(file_.number(), &status) != 0) throw_system_error("create " + part_, errno);
  // Nothing is truncated before the lock is ours; a device has no length.
  if (S_ISREG(status.st_mode) && ::ftruncate(file_.number(), 0) != 0) throw_system_error("create " + part_, errno);
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
  sync_file(file_, part_);
  // HDF5 locks what it reads: under our lock a reader would be refused for as long as the rename takes to reach the disk.
  // From here on other writers are kept off by what guards the name as a whole, a run's journal.
  ::flock(file_.number(), LOCK_UN);
  if (std::rename(part_.c_str(), path_.c_str()) != 0) {
    throw_system_error(concat("rename ", part_, " to ", path_), errno);
  }
  published_ = true;
  sync_folder(folder_of(path_));
}

}  // namespace rankwise::io
