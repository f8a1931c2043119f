// SPDX-License-Identifier: MIT
#include "images.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/random/distributions.hpp"

namespace rankwise::experiments::hopfield {

namespace {

namespace fs = std::filesystem;

constexpr const char* debian_fashion_mnist = "/usr/share/datasets/fashion-mnist";

/// The images at positions i of `all` for which keep(i).
template <typename Keep>
io::Images selected(const io::Images& all, const Keep& keep) {
  io::Images part{0, all.height, all.width, {}, {}, all.source};
  for (std::size_t i = 0; i < all.count; ++i) {
    if (!keep(i)) continue;
    const auto* first = all.pixels.data() + i * all.size();
    part.pixels.insert(part.pixels.end(), first, first + all.size());
    part.labels.push_back(all.labels[i]);
    ++part.count;
  }
  return part;
}

fs::path test_file(const fs::path& folder) {
  for (const char* name : {"t10k-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte"}) {
    if (fs::exists(folder / name)) return folder / name;
  }
  return {};
}

}  // namespace

ImageSet read_image_set(const std::string& dataset) {
  std::string path = dataset;
  if (dataset == "fashion-mnist") {
    path = debian_fashion_mnist;
    if (!fs::is_directory(path)) {
      throw IoError(concat("--dataset 'fashion-mnist': no folder ", path,
                           " (apt-get install dataset-fashion-mnist, or give the path of a folder with the IDX files)"));
    }
  }
  ImageSet set;
  set.training = io::read_images(path);
  const fs::path folder = fs::is_directory(path) ? fs::path(path) : fs::path(path).parent_path();
  const fs::path test = fs::path(path).extension() == ".h5" ? fs::path() : test_file(folder);
  if (!test.empty()) {
    set.test = io::read_images(test.string());
    if (set.test.size() != set.training.size()) {
      throw UsageError(concat("--dataset '", dataset, "': test images have ", set.test.size(), " pixels, training images ", set.training.size()));
    }
    return set;
  }
  constexpr std::size_t held_out = 7;
  const io::Images all = std::move(set.training);
  set.test = selected(all, [](std::size_t i) { return i % held_out == held_out - 1; });
  set.training = selected(all, [](std::size_t i) { return i % held_out != held_out - 1; });
  return set;
}

std::vector<double> pixel_thresholds(const io::Images& images, const std::vector<std::int64_t>& classes) {
  // a histogram per pixel gives the median without a copy of the images
  std::vector<std::array<std::uint32_t, 256>> histogram(images.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < images.count; ++i) {
    if (std::find(classes.begin(), classes.end(), images.labels[i]) == classes.end()) continue;
    ++count;
    for (std::size_t p = 0; p < images.size(); ++p) ++histogram[p][images.pixels[i * images.size() + p]];
  }
  expects(count > 0, "the chosen classes have images");
  std::vector<double> thresholds;
  for (const auto& of_pixel : histogram) {
    const auto order_statistic = [&](std::size_t rank) {
      std::size_t seen = 0;
      for (std::size_t value = 0; value < of_pixel.size(); ++value) {
        seen += of_pixel[value];
        if (seen > rank) return static_cast<double>(value);
      }
      return 255.0;
    };
    const double median = (order_statistic((count - 1) / 2) + order_statistic(count / 2)) / 2;
    thresholds.push_back(std::max(median, .5));
  }
  return thresholds;
}

linalg::SignMatrix binarised(const io::Images& images, std::int64_t label, const std::vector<double>& thresholds) {
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < images.count; ++i) {
    if (images.labels[i] == label) members.push_back(i);
  }
  linalg::SignMatrix signs(members.size(), images.size());
  for (std::size_t row = 0; row < members.size(); ++row) {
    const auto* pixels = images.pixels.data() + members[row] * images.size();
    for (std::size_t p = 0; p < images.size(); ++p) signs.set(row, p, static_cast<double>(pixels[p]) > thresholds[p]);
  }
  return signs;
}

linalg::SignMatrix prototypes(const std::vector<linalg::SignMatrix>& images_of_class) {
  const std::size_t n = images_of_class.front().columns();
  linalg::SignMatrix result(images_of_class.size(), n);
  for (std::size_t mu = 0; mu < images_of_class.size(); ++mu) {
    const auto& images = images_of_class[mu];
    std::vector<double> x(n);
    for (std::size_t i = 0; i < n; ++i) {
      std::int64_t sum = 0;
      for (std::size_t a = 0; a < images.rows(); ++a) sum += images(a, i);
      x[i] = sum >= 0 ? 1 : -1;
    }
    std::vector<double> rest = x;
    for (std::size_t nu = 0; nu < mu; ++nu) {
      double overlap = 0;
      for (std::size_t i = 0; i < n; ++i) overlap += result(nu, i) * x[i];
      for (std::size_t i = 0; i < n; ++i) rest[i] -= overlap / static_cast<double>(n) * result(nu, i);
    }
    for (std::size_t i = 0; i < n; ++i) result.set(mu, i, rest[i] >= 0);
  }
  return result;
}

linalg::SignMatrix image_batch(const LocalImages& images, const std::vector<std::int64_t>& counts, std::int64_t client,
                               std::int64_t clients, random::Stream picks) {
  std::size_t examples = 0;
  for (const std::int64_t count : counts) examples += static_cast<std::size_t>(count);
  linalg::SignMatrix rows(examples, images.training.front().columns());
  std::size_t at = 0;
  for (std::size_t mu = 0; mu < counts.size(); ++mu) {
    const auto& of_class = images.training[mu];
    const auto total = static_cast<std::int64_t>(of_class.rows());
    const std::int64_t shard = client < total ? (total - client - 1) / clients + 1 : 0;
    if (shard == 0 && counts[mu] > 0) {
      throw UsageError(concat("--clients ", clients, ": client ", client, " gets no image of a class with ", total));
    }
    for (std::int64_t a = 0; a < counts[mu]; ++a) {
      const auto pick = static_cast<std::int64_t>(random::below(picks, static_cast<std::uint64_t>(shard)));
      const auto image = of_class.row(static_cast<std::size_t>(client + pick * clients));
      std::copy(image.begin(), image.end(), rows.row(at++).begin());
    }
  }
  return rows.transposed();
}

double nearest_accuracy(const std::vector<linalg::SignMatrix>& test, const linalg::SignMatrix& patterns,
                        const std::vector<Eigen::Index>& pattern_of_class) {
  std::int64_t right = 0;
  std::int64_t all = 0;
  for (std::size_t mu = 0; mu < test.size(); ++mu) {
    all += static_cast<std::int64_t>(test[mu].rows());
    if (patterns.rows() == 0 || pattern_of_class[mu] < 0) continue;
    const linalg::IntMatrix overlaps = test[mu].overlaps(patterns);
    for (Eigen::Index a = 0; a < overlaps.rows(); ++a) {
      Eigen::Index nearest = 0;
      for (Eigen::Index p = 1; p < overlaps.cols(); ++p) {
        if (std::abs(overlaps(a, p)) > std::abs(overlaps(a, nearest))) nearest = p;
      }
      right += nearest == pattern_of_class[mu] ? 1 : 0;
    }
  }
  return static_cast<double>(right) / static_cast<double>(all);
}

}  // namespace rankwise::experiments::hopfield
