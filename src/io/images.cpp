// SPDX-License-Identifier: MIT
#include "rankwise/io/images.hpp"

#include <array>
#include <filesystem>
#include <new>
#include <string_view>

#include "io/hdf5_images.hpp"
#include "io/idx.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::io {

namespace {

namespace fs = std::filesystem;

/// `name` or `name`.gz in `folder`, whichever is there.
std::string find_member(const fs::path& folder, const std::string& name) {
  std::error_code ignored;
  for (const char* ending : {"", ".gz"}) {
    const fs::path candidate = folder / (name + ending);
    if (fs::exists(candidate, ignored)) return candidate.string();
  }
  throw IoError(concat("cannot open ", (folder / name).string(), "[.gz]: the folder holds no file of that name"));
}

/// The labels that belong to a file of images; the file name decides, not the folders above it.
std::string labels_of(const std::string& images) {
  struct Naming {
    std::string_view images;
    std::string_view labels;
  };
  constexpr std::array namings{Naming{"images-idx3", "labels-idx1"}, Naming{"images.idx3", "labels.idx1"}};
  const fs::path path(images);
  std::string name = path.filename().string();
  for (const Naming& naming : namings) {
    const std::size_t at = name.rfind(naming.images);
    if (at == std::string::npos) continue;
    name.replace(at, naming.images.size(), naming.labels);
    constexpr std::string_view gz = ".gz";
    const bool packed = name.size() > gz.size() && name.ends_with(gz);
    if (packed) name.resize(name.size() - gz.size());
    return find_member(path.parent_path(), name);
  }
  throw UsageError(concat(images,
                          ": the name must contain 'images-idx3', so that its labels can be found under the "
                          "same name with 'labels-idx1'"));
}

/// Images and labels as one set. The labels' path is asked for only when the images are sound.
template <typename LabelsPath>
Images read_idx_pair(const std::string& images_path, LabelsPath&& labels_path) {
  Idx images = read_idx(images_path, 3);
  const std::string labels_at = labels_path();
  Idx labels = read_idx(labels_at, 1);
  if (images.extents[0] != labels.extents[0]) {
    throw UsageError(concat(images_path, ": ", images.extents[0], " images but ", labels.extents[0], " labels in ",
                            labels_at, "; there must be one label for each image"));
  }
  return {images.extents[0],       images.extents[1],       images.extents[2],
          std::move(images.items), std::move(labels.items), images_path};
}

Images read_any(const std::string& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (!fs::exists(status)) throw IoError(concat("cannot open ", path, ": there is no such file or folder"));
  if (fs::is_directory(status)) {
    const std::string images = find_member(path, "train-images-idx3-ubyte");
    const std::string labels = find_member(path, "train-labels-idx1-ubyte");
    return read_idx_pair(images, [&] { return labels; });
  }
  if (is_hdf5(path)) return read_hdf5_images(path);
  return read_idx_pair(path, [&] { return labels_of(path); });
}

}  // namespace

Images read_images(const std::string& path) {
  try {
    return read_any(path);
  } catch (const std::bad_alloc&) {
    throw IoError(concat("cannot read ", path, ": it does not fit into memory"));
  }
}

std::uint64_t digest(const Images& images) {
  const auto bytes = [](const std::vector<std::uint8_t>& values) {
    return std::string_view(reinterpret_cast<const char*>(values.data()), values.size());
  };
  // Sizes as text: the same on machines of either byte order.
  const std::string sizes = concat(images.count, "x", images.height, "x", images.width, ";");
  return fnv1a(bytes(images.labels), fnv1a(bytes(images.pixels), fnv1a(sizes)));
}

}  // namespace rankwise::io
