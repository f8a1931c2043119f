// A results file and its journal, read back. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "rankwise/run/results.hpp"
#include "task_result.hpp"

namespace rankwise::run {

/// Raised when a reader of older files would be misled.
inline constexpr int schema_version = 2;

/// What became of one task.
struct TaskState {
  enum class Status : std::uint8_t { waiting, done, failed };
  Status status = Status::waiting;
  std::string message;  ///< why it failed
  double start = 0;     ///< s since the first task of its session
  double seconds = 0;
  std::int32_t rank = 0;  ///< world rank of the team's root
  std::int32_t session = 0;
};

/// One start of the program on this file: the first, or a resumption.
struct SessionRecord {
  std::string start;  ///< UTC
  std::string end;    ///< UTC, "" as long as it runs
  std::int64_t ranks = 0;
  std::string machine;  ///< version, commit and fingerprint
  std::string command_line;
};

/// Header of the journal: version of its layout (uint32), run id (uint64), observables as lines "simulation/name" or
/// "theory/name" in the order of the records' field numbers (text).
struct JournalHeader {
  std::uint64_t run_id = 0;
  std::vector<std::string> observables;
};
[[nodiscard]] Bytes pack(const JournalHeader& header);
[[nodiscard]] std::vector<std::string> observable_paths(const Description& description);
[[nodiscard]] std::string journal_path(const std::string& file);
[[nodiscard]] std::string status_path(const std::string& file);

class StoredRun {
 public:
  /// Reads all but the values. Throws IoError when there is no such file or it is not one of ours, UsageError for
  /// another schema version. A journal of another run (left behind by a file since replaced) is ignored.
  explicit StoredRun(const std::string& path);

  std::string path;
  std::string program, experiment, mode, status, config, version, commit, command_line, digest, slice, start, end;
  std::int64_t stream_version = 0;
  std::uint64_t seed = 0;
  std::int64_t replicas = 0;
  std::uint64_t run_id = 0;
  std::vector<std::uint64_t> points;            ///< identities, in the order of the file
  std::map<TaskKey, TaskState> tasks;           ///< journal included
  std::map<TaskKey, std::int64_t> task_points;  ///< first point of its family, as in the file
  std::vector<SessionRecord> sessions;
  std::map<std::string, std::string> inputs;  ///< digest by name
  std::vector<std::string> merged_from;       ///< "file (digest ...)"
  std::string analysis_error;                 ///< why /derived and /claims are empty
  bool has_journal = false;
  std::size_t journal_tasks = 0;  ///< finished ones that the journal holds

  /// Puts every value that file and journal hold into `results`, by identity of the points. What is there already must
  /// be equal bit for bit; throws IoError naming point, replica and observable otherwise, or when a tally cannot be
  /// added since only some of its replicas are there already. A point or replica that `results` lacks is an
  /// InternalError.
  void load_into(Results& results, const Description& description) const;

 private:
  StoredRun() = default;
  void read_attributes();
  void read_tables();
  void read_journal_tasks();
};

/// Place of a point in /points by identity.
class PointIndex {
 public:
  explicit PointIndex(const std::vector<Point>& points);
  /// Throws InternalError when there is no such point.
  [[nodiscard]] std::size_t at(std::uint64_t id) const;

 private:
  std::unordered_map<std::uint64_t, std::size_t> place_;
};

/// Takes the records of a finished task into `results`: new values are stored, old ones compared. Returns "" or why not
/// (nothing is stored then): the first value that differs from what is there.
[[nodiscard]] std::string absorb(const TaskResult& result, const PointIndex& point_index, Results& results);

}  // namespace rankwise::run
