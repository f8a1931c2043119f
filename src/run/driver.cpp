// The run from command line to file. SPDX-License-Identifier: MIT
#include "rankwise/run/driver.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "agree.hpp"
#include "engine.hpp"
#include "inputs.hpp"
#include "merge.hpp"
#include "plan.hpp"
#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/lanes.hpp"
#include "rankwise/core/log.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/core/version.hpp"
#include "rankwise/io/hdf5.hpp"
#include "rankwise/io/journal.hpp"
#include "rankwise/mpi/session.hpp"
#include "report.hpp"
#include "resume.hpp"
#include "signals.hpp"
#include "writer.hpp"

namespace rankwise::run {

namespace {

/// Tells one run from another; never a source of randomness for results.
std::uint64_t new_run_id() { return fnv1a(concat(host_name(), "|", getpid(), "|", utc_time(), "|", wall_seconds())); }

class Driver {
 public:
  Driver(const Program& program, const mpi::Comm& world) : program_(program), world_(world), root_(world.rank() == 0) {}

  ExitCode run(const std::vector<std::string>& arguments) {
    try {
      if (arguments.empty()) {
        if (root_) Log().say(help_text(program_, true, ""));
        return ExitCode::done;
      }
      agreed(world_, [&] { request_ = parse(program_, share_words(arguments), world_.size()); });
      log_ = Log(!root_ ? Log::Level::silent : request_.options.quiet ? Log::Level::quiet : Log::Level::normal);
      if (answer_question()) return ExitCode::done;
      if (!request_.options.merge.empty()) return merge();
      prepare();
      if (request_.options.list) {
        log_.say(points_text(*plan_, request_.config));
        return ExitCode::done;
      }
      if (request_.options.dry_run) {
        log_.say(dry_run_text(*plan_, request_,
                              Results::bytes(request_.description, plan_->points, request_.config.replicas), states_));
        return ExitCode::done;
      }
      return simulate();
    } catch (const AgreedError& error) {
      if (root_) std::fprintf(stderr, "%s: %s\n", program_.name.c_str(), error.what());
      return error.exit_code();
    }
  }

 private:
  Words share_words(const std::vector<std::string>& arguments) {
    Words words{arguments, config_argument(arguments), ""};
    if (words.config_name.empty()) return words;
    agreed_on_root(world_, [&] {
      std::ifstream file(words.config_name);
      if (!file || std::filesystem::is_directory(words.config_name)) {
        throw IoError(concat("--config '", words.config_name, "': cannot be read"));
      }
      std::ostringstream text;
      text << file.rdbuf();
      words.config_text = text.str();
    });
    words.config_text = world_.broadcast(words.config_text);
    return words;
  }

  /// --help, --version, --describe.
  bool answer_question() {
    const Options& options = request_.options;
    if (options.help) {
      log_.say(help_text(program_, false, request_.config.mode));
    } else if (options.version) {
      const Version& v = version();
      log_.say(concat(program_.name, " ", v.version, " (commit ", v.commit, v.dirty ? ", modified" : "", "; ",
                      v.compiler, "; ", v.flags, ")\nHDF5 ", io::library_version(), "; ",
                      mpi::Session::library_version(), "\n", fingerprint().text()));
    } else if (options.describe) {
      log_.say(describe_text(program_, request_.description));
    } else {
      return false;
    }
    return true;
  }

  void prepare() {
    agreed(world_, [&] {
      for (const InstructionSet set : {InstructionSet::avx512, InstructionSet::avx2, InstructionSet::portable}) {
        if (request_.options.instruction_set == name_of(set)) limit_instruction_sets(set);
      }
    });
    compare_ranks();
    Loaded loaded;
    agreed_on_root(world_, [&] {
      claim_output();
      loaded = request_.experiment->load(request_.config);
    });
    inputs_ = broadcast(world_, loaded.shared);
    local_ = std::move(loaded.local);
    agreed(world_, [&] { plan_ = make_plan(request_, inputs_); });
    agreed_on_root(world_, [&] {
      check_memory();
      if (!only_asks()) check_disk();
    });
    add_tasks(*plan_, request_);
    states_.resize(plan_->tasks.size());
    for (const auto& warning : plan_->warnings) log_.warn(warning);
    agreed_on_root(world_, [&] {
      if (!request_.options.list) take_up_file();
    });
  }

