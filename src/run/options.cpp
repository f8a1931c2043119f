// SPDX-License-Identifier: MIT
#include "options.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <map>
#include <sstream>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "spectra.hpp"

namespace rankwise::run {

namespace po = boost::program_options;

namespace {

Parameter flag(std::string name, std::string help) {
  return {.name = std::move(name),
          .symbol = "",
          .type = Type::flag,
          .default_value = "false",
          .help = std::move(help),
          .role = Role::root};
}

std::vector<std::string> mode_names(const Program& program) {
  std::vector<std::string> names;
  for (const auto& experiment : program.modes) names.push_back(experiment->describe().mode);
  return names;
}

/// Every parameter of every mode once.
ParameterTable all_parameters(const Program& program) {
  ParameterTable all;
  for (const auto& experiment : program.modes) {
    for (const auto& row : experiment->describe().parameters) {
      if (find(all, row.name) == nullptr) all.push_back(row);
    }
  }
  return all;
}

constexpr std::string_view only_on_command_line[] = {"config",   "help",    "version", "list",
                                                     "describe", "dry_run", "merge",   "slice"};

using Given = std::map<std::string, std::string>;  // option-with-dashes -> text

class Collector {
 public:
  explicit Collector(const Program& program)
      : driver_(driver_parameters(program)), parameters_(all_parameters(program)) {
    for (const auto* table : {&driver_, &parameters_}) {
      for (const auto& row : *table) {
        const std::string name = dashes(row.name);
        names_.push_back(name);
        auto value = po::value<std::string>();
        if (row.type == Type::flag) value->implicit_value("true");
        description_.add_options()(name.c_str(), value);
      }
    }
  }

  [[nodiscard]] Given command_line(const std::vector<std::string>& arguments) const {
    namespace style = po::command_line_style;
    Given given;
    try {
      // no short options, no guessing of abbreviations: --res must never mean --resume
      const auto parsed = po::command_line_parser(with_joined_files(arguments))
                              .options(description_)
                              .style(style::allow_long | style::long_allow_adjacent | style::long_allow_next)
                              .run();
      for (const auto& option : parsed.options) {
        if (option.position_key >= 0) {
          throw UsageError(concat("unexpected argument '", option.value.empty() ? "" : option.value.front(),
                                  "': options are written --name value (see --help)"));
        }
        const auto* row = row_of(option.string_key);
        std::string text = option.value.empty() ? "true" : option.value.front();
        if (option.value.empty() && (row == nullptr || row->type != Type::flag)) {
          throw UsageError(concat("--", option.string_key, " needs a value"));
        }
        insert(given, option.string_key, std::move(text), "on the command line");
      }
    } catch (const po::unknown_option& error) {
      unknown(error.get_option_name(), "");
    } catch (const po::error_with_option_name& error) {
      throw UsageError(concat(error.get_option_name(), " needs a value"));
    } catch (const po::error& error) {
      throw UsageError(concat("command line: ", error.what()));
    }
    return given;
  }

  [[nodiscard]] Given file(const std::string& name, const std::string& text) const {
    Given given;
    std::istringstream stream(text);
    try {
      const auto parsed = po::parse_config_file(stream, description_, true);
      for (const auto& option : parsed.options) {
        if (option.unregistered) unknown(option.string_key, concat(name, ": "));
        const auto* driver = find(driver_, underscores(option.string_key));
        const auto& outside = only_on_command_line;
        if (driver != nullptr && std::find(std::begin(outside), std::end(outside), driver->name) != std::end(outside)) {
          throw UsageError(
              concat(name, ": '", option.string_key, "' belongs on the command line, not into a configuration file"));
        }
        insert(given, option.string_key, trim(option.value.front()), concat("in ", name));
      }
    } catch (const po::error& error) {
      throw UsageError(concat(name, ": ", error.what(), "; lines are 'name = value', comments begin with #"));
    }
    return given;
  }

