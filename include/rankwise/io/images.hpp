// Labelled grey images from IDX files (plain or gzip) and HDF5 data sets. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace rankwise::io {

struct Images {
  std::size_t count = 0;
  std::size_t height = 0;
  std::size_t width = 0;
  std::vector<std::uint8_t> pixels;  ///< count x height x width
  std::vector<std::uint8_t> labels;  ///< count
  std::string source;                ///< where they were read from, for messages and provenance
  [[nodiscard]] std::size_t size() const { return height * width; }  ///< pixels of one image
};

/// Images and labels of one data set. `path` is
///  - a folder with `train-images-idx3-ubyte[.gz]` and `train-labels-idx1-ubyte[.gz]`, or
///  - an IDX file of images (labels: the same name with "images-idx3" replaced by "labels-idx1", or "images.idx3" by
///    "labels.idx1"; packed or not), or
///  - an HDF5 file with `images` (count x height x width, or count x size, which is read as images of height 1) and
///    `labels` (count), both integers or floats whose values are whole numbers from 0 to 255.
/// Whether a file is gzip is told by its content. Every dimension must be at least 1.
/// Throws IoError when a file is missing or unreadable, UsageError when its content is wrong: magic number, dimensions
/// beyond the file's length, more than 2^31 items, truncated or corrupt gzip, bytes left over, numbers of images and
/// labels that differ; the message names the file, what was found and what is allowed. Memory is never reserved on
/// the word of a header before the bytes are there.
[[nodiscard]] Images read_images(const std::string& path);

/// A digest of pixels and labels (FNV-1a over sizes and content).
[[nodiscard]] std::uint64_t digest(const Images& images);

}  // namespace rankwise::io
