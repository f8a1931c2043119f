// The file: groups, scales, statistics, digest. SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "plan.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/run/results.hpp"

namespace rankwise::run {

inline constexpr int schema_version = 1;

/// What became of one task.
struct TaskState {
  bool done = false;
  std::string message;  ///< why it failed
  double seconds = 0;
  int rank = 0;         ///< world rank of the team's root
};

/// What one rank was and did.
struct RankRecord {
  std::string host;
  std::int64_t clients = 0;
  double cpu_seconds = 0;       ///< inside tasks
  std::int64_t peak_memory = 0; ///< bytes
  mpi::Traffic traffic;
};

struct Provenance {
  std::string program;
  std::string command_line;
  std::string mpi_library;
  std::string start;
  std::string end;
  Fingerprint fingerprint;
  std::vector<RankRecord> ranks;
};

struct RunState {
  const Request& request;
  const Plan& plan;
  const Inputs& inputs;
  const Results& results;
  const Tables& tables;
  const std::vector<Judged>& claims;
  const std::vector<TaskState>& tasks;
  const Provenance& provenance;
  std::string status;  ///< running, complete, failed
};

/// Writes the file whole (io::File::create) and returns its digest: 16 hex digits of an FNV-1a over /points,
/// /simulation, /theory, /statistics, /derived and /claims (names, types, shapes, values).
std::string write_results(const std::string& path, const RunState& state);

}  // namespace rankwise::run
