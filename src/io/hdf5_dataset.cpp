// Data sets, their labels and dimension scales. SPDX-License-Identifier: MIT
#include <hdf5_hl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>
#include <vector>

#include "io/hdf5_extent.hpp"
#include "io/hdf5_state.hpp"
#include "io/hdf5_text.hpp"
#include "io/shape.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/io/hdf5.hpp"

namespace rankwise::io {

namespace {

constexpr unsigned deflate_level = 4;

/// xarray turns a data set into dates or time spans on the sight of these units.
bool is_time_for_xarray(const std::string& units) {
  constexpr std::array spans{"days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"};
  return units.find("since") != std::string::npos || std::find(spans.begin(), spans.end(), units) != spans.end();
}

hid_t stored_type(ElementType type) {
  switch (type) {
    case ElementType::float64:
      return H5T_IEEE_F64LE;
    case ElementType::int64:
      return H5T_STD_I64LE;
    case ElementType::uint64:
      return H5T_STD_U64LE;
    case ElementType::int8:
      return H5T_STD_I8LE;
    case ElementType::text:
      break;
  }
  throw InternalError("text has no number type in the file");
}

SpaceId space_of(const std::vector<std::size_t>& shape, const std::string& deed) {
  if (shape.empty()) return SpaceId(checked(deed, H5Screate, H5S_SCALAR));
  const std::vector<hsize_t> extents(shape.begin(), shape.end());
  return SpaceId(checked(deed, H5Screate_simple, static_cast<int>(extents.size()), extents.data(), nullptr));
}

void put_attribute(const DatasetId& dataset, const char* name, hid_t file_type, hid_t in_memory, const void* value,
                   const std::string& deed) {
  const SpaceId space(checked(deed, H5Screate, H5S_SCALAR));
  const AttributeId attribute(
      checked(deed, H5Acreate2, dataset.get(), name, file_type, space.get(), H5P_DEFAULT, H5P_DEFAULT));
  checked(deed, H5Awrite, attribute.get(), in_memory, value);
}

void put_text(const DatasetId& dataset, const char* name, const std::string& text, const std::string& deed) {
  const TypeId type = text_type(deed);
  const std::string valid = valid_utf8(text);
  const char* pointer = valid.c_str();
  put_attribute(dataset, name, type.get(), type.get(), &pointer, deed);
}

/// Calls f(&missing value) for the types that have one.
template <typename F>
void with_fill_value(ElementType type, F&& f) {
  const auto give = [&f](auto value) { f(static_cast<const void*>(&value)); };
  if (type == ElementType::float64) give(std::numeric_limits<double>::quiet_NaN());
  if (type == ElementType::int64) give(std::numeric_limits<std::int64_t>::lowest());
  if (type == ElementType::int8) give(std::numeric_limits<std::int8_t>::lowest());
}

PropertyList creation_list(const Array& array, bool with_fill, const std::string& deed) {
  PropertyList list(checked(deed, H5Pcreate, H5P_DATASET_CREATE));
  checked(deed, H5Pset_attr_creation_order, list.get(),
          static_cast<unsigned>(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
  checked(deed, H5Pset_obj_track_times, list.get(), false);
  if (with_fill) {
    with_fill_value(array.type(), [&](const void* value) {
      checked(deed, H5Pset_fill_value, list.get(), memory_type(array.type()), value);
    });
  }
  const std::vector<std::size_t> chunk = chunk_shape(array.shape(), bytes_of(array.type()));
  if (chunk.empty()) {
    // Every value is written at once: filling the space first would only double the traffic.
    if (array.type() != ElementType::text) checked(deed, H5Pset_fill_time, list.get(), H5D_FILL_TIME_NEVER);
    return list;
  }
  checked(deed, H5Pset_fill_time, list.get(), with_fill ? H5D_FILL_TIME_IFSET : H5D_FILL_TIME_NEVER);
  const std::vector<hsize_t> extents(chunk.begin(), chunk.end());
  checked(deed, H5Pset_chunk, list.get(), static_cast<int>(extents.size()), extents.data());
  if (array.type() != ElementType::float64 || array.size() * sizeof(double) <= deflated_float_bytes) {
    checked(deed, H5Pset_shuffle, list.get());
    checked(deed, H5Pset_deflate, list.get(), deflate_level);
  }
  return list;
}

/// Writes the chunks that hold a value; the rest stays unallocated and reads as the fill value. So a file that holds
/// little yet is small, however much will come.
template <typename T>
void put_chunks(const DatasetId& dataset, const std::vector<T>& values, const std::vector<std::size_t>& shape,
                const std::vector<std::size_t>& chunk, T missing, hid_t type, const std::string& deed) {
  const std::size_t rank = shape.size();
  const std::vector<hsize_t> extents(shape.begin(), shape.end());
  const SpaceId in_memory(checked(deed, H5Screate_simple, static_cast<int>(rank), extents.data(), nullptr));
  std::vector<hsize_t> start(rank, 0);
  std::vector<hsize_t> count(rank, 0);
  const auto is_missing = [&missing](const T& value) { return std::memcmp(&value, &missing, sizeof(T)) == 0; };
  const auto holds_a_value = [&] {
    std::vector<hsize_t> at(rank, 0);  // of a run of the last axis inside the chunk
    for (;;) {
      std::size_t offset = 0;
      for (std::size_t d = 0; d < rank; ++d) offset = offset * shape[d] + start[d] + at[d];
      const auto run = values.begin() + static_cast<std::ptrdiff_t>(offset);
      if (!std::all_of(run, run + static_cast<std::ptrdiff_t>(count.back()), is_missing)) return true;
      std::size_t d = rank - 1;
      while (d > 0 && ++at[d - 1] == count[d - 1]) at[--d] = 0;
      if (d == 0) return false;
    }
  };
  for (;;) {
    for (std::size_t d = 0; d < rank; ++d) count[d] = std::min<hsize_t>(chunk[d], shape[d] - start[d]);
    if (holds_a_value()) {
      checked(deed, H5Sselect_hyperslab, in_memory.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
      checked(deed, H5Dwrite, dataset.get(), type, in_memory.get(), in_memory.get(), H5P_DEFAULT, values.data());
    }
    std::size_t d = rank;
    while (d > 0 && (start[d - 1] += chunk[d - 1]) >= shape[d - 1]) start[--d] = 0;
    if (d == 0) return;
  }
}

void put_values(const DatasetId& dataset, const TypeId& type, const Array& array, bool with_fill, const std::string& deed) {
  if (array.size() == 0) return;
  if (array.type() == ElementType::text) {
    std::vector<std::string> valid;
    std::vector<const char*> pointers;
    for (const std::string& text : array.values<std::string>()) valid.push_back(valid_utf8(text));
    for (const std::string& text : valid) pointers.push_back(text.c_str());
    checked(deed, H5Dwrite, dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data());
    return;
  }
  const std::vector<std::size_t> chunk = chunk_shape(array.shape(), bytes_of(array.type()));
  std::visit(
      [&](const auto& values) {
        using T = typename std::decay_t<decltype(values)>::value_type;
        const hid_t in_memory = memory_type(array.type());
        if constexpr (!std::is_same_v<T, std::string> && !std::is_same_v<T, std::uint64_t>) {
          if (with_fill && !chunk.empty()) {
            const Array missing = Array::missing(array.type(), {1});
            put_chunks(dataset, values, array.shape(), chunk, missing.values<T>().front(), in_memory, deed);
            return;
          }
        }
        checked(deed, H5Dwrite, dataset.get(), in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
      },
      array.storage());
}

/// A data set with its values, units and description, under a name that is free.
DatasetId make_dataset(const Group::State& group, const std::string& name, const Array& array, const std::string& units,
                       const std::string& description, bool with_fill, const std::string& deed) {
  check_name(name, deed);
  if (units.empty() || is_time_for_xarray(units)) {
    throw InternalError(concat("cannot ", deed, ": units '", units, "' are empty or a time to xarray; use 1, s, ..."));
  }
  const TypeId type =
      array.type() == ElementType::text ? text_type(deed) : TypeId(checked(deed, H5Tcopy, stored_type(array.type())));
  const SpaceId space = space_of(array.shape(), deed);
  const PropertyList creation = creation_list(array, with_fill, deed);
  DatasetId dataset(checked(deed, H5Dcreate2, group.id.get(), name.c_str(), type.get(), space.get(), H5P_DEFAULT,
                            creation.get(), H5P_DEFAULT));
  put_values(dataset, type, array, with_fill, deed);
  put_text(dataset, "units", units, deed);
  put_text(dataset, "description", description, deed);
  if (with_fill) {
    with_fill_value(array.type(), [&](const void* value) {
      put_attribute(dataset, "_FillValue", type.get(), memory_type(array.type()), value, deed);
    });
  }
  return dataset;
}

/// The scale of one axis, or an invalid identifier when there is none of that name.
DatasetId open_scale(const Group::State& group, const std::string& axis, const std::string& deed) {
  if (axis.find('/') != std::string::npos || !link_exists(group.id.get(), axis, deed)) return {};
  const Owned<&H5Oclose> object(checked(deed, H5Oopen, group.id.get(), axis.c_str(), H5P_DEFAULT));
  if (checked(deed, H5Iget_type, object.get()) != H5I_DATASET) return {};
  DatasetId dataset(checked(deed, H5Dopen2, group.id.get(), axis.c_str(), H5P_DEFAULT));
  return checked(deed, H5DSis_scale, dataset.get()) > 0 ? std::move(dataset) : DatasetId();
}

/// The scale of every axis, checked: one each, of the array's lengths, all of different names.
std::vector<DatasetId> scales_for(const Group::State& group, const Array& array, const std::vector<std::string>& axes,
                                  const std::string& deed) {
  if (axes.size() != array.shape().size()) {
    throw InternalError(concat("cannot ", deed, ": ", axes.size(), " axes are named, it has ", array.shape().size()));
  }
  std::vector<DatasetId> scales;
  for (std::size_t d = 0; d < axes.size(); ++d) {
    if (std::find(axes.begin(), axes.begin() + static_cast<std::ptrdiff_t>(d), axes[d]) !=
        axes.begin() + static_cast<std::ptrdiff_t>(d)) {
      throw InternalError(concat("cannot ", deed, ": two of its axes are named ", axes[d],
                                 "; readers match axes by name, so give each its own"));
    }
    scales.push_back(open_scale(group, axes[d], deed));
    if (!scales.back().valid()) throw InternalError(concat("cannot ", deed, ": axis ", axes[d], " has no scale here"));
    const std::size_t length = shape_of(scales.back(), deed).at(0);
    if (length != array.shape()[d]) {
      throw InternalError(
          concat("cannot ", deed, ": axis ", axes[d], " has ", array.shape()[d], " entries, its scale ", length));
    }
  }
  return scales;
}

DatasetId open_dataset(const Group::State& group, const std::string& name, const std::string& deed) {
  if (!link_exists(group.id.get(), name, deed)) throw IoError(concat("cannot ", deed, ": there is no such data set"));
  const Owned<&H5Oclose> object(checked(deed, H5Oopen, group.id.get(), name.c_str(), H5P_DEFAULT));
  if (checked(deed, H5Iget_type, object.get()) != H5I_DATASET) {
    throw IoError(concat("cannot ", deed, ": it is a group"));
  }
  return DatasetId(checked(deed, H5Dopen2, group.id.get(), name.c_str(), H5P_DEFAULT));
}

/// The name under which the first scale of axis `d` lies, "" without a scale.
std::string scale_name(const DatasetId& dataset, unsigned d, const std::string& deed) {
  std::string name;
  const auto visit = [](hid_t, unsigned, hid_t scale, void* out) -> herr_t {
    std::array<char, 1024> path{};
    if (H5Iget_name(scale, path.data(), path.size()) < 0) return -1;
    try {
      const std::string_view whole(path.data());
      *static_cast<std::string*>(out) = whole.substr(whole.rfind('/') + 1);
    } catch (...) {
      return -1;
    }
    return 1;
  };
  checked(deed, H5DSiterate_scales, dataset.get(), d, static_cast<int*>(nullptr), static_cast<H5DS_iterate_t>(visit),
          static_cast<void*>(&name));
  return name;
}

std::string label(const DatasetId& dataset, const char* name, const std::string& deed) {
  if (checked(deed, H5Aexists, dataset.get(), name) == 0) return {};
  return read_text_attribute(AttributeId(checked(deed, H5Aopen, dataset.get(), name, H5P_DEFAULT)), deed);
}

}  // namespace

void Group::write_scale(const std::string& axis, const Array& coordinates, const std::string& units,
                        const std::string& description) const {
  State& self = require_open(state_);
  const std::string deed = self.deed("write scale", axis);
  const ElementType type = coordinates.type();
  if (coordinates.shape().size() != 1 || (type != ElementType::float64 && type != ElementType::int64)) {
    throw InternalError(concat("cannot ", deed, ": coordinates are one axis of float64 or int64"));
  }
  // No _FillValue: a coordinate is never missing, and xarray would turn integers into floats.
  const DatasetId dataset = make_dataset(self, axis, coordinates, units, description, false, deed);
  checked(deed, H5DSset_scale, dataset.get(), axis.c_str());
  self.file->require_whole();
}

bool Group::has_scale(const std::string& axis) const {
  State& self = require_open(state_);
  return open_scale(self, axis, self.deed("look for scale", axis)).valid();
}

void Group::write(const std::string& name, const Array& array, const Labels& labels) const {
  State& self = require_open(state_);
  const std::string deed = self.deed("write data set", name);
  const std::vector<DatasetId> scales = scales_for(self, array, labels.axes, deed);
  const DatasetId dataset = make_dataset(self, name, array, labels.units, labels.description, true, deed);
  for (std::size_t d = 0; d < scales.size(); ++d) {
    checked(deed, H5DSattach_scale, dataset.get(), scales[d].get(), static_cast<unsigned>(d));
  }
  self.file->require_whole();
}

Array Group::read(const std::string& name) const {
  State& self = require_open(state_);
  const std::string deed = self.deed("read data set", name);
  const DatasetId dataset = open_dataset(self, name, deed);
  const TypeId type(checked(deed, H5Dget_type, dataset.get()));
  const auto read_all = [&](hid_t in_memory, void* out) {
    checked(deed, H5Dread, dataset.get(), in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
  };
  try {
    const std::vector<std::size_t> shape = shape_of(dataset, deed);
    const std::string stored = stored_part(dataset, shape, deed);
    if (!stored.empty()) {
      throw IoError(concat("cannot ", deed, ": it declares ", shape_text(shape), " values but stores ", stored));
    }
    Array array = Array::missing(element_type(type, deed), shape);
    if (array.type() == ElementType::text) {
      return {read_texts(type, array.size(), deed, read_all), shape};
    }
    read_numbers(array, read_all);
    return array;
  } catch (const std::bad_alloc&) {
    throw IoError(concat("cannot ", deed, ": it does not fit into memory"));
  } catch (const std::length_error&) {
    throw IoError(concat("cannot ", deed, ": it does not fit into memory"));
  }
}

Labels Group::labels(const std::string& name) const {
  State& self = require_open(state_);
  const std::string deed = self.deed("read the labels of", name);
  const DatasetId dataset = open_dataset(self, name, deed);
  Labels found{label(dataset, "units", deed), label(dataset, "description", deed), {}};
  if (checked(deed, H5DSis_scale, dataset.get()) > 0) {
    found.axes.push_back(name.substr(name.rfind('/') + 1));
    return found;
  }
  const std::size_t rank = shape_of(dataset, deed).size();
  for (std::size_t d = 0; d < rank; ++d) found.axes.push_back(scale_name(dataset, static_cast<unsigned>(d), deed));
  return found;
}

}  // namespace rankwise::io
