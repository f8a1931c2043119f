// SPDX-License-Identifier: MIT
#include "io/posix_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::io {

std::string system_reason(int code) {
  std::string reason = std::generic_category().message(code);
  if (!reason.empty()) reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
  return reason;
}

void throw_system_error(const std::string& deed, int code) {
  throw IoError(concat("cannot ", deed, ": ", system_reason(code)));
}

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Descriptor try_open(const std::string& path, int flags) {
  int number = -1;
  do {
    number = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  } while (number < 0 && errno == EINTR);
  return Descriptor(number);
}

Descriptor open_locked(const std::string& path, double patience) {
  const std::string deed = "create " + path;
  for (;;) {
    Descriptor file = try_open(path, O_RDWR | O_CREAT);
    if (!file.valid()) {
      const int code = errno;
      std::error_code ignored;
      if (code == ENOENT && !std::filesystem::exists(folder_of(path), ignored)) {
        throw IoError(concat("cannot ", deed, ": there is no folder ", folder_of(path)));
      }
      throw_system_error(deed, code);
    }
    for (double waited = 0; ::flock(file.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; waited += 0.01) {
      if (waited >= patience) throw IoError(concat("cannot ", deed, ": another process is writing it"));
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    // Its former owner may have renamed or removed it between our open and our lock: that file is not ours.
    struct stat here {};
    struct stat there {};
    if (::fstat(file.number(), &here) != 0) throw_system_error(deed, errno);
    if (::stat(path.c_str(), &there) == 0 && here.st_dev == there.st_dev && here.st_ino == there.st_ino) return file;
  }
}

void sync_file(const Descriptor& file, const std::string& name) {
  while (::fsync(file.number()) != 0) {
    if (errno != EINTR) throw_system_error("write " + name + " to disk", errno);
  }
}

void sync_folder(const std::string& folder) {
  const Descriptor handle = try_open(folder, O_RDONLY | O_DIRECTORY);
  if (!handle.valid()) return;  // a folder may be writable but not readable
  if (::fsync(handle.number()) != 0 && errno != EINVAL && errno != EINTR && errno != ENOSYS) {
    throw_system_error("write the folder " + folder + " to disk", errno);
  }
}

std::size_t read_some(const Descriptor& file, void* out, std::size_t size, const std::string& path) {
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n = ::read(file.number(), static_cast<char*>(out) + got, size - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_system_error("read " + path, errno);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  return got;
}

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace rankwise::io
