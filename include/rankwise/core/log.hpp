// What a program says on the terminal. SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace rankwise {

/// Lines for the user. One rank speaks (root), the others hold a silent Log. Errors go to stderr whatever the level.
class Log {
 public:
  enum class Level { silent, quiet, normal };

  explicit Log(Level level = Level::normal, std::FILE* out = stdout) : level_(level), out_(out) {}

  /// Results and progress; not under --quiet.
  void say(std::string_view line) const;
  /// Something the user should know but need not act on; to stderr, "warning: " in front.
  void warn(std::string_view line) const;

  [[nodiscard]] Level level() const { return level_; }

 private:
  Level level_;
  std::FILE* out_;
};

}  // namespace rankwise
