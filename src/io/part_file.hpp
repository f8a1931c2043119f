// A file that grows under another name and appears under its own whole or not at all. SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "io/posix_file.hpp"

namespace rankwise::io {

/// `path`.part, locked against other processes while it is open.
///
/// Its writes never report a failure to the caller: HDF5 (1.10 to 1.14) leaves freed objects in its tables when a write
/// fails while it closes a file, and the process then dies of a segmentation fault at exit. So the first failure is
/// kept for require_whole(), and what is written afterwards goes into memory, where HDF5 finds it again until the file
/// is given up. Raw data are dropped instead: they are never read back, and they may be large.
class PartFile {
 public:
  /// Throws IoError when the folder is missing or read-only, `path` is a folder, or another process writes the same.
  explicit PartFile(const std::string& path);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile();  ///< removes the .part unless it was published

  enum class Kind { raw, meta };
  void write(std::uint64_t offset, const void* data, std::size_t size, Kind kind) noexcept;
  /// Bytes beyond the end are zero. False when the system cannot read them.
  [[nodiscard]] bool read(std::uint64_t offset, void* data, std::size_t size) const noexcept;
  void resize(std::uint64_t size) noexcept;
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Throws IoError with the first failure of write() or resize(), if there was one.
  void require_whole() const;
  /// Syncs to disk, renames to `path`, syncs the folder. Throws IoError; the old file of that name is then untouched.
  void publish();

  [[nodiscard]] const std::string& part_path() const { return part_; }

 private:
  static constexpr std::size_t page_size = 4096;
  using Page = std::array<char, page_size>;

  void keep_in_memory(std::uint64_t offset, const char* data, std::size_t size);
  [[nodiscard]] bool read_disk(std::uint64_t offset, char* data, std::size_t size) const noexcept;

  std::string path_;
  std::string part_;
  Descriptor file_;
  std::uint64_t size_ = 0;
  int failure_ = 0;  ///< errno of the first failed write
  std::unordered_map<std::uint64_t, Page> after_failure_;
  bool published_ = false;
};

}  // namespace rankwise::io
