// SPDX-License-Identifier: MIT
#include "io/hdf5_text.hpp"

#include <cstdint>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::io {

namespace {

/// Bytes of the UTF-8 character at the start of `text`, 0 when there is none (RFC 3629: no overlong forms, no
/// surrogates).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return first == 0 ? 0 : 1;
  const std::size_t length = first >= 0xc2 && first < 0xe0   ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
  if (length == 0 || text.size() < length) return 0;
  const unsigned lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < lowest || byte(1) > highest) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  }
  return length;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    valid += length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return valid;
}

TypeId text_type(const std::string& deed) {
  TypeId type(checked(deed, H5Tcopy, H5T_C_S1));
  checked(deed, H5Tset_size, type.get(), H5T_VARIABLE);
  checked(deed, H5Tset_cset, type.get(), H5T_CSET_UTF8);
  return type;
}

hid_t memory_type(ElementType type) {
  switch (type) {
    case ElementType::float64:
      return H5T_NATIVE_DOUBLE;
    case ElementType::int64:
      return H5T_NATIVE_INT64;
    case ElementType::uint64:
      return H5T_NATIVE_UINT64;
    case ElementType::int8:
      return H5T_NATIVE_INT8;
    case ElementType::text:
      break;
  }
  throw InternalError("text has no number type in memory");
}

ElementType element_type(const TypeId& type, const std::string& deed) {
  const H5T_class_t kind = checked(deed, H5Tget_class, type.get());
  const std::size_t size = H5Tget_size(type.get());
  if (kind == H5T_STRING) return ElementType::text;
  if (kind == H5T_FLOAT && size <= 8) return ElementType::float64;
  if (kind == H5T_INTEGER && size <= 8) {
    if (checked(deed, H5Tget_sign, type.get()) == H5T_SGN_2) return size == 1 ? ElementType::int8 : ElementType::int64;
    return size == 8 ? ElementType::uint64 : ElementType::int64;
  }
  const char* name = kind == H5T_FLOAT || kind == H5T_INTEGER ? "numbers of more than 8 bytes"
                     : kind == H5T_COMPOUND                   ? "a compound type"
                     : kind == H5T_ENUM                       ? "an enumeration (h5py writes booleans as one)"
                                                              : "neither numbers nor text";
  throw IoError(concat("cannot ", deed, ": it holds ", name));
}

std::string read_text_attribute(const AttributeId& attribute, const std::string& deed) {
  const TypeId type(checked(deed, H5Aget_type, attribute.get()));
  const SpaceId space(checked(deed, H5Aget_space, attribute.get()));
  if (checked(deed, H5Tget_class, type.get()) != H5T_STRING ||
      checked(deed, H5Sget_simple_extent_npoints, space.get()) != 1) {
    throw IoError(concat("cannot ", deed, ": it is not one text"));
  }
  return read_texts(type, 1, deed,
                    [&](hid_t memory, void* out) { checked(deed, H5Aread, attribute.get(), memory, out); })
      .front();
}

}  // namespace rankwise::io
