// Inputs on their way from root to all ranks. SPDX-License-Identifier: MIT
#include "inputs.hpp"

#include "rankwise/core/packing.hpp"

namespace rankwise::run {

const Inputs::Item* Inputs::find(std::string_view name) const {
  for (const auto& item : items) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

namespace {

Bytes pack(const Inputs& inputs) {
  Packer packer;
  packer.put(static_cast<std::uint64_t>(inputs.items.size()));
  for (const auto& item : inputs.items) {
    packer.put_text(item.name);
    packer.put_text(item.source);
    packer.put(item.digest);
    packer.put_array(item.array);
  }
  return packer.take();
}

Inputs unpack(const Bytes& bytes) {
  Unpacker unpacker(bytes);
  Inputs inputs;
  for (auto n = unpacker.get<std::uint64_t>(); n > 0; --n) {
    Inputs::Item item;
    item.name = unpacker.get_text();
    item.source = unpacker.get_text();
    item.digest = unpacker.get<std::uint64_t>();
    item.array = unpacker.get_array();
    inputs.items.push_back(std::move(item));
  }
  unpacker.finish();
  return inputs;
}

}  // namespace

Inputs broadcast(const mpi::Comm& world, const Inputs& at_root) {
  Bytes bytes;
  if (world.rank() == 0) bytes = pack(at_root);
  return unpack(world.broadcast(std::move(bytes)));
}

}  // namespace rankwise::run
