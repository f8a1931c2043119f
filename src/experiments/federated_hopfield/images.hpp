// Archetypes and examples from labelled images. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rankwise/io/images.hpp"
#include "rankwise/linalg/sign_matrix.hpp"
#include "rankwise/run/experiment.hpp"

namespace rankwise::experiments::hopfield {

/// Files of a data set: `fashion-mnist` is Debian's package dataset-fashion-mnist; else a path as io::read_images takes.
struct ImageSet {
  io::Images training;
  io::Images test;  ///< t10k files beside the training files; else every seventh image, taken out of the training set
};
/// Throws UsageError or IoError; for a missing `fashion-mnist` it names the package.
[[nodiscard]] ImageSet read_image_set(const std::string& dataset);

/// Pixels to +-1: +1 above the threshold of the pixel, max(median over the images of the chosen classes, 0.5).
[[nodiscard]] std::vector<double> pixel_thresholds(const io::Images& images, const std::vector<std::int64_t>& classes);
/// Images of class `label`, one row each, count x N.
[[nodiscard]] linalg::SignMatrix binarised(const io::Images& images, std::int64_t label, const std::vector<double>& thresholds);

/// One archetype per class, K x N: the sign of the mean of its binarised images (0 counts +1), then decorrelated in class
/// order: x - sum over earlier z of <z,x>/<z,z> z, binarised again.
[[nodiscard]] linalg::SignMatrix prototypes(const std::vector<linalg::SignMatrix>& images_of_class);

/// Every rank's view of the images, read by that rank; a client takes only its own shard.
struct LocalImages final : run::LocalData {
  std::vector<linalg::SignMatrix> training;  ///< per class, count x N
  std::vector<linalg::SignMatrix> test;
};

/// Image i of a class belongs to client i mod L; `counts` images of each class are drawn from the client's shard with
/// replacement. N x M. Throws UsageError when a shard is empty.
[[nodiscard]] linalg::SignMatrix image_batch(const LocalImages& images, const std::vector<std::int64_t>& counts,
                                             std::int64_t client, std::int64_t clients, random::Stream picks);

/// Share of test images whose nearest pattern (largest |overlap|) is the one matched to their class; `pattern_of_class`
/// is -1 where a class has none.
[[nodiscard]] double nearest_accuracy(const std::vector<linalg::SignMatrix>& test, const linalg::SignMatrix& patterns,
                                      const std::vector<Eigen::Index>& pattern_of_class);

}  // namespace rankwise::experiments::hopfield
