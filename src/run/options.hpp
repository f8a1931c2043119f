// The command line and the configuration file. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "rankwise/run/experiment.hpp"

namespace rankwise::run {

/// What the user typed, the same on every rank.
struct Words {
  std::vector<std::string> arguments;  ///< without the program's name
  std::string config_name;             ///< "" without --config
  std::string config_text;             ///< content of that file
};

/// --slice: the tasks index - 1, index - 1 + count, ... of the plan.
struct Slice {
  std::int64_t index = 1;
  std::int64_t count = 1;
  [[nodiscard]] bool whole() const { return count == 1; }
};

struct Options {
  std::string output;
  bool overwrite = false;
  bool resume = false;
  bool fail_fast = false;
  bool allow_other_machine = false;
  std::int64_t ranks_per_task = 0;                               ///< 0: all for federations, 1 for ensembles
  double checkpoint_interval = 30;                               ///< seconds
  double stop_grace = 60;                                        ///< seconds
  double time_budget = std::numeric_limits<double>::infinity();  ///< seconds from the start of the program
  Slice slice;
  std::string instruction_set = "auto";                         ///< of vector kernels: the widest allowed
  std::vector<std::string> merge;  ///< files to merge instead of running anything
  bool verify = false;
  bool quiet = false;
  bool quick = false;
  bool dry_run = false;
  bool list = false;
  bool describe = false;
  bool help = false;
  bool version = false;
};

struct Request {
  Options options;
  Config config;
  const Experiment* experiment = nullptr;  ///< none for --help and --version
  Description description;
  std::string echo;  ///< every parameter in the form of a configuration file that repeats the run
};

/// Parameters of the driver itself, as rows of a table like every other.
[[nodiscard]] ParameterTable driver_parameters(const Program& program);

/// The file named by --config, or "". A look ahead: errors are left to parse().
[[nodiscard]] std::string config_argument(const std::vector<std::string>& arguments);

/// Throws UsageError. Precedence: defaults < mode defaults < quick < file < command line. A value `ranks` becomes the
/// number of ranks.
[[nodiscard]] Request parse(const Program& program, const Words& words, int ranks);

/// The pages of --help: the first alone, or with every parameter (of one mode when `mode` is not empty).
[[nodiscard]] std::string help_text(const Program& program, bool first_page_only, const std::string& mode);
/// --describe: parameters and observables of a mode.
[[nodiscard]] std::string describe_text(const Program& program, const Description& description);

}  // namespace rankwise::run
