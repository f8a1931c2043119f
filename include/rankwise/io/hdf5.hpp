// HDF5 files, groups, data sets and attributes as owning handles. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rankwise/core/array.hpp"

namespace rankwise::io {

using Handle = std::int64_t;  // hid_t, without making every user of this header a user of hdf5.h

/// What a data set says of itself.
struct Labels {
  std::string units;                ///< SI symbol or "1"
  std::string description;          ///< one sentence
  std::vector<std::string> axes{};  ///< one name per axis; a scale of that name lies in the same group
};

class Group {
 public:
  Group() = default;
  [[nodiscard]] Group create_group(const std::string& name) const;  ///< throws IoError when it exists
  [[nodiscard]] Group open_group(const std::string& name) const;    ///< throws IoError when it does not
  [[nodiscard]] bool has(const std::string& name) const;            ///< a group or a data set of that name
  [[nodiscard]] bool is_group(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;             ///< sorted

  /// A dimension scale: one axis' coordinates, one-dimensional, float64 or int64, named `axis` in this group.
  void write_scale(const std::string& axis, const Array& coordinates, const std::string& units,
                   const std::string& description) const;
  [[nodiscard]] bool has_scale(const std::string& axis) const;

  /// A data set with units, description and the scale of every axis attached. Each axis named in labels.axes must
  /// already have its scale here, of the same length; throws InternalError otherwise. Above 64 KiB it is chunked,
  /// shuffled and deflated (level 4). Integers get their lowest value as _FillValue (int64, int8), floats NaN.
  void write(const std::string& name, const Array& array, const Labels& labels) const;
  /// Whole data set of a type that write() makes (or a number type that converts without loss). Throws IoError naming
  /// file and data set.
  [[nodiscard]] Array read(const std::string& name) const;

  void set_attribute(const std::string& name, const std::string& text) const;  ///< variable-length UTF-8, scalar
  void set_attribute(const std::string& name, std::int64_t value) const;
  void set_attribute(const std::string& name, std::uint64_t value) const;
  void set_attribute(const std::string& name, double value) const;
  [[nodiscard]] std::optional<std::string> text_attribute(const std::string& name) const;  ///< nothing when absent

 private:
  friend class File;
  struct State;
  explicit Group(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

/// A file opened for reading, or a new one that appears under its name whole or not at all.
class File {
 public:
  /// Throws IoError naming the file and the reason ("no such file", "not an HDF5 file", ...).
  static File open(const std::string& path);
  /// Writes to `path`.part; commit() closes it, syncs it to disk, renames it to `path` and syncs the directory. A File
  /// destroyed without commit() removes its .part. Throws IoError (unwritable directory, disk full, ...).
  static File create(const std::string& path);

  [[nodiscard]] Group root() const;
  void commit();

  File(File&&) noexcept;
  File& operator=(File&&) noexcept;
  ~File();

 private:
  struct State;
  explicit File(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Checks before any work is done that `path` can be written: makes and removes its .part. Throws IoError.
void check_writable(const std::string& path);

/// Closes the HDF5 library; before MPI_Finalize, so that a parallel HDF5 does not outlive MPI.
void close_library();
/// "1.10.8"
[[nodiscard]] std::string library_version();

}  // namespace rankwise::io
