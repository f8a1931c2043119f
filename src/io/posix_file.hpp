// The operating system's file calls: an owning descriptor, errors as IoError. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <utility>

namespace rankwise::io {

/// "no space left on device": the system's words for errno value `code`, in lower case for use inside a sentence.
[[nodiscard]] std::string system_reason(int code);

/// Throws IoError("cannot <deed>: <reason>").
[[noreturn]] void throw_system_error(const std::string& deed, int code);

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool valid() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// open(2) with O_CLOEXEC, repeated when a signal interrupts it; an invalid Descriptor and errno on failure.
[[nodiscard]] Descriptor try_open(const std::string& path, int flags);

/// `path`, created or found, open for reading and writing and locked against other processes as long as it is open; its
/// content is untouched. Throws IoError, also when another process holds it for longer than `patience` seconds. A file
/// system without locks gives none.
[[nodiscard]] Descriptor open_locked(const std::string& path, double patience = 0);

/// fsync(2) of a file that `name` calls by its name in an error. Throws IoError.
void sync_file(const Descriptor& file, const std::string& name);

/// Makes a rename or an unlink in `folder` durable. A file system without a folder sync (EINVAL) orders them by itself.
void sync_folder(const std::string& folder);

/// Up to `size` bytes; fewer only at the end of the file. Throws IoError.
[[nodiscard]] std::size_t read_some(const Descriptor& file, void* out, std::size_t size, const std::string& path);

/// "a/b" for "a/b/c", "." for "c".
[[nodiscard]] std::string folder_of(const std::string& path);

}  // namespace rankwise::io
