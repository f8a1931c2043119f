// The append-only companion of a results file: what came since the file was written. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "rankwise/core/packing.hpp"

/// Format: 8 bytes "RWJOURN1"; then frames: length (uint64), payload, CRC-32 (zlib's, uint32) over length and payload.
/// The first frame is the header. A frame that is cut off or does not match its CRC ends the journal: a process killed
/// in the middle of an append leaves such a tail. Numbers are little-endian. CRC-32 and not CRC32C, so that Python's
/// standard library reads journals at full speed too.
namespace rankwise::io {

class Journal {
 public:
  /// Locks `path`, creating it when it is missing; its content is untouched until reset(). Throws IoError naming the
  /// reason, also when another process holds it. A Journal that created its file and never reset it removes it.
  static Journal lock(const std::string& path);

  /// Empties the journal and writes `header`, on disk when this returns. Throws IoError.
  void reset(std::span<const std::byte> header);
  /// Adds a frame; it survives the death of this process at once, and of the machine after sync(). Throws IoError (disk
  /// full): the frames before it hold.
  void append(std::span<const std::byte> payload);
  /// fdatasync. Throws IoError.
  void sync();
  /// Removes the file; the lock holds until the Journal is destroyed.
  void remove();

  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;
  ~Journal();

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Calls `header` once and `frame` for every whole frame after it, in order. Returns false, and calls nothing, when
/// there is no such file or it has no whole header. May run while another process appends. Throws IoError when it
/// cannot be read or is no journal.
bool read_journal(const std::string& path, const std::function<void(std::span<const std::byte>)>& header,
                  const std::function<void(std::span<const std::byte>)>& frame);

/// A process holds the journal at `path` right now.
[[nodiscard]] bool journal_is_locked(const std::string& path);

/// Tells a file from the one that replaces it under the same name: device and inode, zeros when there is none.
[[nodiscard]] std::pair<std::uint64_t, std::uint64_t> identity_of(const std::string& path);

/// Replaces `path` with `text` by writing path.part and renaming it, without a sync: for what only tells of progress.
/// Throws IoError.
void replace_text(const std::string& path, const std::string& text);

}  // namespace rankwise::io
