// A group of the results file being filled, and the digest of what goes into it. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <string>

#include "rankwise/core/hash.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/io/hdf5.hpp"
#include "rankwise/run/experiment.hpp"

namespace rankwise::run {

/// Hash of arrays with their paths, whatever the order in which they come: docs/schema.md.
class Digest {
 public:
  void add(const std::string& path, const Array& array) {
    std::uint64_t state = fnv1a(concat(path, "\n", name_of(array.type())));
    for (const std::size_t extent : array.shape()) state = fnv1a(concat("/", extent), state);
    std::visit(
        [&state](const auto& values) {
          using T = typename std::decay_t<decltype(values)>::value_type;
          if constexpr (std::is_same_v<T, std::string>) {
            for (const auto& text : values) state = fnv1a(concat(text.size(), ":", text), state);
          } else {
            state = hash_words(std::as_bytes(std::span(values)), state);
          }
        },
        array.storage());
    hashes_[path] = state;
  }
  [[nodiscard]] std::string text() const {
    std::uint64_t state = fnv1a("");
    for (const auto& [path, hash] : hashes_) state = hash_words(std::as_bytes(std::span(&hash, 1)), state);
    return hex(state);
  }

 private:
  std::map<std::string, std::uint64_t> hashes_;  // by path, sorted byte by byte
};

/// A group being filled; what it writes goes into the digest unless there is none.
class Section {
 public:
  Section(const io::Group& parent, std::string path, Digest* digest)
      : group_(parent.create_group(path.substr(path.find_last_of('/') + 1))), path_(std::move(path)), digest_(digest) {}

  [[nodiscard]] Section child(const std::string& name) const { return {group_, concat(path_, "/", name), digest_}; }
  [[nodiscard]] const io::Group& group() const { return group_; }

  void index(const std::string& axis, std::size_t n, const std::string& description) {
    scale(Axis::index(axis, static_cast<std::int64_t>(n), description));
  }

  void scale(const Axis& axis) {
    if (group_.has_scale(axis.name)) return;
    const bool whole =
        std::all_of(axis.coordinates.begin(), axis.coordinates.end(), [](double v) { return std::floor(v) == v; });
    if (whole) {
      std::vector<std::int64_t> integers(axis.coordinates.size());
      std::transform(axis.coordinates.begin(), axis.coordinates.end(), integers.begin(),
                     [](double v) { return static_cast<std::int64_t>(v); });
      group_.write_scale(axis.name, Array(std::move(integers)), axis.unit, axis.description);
    } else {
      group_.write_scale(axis.name, Array(axis.coordinates), axis.unit, axis.description);
    }
  }

  void write(const std::string& name, const Array& array, const io::Labels& labels) {
    group_.write(name, array, labels);
    if (digest_ != nullptr) digest_->add(concat(path_, "/", name), array);
  }

 private:
  io::Group group_;
  std::string path_;
  Digest* digest_;
};

inline constexpr const char* point_text = "index of the point; its parameters are in /points";
inline constexpr const char* replica_text = "global index of the replica";

}  // namespace rankwise::run
