// SPDX-License-Identifier: MIT
#include "rankwise/run/tools.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/io/hdf5.hpp"
#include "rankwise/io/journal.hpp"
#include "report.hpp"
#include "stored.hpp"

namespace rankwise::run {

namespace {

constexpr std::size_t most_lines = 20;

int failed(const char* program, const Error& error) {
  std::fprintf(stderr, "%s: %s\n", program, error.what());
  return static_cast<int>(error.exit_code());
}

/// A kill leaves `running` in the file; whether a job is at it shows in the lock.
std::string status_of(const StoredRun& run) {
  if (run.status != "running") return run.status;
  return io::journal_is_locked(journal_path(run.path)) ? "running" : "interrupted";
}

std::vector<Judged> claims_of(const std::string& path) {
  const io::File file = io::File::open(path);
  const io::Group group = file.root().open_group("claims");
  const auto texts = [&](const char* name) { return group.read(name).values<std::string>(); };
  const auto numbers = [&](const char* name) { return group.read(name).values<double>(); };
  std::vector<Judged> claims;
  const auto names = texts("name");
  for (std::size_t i = 0; i < names.size(); ++i) {
    Judged j;
    j.claim.name = names[i];
    for (const auto relation : {Relation::equals, Relation::at_least, Relation::at_most}) {
      if (texts("relation")[i] == name_of(relation)) j.claim.relation = relation;
    }
    for (const auto verdict : {Verdict::pass, Verdict::fail, Verdict::untested}) {
      if (texts("verdict")[i] == name_of(verdict)) j.verdict = verdict;
    }
    j.claim.predicted = numbers("predicted")[i];
    j.claim.measured = numbers("measured")[i];
    j.claim.standard_error = numbers("stderr")[i];
    j.claim.tolerance = numbers("tolerance")[i];
    j.z = numbers("z")[i];
    claims.push_back(std::move(j));
  }
  return claims;
}

std::string indented(const std::string& text) {
  std::string lines;
  for (const auto& line : split(text, '\n')) {
    if (!line.empty()) lines += concat("  ", line, "\n");
  }
  return lines;
}

std::string task_text(const StoredRun& run, const TaskKey& key, const TaskState& state) {
  const auto point = run.task_points.find(key);
  return concat(key.theory ? "theory" : concat("replicas from ", key.first), " of point ",
                point == run.task_points.end() ? std::string("?") : std::to_string(point->second),
                state.status == TaskState::Status::failed ? concat(": failed: ", state.message) : ": not run");
}

bool tell(const std::string& path) {
  const StoredRun run(path);
  std::vector<std::string> missing;
  std::size_t done = 0;
  for (const auto& [key, state] : run.tasks) {
    if (state.status == TaskState::Status::done) {
      ++done;
    } else {
      missing.push_back(task_text(run, key, state));
    }
  }
  const std::string status = status_of(run);
  const bool complete = status == "complete" && missing.empty() && run.analysis_error.empty();
  std::printf("%s: %s, mode %s\n", path.c_str(), run.experiment.c_str(), run.mode.c_str());
  std::printf("status: %s\n", status.c_str());
  std::printf("tasks: %zu of %zu done%s\n", done, run.tasks.size(),
              run.journal_tasks > 0 ? concat(", ", run.journal_tasks, " of them in ", journal_path(path)).c_str() : "");
  if (run.slice != "1/1") std::printf("slice: %s of the tasks\n", run.slice.c_str());
  std::printf("digest: %s%s\n", run.digest.c_str(), run.journal_tasks > 0 ? " (of the file without its journal)" : "");
  std::printf("points: %zu\nprogram: %s %s (commit %s)\n", run.points.size(), run.program.c_str(), run.version.c_str(),
              run.commit.c_str());
  std::printf("parameters:\n%s", indented(run.config).c_str());
  for (const auto& [name, digest] : run.inputs) std::printf("data set: %s, digest %s\n", name.c_str(), digest.c_str());
  for (std::size_t i = 0; i < run.sessions.size(); ++i) {
    const SessionRecord& s = run.sessions[i];
    std::printf("session %zu: %s to %s, %lld ranks, %s\n  %s\n", i, s.start.c_str(),
                s.end.empty() ? "(no end)" : s.end.c_str(), static_cast<long long>(s.ranks), s.machine.c_str(),
                s.command_line.c_str());
  }
  if (!run.analysis_error.empty()) std::printf("analysis failed: %s\n", run.analysis_error.c_str());
  const auto claims = claims_of(path);
  if (!claims.empty()) std::printf("claims:\n%s", indented(claims_text(claims)).c_str());
  if (!missing.empty()) {
    std::printf("missing (%zu tasks):\n", missing.size());
    for (std::size_t i = 0; i < std::min(most_lines, missing.size()); ++i) std::printf("  %s\n", missing[i].c_str());
    if (missing.size() > most_lines) std::printf("  and %zu more\n", missing.size() - most_lines);
  }
  return complete;
}

}  // namespace

int run_info(const std::vector<std::string>& arguments) {
  const bool asks = std::find(arguments.begin(), arguments.end(), "--help") != arguments.end();
  if (arguments.empty() || asks) {
    std::printf(
        "rankwise-info FILE...: what results files hold: parameters, status, provenance, claims, missing tasks, "
        "digest.\n"
        "Exit code: 0 all complete, 1 one is not, 2 wrong usage, 4 a file cannot be read.\n");
    return static_cast<int>(asks ? ExitCode::done : ExitCode::usage);
  }
  try {
    bool complete = true;
    for (const auto& path : arguments) {
      if (path.starts_with("--"))
        throw UsageError(concat("unknown option '", path, "'; the arguments are names of files"));
      complete = tell(path) && complete;
    }
    io::close_library();
    return static_cast<int>(complete ? ExitCode::done : ExitCode::failed);
  } catch (const Error& error) {
    return failed("rankwise-info", error);
  }
}

int run_merge(const std::string& own_path, const std::vector<std::string>& arguments) {
  try {
    if (arguments.empty() || arguments.front().starts_with("--")) {
      std::printf(
          "rankwise-merge A.h5 B.h5 ... --output C.h5 [--overwrite] [--verify] [--quiet]: puts results files "
          "together.\n"
          "Starts the program that made A.h5 with --merge; see its --help.\n");
      const bool asks = !arguments.empty() && arguments.front() == "--help";
      return static_cast<int>(asks ? ExitCode::done : ExitCode::usage);
    }
    const std::string program = StoredRun(arguments.front()).program;
    io::close_library();
    std::vector<std::string> words{program, "--merge"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    std::error_code ignored;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
    const auto beside = (ignored ? std::filesystem::path(own_path) : self).parent_path() / program;
    ::execv(beside.c_str(), pointers.data());
    ::execvp(program.c_str(), pointers.data());
    throw IoError(concat("cannot start ", program, ", which made ", arguments.front(), ": ", std::strerror(errno),
                         " (looked beside ", own_path, " and on the PATH)"));
  } catch (const Error& error) {
    return failed("rankwise-merge", error);
  }
}

}  // namespace rankwise::run
