// Image sets that lie in HDF5 files. SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "rankwise/io/images.hpp"

namespace rankwise::io {

[[nodiscard]] bool is_hdf5(const std::string& path);

/// `images` and `labels` of an HDF5 file, as read_images() documents.
[[nodiscard]] Images read_hdf5_images(const std::string& path);

}  // namespace rankwise::io
