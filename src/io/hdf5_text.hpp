// Element types and text between Array and HDF5. SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "io/hdf5_calls.hpp"
#include "rankwise/core/array.hpp"

namespace rankwise::io {

/// `text` with every byte that is not part of a UTF-8 character, and every NUL, replaced by U+FFFD: the file promises
/// UTF-8, and Python's readers differ on what breaks the promise (a command line in Latin-1).
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// Variable-length UTF-8: what both xarray engines take for a string (netCDF4 1.6 crashes on a fixed length above 1).
[[nodiscard]] TypeId text_type(const std::string& deed);

/// HDF5's type in memory for a number type of Array.
[[nodiscard]] hid_t memory_type(ElementType type);

/// The element type that holds every value of `type`; throws IoError when there is none.
[[nodiscard]] ElementType element_type(const TypeId& type, const std::string& deed);

/// The one text of a scalar attribute, of variable or fixed length.
[[nodiscard]] std::string read_text_attribute(const AttributeId& attribute, const std::string& deed);

/// `count` texts of HDF5 type `type`, fetched by read(memory type, buffer).
template <typename Read>
[[nodiscard]] std::vector<std::string> read_texts(const TypeId& type, std::size_t count, const std::string& deed,
                                                  Read&& read);

/// Fills a number array by read(memory type, buffer).
template <typename Read>
void read_numbers(Array& array, Read&& read) {
  const auto fill = [&]<typename T>(std::vector<T>& values) {
    if constexpr (!std::is_same_v<T, std::string>) {
      if (!values.empty()) read(memory_type(array.type()), static_cast<void*>(values.data()));
    }
  };
  switch (array.type()) {
    case ElementType::float64:
      fill(array.values<double>());
      break;
    case ElementType::int64:
      fill(array.values<std::int64_t>());
      break;
    case ElementType::uint64:
      fill(array.values<std::uint64_t>());
      break;
    case ElementType::int8:
      fill(array.values<std::int8_t>());
      break;
    case ElementType::text:
      break;
  }
}

/// The strings of a variable-length read; HDF5 allocates each.
struct VariableTexts {
  explicit VariableTexts(std::size_t count) : pointers(count, nullptr) {}
  VariableTexts(const VariableTexts&) = delete;
  VariableTexts& operator=(const VariableTexts&) = delete;
  ~VariableTexts() {
    for (char* pointer : pointers) H5free_memory(pointer);
  }
  std::vector<char*> pointers;
};

template <typename Read>
std::vector<std::string> read_texts(const TypeId& type, std::size_t count, const std::string& deed, Read&& read) {
  std::vector<std::string> texts(count);
  if (count == 0) return texts;
  if (checked(deed, H5Tis_variable_str, type.get()) > 0) {
    VariableTexts raw(count);
    read(type.get(), static_cast<void*>(raw.pointers.data()));
    // An empty text comes back as a null pointer.
    for (std::size_t i = 0; i < count; ++i) texts[i] = raw.pointers[i] == nullptr ? "" : raw.pointers[i];
    return texts;
  }
  const std::size_t length = H5Tget_size(type.get());
  std::vector<char> raw(count * length);
  read(type.get(), static_cast<void*>(raw.data()));
  const bool blanks = checked(deed, H5Tget_strpad, type.get()) == H5T_STR_SPACEPAD;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view field(raw.data() + i * length, length);
    texts[i] = field.substr(0, blanks ? field.find_last_not_of(' ') + 1 : field.find('\0'));
  }
  return texts;
}

}  // namespace rankwise::io
