// SPDX-License-Identifier: MIT
#include "merge.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "rankwise/core/error.hpp"
#include "rankwise/core/lanes.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/io/journal.hpp"
#include "rankwise/mpi/session.hpp"
#include "report.hpp"
#include "resume.hpp"
#include "writer.hpp"

namespace rankwise::run {

namespace {

using Lines = std::map<std::string, std::string>;

void add_values(std::string& list, const std::string& more) {
  auto values = split(list, ',');
  for (const auto& value : split(more, ',')) {
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  }
  list = join(values, ",");
}

/// What decides points takes the values of all files; analysis, texts and flags those of the first.
bool is_united(const ParameterTable& table, const std::string& name) {
  const auto row = std::find_if(table.begin(), table.end(), [&](const Parameter& p) { return dashes(p.name) == name; });
  return row != table.end() && row->role != Role::root && row->type != Type::text && row->type != Type::flag;
}

/// The configuration of all files together: every value of every parameter, the most replicas.
std::string union_of(const std::vector<StoredRun>& runs, const ParameterTable& table) {
  Lines all = config_lines(runs.front().config);
  const bool zipped = all.count("zip") > 0;
  for (const auto& run : runs) {
    Lines lines = config_lines(run.config);
    lines.erase("replicas");
    for (const auto& [name, list] : lines) {
      if (all.count(name) == 0)
        throw UsageError(
            concat("--merge: ", run.path, " has a parameter ", name, " that ", runs.front().path, " lacks"));
      if (!is_united(table, name) && name != "zip") continue;
      if (zipped && all[name] != list) {
        throw UsageError(concat("--merge: files with zip must have the same lists; ", name, ": ", runs.front().path,
                                " has ", all[name], ", ", run.path, " has ", list));
      }
      if (!zipped) add_values(all[name], list);
    }
    all["replicas"] = concat(std::max(*parse_integer(all["replicas"]), run.replicas));
  }
  std::string text;
  for (const auto& [name, list] : all) text += concat(name, " = ", list, "\n");
  return text;
}

/// The parameters of the experiment and mode that a file is of.
ParameterTable table_of(const Program& program, const StoredRun& run) {
  for (const auto& experiment : program.modes) {
    Description d = experiment->describe();
    if (d.mode == run.mode) return std::move(d.parameters);
  }
  throw UsageError(concat("--merge: ", run.path, " is of mode ", run.mode, ", which ", program.name, " does not have"));
}

/// /tasks and sessions of all files; the sessions of each file come after those of the files before it.
StoredRun joined(const std::vector<StoredRun>& runs) {
  StoredRun all = runs.front();
  for (std::size_t i = 1; i < runs.size(); ++i) {
    const auto shift = static_cast<std::int32_t>(all.sessions.size());
    all.sessions.insert(all.sessions.end(), runs[i].sessions.begin(), runs[i].sessions.end());
    for (auto [key, state] : runs[i].tasks) {
      state.session += shift;
      const auto found = all.tasks.find(key);
      if (found == all.tasks.end() || found->second.status != TaskState::Status::done) all.tasks[key] = state;
    }
    all.inputs.insert(runs[i].inputs.begin(), runs[i].inputs.end());
  }
  return all;
}

std::string gaps_text(const Plan& plan, const Results& results) {
  std::string text;
  std::size_t shown = 0;
  constexpr std::size_t most = 20;
  for (const auto& point : plan.points) {
    std::int64_t missing = 0;
    for (std::int64_t r = 0; r < results.replicas(); ++r) missing += results.is_measured(point.index, r) ? 0 : 1;
    if (missing == 0 && results.is_predicted(point.index)) continue;
    if (++shown > most) continue;
    text += concat("\n  point ", point.index, distinguishing_text(plan.points, point), ": ", missing, " of ",
                   results.replicas(), " replicas", results.is_predicted(point.index) ? "" : ", no theory");
  }
  if (shown > most) text += concat("\n  and ", shown - most, " more points");
  return text;
}

}  // namespace

ExitCode merge_files(const Program& program, const Options& options, const std::string& command_line, const Log& log) {
  if (std::filesystem::exists(options.output) && !options.overwrite) {
    throw UsageError(concat("--output '", options.output, "' exists: give --overwrite to replace it, or another name"));
  }
  if (io::journal_is_locked(journal_path(options.output))) {
    throw IoError(concat("--output '", options.output, "': another job is writing it"));
  }
  io::Journal journal = io::Journal::lock(journal_path(options.output));
  std::vector<StoredRun> runs;
  for (const auto& file : options.merge) {
    runs.emplace_back(file);
    if (runs.back().program != program.name)
      throw UsageError(concat("--merge: ", file, " was made by ", runs.back().program, ", not by ", program.name));
    check_same_run(runs.back(), runs.front());
  }
  Request request = parse(program,
                          {{"--output", options.output},
                           concat("the configuration in ", runs.front().path),
                           union_of(runs, table_of(program, runs.front()))},
                          1);
  request.options = options;
  if (runs.front().stream_version != request.description.stream_version) {
    throw UsageError(concat("--merge: the files have stream version ", runs.front().stream_version, ", this program ",
                            request.description.stream_version));
  }
  const StoredRun all = joined(runs);
  const Loaded loaded = request.experiment->load(request.config);
  const Inputs& inputs = loaded.shared;
  for (const auto& item : inputs.items) {
    const auto known = all.inputs.find(item.name);
    if (known == all.inputs.end() || known->second == hex(item.digest)) continue;
    throw UsageError(concat("--merge: the files were made from another data set ", item.name, " (digest ",
                            known->second, ") than the one here (", hex(item.digest), ")"));
  }
  Plan plan = make_plan(request, inputs);
  add_tasks(plan, request);
  Results results(request.description, plan.points, request.config.replicas, request.config.seed);
  Provenance provenance;
  for (const auto& run : runs) {
    run.load_into(results, request.description);
    provenance.merged_from.insert(provenance.merged_from.end(), run.merged_from.begin(), run.merged_from.end());
    provenance.merged_from.push_back(
        concat(std::filesystem::path(run.path).filename().string(), " (digest ", run.digest, ")"));
  }
  provenance.mpi_library = mpi::Session::library_version();
  provenance.run_id = all.run_id;
  provenance.fingerprint = fingerprint();
  provenance.instruction_set = name_of(instruction_sets().front());
  provenance.inputs = all.inputs;
  provenance.sessions = all.sessions;
  provenance.sessions.push_back({utc_time(), utc_time(), 1, machine_text(), command_line});

  const auto states = states_of(plan, results, all);
  const Analysis analysis = analyse(*request.experiment, results);
  const std::string gaps = gaps_text(plan, results);
  const bool any_failed = std::any_of(states.begin(), states.end(),
                                      [](const TaskState& s) { return s.status == TaskState::Status::failed; });
  const char* status = gaps.empty() ? "complete" : any_failed ? "failed" : "interrupted";
  const std::string digest = write_results(
      options.output, {program.name, request, plan, inputs, results, analysis, states, provenance, status});
  journal.remove();  // of what was there before
  log.say(concat("merged ", runs.size(), " files: ", plan.points.size(), " points, ", results.replicas(), " replicas"));
  if (!gaps.empty()) log.warn(concat("not in any of the files (--resume computes it):", gaps));
  if (!analysis.claims.empty()) log.say(claims_text(analysis.claims));
  log.say(concat("wrote ", options.output, " (digest ", digest, ")"));
  if (!analysis.error.empty()) {
    log.warn(concat("the analysis of the results failed, /derived and /claims are empty: ", analysis.error));
    return ExitCode::internal;
  }
  return !gaps.empty() || (options.verify && analysis.refuted()) ? ExitCode::failed : ExitCode::done;
}

}  // namespace rankwise::run
