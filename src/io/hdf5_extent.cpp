// SPDX-License-Identifier: MIT
#include "io/hdf5_extent.hpp"

#include <algorithm>

#include "rankwise/core/error.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::io {

std::vector<std::size_t> shape_of(const DatasetId& dataset, const std::string& deed) {
  const SpaceId space(checked(deed, H5Dget_space, dataset.get()));
  if (checked(deed, H5Sget_simple_extent_type, space.get()) == H5S_NULL) {
    throw IoError(concat("cannot ", deed, ": it holds nothing at all (a null data space)"));
  }
  std::vector<hsize_t> extents(static_cast<std::size_t>(checked(deed, H5Sget_simple_extent_ndims, space.get())));
  checked(deed, H5Sget_simple_extent_dims, space.get(), extents.data(), static_cast<hsize_t*>(nullptr));
  return {extents.begin(), extents.end()};
}

namespace {

std::string stored_chunks(const DatasetId& dataset, std::span<const std::size_t> extents, const PropertyList& creation,
                          const std::string& deed) {
#if H5_VERSION_GE(1, 10, 5)
  std::vector<hsize_t> chunk(extents.size());
  checked(deed, H5Pget_chunk, creation.get(), static_cast<int>(chunk.size()), chunk.data());
  hsize_t expected = 1;
  for (std::size_t d = 0; d < chunk.size(); ++d) expected *= (extents[d] + chunk[d] - 1) / chunk[d];
  const SpaceId space(checked(deed, H5Dget_space, dataset.get()));
  hsize_t stored = 0;
  checked(deed, H5Dget_num_chunks, dataset.get(), space.get(), &stored);
  if (stored < expected) return concat(stored, " of its ", expected, " chunks");
#endif
  return {};
}

/// Missing chunks read as the fill value that the file's author chose: a sparse data set, whole as it is. One that claims
/// more than this host could ever hold is refused before memory is asked for.
bool may_be_sparse(const DatasetId& dataset, std::span<const std::size_t> extents, const PropertyList& creation,
                   const std::string& deed) {
  H5D_fill_value_t status = H5D_FILL_VALUE_UNDEFINED;
  checked(deed, H5Pfill_value_defined, creation.get(), &status);
  if (status != H5D_FILL_VALUE_USER_DEFINED) return false;
  const TypeId type(checked(deed, H5Dget_type, dataset.get()));
  auto bytes = static_cast<double>(H5Tget_size(type.get()));
  for (const std::size_t extent : extents) bytes *= static_cast<double>(extent);
  return bytes <= static_cast<double>(usable_memory());
}

std::string stored_bytes(const DatasetId& dataset, hsize_t bytes, const std::string& deed) {
  const haddr_t offset = H5Dget_offset(dataset.get());
  if (offset == HADDR_UNDEF) return {};  // in an external file
  const FileId file(checked(deed, H5Iget_file_id, dataset.get()));
  hsize_t end = 0;
  checked(deed, H5Fget_filesize, file.get(), &end);
  if (offset <= end && bytes <= end - offset) return {};
  return concat(offset <= end ? end - offset : 0, " of its ", bytes, " bytes");
}

}  // namespace

std::string stored_part(const DatasetId& dataset, std::span<const std::size_t> extents, const std::string& deed) {
  if (std::find(extents.begin(), extents.end(), std::size_t{0}) != extents.end()) return {};
  const PropertyList creation(checked(deed, H5Dget_create_plist, dataset.get()));
  const H5D_layout_t layout = checked(deed, H5Pget_layout, creation.get());
  if (layout == H5D_CHUNKED && may_be_sparse(dataset, extents, creation, deed)) return {};
  const hsize_t bytes = H5Dget_storage_size(dataset.get());
  if (bytes == 0) return "none";
  if (layout == H5D_CHUNKED) return stored_chunks(dataset, extents, creation, deed);
  if (layout == H5D_CONTIGUOUS) return stored_bytes(dataset, bytes, deed);
  return {};  // compact: in the object header, which was read already
}

}  // namespace rankwise::io