  [[nodiscard]] const ParameterTable& driver() const { return driver_; }
  static std::string underscores(std::string name) {
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
  }

 private:
  [[nodiscard]] const Parameter* row_of(const std::string& option) const {
    const auto* row = find(driver_, underscores(option));
    return row != nullptr ? row : find(parameters_, underscores(option));
  }

  /// "--merge A B" as "--merge=A\nB": the parser knows one value to an option.
  [[nodiscard]] std::vector<std::string> with_joined_files(const std::vector<std::string>& arguments) const {
    std::vector<std::string> joined;
    bool in_list = false;
    for (const auto& word : arguments) {
      if (in_list && !word.starts_with("--")) {
        joined.back() += (joined.back().ends_with('=') ? "" : "\n") + word;
        continue;
      }
      const auto* row = word.starts_with("--") ? find(driver_, underscores(word.substr(2))) : nullptr;
      in_list = row != nullptr && row->type == Type::files;
      joined.push_back(in_list ? word + "=" : word);
    }
    return joined;
  }

  static void insert(Given& given, const std::string& name, std::string text, const std::string& where) {
    if (!given.emplace(name, std::move(text)).second) throw UsageError(concat("--", name, " is given twice ", where));
  }

  [[noreturn]] void unknown(const std::string& option, const std::string& where) const {
    std::string name = option;
    while (name.starts_with('-')) name.erase(0, 1);
    const std::string near = nearest(name, names_);
    const std::string dash = where.empty() ? "--" : "";
    throw UsageError(
        concat(where, where.empty() ? "unknown option '--" : "unknown parameter '", name, "'",
               near.empty() ? concat("; --help lists all") : concat("; did you mean '", dash, near, "'?")));
  }

