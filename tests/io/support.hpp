// What the tests of this floor share: a folder, child processes, raw bytes. SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "rankwise/core/error.hpp"

namespace rankwise::io_tests {

/// An empty folder that goes with everything in it.
class TempFolder {
 public:
  TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder();
  [[nodiscard]] std::string path(const std::string& name = "") const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
};

void write_bytes(const std::string& path, std::string_view bytes);
[[nodiscard]] std::string read_bytes(const std::string& path);
/// gzip(1)'s format, level 6.
[[nodiscard]] std::string gzipped(std::string_view bytes);

/// The text and exit code of the Error that `action` throws; code -1 when it throws none.
struct Caught {
  int code = -1;
  std::string text;
  [[nodiscard]] bool says(std::string_view part) const { return text.find(part) != std::string::npos; }
};
[[nodiscard]] Caught caught(const std::function<void()>& action);

/// Runs `action` in a child process that then leaves by exit(), so that the exit handlers of HDF5 run too. `status` is
/// that of waitpid; `error` is what `action` threw.
struct ChildEnd {
  int status = 0;
  Caught error;
};
[[nodiscard]] ChildEnd in_child(const std::function<void()>& action);

/// A child process that repeats `action` until it is killed.
class Repeater {
 public:
  explicit Repeater(const std::function<void()>& action);
  Repeater(const Repeater&) = delete;
  Repeater& operator=(const Repeater&) = delete;
  ~Repeater() { kill(); }
  /// Waits until `action` was done once more; false when the child is gone.
  [[nodiscard]] bool wait_for_one();
  void kill();

 private:
  pid_t child_ = -1;
  int ticks_ = -1;
};

/// splitmix64: reproducible test input.
class Mixer {
 public:
  explicit Mixer(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }

 private:
  std::uint64_t state_;
};

}  // namespace rankwise::io_tests
