// What a data set declares, and whether its file holds it. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "io/hdf5_calls.hpp"

namespace rankwise::io {

/// Extents of a data set, empty for a scalar. Throws IoError for a null data space.
[[nodiscard]] std::vector<std::size_t> shape_of(const DatasetId& dataset, const std::string& deed);

/// A data set may declare any extents and store nothing, a few of its chunks, or bytes beyond the end of the file; the
/// rest would read as fill values, after memory was taken on the word of the header. Says how much is stored ("none",
/// "1 of its 16 chunks") when it is not all, and "" when it is.
[[nodiscard]] std::string stored_part(const DatasetId& dataset, std::span<const std::size_t> extents,
                                      const std::string& deed);

}  // namespace rankwise::io