  ParameterTable driver_;
  ParameterTable parameters_;
  std::vector<std::string> names_;
  po::options_description description_;
};

const Experiment& mode_of(const Program& program, const std::string& mode) {
  for (const auto& experiment : program.modes) {
    if (experiment->describe().mode == mode) return *experiment;
  }
  throw InternalError(concat("no mode ", mode));
}

/// "a,b/c,d" as groups of names, each of a parameter of the mode, once.
std::vector<std::vector<std::string>> parse_zip(const ParameterTable& table, const std::string& text) {
  std::vector<std::vector<std::string>> groups;
  if (text.empty()) return groups;
  std::vector<std::string> seen;
  for (const auto& part : split(text, '/')) {
    auto& group = groups.emplace_back();
    for (const auto& written : split(part, ',')) {
      const std::string name = Collector::underscores(trim(written));
      if (find(table, name) == nullptr)
        throw UsageError(concat("--zip '", text, "': '", trim(written), "' is no parameter of this mode"));
      if (std::find(seen.begin(), seen.end(), name) != seen.end())
        throw UsageError(concat("--zip '", text, "': ", name, " occurs twice"));
      seen.push_back(name);
      group.push_back(name);
    }
    if (group.size() < 2)
      throw UsageError(concat("--zip '", text, "': a group pairs two parameters or more: a,b or a,b/c,d"));
  }
  return groups;
}

void check_zip(const Config& config) {
  const auto length = [&](const std::string& name) {
    const auto found =
        std::find_if(config.sweep.begin(), config.sweep.end(), [&](const auto& s) { return s.first == name; });
    return found->second.size();
  };
  for (const auto& group : config.zip) {
    for (const auto& name : group) {
      if (length(name) == length(group.front())) continue;
      throw UsageError(concat("--zip pairs --", dashes(group.front()), " (", length(group.front()), " values) with --",
                              dashes(name), " (", length(name), " values): they need the same number"));
    }
  }
}

Slice parse_slice(const std::string& text) {
  const auto parts = split(text, '/');
  const auto index = parts.size() == 2 ? parse_integer(parts[0]) : std::nullopt;
  const auto count = parts.size() == 2 ? parse_integer(parts[1]) : std::nullopt;
  if (index.value_or(0) < 1 || count.value_or(0) < *index || *count > 1000000) {
    throw UsageError(concat("--slice '", text, "': allowed is i/n with 1 <= i <= n, e.g. 1/4"));
  }
  return {*index, *count};
}

std::string zip_text(const std::vector<std::vector<std::string>>& groups) {
  std::vector<std::string> parts;
  for (const auto& group : groups) parts.push_back(join(group, ","));
  return dashes(join(parts, "/"));
}

/// Refuses what belongs to other modes than `mode`, and names them.
void check_mode(const Program& program, const ParameterTable& driver, const Given& given, const std::string& mode) {
  for (const auto& [option, text] : given) {
    const std::string name = Collector::underscores(option);
    if (find(driver, name) != nullptr) continue;
    std::vector<std::string> owners;
    for (const auto& experiment : program.modes) {
      const Description d = experiment->describe();
      const auto* row = find(d.parameters, name);
      if (row != nullptr && row->belongs_to(d.mode)) owners.push_back(d.mode);
    }
    if (std::find(owners.begin(), owners.end(), mode) != owners.end()) continue;
    throw UsageError(concat("--", option, " is no parameter of mode ", mode, "; it belongs to ", join(owners, ", ")));
  }
}

}  // namespace

ParameterTable driver_parameters(const Program& program) {
  const auto modes = mode_names(program);
  return {
      {.name = "mode",
       .symbol = "",
       .type = Type::choice,
       .default_value = modes.size() == 1 ? modes.front() : "",
       .words = modes,
       .help = "what to run",
       .role = Role::root},
      {.name = "replicas",
       .symbol = "",
       .type = Type::integer,
       .default_value = "",
       .lowest = 0,
       .highest = 1e9,
       .help = "independent repetitions of every point; 0: theory only",
       .role = Role::root},
      {.name = "seed",
       .symbol = "",
       .type = Type::integer,
       .default_value = "1",
       .lowest = 0,
       .highest = 9e18,
       .help = "chooses all random numbers",
       .role = Role::root},
      {.name = "output",
       .symbol = "",
       .type = Type::text,
       .default_value = "",
       .help = "HDF5 file to write; default <experiment>.h5",
       .role = Role::root},
      {.name = "config",
       .symbol = "",
       .type = Type::text,
       .default_value = "",
       .help = "file of 'name = value' lines; the command line wins over it",
       .role = Role::root},
      flag("resume", "go on with an existing output file; without one, start"),
      flag("overwrite", "replace an existing output file"),
      {.name = "ranks_per_task",
       .symbol = "",
       .type = Type::integer,
       .default_value = "",
       .lowest = 1,
       .highest = 1e6,
       .words = {"all"},
       .help = "ranks that do one task together; default all for federations, 1 for ensembles",
       .role = Role::root},
      {.name = "zip",
       .symbol = "",
       .type = Type::text,
       .default_value = "",
       .help = "parameters whose lists go in pairs instead of all combinations: a,b or a,b/c,d",
       .role = Role::root},
      {.name = "slice",
       .symbol = "",
       .type = Type::text,
       .default_value = "",
       .help = "i/n: only every n-th task, from the i-th; --merge puts the files of all slices together",
       .role = Role::root},
      {.name = "merge",
       .symbol = "",
       .type = Type::files,
       .default_value = "",
       .help = "put these files together into --output, run nothing",
       .role = Role::root},
      {.name = "time_budget",
       .symbol = "",
       .type = Type::text,
       .default_value = "",
       .help = "end within this time, unfinished if need be: seconds, M:S, H:M:S or D-H:M:S (as squeue -o %L tells "
               "it), UNLIMITED",
       .role = Role::root},
      {.name = "stop_grace",
       .symbol = "",
       .type = Type::real,
       .default_value = "60",
       .lowest = 0,
       .highest = 1e6,
       .unit = "s",
       .help = "time for running tasks after a request to stop: half of it to finish, half to leave",
       .role = Role::root},
      {.name = "spectra",
       .symbol = "",
       .type = Type::choice,
       .default_value = "aggregate",
       .words = {"none", "aggregate", "full"},
       .help = "what is stored of spectra: nothing, sums over replicas, or every replica's levels too",
       .role = Role::root},
      {.name = "instruction_set",
       .symbol = "",
       .type = Type::choice,
       .default_value = "auto",
       .words = {"auto", "avx512", "avx2", "portable"},
       .help = "widest vector instructions that kernels use; every set gives the same bits",
       .role = Role::root},
      {.name = "checkpoint_interval",
       .symbol = "",
       .type = Type::real,
       .default_value = "30",
       .lowest = 0.01,
       .highest = 86400,
       .unit = "s",
       .help = "time between two syncs of the journal to disk",
       .role = Role::root},
      flag("fail_fast", "start no task after the first that failed"),
      flag("allow_other_machine", "with --resume: go on where last bits may differ (recorded)"),
      flag("verify", "exit with 1 when a claim fails"),
      flag("quick", "small sizes: any mode in under 5 s"),
      flag("quiet", "say nothing but warnings and errors"),
      flag("dry_run", "show points, tasks, cost, memory and output size, run nothing"),
      flag("list", "list the points of the sweep, run nothing"),
      flag("describe", "list parameters and observables of the mode, run nothing"),
      flag("help", "this text; with --mode the parameters of that mode"),
      flag("version", "version, commit, compiler"),
  };
}

std::string config_argument(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].starts_with("--config=")) return arguments[i].substr(9);
    if (arguments[i] == "--config" && i + 1 < arguments.size()) return arguments[i + 1];
  }
  return "";
}

