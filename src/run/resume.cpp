// SPDX-License-Identifier: MIT
#include "resume.hpp"

#include <algorithm>
#include <set>

#include "rankwise/core/error.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/core/version.hpp"

namespace rankwise::run {

std::string machine_text() {
  const Version& v = version();
  return concat(v.version, " (commit ", v.commit, v.dirty ? ", modified" : "", "), ", fingerprint().text());
}

std::map<std::string, std::string> config_lines(const std::string& config) {
  std::map<std::string, std::string> lines;
  for (const auto& line : split(config, '\n')) {
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) lines[trim(line.substr(0, equals))] = trim(line.substr(equals + 1));
  }
  return lines;
}

namespace {

std::string differ(const std::string& what, const std::string& in_file, const std::string& in_run) {
  return concat("\n  ", what, ": the file has ", in_file.empty() ? "none" : in_file, ", this run ",
                in_run.empty() ? "none" : in_run);
}

/// Every value of the file must be asked for again.
bool contains(const std::string& all, const std::string& some) {
  const auto values = split(all, ',');
  const auto wanted = split(some, ',');
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const auto& v) { return std::find(values.begin(), values.end(), v) != values.end(); });
}

std::string parameter_differences(const StoredRun& stored, const Request& request) {
  std::string text;
  const auto in_file = config_lines(stored.config);
  const auto in_run = config_lines(request.echo);
  const auto spectra = in_file.find("spectra");
  if (spectra != in_file.end() && in_run.count("spectra") > 0 && spectra->second != in_run.at("spectra")) {
    text += differ("--spectra", spectra->second, in_run.at("spectra"));
  }
  for (const auto& row : request.description.parameters) {
    if (row.role == Role::root) continue;
    const auto old = in_file.find(dashes(row.name));
    // A parameter that the file does not know had its default then.
    const std::string was = old == in_file.end() ? row.default_for(stored.mode) : old->second;
    const std::string& is = in_run.at(dashes(row.name));
    if (!contains(is, was)) text += differ("--" + dashes(row.name), was, is);
  }
  return text;
}

std::string missing_point(const StoredRun& stored, const Plan& plan) {
  std::set<std::uint64_t> ids;
  for (const auto& point : plan.points) ids.insert(point.id);
  const auto lost =
      std::count_if(stored.points.begin(), stored.points.end(), [&](std::uint64_t id) { return ids.count(id) == 0; });
  return lost == 0 ? ""
                   : concat("\n  points: ", lost, " of the file's ", stored.points.size(), " are not in this sweep");
}

std::string input_differences(const StoredRun& stored, const Inputs& inputs) {
  std::string text;
  for (const auto& item : inputs.items) {
    const auto found = stored.inputs.find(item.name);
    if (found != stored.inputs.end() && found->second != hex(item.digest)) {
      text += differ(concat("data set ", item.name, " (digest)"), found->second, hex(item.digest));
    }
  }
  return text;
}

std::string run_differences(const StoredRun& stored, const std::string& experiment, const std::string& mode,
                            std::int64_t stream_version, std::uint64_t seed) {
  std::string text;
  if (stored.experiment != experiment) text += differ("experiment", stored.experiment, experiment);
  if (stored.mode != mode) text += differ("--mode", stored.mode, mode);
  if (stored.stream_version != stream_version)
    text += differ("stream version", concat(stored.stream_version), concat(stream_version));
  if (stored.seed != seed) text += differ("--seed", concat(stored.seed), concat(seed));
  return text;
}

}  // namespace

void check_resumable(const StoredRun& stored, const Request& request, const Plan& plan, const Inputs& inputs) {
  const Description& d = request.description;
  std::string text = run_differences(stored, d.experiment, d.mode, d.stream_version, request.config.seed);
  if (text.empty()) text += parameter_differences(stored, request);
  if (text.empty()) text += missing_point(stored, plan);
  if (stored.replicas > request.config.replicas)
    text += differ("--replicas", concat(stored.replicas), concat(request.config.replicas));
  const Slice slice = request.options.slice;
  const std::string asked = concat(slice.index, "/", slice.count);
  if (!slice.whole() && stored.slice != asked) text += differ("--slice", stored.slice, concat(asked, " (leave it out to do all tasks)"));
  text += input_differences(stored, inputs);
  if (!text.empty()) {
    throw UsageError(concat("--resume ", stored.path, ": another configuration:", text,
                            "\nA resumed run may add values, points and replicas, but change or leave out nothing"));
  }
  const std::string machine = machine_text();
  if (stored.sessions.empty() || stored.sessions.back().machine == machine || request.options.allow_other_machine)
    return;
  throw UsageError(concat("--resume ", stored.path, ": another program or machine, so that last bits may differ:",
                          differ("machine", stored.sessions.back().machine, machine),
                          "\n--allow-other-machine goes on all the same and records it"));
}

void check_same_run(const StoredRun& stored, const StoredRun& first) {
  std::string text = run_differences(stored, first.experiment, first.mode, first.stream_version, first.seed);
  const auto spectra = [](const StoredRun& run) {
    const auto lines = config_lines(run.config);
    const auto found = lines.find("spectra");
    return found == lines.end() ? std::string() : found->second;
  };
  if (spectra(stored) != spectra(first)) text += differ("--spectra", spectra(stored), spectra(first));
  for (const auto& [name, digest] : first.inputs) {
    const auto found = stored.inputs.find(name);
    if (found != stored.inputs.end() && found->second != digest)
      text += differ(concat("data set ", name, " (digest)"), found->second, digest);
  }
  if (text.empty()) return;
  throw UsageError(concat("--merge: ", stored.path, " is not of the same run as ", first.path, ":", text));
}

std::vector<TaskState> states_of(const Plan& plan, const Results& results, const StoredRun& stored) {
  std::vector<TaskState> states;
  for (const auto& task : plan.tasks) {
    const auto found = stored.tasks.find({task.theory, task.family_id, task.block.first});
    TaskState state = found == stored.tasks.end() ? TaskState{} : found->second;
    const auto& points = plan.families[task.family].points;
    const bool done = std::all_of(points.begin(), points.end(), [&](const Point& point) {
      if (task.theory) return results.is_predicted(point.index);
      for (std::int64_t r = task.block.first; r < task.block.first + task.block.wanted; ++r) {
        if (!results.is_measured(point.index, r)) return false;
      }
      return true;
    });
    if (done) {
      state.status = TaskState::Status::done;
      state.message.clear();
    } else if (state.status == TaskState::Status::done) {
      state = {};  // done for fewer points or replicas
    }
    states.push_back(std::move(state));
  }
  return states;
}

}  // namespace rankwise::run