  /// The same program, the same parameters and the same fingerprint everywhere, else bits would depend on ranks.
  void compare_ranks() {
    const auto texts = world_.gather(concat(version().commit, "\n", request_.echo, fingerprint().text()));
    agreed_on_root(world_, [&] {
      const auto other = std::find_if(texts.begin(), texts.end(), [&](const auto& t) { return t != texts.front(); });
      if (other == texts.end()) return;
      throw UsageError(concat(
          "rank ", other - texts.begin(), " differs from rank 0 in program, parameters or machine:\n", *other,
          "\nagainst\n", texts.front(),
          "\nRun the same program everywhere; on mixed machines set OPENBLAS_CORETYPE (e.g. Haswell) on all of them"));
    });
  }

  [[nodiscard]] bool only_asks() const { return request_.options.list || request_.options.dry_run; }

  /// Before anything else is read: the name is ours and can be written, or the run ends here.
  void claim_output() {
    const Options& options = request_.options;
    if (options.list) return;
    if (std::filesystem::is_directory(options.output))
      throw UsageError(concat("--output '", options.output, "' is a folder"));
    const bool exists = std::filesystem::exists(options.output);
    if (exists && !options.overwrite && !options.resume) {
      throw UsageError(concat("--output '", options.output,
                              "' exists: give --resume to go on with it, --overwrite to replace it, or another name"));
    }
    if (!options.dry_run) {
      journal_.emplace(lock_journal());
      io::check_writable(options.output);
    }
    if (exists && options.resume) stored_.emplace(options.output);
  }

  io::Journal lock_journal() const {
    const std::string& output = request_.options.output;
    try {
      return io::Journal::lock(journal_path(output));
    } catch (const IoError&) {
      if (!io::journal_is_locked(journal_path(output))) throw;
    }
    throw IoError(concat("--output '", output, "': another job is writing it (it holds ", journal_path(output), ")"));
  }

  /// Root: the results so far, and what remains to be done.
  void take_up_file() {
    if (!only_asks() || stored_)
      results_.emplace(request_.description, plan_->points, request_.config.replicas, request_.config.seed);
    if (!stored_) return;
    check_resumable(*stored_, request_, *plan_, inputs_);
    stored_->load_into(*results_, request_.description);
    states_ = states_of(*plan_, *results_, *stored_);
  }

  void check_memory() {
    double need = Results::bytes(request_.description, plan_->points, request_.config.replicas);
    need += static_cast<double>(request_.config.replicas * static_cast<std::int64_t>(plan_->families.size())) *
            sizeof(Task);
    for (const auto& family : plan_->families) need = std::max(need, request_.experiment->cost(family).bytes);
    const auto have = static_cast<double>(usable_memory());
    if (need > have) {
      throw UsageError(concat("the run needs ", human_bytes(need), " of memory, ", host_name(), " has ",
                              human_bytes(have), ": fewer points, replicas or smaller sizes"));
    }
  }

  /// The journal alone takes as much as the results; what a ragged or sparse result saves is not known beforehand.
  void check_disk() {
    const auto folder = std::filesystem::absolute(request_.options.output).parent_path();
    std::error_code unknown;
    const auto space = std::filesystem::space(folder, unknown);
    if (unknown) return;
    const double need = Results::bytes(request_.description, plan_->points, request_.config.replicas);
    const auto have = static_cast<double>(space.available);
    if (need > have) {
      throw IoError(concat("--output '", request_.options.output, "': the results take up to ", human_bytes(need), ", ",
                           folder.string(), " has ", human_bytes(have), " free"));
    }
    if (2 * need > have) {
      log_.warn(concat("file and journal take up to ", human_bytes(2 * need), " until the end, ", folder.string(),
                       " has ", human_bytes(have), " free"));
    }
  }