Request parse(const Program& program, const Words& words, int ranks) {
  const Collector collector(program);
  const Given line = collector.command_line(words.arguments);
  const Given file = words.config_name.empty() ? Given{} : collector.file(words.config_name, words.config_text);
  const auto given = [&](const std::string& name) -> const std::string* {
    const std::string option = dashes(name);
    for (const Given* source : {&line, &file}) {
      const auto found = source->find(option);
      if (found != source->end()) return &found->second;
    }
    return nullptr;
  };
  const auto driver_value = [&](const std::string& name) {
    const auto& row = *find(collector.driver(), name);
    const auto* text = given(name);
    return text != nullptr ? to_text(parse_value(row, *text)) : row.default_value;
  };
  const auto is_set = [&](const std::string& name) { return driver_value(name) == "true"; };

  Request request;
  Options& options = request.options;
  options.overwrite = is_set("overwrite");
  options.verify = is_set("verify");
  options.quick = is_set("quick");
  options.quiet = is_set("quiet");
  options.dry_run = is_set("dry_run");
  options.list = is_set("list");
  options.describe = is_set("describe");
  options.help = is_set("help");
  options.version = is_set("version");
  options.resume = is_set("resume");
  options.fail_fast = is_set("fail_fast");
  options.allow_other_machine = is_set("allow_other_machine");
  options.output = driver_value("output");
  options.instruction_set = driver_value("instruction_set");
  request.config.mode = driver_value("mode");
  if (options.help || options.version) return request;
  if (const auto* files = given("merge")) {
    if (files->empty()) throw UsageError("--merge needs the names of the files to put together");
    options.merge = split(*files, '\n');
    for (const auto& [name, text] : line) {
      constexpr std::string_view fit[] = {"merge", "output", "overwrite", "verify", "quiet"};
      if (std::find(std::begin(fit), std::end(fit), name) == std::end(fit)) {
        throw UsageError(concat("--", name, " does not go with --merge: the files say what was run"));
      }
    }
    if (options.output.empty()) throw UsageError("--merge needs --output: the file to make");
    return request;
  }
  if (options.resume && options.overwrite) throw UsageError("--resume and --overwrite exclude each other");
  if (request.config.mode.empty()) {
    throw UsageError(concat("--mode is required: one of ", join(mode_names(program), ", ")));
  }

  request.experiment = &mode_of(program, request.config.mode);
  request.description = request.experiment->describe();
  Description& description = request.description;
  check_mode(program, collector.driver(), line, request.config.mode);
  check_mode(program, collector.driver(), file, request.config.mode);
  std::erase_if(description.parameters, [&](const Parameter& row) { return !row.belongs_to(request.config.mode); });

  if (options.output.empty()) options.output = description.experiment + ".h5";
  const std::string together = driver_value("ranks_per_task");
  options.ranks_per_task = together == "all" ? ranks : together.empty() ? 0 : *parse_integer(together);
  options.checkpoint_interval = *parse_real(driver_value("checkpoint_interval"));
  options.stop_grace = *parse_real(driver_value("stop_grace"));
  if (const auto* text = given("time_budget")) {
    const auto seconds = parse_duration(*text);
    if (!seconds)
      throw UsageError(concat("--time-budget '", *text, "': allowed is seconds, M:S, H:M:S, D-H:M:S or UNLIMITED"));
    options.time_budget = *seconds;
  }
  if (const auto* text = given("slice")) options.slice = parse_slice(*text);
  request.config.zip = parse_zip(description.parameters, driver_value("zip"));
  const std::string replicas = driver_value("replicas");
  request.config.replicas = replicas.empty()
                                ? (options.quick ? description.quick_replicas : description.default_replicas)
                                : *parse_integer(replicas);
  request.config.seed = static_cast<std::uint64_t>(*parse_integer(driver_value("seed")));

  request.echo = concat("mode = ", request.config.mode, "\nreplicas = ", request.config.replicas,
                        "\nseed = ", request.config.seed, "\n");
  if (!request.config.zip.empty()) request.echo += concat("zip = ", zip_text(request.config.zip), "\n");
  const auto is_zipped = [&](const std::string& name) {
    return std::any_of(request.config.zip.begin(), request.config.zip.end(),
                       [&](const auto& group) { return std::find(group.begin(), group.end(), name) != group.end(); });
  };
  for (const auto& row : description.parameters) {
    const auto* text = given(row.name);
    std::string chosen = text != nullptr ? *text : row.default_for(request.config.mode);
    if (const std::string quick = row.quick_for(request.config.mode); text == nullptr && options.quick && !quick.empty()) chosen = quick;
    auto values = parse_sweep(row, chosen, is_zipped(row.name));
    std::string echoed;
    for (auto& value : values) {
      if (value == Value("ranks")) value = static_cast<std::int64_t>(ranks);
      echoed += (echoed.empty() ? "" : ",") + to_text(value);
    }
    request.echo += concat(dashes(row.name), " = ", echoed, "\n");
    request.config.sweep.emplace_back(row.name, std::move(values));
  }
  check_zip(request.config);
  const bool has_spectra = std::any_of(description.observables.begin(), description.observables.end(),
                                       [](const Observable& o) { return o.kind == Kind::spectrum; });
  if (has_spectra) request.echo += concat("spectra = ", driver_value("spectra"), "\n");
  if (has_spectra && driver_value("spectra") != "none" && request.config.replicas > stats::most_spectrum_replicas) {
    throw UsageError(concat("--replicas '", request.config.replicas, "': spectra are added up exactly over at most ",
                            stats::most_spectrum_replicas, " replicas; allowed beyond with --spectra none"));
  }
  expand_spectra(description, driver_value("spectra"));
  return request;
}

const Value& Config::single(std::string_view name) const {
  for (const auto& [parameter, values] : sweep) {
    if (parameter != name) continue;
    if (values.size() != 1) throw UsageError(concat("--", dashes(name), " takes a single value, not a sweep"));
    return values.front();
  }
  throw InternalError(concat("no parameter '", name, "'"));
}

}  // namespace rankwise::run
