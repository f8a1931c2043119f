// The file: groups, scales, statistics, digest. SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis.hpp"
#include "plan.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/run/results.hpp"
#include "stored.hpp"

namespace rankwise::run {

/// What one rank was and did.
struct RankRecord {
  std::string host;
  std::int64_t clients = 0;
  double cpu_seconds = 0;        ///< inside tasks
  std::int64_t peak_memory = 0;  ///< bytes
  mpi::Traffic traffic;
};

struct Provenance {
  std::string mpi_library;
  std::uint64_t run_id = 0;
  Fingerprint fingerprint;
  std::string instruction_set;                ///< of root's vector kernels
  std::vector<SessionRecord> sessions;        ///< at least this one
  std::map<std::string, std::string> inputs;  ///< digest by name
  std::vector<std::string> merged_from;       ///< "file (digest ...)"
  std::vector<RankRecord> ranks;
};

struct RunState {
  const std::string& program;
  const Request& request;
  const Plan& plan;
  const Inputs& inputs;
  const Results& results;
  const Analysis& analysis;
  const std::vector<TaskState>& tasks;
  const Provenance& provenance;
  std::string status;  ///< running, complete, failed, interrupted
};

/// Writes the file whole (io::File::create) and returns its digest: 16 hex digits of a hash (core/hash.hpp) over
/// /points, /simulation, /theory, /statistics, /derived and /claims (names, types, shapes, values).
std::string write_results(const std::string& path, const RunState& state);

}  // namespace rankwise::run
