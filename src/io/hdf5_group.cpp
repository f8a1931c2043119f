// Groups and attributes. SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <vector>

#include "io/hdf5_state.hpp"
#include "io/hdf5_text.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/io/hdf5.hpp"

namespace rankwise::io {

std::string Group::State::deed(const char* verb, const std::string& name) const {
  return concat(verb, " ", path_of(name), " of ", file->name);
}

Group::State& require_open(const std::shared_ptr<Group::State>& state) {
  if (state == nullptr || !state->file->id.valid()) throw InternalError("a group was used outside its open file");
  return *state;
}

PropertyList ordered_group(hid_t list_class, const std::string& deed) {
  PropertyList list(checked(deed, H5Pcreate, list_class));
  const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
  checked(deed, H5Pset_link_creation_order, list.get(), order);
  checked(deed, H5Pset_attr_creation_order, list.get(), order);
  // No time stamps: the same content gives the same bytes.
  checked(deed, H5Pset_obj_track_times, list.get(), false);
  return list;
}

void check_name(const std::string& name, const std::string& deed) {
  const auto is_odd = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '/' || c == 0x7f; };
  if (name.empty() || name == "." || name == ".." || name.back() == ' ' || valid_utf8(name) != name ||
      std::any_of(name.begin(), name.end(), is_odd)) {
    throw InternalError(concat("cannot ", deed, ": '", valid_utf8(name), "' is not a name for HDF5 and netCDF"));
  }
}

bool link_exists(hid_t group, const std::string& name, const std::string& deed) {
  if (name.empty()) return false;
  for (std::size_t end = name.find('/');; end = name.find('/', end + 1)) {
    const std::string part = name.substr(0, end);
    if (!part.empty() && checked(deed, H5Lexists, group, part.c_str(), H5P_DEFAULT) == 0) return false;
    if (end == std::string::npos) break;
  }
  return checked(deed, H5Oexists_by_name, group, name.c_str(), H5P_DEFAULT) > 0;
}

namespace {

H5I_type_t kind_of(hid_t group, const std::string& name, const std::string& deed) {
  const Owned<&H5Oclose> object(checked(deed, H5Oopen, group, name.c_str(), H5P_DEFAULT));
  return checked(deed, H5Iget_type, object.get());
}

void write_attribute(Group::State& group, const std::string& name, const TypeId& file_type, hid_t memory_type,
                     const void* value, const std::string& deed) {
  check_name(name, deed);
  if (checked(deed, H5Aexists, group.id.get(), name.c_str()) > 0) {
    checked(deed, H5Adelete, group.id.get(), name.c_str());
  }
  const SpaceId space(checked(deed, H5Screate, H5S_SCALAR));
  const AttributeId attribute(
      checked(deed, H5Acreate2, group.id.get(), name.c_str(), file_type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT));
  checked(deed, H5Awrite, attribute.get(), memory_type, value);
  group.file->require_whole();
}

}  // namespace

Group Group::create_group(const std::string& name) const {
  State& self = require_open(state_);
  const std::string deed = self.deed("create group", name);
  check_name(name, deed);
  const PropertyList creation = ordered_group(H5P_GROUP_CREATE, deed);
  GroupId id(checked(deed, H5Gcreate2, self.id.get(), name.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT));
  self.file->require_whole();
  return Group(std::make_shared<State>(self.file, std::move(id), self.path_of(name)));
}

Group Group::open_group(const std::string& name) const {
  State& self = require_open(state_);
  const std::string deed = self.deed("open group", name);
  if (!link_exists(self.id.get(), name, deed)) throw IoError(concat("cannot ", deed, ": there is no such group"));
  if (!is_group(name)) throw IoError(concat("cannot ", deed, ": it is a data set"));
  GroupId id(checked(deed, H5Gopen2, self.id.get(), name.c_str(), H5P_DEFAULT));
  return Group(std::make_shared<State>(self.file, std::move(id), self.path_of(name)));
}

