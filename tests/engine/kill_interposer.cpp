// Preloaded into a program under test: ends it with SIGKILL in the middle of what it writes, at a chosen instant.
// RANKWISE_KILL_AT = deed:count:where, count from 1:
//   append:N:half    the N-th write to a *.journal is cut in the middle
//   append:N:after   ... is whole, and nothing comes after it
//   rename:N:before  before, or rename:N:after, right after, the N-th rename to a name that ends in .h5
//   remove:N:before  before the N-th removal of a *.journal
//   part:N:half      the N-th write to a *.h5.part after the first rename is cut in the middle
// SPDX-License-Identifier: MIT
#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

struct Instant {
  std::string deed;
  long count = 0;
  std::string where;
};

const Instant& instant() {
  static const Instant it = [] {
    Instant parsed;
    const char* text = std::getenv("RANKWISE_KILL_AT");
    if (text == nullptr) return parsed;
    const std::string all(text);
    const auto first = all.find(':');
    const auto second = all.find(':', first + 1);
    parsed.deed = all.substr(0, first);
    parsed.count = std::atol(all.substr(first + 1, second - first - 1).c_str());
    parsed.where = all.substr(second + 1);
    return parsed;
  }();
  return it;
}

bool ends_with(const std::string& text, const char* end) {
  const std::string tail(end);
  return text.size() >= tail.size() && text.compare(text.size() - tail.size(), tail.size(), tail) == 0;
}

std::string name_of(int file) {
  std::array<char, 4096> name{};
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const ssize_t n = ::readlink(link.c_str(), name.data(), name.size() - 1);
  return n > 0 ? std::string(name.data(), static_cast<std::size_t>(n)) : std::string();
}

/// True for the chosen one of the calls of a kind.
bool is_chosen(const char* deed) {
  static std::atomic<long> calls{0};
  return instant().deed == deed && ++calls == instant().count;
}

[[noreturn]] void end() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

std::atomic<bool> published{false};

template <typename F>
F real(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int file, const void* data, size_t size) {
  static const auto real_write = real<ssize_t (*)(int, const void*, size_t)>("write");
  if (instant().deed == "append" && ends_with(name_of(file), ".journal") && is_chosen("append")) {
    real_write(file, data, instant().where == "half" ? size / 2 : size);
    end();
  }
  return real_write(file, data, size);
}

ssize_t pwrite(int file, const void* data, size_t size, off_t offset) {
  static const auto real_write = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  if (instant().deed == "part" && published && ends_with(name_of(file), ".h5.part") && is_chosen("part")) {
    real_write(file, data, size / 2, offset);
    end();
  }
  return real_write(file, data, size, offset);
}

int rename(const char* from, const char* to) {
  static const auto real_rename = real<int (*)(const char*, const char*)>("rename");
  const bool chosen = ends_with(to, ".h5") && is_chosen("rename");
  if (chosen && instant().where == "before") end();
  const int result = real_rename(from, to);
  if (ends_with(to, ".h5")) published = true;
  if (chosen) end();
  return result;
}

int unlink(const char* name) {
  static const auto real_unlink = real<int (*)(const char*)>("unlink");
  if (ends_with(name, ".journal") && is_chosen("remove")) end();
  return real_unlink(name);
}

}  // extern "C"