  /// Who works with whom; says so.
  void form_teams() {
    const bool federation = !request_.experiment->clients_on_ranks(plan_->points.front(), world_.size()).empty();
    const std::int64_t asked = request_.options.ranks_per_task;
    teams_ = make_teams(world_.size(), asked > 0 ? asked : federation ? world_.size() : 1);
    for (const auto& team : teams_) {
      const auto clients = request_.experiment->clients_on_ranks(plan_->points.front(), static_cast<int>(team.size()));
      clients_.insert(clients_.end(), clients.begin(), clients.end());
      const bool is_new = &team == &teams_.front() || team.size() != teams_.front().size();
      if (clients.empty() || !is_new) continue;
      const auto alike =
          std::count_if(teams_.begin(), teams_.end(), [&](const auto& t) { return t.size() == team.size(); });
      log_.say(placement_text(clients, static_cast<std::size_t>(alike)));
      const std::string idle = idle_text(clients, team.front());
      if (!idle.empty()) log_.warn(idle);
    }
    if (!federation && world_.size() > 1)
      log_.say(ensemble_text(teams_.size(), teams_.front().size(), teams_.back().size()));
  }

  ExitCode simulate() {
    form_teams();
    agreed(world_, [&] {
      const bool is_team_root =
          std::any_of(teams_.begin(), teams_.end(), [&](const auto& team) { return team.front() == world_.rank(); });
      if (!root_) local_ = request_.experiment->load_on_rank(request_.config, inputs_, is_team_root);
    });
    begin_session();
    collect_provenance({});
    const auto is_done = [](const TaskState& s) { return s.status == TaskState::Status::done; };
    const auto done_before = static_cast<std::size_t>(std::count_if(states_.begin(), states_.end(), is_done));
    const bool anything_to_do = world_.maximum(root_ && done_before < states_.size() ? 1 : 0) > 0;
    EngineOutcome outcome;
    if (stored_) log_.say(concat("resumed: ", done_before, " of ", states_.size(), " tasks"));
    if (anything_to_do) {
      agreed_on_root(world_, [&] {
        write("running");
        journal_->reset(pack(JournalHeader{provenance_.run_id, observable_paths(request_.description)}));
      });
      outcome =
          run_tasks({world_, request_, *plan_, teams_, inputs_, local_.get(),
                     static_cast<std::int32_t>(provenance_.sessions.size()) - 1, [&] { return make_conductor(); }});
      collect_provenance(outcome.record);
    }
    return finish(outcome);
  }

  /// Root: the file's history goes on with this start of the program.
  void begin_session() {
    provenance_.sessions = stored_ ? stored_->sessions : std::vector<SessionRecord>{};
    provenance_.run_id = stored_ ? stored_->run_id : new_run_id();
    provenance_.inputs = stored_ ? stored_->inputs : std::map<std::string, std::string>{};
    if (stored_) provenance_.merged_from = stored_->merged_from;
    for (const auto& item : inputs_.items) provenance_.inputs[item.name] = hex(item.digest);
    provenance_.sessions.push_back({utc_time(), "", world_.size(), machine_text(), command_line_});
  }

  std::unique_ptr<Conductor> make_conductor() {
    return std::make_unique<Conductor>(Conductor::Run{request_, *plan_, teams_, log_, *results_, states_, *journal_,
                                                      program_start_, [this] { write_final("interrupted"); }});
  }

  /// At root: what every rank was and did.
  void collect_provenance(const RankRecord& mine) {
    struct Packed {
      double cpu;
      std::int64_t memory;
      mpi::Traffic traffic;
    };
    const Packed packed{mine.cpu_seconds, mine.peak_memory, mine.traffic};
    const auto numbers = world_.gather(std::as_bytes(std::span(&packed, 1)));
    const auto hosts = world_.gather(host_name());
    if (!root_) return;
    provenance_.mpi_library = mpi::Session::library_version();
    provenance_.fingerprint = fingerprint();
    provenance_.instruction_set = name_of(instruction_sets().front());
    provenance_.ranks.clear();
    for (std::size_t r = 0; r < numbers.size(); ++r) {
      const auto p = mpi::Team::values_of<Packed>(numbers[r]).front();
      provenance_.ranks.push_back({hosts[r], clients_.empty() ? 0 : clients_[r], p.cpu, p.memory, p.traffic});
    }
  }

