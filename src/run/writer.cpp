// SPDX-License-Identifier: MIT
#include "writer.hpp"

#include <algorithm>
#include <array>
#include <boost/version.hpp>
#include <cmath>
#include <cstdio>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/core/version.hpp"
#include "statistics.hpp"

namespace rankwise::run {

namespace {

/// One column of values produced by f(i), of the element type that f returns.
template <typename F>
Array column(std::size_t n, F f) {
  using T = std::decay_t<decltype(f(std::size_t{0}))>;
  std::vector<T> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(f(i));
  return Array(std::move(values));
}

void write_points(const io::Group& root, const RunState& state, Digest& digest) {
  Section section(root, "/points", &digest);
  const auto& points = state.plan.points;
  section.index("point", points.size(), point_text);
  section.write("id", column(points.size(), [&](std::size_t i) { return points[i].id; }),
                {"1", "content identity of the point", {"point"}});
  for (const auto& row : state.request.description.parameters) {
    const auto value = [&](std::size_t i) -> const Value& { return points[i].value(row.name); };
    const auto all = [&](auto holds) {
      for (std::size_t i = 0; i < points.size(); ++i) {
        if (!holds(value(i))) return false;
      }
      return true;
    };
    const io::Labels labels{row.unit, row.symbol.empty() ? row.help : concat(row.symbol, ": ", row.help), {"point"}};
    if (all([](const Value& v) { return std::holds_alternative<std::int64_t>(v); })) {
      section.write(row.name, column(points.size(), [&](std::size_t i) { return std::get<std::int64_t>(value(i)); }),
                    labels);
    } else if (all([](const Value& v) { return v.index() < 2; })) {
      section.write(row.name, column(points.size(), [&](std::size_t i) { return points[i].real(row.name); }), labels);
    } else {
      section.write(row.name, column(points.size(), [&](std::size_t i) { return to_text(value(i)); }), labels);
    }
  }
}

void write_field(Section& section, const Field& field, const Results& results) {
  std::vector<std::string> axes{"point"};
  section.index("point", results.points().size(), point_text);
  if (field.has_replicas()) {
    axes.emplace_back("replica");
    section.index("replica", static_cast<std::size_t>(results.replicas()), replica_text);
  }
  const auto leading = axes;
  for (const auto& axis : field.axes) {
    section.scale(axis);
    axes.push_back(axis.name);
  }
  section.write(field.observable.name, field.values, {field.observable.unit, field.observable.description, axes});
  if (field.observable.ragged) {
    section.write(
        field.observable.name + "_length", field.lengths,
        {"1", concat("entries of ", field.observable.name, " along ", field.axes.front().name, "; the rest is padding"),
         leading});
  }
}

/// Which values are there: what `stored` masks is a value, whatever it looks like.
void write_masks(Section& simulation, Section& theory, const Results& results) {
  const std::size_t points = results.points().size();
  const auto replicas = static_cast<std::size_t>(results.replicas());
  theory.index("point", points, point_text);
  theory.write("stored", Array(results.predicted(), {points}),
               {"1", "1: the theory of this point is in the file", {"point"}});
  if (replicas == 0) return;
  simulation.index("point", points, point_text);
  simulation.index("replica", replicas, replica_text);
  simulation.write(
      "stored", Array(results.measured(), {points, replicas}),
      {"1", "1: the values of this replica are in the file (0: its task failed or was not run)", {"point", "replica"}});
}

void write_derived(const io::Group& root, const RunState& state, Digest& digest) {
  Section derived(root, "/derived", &digest);
  for (const auto& table : state.analysis.tables.all()) {
    Section section = derived.child(table.name);
    section.group().set_attribute("description", table.description);
    if (table.columns.empty()) continue;
    section.index("row", table.columns.front().values.size(), "index of the row");
    for (const auto& c : table.columns) section.write(c.name, c.values, {c.unit, c.description, {"row"}});
  }
}

void write_claims(const io::Group& root, const RunState& state, Digest& digest) {
  Section section(root, "/claims", &digest);
  const auto& claims = state.analysis.claims;
  section.index("claim", claims.size(), "index of the claim");
  const auto put = [&](const char* name, const char* description, auto f) {
    section.write(name, column(claims.size(), [&](std::size_t i) { return f(claims[i]); }),
                  {"1", description, {"claim"}});
  };
  put("name", "what is claimed", [](const Judged& j) { return j.claim.name; });
  put("relation", "measured <relation> predicted",
      [](const Judged& j) { return std::string(name_of(j.claim.relation)); });
  put("predicted", "by theory, or the bound", [](const Judged& j) { return j.claim.predicted; });
  put("measured", "by simulation", [](const Judged& j) { return j.claim.measured; });
  put("stderr", "standard error of measured; 0: exact", [](const Judged& j) { return j.claim.standard_error; });
  put("degrees_of_freedom", "of the standard error", [](const Judged& j) { return j.claim.degrees_of_freedom; });
  put("z", "(measured - predicted) / stderr", [](const Judged& j) { return j.z; });
  put("tolerance", "systematic, in units of measured", [](const Judged& j) { return j.claim.tolerance; });
  put("verdict", "pass, fail or untested", [](const Judged& j) { return std::string(name_of(j.verdict)); });
  put("source", "where the prediction comes from", [](const Judged& j) { return j.claim.source; });
  section.group().set_attribute("false_alarm_rate", Claims::false_alarm_rate);
}

void write_tasks(const io::Group& root, const RunState& state) {
  Section section(root, "/tasks", nullptr);
  const auto& tasks = state.plan.tasks;
  const auto& states = state.tasks;
  const std::size_t n = tasks.size();
  section.index("task", n, "index of the task");
  const auto put = [&](const char* name, const char* unit, const char* description, auto f) {
    section.write(name, column(n, f), {unit, description, {"task"}});
  };
  put("kind", "1", "theory or simulate",
      [&](std::size_t i) { return std::string(tasks[i].theory ? "theory" : "simulate"); });
  put("point", "1", "first point of the family",
      [&](std::size_t i) { return static_cast<std::int64_t>(state.plan.families[tasks[i].family].front().index); });
  section.write("family", column(n, [&](std::size_t i) { return tasks[i].family_id; }),
                {"1", "content identity of the family", {"task"}});
  put("first_replica", "1", "first replica of the block", [&](std::size_t i) { return tasks[i].block.first; });
  put("replicas", "1", "replicas of the block that are stored", [&](std::size_t i) { return tasks[i].block.wanted; });
  put("done", "1", "1: its values are in the file",
      [&](std::size_t i) { return static_cast<std::int8_t>(states[i].status == TaskState::Status::done ? 1 : 0); });
  put("failure", "1", "why it failed", [&](std::size_t i) { return states[i].message; });
  put("start", "s", "wall time from the first task of its session to its begin",
      [&](std::size_t i) { return states[i].start; });
  put("session", "1", "which start of the program did it: index into /provenance/session_start",
      [&](std::size_t i) { return static_cast<std::int64_t>(states[i].session); });
  put("seconds", "s", "wall time", [&](std::size_t i) { return states[i].seconds; });
  put("rank", "1", "world rank of the team's root",
      [&](std::size_t i) { return static_cast<std::int64_t>(states[i].rank); });
}

void write_provenance(const io::Group& root, const RunState& state) {
  Section section(root, "/provenance", nullptr);
  const Provenance& p = state.provenance;
  section.group().set_attribute("fingerprint", p.fingerprint.text());
  section.group().set_attribute("blas_core", p.fingerprint.blas_core);
  section.group().set_attribute("blas_threads", static_cast<std::int64_t>(p.fingerprint.blas_threads));
  section.group().set_attribute("c_library", p.fingerprint.c_library);
  section.group().set_attribute("fma", static_cast<std::int64_t>(p.fingerprint.fma ? 1 : 0));
  section.group().set_attribute("instruction_set", p.instruction_set);
  section.group().set_attribute("ranks", static_cast<std::int64_t>(p.ranks.size()));
  std::vector<std::string> digests;
  for (const auto& [name, digest] : p.inputs) digests.push_back(concat(name, " ", digest));
  section.group().set_attribute("inputs", join(digests, "\n"));
  for (const auto& item : state.inputs.items) {
    section.group().set_attribute(concat("input_", item.name, "_source"), item.source);
    section.group().set_attribute(concat("input_", item.name, "_digest"), hex(item.digest));
    if (item.array.type() == ElementType::int64 && item.array.size() <= 16) {
      std::vector<std::string> values;
      for (const std::int64_t v : item.array.values<std::int64_t>()) values.push_back(std::to_string(v));
      section.group().set_attribute(concat("input_", item.name), join(values, "/"));
    }
  }
  section.index("session", p.sessions.size(), "0: the run that made the file, then its resumptions");
  const auto put_session = [&](const char* name, const char* description, auto f) {
    section.write(name, column(p.sessions.size(), [&](std::size_t i) { return f(p.sessions[i]); }),
                  {"1", description, {"session"}});
  };
  put_session("session_start", "UTC", [](const SessionRecord& r) { return r.start; });
  put_session("session_end", "UTC; empty: it was killed, or still runs", [](const SessionRecord& r) { return r.end; });
  put_session("session_ranks", "MPI ranks", [](const SessionRecord& r) { return r.ranks; });
  put_session("session_machine", "version, commit and numerical fingerprint",
              [](const SessionRecord& r) { return r.machine; });
  put_session("session_command_line", "what was typed", [](const SessionRecord& r) { return r.command_line; });
  section.index("rank", p.ranks.size(), "world rank of the last session");
  const auto put = [&](const char* name, const char* unit, const char* description, auto f) {
    section.write(name, column(p.ranks.size(), [&](std::size_t i) { return f(p.ranks[i]); }),
                  {unit, description, {"rank"}});
  };
  const auto sent = [](mpi::Channel channel) {
    return [channel](const RankRecord& r) {
      return static_cast<std::int64_t>(r.traffic.sent[static_cast<std::size_t>(channel)]);
    };
  };
  put("host", "1", "host name", [](const RankRecord& r) { return r.host; });
  put("clients", "1", "federated clients that live here", [](const RankRecord& r) { return r.clients; });
  put("cpu_seconds", "s", "user and system time inside tasks", [](const RankRecord& r) { return r.cpu_seconds; });
  put("peak_memory", "B", "largest resident set", [](const RankRecord& r) { return r.peak_memory; });
  put("bytes_operators", "B", "operators sent up", sent(mpi::Channel::operators));
  put("bytes_patterns", "B", "patterns sent down", sent(mpi::Channel::patterns));
  put("bytes_metrics", "B", "diagnostics sent", sent(mpi::Channel::metrics));
  put("bytes_control", "B", "message headers and agreement at the end of tasks", sent(mpi::Channel::control));
}

void write_attributes(const io::Group& root, const RunState& state) {
  const Version& v = version();
  const Description& d = state.request.description;
  root.set_attribute("schema_version", std::int64_t{schema_version});
  root.set_attribute("program", state.program);
  root.set_attribute("experiment", d.experiment);
  root.set_attribute("mode", d.mode);
  root.set_attribute("stream_version", static_cast<std::int64_t>(d.stream_version));
  root.set_attribute("version", v.version);
  root.set_attribute("git_commit", v.commit);
  root.set_attribute("git_dirty", static_cast<std::int64_t>(v.dirty ? 1 : 0));
  root.set_attribute("compiler", v.compiler);
  root.set_attribute("compiler_flags", v.flags);
  root.set_attribute("library_versions", concat("HDF5 ", io::library_version(), "; ", state.provenance.mpi_library,
                                                "; Boost ", BOOST_LIB_VERSION, "; ", blas_library()));
  const Provenance& p = state.provenance;
  root.set_attribute("command_line", p.sessions.back().command_line);
  root.set_attribute("config", state.request.echo);
  root.set_attribute("seed", state.request.config.seed);
  root.set_attribute("replicas", state.request.config.replicas);
  root.set_attribute("start", p.sessions.front().start);
  root.set_attribute("end", p.sessions.back().end);
  root.set_attribute("status", state.status);
  root.set_attribute("run_id", p.run_id);
  if (!state.analysis.error.empty()) root.set_attribute("analysis_error", state.analysis.error);
  const Slice slice = state.request.options.slice;
  root.set_attribute("slice", concat(slice.index, "/", slice.count));
  if (!p.merged_from.empty()) root.set_attribute("merged_from", join(p.merged_from, "\n"));
}

}  // namespace

std::string write_results(const std::string& path, const RunState& state) {
  io::File file = io::File::create(path);
  const io::Group root = file.root();
  Digest digest;
  write_attributes(root, state);
  write_points(root, state, digest);
  const Results& results = state.results;
  {
    Section simulation(root, "/simulation", &digest);
    Section theory(root, "/theory", &digest);
    Section statistics(root, "/statistics", &digest);
    write_masks(simulation, theory, results);
    for (const auto& field : results.fields()) {
      if (field.observable.kind != Kind::theory && results.replicas() == 0) continue;
      if (field.has_replicas() && results.replicas() == 0) continue;
      if (field.observable.kind == Kind::theory) {
        write_field(theory, field, results);
      } else {
        write_field(simulation, field, results);
        const auto is_spectrum = [&](const Observable& o) { return o.name == field.observable.name; };
        const auto& spectra = state.request.description.spectra;
        if (std::none_of(spectra.begin(), spectra.end(), is_spectrum)) write_statistics(statistics, field, results);
      }
    }
    if (results.replicas() > 0) {
      for (const auto& spectrum : state.request.description.spectra) write_spectrum(statistics, spectrum, results);
    }
  }
  write_derived(root, state, digest);
  write_claims(root, state, digest);
  write_tasks(root, state);
  write_provenance(root, state);
  root.set_attribute("digest", digest.text());
  file.commit();
  return digest.text();
}

}  // namespace rankwise::run
