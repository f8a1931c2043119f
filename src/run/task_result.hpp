// What comes out of a task, on its way to root and into the journal. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rankwise/core/packing.hpp"

namespace rankwise::run {

/// One value that a task wrote.
struct Record {
  std::uint32_t field = 0;     ///< index of the observable in the description
  std::uint64_t point_id = 0;  ///< content identity
  std::int64_t replica = -1;   ///< -1: theory of the point; below: counts, see counted_from
  Array value;
  std::uint32_t replicas = 1;  ///< more: values of so many consecutive replicas from `replica` on, by the first axis

  /// A tally's sum over the replicas from `first` to the last wanted one of its block.
  static std::int64_t counts_from(std::int64_t first) { return -2 - first; }
  [[nodiscard]] std::int64_t counted_from() const { return -2 - replica; }
};

/// A task by content, whatever its place in the plan of a run.
struct TaskKey {
  bool theory = false;
  std::uint64_t family = 0;
  std::int64_t first = 0;  ///< replica
  auto operator<=>(const TaskKey&) const = default;
};

enum class Ending : std::uint8_t {
  done = 0,
  failed = 1,
  abandoned = 2  ///< told to stop; never in a journal
};

struct TaskResult {
  TaskKey key;
  std::int64_t wanted = 0;  ///< replicas that are stored
  Ending ending = Ending::done;
  std::int32_t failed_rank = -1;  ///< world rank
  std::string message;            ///< why it failed
  double start = 0;               ///< s since the first task of its session
  double seconds = 0;             ///< wall time
  std::int32_t rank = 0;          ///< world rank of the team's root
  std::int32_t session = 0;       ///< 0: the run that made the file, 1: its first resumption, ...
  std::vector<Record> records;
};

/// The message to root, and payload of a journal's frame as it is: theory, ending (uint8); session, rank, failed rank
/// (int32); family (uint64), first, wanted (int64); start, seconds (double); message (text); number of records
/// (uint64); for each record field (uint32), point id (uint64), replica (int64; counts: -2 - the first one counted),
/// replicas (uint32), value (array); layouts as in core/packing.hpp.
[[nodiscard]] Bytes pack(const TaskResult& result);
/// Throws InternalError when the bytes are no TaskResult.
[[nodiscard]] TaskResult unpack_task_result(std::span<const std::byte> bytes);

}  // namespace rankwise::run
