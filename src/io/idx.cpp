// SPDX-License-Identifier: MIT
#include "io/idx.hpp"

#include <algorithm>
#include <array>
#include <iomanip>
#include <sstream>

#include "io/byte_source.hpp"
#include "io/shape.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::io {

namespace {

/// Big-endian, as everything in the header.
std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U | std::uint32_t{bytes[2]} << 8U | bytes[3];
}

std::string hexadecimal(std::uint32_t value) {
  std::ostringstream out;
  out << "0x" << std::hex << std::setw(8) << std::setfill('0') << value;
  return out.str();
}

/// Third byte 8: unsigned bytes; fourth byte: the number of axes.
std::uint32_t magic_number(std::size_t axes) { return 0x00000800U + static_cast<std::uint32_t>(axes); }

std::string format_name(std::size_t axes) {
  return concat("an IDX file of ", axes == 3 ? "images" : "labels", " starts with ", hexadecimal(magic_number(axes)));
}

std::vector<std::size_t> read_header(ByteSource& source, const std::string& path, std::size_t axes) {
  std::vector<std::uint8_t> header(4 + 4 * axes);
  const std::size_t got = source.read(header);
  if (got == 0) throw UsageError(concat(path, ": the file is empty; ", format_name(axes)));
  const std::uint32_t magic = got < 4 ? 0 : big_endian(header.data());
  if (got < 4 || magic != magic_number(axes)) {
    const std::string found = got < 4 ? concat("has only ", got, " bytes") : concat("starts with ", hexadecimal(magic));
    throw UsageError(concat(path, ": ", found, "; ", format_name(axes)));
  }
  if (got < header.size()) {
    throw UsageError(concat(path, ": the header is cut short after ", got, " of ", header.size(), " bytes"));
  }
  std::vector<std::size_t> extents;
  for (std::size_t d = 0; d < axes; ++d) extents.push_back(big_endian(header.data() + 4 + 4 * d));
  return extents;
}

/// `count` items and then the end. Memory grows with what arrives, at most doubling.
std::vector<std::uint8_t> read_items(ByteSource& source, const std::string& path,
                                     std::span<const std::size_t> extents) {
  constexpr std::size_t first_piece = 1 << 20;
  const std::size_t count = checked_items(path, extents);
  const auto refuse = [&](const std::string& followed) {
    throw UsageError(concat(path, ": the header says ", shape_text(extents), " = ", count, " items, ", followed));
  };
  if (source.length().has_value()) {
    const std::uint64_t header = 4 + 4 * extents.size();
    const std::uint64_t follow = std::max(*source.length(), header) - header;
    if (follow != count) refuse(concat("but ", follow, " bytes follow it"));
  }
  std::vector<std::uint8_t> items;
  while (items.size() < count) {
    const std::size_t done = items.size();
    items.resize(std::min(count, done + std::max(done, first_piece)));
    const std::size_t got = source.read(std::span(items).subspan(done));
    if (got < items.size() - done) refuse(concat("but only ", done + got, " bytes follow it"));
  }
  // Asking for one more also brings a gzip stream to its checksum.
  std::array<std::uint8_t, 1> beyond{};
  if (source.read(beyond) != 0) refuse("but more bytes follow it");
  return items;
}

}  // namespace

std::size_t checked_items(const std::string& path, std::span<const std::size_t> extents) {
  std::uint64_t items = 1;
  for (const std::size_t extent : extents) {
    if (extent == 0) {
      throw UsageError(concat(path, ": the dimensions are ", shape_text(extents), "; each must be at least 1"));
    }
    if (extent > most_items / items) {
      throw UsageError(
          concat(path, ": the dimensions are ", shape_text(extents), "; at most ", most_items, " items are allowed"));
    }
    items *= extent;
  }
  return static_cast<std::size_t>(items);
}

Idx read_idx(const std::string& path, std::size_t axes) {
  ByteSource source(path);
  Idx idx;
  idx.extents = read_header(source, path, axes);
  idx.items = read_items(source, path, idx.extents);
  return idx;
}

}  // namespace rankwise::io
