// The run from command line to file. SPDX-License-Identifier: MIT
#include "rankwise/run/driver.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "agree.hpp"
#include "inputs.hpp"
#include "plan.hpp"
#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/log.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/core/version.hpp"
#include "rankwise/io/hdf5.hpp"
#include "rankwise/mpi/session.hpp"
#include "report.hpp"
#include "sink.hpp"
#include "writer.hpp"

namespace rankwise::run {

random::Stream Context::stream(random::Purpose purpose, std::int64_t replica, std::int64_t client, std::int64_t round) const {
  expects(replica >= 0 && client >= 0 && round >= 0 && round < (std::int64_t{1} << 32), "stream indices are in range");
  return {key, purpose, static_cast<std::uint64_t>(replica), static_cast<std::uint64_t>(client), static_cast<std::uint32_t>(round)};
}

namespace {

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
      prepare();
      if (request_.options.list) {
        log_.say(points_text(*plan_, request_.config));
        return ExitCode::done;
      }
      if (request_.options.dry_run) {
        log_.say(dry_run_text(*plan_, request_, Results::bytes(request_.description, plan_->points, request_.config.replicas)));
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
      log_.say(concat(program_.name, " ", v.version, " (commit ", v.commit, v.dirty ? ", modified" : "", "; ", v.compiler, "; ", v.flags,
                      ")\nHDF5 ", io::library_version(), "; ", mpi::Session::library_version(), "\n", fingerprint().text()));
    } else if (options.describe) {
      log_.say(describe_text(program_, request_.description));
    } else {
      return false;
    }
    return true;
  }

  void prepare() {
    compare_ranks();
    Loaded loaded;
    agreed_on_root(world_, [&] {
      check_output();
      loaded = request_.experiment->load(request_.config);
    });
    inputs_ = broadcast(world_, loaded.shared);
    local_ = std::move(loaded.local);
    agreed(world_, [&] { plan_ = make_plan(request_, inputs_); });
    agreed_on_root(world_, [&] { check_memory(); });
    add_tasks(*plan_, request_);
    for (const auto& warning : plan_->warnings) log_.warn(warning);
  }

  /// The same program, the same parameters and the same fingerprint everywhere, else bits would depend on ranks.
  void compare_ranks() {
    const auto texts = world_.gather(concat(version().commit, "\n", request_.echo, fingerprint().text()));
    agreed_on_root(world_, [&] {
      const auto other = std::find_if(texts.begin(), texts.end(), [&](const auto& t) { return t != texts.front(); });
      if (other == texts.end()) return;
      throw UsageError(concat("rank ", other - texts.begin(), " differs from rank 0 in program, parameters or machine:\n",
                              *other, "\nagainst\n", texts.front(),
                              "\nRun the same program everywhere; on mixed machines set OPENBLAS_CORETYPE (e.g. Haswell) on all of them"));
    });
  }

  void check_output() {
    const Options& options = request_.options;
    if (options.list || options.dry_run) return;
    if (std::filesystem::is_directory(options.output)) throw UsageError(concat("--output '", options.output, "' is a folder"));
    if (std::filesystem::exists(options.output) && !options.overwrite) {
      throw UsageError(concat("--output '", options.output, "' exists: give --overwrite to replace it, or another name"));
    }
    io::check_writable(options.output);
  }

  void check_memory() {
    double need = Results::bytes(request_.description, plan_->points, request_.config.replicas);
    need += static_cast<double>(request_.config.replicas * static_cast<std::int64_t>(plan_->families.size())) * sizeof(Task);
    for (const auto& family : plan_->families) need = std::max(need, request_.experiment->cost(family).bytes);
    const auto have = static_cast<double>(usable_memory());
    if (need > have) {
      throw UsageError(concat("the run needs ", human_bytes(need), " of memory, ", host_name(), " has ", human_bytes(have),
                              ": fewer points, replicas or smaller sizes"));
    }
  }

  void announce() {
    clients_ = request_.experiment->clients_on_ranks(plan_->points.front(), world_.size());
    if (clients_.empty()) return;
    log_.say(placement_text(clients_));
    const std::string idle = idle_text(clients_);
    if (!idle.empty()) log_.warn(idle);
  }