bool Group::has(const std::string& name) const {
  State& self = require_open(state_);
  return link_exists(self.id.get(), name, self.deed("look for", name));
}

bool Group::is_group(const std::string& name) const {
  State& self = require_open(state_);
  const std::string deed = self.deed("look at", name);
  return link_exists(self.id.get(), name, deed) && kind_of(self.id.get(), name, deed) == H5I_GROUP;
}

std::vector<std::string> Group::names() const {
  State& self = require_open(state_);
  const std::string deed = self.deed("list", "");
  std::vector<std::string> names;
  // Not link by link: in a large group HDF5 sorts all of its names anew for each index.
  const auto collect = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
    try {
      static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    } catch (...) {
      return -1;
    }
    return 0;
  };
  checked(deed, H5Literate, self.id.get(), H5_INDEX_NAME, H5_ITER_NATIVE, static_cast<hsize_t*>(nullptr),
          static_cast<H5L_iterate_t>(collect), static_cast<void*>(&names));
  std::sort(names.begin(), names.end());
  return names;
}

void Group::set_attribute(const std::string& name, const std::string& text) const {
  State& self = require_open(state_);
  const std::string deed = self.deed("write attribute", name);
  const TypeId type = text_type(deed);
  const std::string valid = valid_utf8(text);
  const char* pointer = valid.c_str();
  write_attribute(self, name, type, type.get(), &pointer, deed);
}

void Group::set_attribute(const std::string& name, std::int64_t value) const {
  State& self = require_open(state_);
  const std::string deed = self.deed("write attribute", name);
  write_attribute(self, name, TypeId(checked(deed, H5Tcopy, H5T_STD_I64LE)), H5T_NATIVE_INT64, &value, deed);
}

void Group::set_attribute(const std::string& name, std::uint64_t value) const {
  State& self = require_open(state_);
  const std::string deed = self.deed("write attribute", name);
  write_attribute(self, name, TypeId(checked(deed, H5Tcopy, H5T_STD_U64LE)), H5T_NATIVE_UINT64, &value, deed);
}

void Group::set_attribute(const std::string& name, double value) const {
  State& self = require_open(state_);
  const std::string deed = self.deed("write attribute", name);
  write_attribute(self, name, TypeId(checked(deed, H5Tcopy, H5T_IEEE_F64LE)), H5T_NATIVE_DOUBLE, &value, deed);
}

std::optional<std::string> Group::text_attribute(const std::string& name) const {
  State& self = require_open(state_);
  const std::string deed = self.deed("read attribute", name);
  if (checked(deed, H5Aexists, self.id.get(), name.c_str()) == 0) return std::nullopt;
  const AttributeId attribute(checked(deed, H5Aopen, self.id.get(), name.c_str(), H5P_DEFAULT));
  return read_text_attribute(attribute, deed);
}

std::optional<Array> Group::number_attribute(const std::string& name) const {
  State& self = require_open(state_);
  const std::string deed = self.deed("read attribute", name);
  if (checked(deed, H5Aexists, self.id.get(), name.c_str()) == 0) return std::nullopt;
  const AttributeId attribute(checked(deed, H5Aopen, self.id.get(), name.c_str(), H5P_DEFAULT));
  const TypeId type(checked(deed, H5Aget_type, attribute.get()));
  const SpaceId space(checked(deed, H5Aget_space, attribute.get()));
  if (checked(deed, H5Sget_simple_extent_npoints, space.get()) != 1) {
    throw IoError(concat("cannot ", deed, ": it holds more than one value"));
  }
  Array value = Array::missing(element_type(type, deed), {});
  if (value.type() == ElementType::text) throw IoError(concat("cannot ", deed, ": it is a text"));
  read_numbers(value, [&](hid_t memory_type, void* out) { checked(deed, H5Aread, attribute.get(), memory_type, out); });
  return value;
}

}  // namespace rankwise::io
