// Files: opened, or created to appear whole. SPDX-License-Identifier: MIT
#include <array>
#include <vector>

#include "io/hdf5_state.hpp"
#include "io/part_driver.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/io/hdf5.hpp"

namespace rankwise::io {

namespace {

/// Closing the file closes every group and data set in it. Formats from HDF5 1.8 on: link order, large attributes.
PropertyList access_list(const std::string& deed) {
  PropertyList list(checked(deed, H5Pcreate, H5P_FILE_ACCESS));
  checked(deed, H5Pset_fclose_degree, list.get(), H5F_CLOSE_STRONG);
  checked(deed, H5Pset_libver_bounds, list.get(), H5F_LIBVER_V18, H5F_LIBVER_LATEST);
  return list;
}

}  // namespace

File::File(std::unique_ptr<State> state) : state_(std::move(state)) {}
File::File(File&&) noexcept = default;

File& File::operator=(File&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

File::~File() {
  if (state_ == nullptr || state_->file == nullptr) return;
  OpenFile& file = *state_->file;
  file.id = FileId();
  file.part.reset();
}

File File::open(const std::string& path) {
  const std::string deed = "open " + path;
  const PropertyList access = access_list(deed);
  auto file = std::make_shared<OpenFile>();
  file->name = path;
  file->id = FileId(checked(deed, H5Fopen, path.c_str(), static_cast<unsigned>(H5F_ACC_RDONLY), access.get()));
  return File(std::make_unique<State>(State{std::move(file), path}));
}

File File::create(const std::string& path) {
  const std::string deed = "create " + path;
  const PropertyList access = access_list(deed);
  const PropertyList creation = ordered_group(H5P_FILE_CREATE, deed);
  auto file = std::make_shared<OpenFile>();
  file->name = path;
  file->part = std::make_unique<PartFile>(path);
  file->id = create_through(*file->part, creation.get(), access);
  file->require_whole();
  return File(std::make_unique<State>(State{std::move(file), path}));
}

Group File::root() const {
  if (state_ == nullptr || !state_->file->id.valid()) throw InternalError("the root of a closed file was asked for");
  GroupId id(checked("open the root of " + state_->path, H5Gopen2, state_->file->id.get(), "/", H5P_DEFAULT));
  return Group(std::make_shared<Group::State>(state_->file, std::move(id), "/"));
}

void File::commit() {
  if (state_ == nullptr || state_->file->part == nullptr) {
    throw InternalError("commit() of a file that is not being written");
  }
  OpenFile& file = *state_->file;
  // Whatever happens below, the file is closed: a second commit() is a mistake, the destructor removes the .part.
  const std::unique_ptr<PartFile> part = std::move(file.part);
  file.id.close("close " + part->part_path());
  part->publish();
}

void check_writable(const std::string& path) {
  PartFile part(path);
  // One block to the disk: a full disk accepts new names.
  const std::vector<char> block(4096, 'x');
  part.write(0, block.data(), block.size(), PartFile::Kind::raw);
  part.require_whole();
}

}  // namespace rankwise::io