  ExitCode simulate() {
    announce();
    agreed(world_, [&] {
      if (!root_) local_ = request_.experiment->load_on_rank(request_.config, inputs_);
    });
    provenance_.start = utc_time();
    if (root_) results_.emplace(request_.description, plan_->points, request_.config.replicas);
    states_.resize(plan_->tasks.size());
    collect_provenance({});
    agreed_on_root(world_, [&] { write("running"); });

    mpi::Team team(world_);
    const double cpu_before = cpu_seconds();
    Progress progress(log_, *plan_);
    for (std::size_t t = 0; t < plan_->tasks.size(); ++t) {
      run_task(team, t);
      progress.finished(t);
    }
    progress.close();
    RankRecord record;
    record.cpu_seconds = cpu_seconds() - cpu_before;
    record.peak_memory = static_cast<std::int64_t>(peak_memory());
    record.traffic = team.traffic();
    collect_provenance(record);
    return finish();
  }

  void run_task(mpi::Team& team, std::size_t index) {
    const Task& task = plan_->tasks[index];
    const Family& family = plan_->families[task.family];
    const Description& d = request_.description;
    Context context{team, inputs_, local_.get(),
                    stream_key(d.experiment, d.mode, d.stream_version, d.parameters, family.front(), request_.config.seed)};
    RecordSink sink(d, task);
    const double start = wall_seconds();
    const auto outcome = team.run_task([&] {
      if (task.theory) {
        request_.experiment->theory(family, sink, context);
      } else {
        request_.experiment->simulate(family, task.block, sink, context);
      }
      if (team.is_root()) sink.check_complete(family);
    });
    TaskState& state = states_[index];
    state.seconds = wall_seconds() - start;
    state.done = outcome.done;
    state.message = outcome.message;
    if (!outcome.done) {
      log_.warn(concat(task.theory ? "theory" : concat("replica ", task.block.first), " of point ", family.front().index,
                       " failed on rank ", outcome.failed_rank, ": ", outcome.message));
    } else if (root_) {
      for (const auto& r : sink.records()) results_->store(r.field, r.point, r.replica, r.value);
    }
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
    provenance_.program = program_.name;
    provenance_.mpi_library = mpi::Session::library_version();
    provenance_.fingerprint = fingerprint();
    provenance_.ranks.clear();
    for (std::size_t r = 0; r < numbers.size(); ++r) {
      const auto p = mpi::Team::values_of<Packed>(numbers[r]).front();
      provenance_.ranks.push_back({hosts[r], clients_.empty() ? 0 : clients_[r], p.cpu, p.memory, p.traffic});
    }
  }

  std::string write(const char* status) {
    return write_results(request_.options.output, {request_, *plan_, inputs_, *results_, tables_, judged_, states_, provenance_, status});
  }

  ExitCode finish() {
    const bool all_done = std::all_of(states_.begin(), states_.end(), [](const TaskState& s) { return s.done; });
    std::int64_t code = 0;
    agreed_on_root(world_, [&] {
      Claims claims;
      request_.experiment->derive(*results_, tables_);
      request_.experiment->claims(*results_, tables_, claims);
      judged_ = claims.judge();
      provenance_.end = utc_time();
      const std::string digest = write(all_done ? "complete" : "failed");
      if (!judged_.empty()) log_.say(claims_text(judged_));
      log_.say(concat("wrote ", request_.options.output, " (digest ", digest, ")"));
      log_.say(concat("next: rankwise-plot ", request_.options.output));
      const bool refuted = std::any_of(judged_.begin(), judged_.end(), [](const Judged& j) { return j.verdict == Verdict::fail; });
      if (!all_done || (request_.options.verify && refuted)) code = static_cast<int>(ExitCode::failed);
      if (!all_done) {
        const auto failed = std::count_if(states_.begin(), states_.end(), [](const TaskState& s) { return !s.done; });
        log_.warn(concat(failed, " of ", states_.size(), " tasks failed; their replicas are missing in the file, the reasons are in /tasks/failure"));
      }
    });
    return static_cast<ExitCode>(world_.maximum(code));
  }

 public:
  void set_command_line(const std::string& text) { provenance_.command_line = text; }

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
  Tables tables_;
  std::vector<Judged> judged_;
  std::vector<TaskState> states_;
  std::vector<std::int64_t> clients_;
  Provenance provenance_;
};

}  // namespace

int run_program(int argc, char** argv, const Program& program) {
  use_one_blas_thread();
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
