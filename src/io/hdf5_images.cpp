// SPDX-License-Identifier: MIT
#include "io/hdf5_images.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "io/hdf5_calls.hpp"
#include "io/hdf5_extent.hpp"
#include "io/hdf5_state.hpp"
#include "io/hdf5_text.hpp"
#include "io/idx.hpp"
#include "io/shape.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/io/hdf5.hpp"

namespace rankwise::io {

namespace {

struct Source {
  DatasetId dataset;
  std::string where;  ///< "F: images"
  std::string deed;   ///< "read images of F"
  std::vector<std::size_t> extents;
  bool real = false;
};

Source open_source(const FileId& file, const std::string& path, const std::string& name) {
  Source source{{}, concat(path, ": ", name), concat("read ", name, " of ", path), {}, false};
  if (!link_exists(file.get(), name, source.deed)) {
    throw UsageError(concat(path, ": holds no data set '", name, "'; images and labels are needed at the top level"));
  }
  const Owned<&H5Oclose> object(checked(source.deed, H5Oopen, file.get(), name.c_str(), H5P_DEFAULT));
  if (checked(source.deed, H5Iget_type, object.get()) != H5I_DATASET) {
    throw UsageError(concat(source.where, " is not a data set"));
  }
  source.dataset = DatasetId(checked(source.deed, H5Dopen2, file.get(), name.c_str(), H5P_DEFAULT));
  const TypeId type(checked(source.deed, H5Dget_type, source.dataset.get()));
  const H5T_class_t kind = checked(source.deed, H5Tget_class, type.get());
  if ((kind != H5T_INTEGER && kind != H5T_FLOAT) || H5Tget_size(type.get()) > 8) {
    throw UsageError(concat(source.where, " does not hold plain integers or floats"));
  }
  source.real = kind == H5T_FLOAT;
  source.extents = shape_of(source.dataset, source.deed);
  return source;
}

template <typename T>
std::uint8_t grey(T value, const Source& source) {
  // The negated comparison catches NaN too.
  if (!(value >= 0 && value <= 255) || value != static_cast<T>(static_cast<std::uint8_t>(value))) {
    throw UsageError(concat(source.where, " holds the value ", value, "; whole numbers from 0 to 255 are allowed"));
  }
  return static_cast<std::uint8_t>(value);
}

/// Rows of the first axis by blocks of about 16 MiB, so that memory grows with what was really read.
template <typename T>
std::vector<std::uint8_t> read_bytes_as(const Source& source, hid_t in_memory) {
  const std::size_t items = checked_items(source.where, source.extents);
  const std::string stored = stored_part(source.dataset, source.extents, source.deed);
  if (!stored.empty()) {
    throw UsageError(concat(source.where, " declares ", shape_text(source.extents), " items but stores ", stored));
  }
  const std::size_t row = items / source.extents[0];
  const std::size_t rows_at_once = std::max<std::size_t>(1, (std::size_t{1} << 21U) / row);
  const SpaceId file_space(checked(source.deed, H5Dget_space, source.dataset.get()));
  std::vector<hsize_t> start(source.extents.size(), 0);
  std::vector<hsize_t> count(source.extents.begin(), source.extents.end());
  std::vector<std::uint8_t> bytes;
  std::vector<T> block;
  for (std::size_t first = 0; first < source.extents[0]; first += rows_at_once) {
    start[0] = first;
    count[0] = std::min(rows_at_once, source.extents[0] - first);
    block.resize(static_cast<std::size_t>(count[0]) * row);
    const hsize_t length = block.size();
    const SpaceId memory_space(checked(source.deed, H5Screate_simple, 1, &length, static_cast<hsize_t*>(nullptr)));
    checked(source.deed, H5Sselect_hyperslab, file_space.get(), H5S_SELECT_SET, start.data(),
            static_cast<hsize_t*>(nullptr), count.data(), static_cast<hsize_t*>(nullptr));
    checked(source.deed, H5Dread, source.dataset.get(), in_memory, memory_space.get(), file_space.get(), H5P_DEFAULT,
            block.data());
    for (const T value : block) bytes.push_back(grey(value, source));
  }
  return bytes;
}

std::vector<std::uint8_t> read_bytes(const Source& source) {
  return source.real ? read_bytes_as<double>(source, H5T_NATIVE_DOUBLE)
                     : read_bytes_as<std::int64_t>(source, H5T_NATIVE_INT64);
}

}  // namespace

bool is_hdf5(const std::string& path) {
  const QuietErrors quiet;
  return H5Fis_hdf5(path.c_str()) > 0;
}

Images read_hdf5_images(const std::string& path) {
  const FileId file(checked("open " + path, H5Fopen, path.c_str(), static_cast<unsigned>(H5F_ACC_RDONLY), H5P_DEFAULT));
  const Source images = open_source(file, path, "images");
  const Source labels = open_source(file, path, "labels");
  if (images.extents.size() != 2 && images.extents.size() != 3) {
    throw UsageError(concat(images.where, " has ", images.extents.size(),
                            " axes; count x height x width or count x size is allowed"));
  }
  if (labels.extents.size() != 1) {
    throw UsageError(concat(labels.where, " has ", labels.extents.size(), " axes; one is allowed"));
  }
  if (labels.extents[0] != images.extents[0]) {
    throw UsageError(concat(path, ": ", images.extents[0], " images but ", labels.extents[0],
                            " labels; there must be one label for each image"));
  }
  Images set;
  set.count = images.extents[0];
  set.height = images.extents.size() == 3 ? images.extents[1] : 1;
  set.width = images.extents.back();
  set.pixels = read_bytes(images);
  set.labels = read_bytes(labels);
  set.source = path;
  return set;
}

}  // namespace rankwise::io
