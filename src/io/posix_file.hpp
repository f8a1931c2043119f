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

/// Up to `size` bytes; fewer only at the end of the file. Throws IoError.
[[nodiscard]] std::size_t read_some(const Descriptor& file, void* out, std::size_t size, const std::string& path);

/// "a/b" for "a/b/c", "." for "c".
[[nodiscard]] std::string folder_of(const std::string& path);

}  // namespace rankwise::io
