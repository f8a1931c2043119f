// Inputs on their way from root to all ranks. SPDX-License-Identifier: MIT
#include "inputs.hpp"

#include <cstring>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"

namespace rankwise::run {

const Inputs::Item* Inputs::find(std::string_view name) const {
  for (const auto& item : items) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

namespace {

void append(mpi::Bytes& to, const void* data, std::size_t n) {
  const auto* from = static_cast<const std::byte*>(data);
  to.insert(to.end(), from, from + n);
}
void append(mpi::Bytes& to, std::uint64_t value) { append(to, &value, sizeof value); }
void append(mpi::Bytes& to, const std::string& text) {
  append(to, text.size());
  append(to, text.data(), text.size());
}

class Reader {
 public:
  explicit Reader(const mpi::Bytes& bytes) : bytes_(bytes) {}
  void read(void* to, std::size_t n) {
    expects(n <= bytes_.size() - at_, "packed inputs are whole");
    if (n > 0) std::memcpy(to, bytes_.data() + at_, n);
    at_ += n;
  }
  std::uint64_t word() {
    std::uint64_t value = 0;
    read(&value, sizeof value);
    return value;
  }
  std::string text() {
    std::string value(word(), '\0');
    read(value.data(), value.size());
    return value;
  }
  template <typename T>
  std::vector<T> values(std::size_t n) {
    std::vector<T> all(n);
    read(all.data(), n * sizeof(T));
    return all;
  }

 private:
  const mpi::Bytes& bytes_;
  std::size_t at_ = 0;
};

mpi::Bytes pack(const Inputs& inputs) {
  mpi::Bytes bytes;
  append(bytes, inputs.items.size());
  for (const auto& item : inputs.items) {
    append(bytes, item.name);
    append(bytes, item.source);
    append(bytes, item.digest);
    append(bytes, static_cast<std::uint64_t>(item.array.type()));
    append(bytes, item.array.shape().size());
    for (const std::size_t extent : item.array.shape()) append(bytes, extent);
    std::visit(
        [&](const auto& values) {
          using T = typename std::decay_t<decltype(values)>::value_type;
          if constexpr (std::is_same_v<T, std::string>) {
            for (const auto& text : values) append(bytes, text);
          } else {
            append(bytes, values.data(), values.size() * sizeof(T));
          }
        },
        item.array.storage());
  }
  return bytes;
}

Inputs unpack(const mpi::Bytes& bytes) {
  Reader reader(bytes);
  Inputs inputs;
  for (std::uint64_t n = reader.word(); n > 0; --n) {
    Inputs::Item item;
    item.name = reader.text();
    item.source = reader.text();
    item.digest = reader.word();
    const auto type = static_cast<ElementType>(reader.word());
    std::vector<std::size_t> shape(reader.word());
    std::size_t size = 1;
    for (auto& extent : shape) size *= extent = reader.word();
    switch (type) {
      case ElementType::float64: item.array = Array(reader.values<double>(size), shape); break;
      case ElementType::int64: item.array = Array(reader.values<std::int64_t>(size), shape); break;
      case ElementType::uint64: item.array = Array(reader.values<std::uint64_t>(size), shape); break;
      case ElementType::int8: item.array = Array(reader.values<std::int8_t>(size), shape); break;
      case ElementType::text: {
        std::vector<std::string> texts(size);
        for (auto& text : texts) text = reader.text();
        item.array = Array(std::move(texts), shape);
        break;
      }
    }
    inputs.items.push_back(std::move(item));
  }
  return inputs;
}

}  // namespace

Inputs broadcast(const mpi::Comm& world, const Inputs& at_root) {
  mpi::Bytes bytes;
  if (world.rank() == 0) bytes = pack(at_root);
  return unpack(world.broadcast(std::move(bytes)));
}

}  // namespace rankwise::run
