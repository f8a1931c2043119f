// What stands behind File and Group. SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "io/hdf5_calls.hpp"
#include "io/part_file.hpp"
#include "rankwise/io/hdf5.hpp"

namespace rankwise::io {

/// Shared by a File and its Groups; `id` is invalid once the file is closed.
struct OpenFile {
  std::string name;                ///< for messages
  std::unique_ptr<PartFile> part;  ///< only while writing; declared before `id`, so that it goes after it
  FileId id;

  /// A write that failed on the way to the disk: HDF5 itself never hears of it.
  void require_whole() const {
    if (part != nullptr) part->require_whole();
  }
};

struct File::State {
  std::shared_ptr<OpenFile> file;
  std::string path;
};

struct Group::State {
  std::shared_ptr<OpenFile> file;
  GroupId id;
  std::string path;  ///< "/" for the root, "/a/b" below

  State(std::shared_ptr<OpenFile> file_, GroupId id_, std::string path_)
      : file(std::move(file_)), id(std::move(id_)), path(std::move(path_)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (!file->id.valid()) id.forget();
  }

  [[nodiscard]] std::string path_of(const std::string& name) const {
    return path == "/" ? path + name : path + "/" + name;
  }
  /// "write data set /a/b of F"
  [[nodiscard]] std::string deed(const char* verb, const std::string& name) const;
};

/// The open state of a group; throws InternalError for a default-constructed Group or a closed file.
[[nodiscard]] Group::State& require_open(const std::shared_ptr<Group::State>& state);

/// Group creation list: links and attributes keep their order, which netCDF-4 readers ask for.
[[nodiscard]] PropertyList ordered_group(hid_t list_class, const std::string& deed);

/// One name of a group, data set or attribute that every reader accepts; throws InternalError otherwise.
void check_name(const std::string& name, const std::string& deed);

/// True when every part of the relative path `name` exists below `group`.
[[nodiscard]] bool link_exists(hid_t group, const std::string& name, const std::string& deed);

}  // namespace rankwise::io