  std::string write(const char* status) {
    return write_results(request_.options.output, {program_.name, request_, *plan_, inputs_, *results_, analysis_,
                                                   states_, provenance_, status});
  }

  /// Derives, judges and writes the file as it will stay; then the journal has no more to say.
  std::string write_final(const char* status) {
    analysis_ = analyse(*request_.experiment, *results_);
    provenance_.sessions.back().end = utc_time();
    const std::string digest = write(status);
    if (journal_) journal_->remove();
    return digest;
  }

  ExitCode finish(const EngineOutcome& outcome) {
    std::int64_t code = 0;
    agreed_on_root(world_, [&] {
      const auto count = [&](TaskState::Status status) {
        return std::count_if(states_.begin(), states_.end(), [&](const TaskState& s) { return s.status == status; });
      };
      const auto done = count(TaskState::Status::done);
      const auto failed = count(TaskState::Status::failed);
      const auto all = static_cast<std::ptrdiff_t>(states_.size());
      const char* status = done == all ? "complete" : done + failed == all ? "failed" : "interrupted";
      const std::string digest = write_final(status);
      std::error_code ignored;
      std::filesystem::remove(status_path(request_.options.output), ignored);
      if (!analysis_.claims.empty()) log_.say(claims_text(analysis_.claims));
      log_.say(concat("wrote ", request_.options.output, " (digest ", digest, ")"));
      if (failed > 0) {
        log_.warn(concat(failed, " of ", all,
                         " tasks failed; their replicas are missing in the file, the reasons are in /tasks/failure; ",
                         "--resume tries them again"));
      }
      if (outcome.stopped_early) {
        log_.warn(
            concat("stopped early: ", done, " of ", all, " tasks are done; the same command with --resume goes on"));
      } else {
        log_.say(concat("next: rankwise-plot ", request_.options.output));
      }
      const bool stopped = outcome.stopped_early && !outcome.stopped_by_a_failure;
      if (done < all || (request_.options.verify && analysis_.refuted())) code = static_cast<int>(ExitCode::failed);
      if (!analysis_.error.empty()) {
        log_.warn(concat("the analysis of the results failed, /derived and /claims are empty: ", analysis_.error));
        code = static_cast<int>(ExitCode::internal);
      }
      if (stopped) code = static_cast<int>(ExitCode::stopped);
    });
    return static_cast<ExitCode>(world_.maximum(code));
  }

  ExitCode merge() {
    std::int64_t code = 0;
    agreed_on_root(world_,
                   [&] { code = static_cast<int>(merge_files(program_, request_.options, command_line_, log_)); });
    return static_cast<ExitCode>(world_.maximum(code));
  }

 public:
  void set_command_line(const std::string& text) { command_line_ = text; }

 private:
  const Program& program_;
  const mpi::Comm& world_;
  bool root_;
  Log log_{Log::Level::silent};
  Request request_;
  Inputs inputs_;
  std::unique_ptr<LocalData> local_;
  std::optional<Plan> plan_;
  std::optional<Results> results_;
  Analysis analysis_;
  std::vector<TaskState> states_;
  std::vector<std::int64_t> clients_;  ///< by rank
  Teams teams_;
  std::optional<io::Journal> journal_;
  std::optional<StoredRun> stored_;
  Provenance provenance_;
  std::string command_line_;
  double program_start_ = wall_seconds();
};

}  // namespace

int run_program(int argc, char** argv, const Program& program) {
  use_one_blas_thread();
  keep_freed_memory();
  count_stop_signals();
  const int code = mpi::run(argc, argv, [&program](mpi::Session& session, int n, char** words) {
    Driver driver(program, session.world());
    const std::vector<std::string> arguments(words + 1, words + n);
    driver.set_command_line(concat(program.name, arguments.empty() ? "" : " ", join(arguments, " ")));
    const ExitCode result = driver.run(arguments);
    io::close_library();
    return result;
  });
  return code;
}

}  // namespace rankwise::run
