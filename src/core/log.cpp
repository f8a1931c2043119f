// SPDX-License-Identifier: MIT
#include "rankwise/core/log.hpp"

namespace rankwise {

void Log::say(std::string_view line) const {
  if (level_ != Level::normal) return;
  std::fprintf(out_, "%.*s\n", static_cast<int>(line.size()), line.data());
  std::fflush(out_);
}

void Log::warn(std::string_view line) const {
  if (level_ == Level::silent) return;
  std::fprintf(stderr, "warning: %.*s\n", static_cast<int>(line.size()), line.data());
}

}  // namespace rankwise
