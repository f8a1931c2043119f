// The HDF5 file driver that writes through a PartFile. SPDX-License-Identifier: MIT
#pragma once

#include "io/hdf5_calls.hpp"
#include "io/part_file.hpp"

namespace rankwise::io {

/// A new HDF5 file with access list `access`, whose every byte goes through `part`; `part` must outlive it.
/// Throws IoError.
[[nodiscard]] FileId create_through(PartFile& part, hid_t creation, const PropertyList& access);

}  // namespace rankwise::io
