// HDF5 files, groups, data sets and attributes as owning handles. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rankwise/core/array.hpp"

/// What Python makes of these files (xarray, engines netcdf4 and h5netcdf; settled by tests/io/xarray_test.py):
///  - Every group opens alone, with coordinates, because it holds a copy of its scales. Scales of a parent group give
///    dimensions without coordinates, scales of a sibling group an error in both, an axis without any scale an
///    error in h5netcdf.
///  - A missing integer (the lowest value, also _FillValue) becomes NaN; to that end xarray turns int64 into float64
///    and int8 into float32 whether or not anything is missing, so integers beyond 2^53 lose their last digits.
///    `mask_and_scale=False` gives the integers as they are stored. uint64 has no missing value and stays as it is, and
///    so do the int64 coordinates, which carry no _FillValue.
///  - `units` of "seconds", "days", ... or with "since" in them would turn numbers into dates: refused here. "s" is
///  safe.
///  - Text is UTF-8 of variable length; a byte that is not UTF-8 is written as U+FFFD, and so is a NUL.
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
  Group create_group(const std::string& name) const;              ///< throws IoError when it exists
  [[nodiscard]] Group open_group(const std::string& name) const;  ///< throws IoError when it does not
  [[nodiscard]] bool has(const std::string& name) const;          ///< a group or a data set of that name
  [[nodiscard]] bool is_group(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;  ///< sorted

  /// A dimension scale: one axis' coordinates, one-dimensional, float64 or int64, named `axis` in this group. Throws
  /// InternalError for another shape or type, or units that xarray takes for a time.
  void write_scale(const std::string& axis, const Array& coordinates, const std::string& units,
                   const std::string& description) const;
  [[nodiscard]] bool has_scale(const std::string& axis) const;

  /// A data set with units, description and the scale of every axis attached. Each axis named in labels.axes must
  /// already have its scale here, of the same length, and no two axes the same name (a K x K matrix has two scales);
  /// throws InternalError otherwise, and IoError when `name` is taken. Above 64 KiB numbers are chunked,
  /// shuffled and deflated (level 4; float64 above 16 MiB is not deflated), and chunks of missing values take no space. Integers get their lowest value as _FillValue (int64, int8), floats NaN.
  void write(const std::string& name, const Array& array, const Labels& labels) const;
  /// Whole data set of a type that write() makes (or a number type that converts without loss). Throws IoError naming
  /// file and data set.
  [[nodiscard]] Array read(const std::string& name) const;
  /// Units, description and axes of a data set; "" for what it lacks. The axis of a scale is the scale itself.
  [[nodiscard]] Labels labels(const std::string& name) const;

  void set_attribute(const std::string& name, const std::string& text) const;  ///< variable-length UTF-8, scalar
  void set_attribute(const std::string& name, std::int64_t value) const;
  void set_attribute(const std::string& name, std::uint64_t value) const;
  void set_attribute(const std::string& name, double value) const;
  [[nodiscard]] std::optional<std::string> text_attribute(const std::string& name) const;  ///< nothing when absent
  /// One number as a scalar Array (int64, uint64, int8 or float64), nothing when absent; throws IoError for a text.
  [[nodiscard]] std::optional<Array> number_attribute(const std::string& name) const;

  struct State;

 private:
  friend class File;
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
  /// The .part is locked: a second process that creates the same file is refused. A disk that fills up is reported by
  /// the first call that notices, at the latest by commit(), and never by a destructor.
  static File create(const std::string& path);

  [[nodiscard]] Group root() const;
  void commit();
  struct State;

  File(File&&) noexcept;
  File& operator=(File&&) noexcept;
  ~File();

 private:
  explicit File(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Checks before any work is done that `path` can be written: makes its .part, writes one block and removes it. Throws
/// IoError, also when another process is writing the same file.
void check_writable(const std::string& path);

/// Closes the HDF5 library; before MPI_Finalize, so that a parallel HDF5 does not outlive MPI.
void close_library();
/// "1.10.8"
[[nodiscard]] std::string library_version();

}  // namespace rankwise::io
