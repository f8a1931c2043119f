// SPDX-License-Identifier: MIT
#include "task_result.hpp"

namespace rankwise::run {

Bytes pack(const TaskResult& result) {
  Packer packer;
  packer.put(static_cast<std::uint8_t>(result.key.theory ? 1 : 0));
  packer.put(result.ending);
  packer.put(result.session);
  packer.put(result.rank);
  packer.put(result.failed_rank);
  packer.put(result.key.family);
  packer.put(result.key.first);
  packer.put(result.wanted);
  packer.put(result.start);
  packer.put(result.seconds);
  packer.put_text(result.message);
  packer.put(static_cast<std::uint64_t>(result.records.size()));
  for (const auto& record : result.records) {
    packer.put(record.field);
    packer.put(record.point_id);
    packer.put(record.replica);
    packer.put(record.replicas);
    packer.put_array(record.value);
  }
  return packer.take();
}

TaskResult unpack_task_result(std::span<const std::byte> bytes) {
  Unpacker unpacker(bytes);
  TaskResult result;
  result.key.theory = unpacker.get<std::uint8_t>() != 0;
  result.ending = unpacker.get<Ending>();
  result.session = unpacker.get<std::int32_t>();
  result.rank = unpacker.get<std::int32_t>();
  result.failed_rank = unpacker.get<std::int32_t>();
  result.key.family = unpacker.get<std::uint64_t>();
  result.key.first = unpacker.get<std::int64_t>();
  result.wanted = unpacker.get<std::int64_t>();
  result.start = unpacker.get<double>();
  result.seconds = unpacker.get<double>();
  result.message = unpacker.get_text();
  const auto records = unpacker.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < records; ++i) {
    Record record;
    record.field = unpacker.get<std::uint32_t>();
    record.point_id = unpacker.get<std::uint64_t>();
    record.replica = unpacker.get<std::int64_t>();
    record.replicas = unpacker.get<std::uint32_t>();
    record.value = unpacker.get_array();
    result.records.push_back(std::move(record));
  }
  unpacker.finish();
  return result;
}

}  // namespace rankwise::run
