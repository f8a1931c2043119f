// SPDX-License-Identifier: MIT
#include "rankwise/core/packing.hpp"

#include <algorithm>

namespace rankwise {

void Packer::append(std::span<const std::byte> bytes) {
  // not vector::insert: GCC 12 warns of an overflow inside it that cannot be
  const std::size_t at = bytes_.size();
  if (bytes_.capacity() - at < bytes.size()) bytes_.reserve(std::max(2 * bytes_.capacity(), at + bytes.size()));
  bytes_.resize(at + bytes.size());
  if (!bytes.empty()) std::memcpy(bytes_.data() + at, bytes.data(), bytes.size());
}

void Packer::put_array(const Array& array) {
  put(static_cast<std::uint8_t>(array.type()));
  put(static_cast<std::uint8_t>(array.shape().size()));
  for (const std::size_t extent : array.shape()) put(static_cast<std::uint64_t>(extent));
  std::visit(
      [this](const auto& values) {
        using T = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (std::is_same_v<T, std::string>) {
          for (const auto& text : values) put_text(text);
        } else {
          append(std::as_bytes(std::span(values)));
        }
      },
      array.storage());
}

template <typename T>
std::vector<T> Unpacker::get_values(std::size_t n) {
  expects(n <= rest_.size() / sizeof(T), "a packed array is whole");
  std::vector<T> values(n);
  const auto bytes = next(n * sizeof(T));
  if (n > 0) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

Array Unpacker::get_array() {
  const auto type = static_cast<ElementType>(get<std::uint8_t>());
  std::vector<std::size_t> shape(get<std::uint8_t>());
  std::size_t size = 1;
  for (auto& extent : shape) size *= extent = get<std::uint64_t>();
  switch (type) {
    case ElementType::float64:
      return {get_values<double>(size), std::move(shape)};
    case ElementType::int64:
      return {get_values<std::int64_t>(size), std::move(shape)};
    case ElementType::uint64:
      return {get_values<std::uint64_t>(size), std::move(shape)};
    case ElementType::int8:
      return {get_values<std::int8_t>(size), std::move(shape)};
    case ElementType::text: {
      std::vector<std::string> texts;
      for (std::size_t i = 0; i < size; ++i) texts.push_back(get_text());
      return {std::move(texts), std::move(shape)};
    }
  }
  expects(false, "a packed array has a known type");
  return {};
}

}  // namespace rankwise
