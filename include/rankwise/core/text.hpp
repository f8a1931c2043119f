// Numbers to text and back, text to messages. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace rankwise {

/// The shortest decimal that reads back as the same double ("0.1", "1e-05", "nan", "inf").
[[nodiscard]] std::string to_text(double value);

/// The whole of `text` as a number, or nothing; no surrounding blanks, no locale.
[[nodiscard]] std::optional<double> parse_real(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

/// Seconds from "90", "1.5", "1:59", "1:02:03" or "2-01:02:03" (SLURM's notation; what stands behind a colon is below
/// 60), infinity from "UNLIMITED", or nothing.
[[nodiscard]] std::optional<double> parse_duration(std::string_view text);

/// Parts between separators; "" gives one empty part.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);
[[nodiscard]] std::string trim(std::string_view text);

/// snake_case <-> option-with-dashes.
[[nodiscard]] std::string dashes(std::string_view snake_case);

/// The candidate with the least edit distance to `word`, or "" when none is near enough to be a slip of the keyboard.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// 16 hexadecimal digits.
[[nodiscard]] std::string hex(std::uint64_t value);

/// Bytes for people: "3.4 MiB".
[[nodiscard]] std::string human_bytes(double bytes);

/// Everything streamed into one string; doubles in their shortest form.
template <typename... Parts>
[[nodiscard]] std::string concat(const Parts&... parts) {
  std::ostringstream out;
  auto put = [&out](const auto& part) {
    if constexpr (std::is_floating_point_v<std::decay_t<decltype(part)>>) {
      out << to_text(static_cast<double>(part));
    } else {
      out << part;
    }
  };
  (put(parts), ...);
  return out.str();
}

/// FNV-1a, 64 bits: simple enough to be repeated in any language. Used for content identity, never for security.
[[nodiscard]] constexpr std::uint64_t fnv1a(std::string_view text, std::uint64_t start = 0xcbf29ce484222325ULL) {
  for (const char c : text) {
    start ^= static_cast<unsigned char>(c);
    start *= 0x100000001b3ULL;
  }
  return start;
}

}  // namespace rankwise
