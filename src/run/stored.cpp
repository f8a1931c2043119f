// SPDX-License-Identifier: MIT
#include "stored.hpp"

#include <algorithm>
#include <filesystem>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/io/hdf5.hpp"
#include "rankwise/io/journal.hpp"

namespace rankwise::run {

namespace {

constexpr std::uint32_t journal_version = 2;

JournalHeader unpack_header(std::span<const std::byte> bytes) {
  Unpacker unpacker(bytes);
  JournalHeader header;
  if (unpacker.get<std::uint32_t>() != journal_version) return header;
  header.run_id = unpacker.get<std::uint64_t>();
  header.observables = split(unpacker.get_text(), '\n');
  unpacker.finish();
  return header;
}

const char* group_of(const Observable& observable) { return observable.kind == Kind::theory ? "theory" : "simulation"; }

std::string place_text(const Results& results, const Observable& observable, std::size_t point, std::int64_t replica) {
  const auto& p = results.points()[point];
  return concat(observable.name, " of point ", point, distinguishing_text(results.points(), p),
                replica < 0 ? "" : concat(", replica ", replica));
}

/// One field of a file: its data set and what says how much of it counts.
struct StoredField {
  std::string name;
  Array values;
  Array lengths;

  StoredField(const io::Group& group, const Observable& observable)
      : name(observable.name), values(group.read(observable.name)) {
    if (observable.ragged) lengths = group.read(observable.name + "_length");
  }

  [[nodiscard]] Array value(std::span<const std::size_t> leading, std::vector<std::size_t> shape, bool ragged) const {
    if (ragged) {
      const std::int64_t length = lengths.cut(leading, {}).values<std::int64_t>().front();
      if (length < 0 || static_cast<std::size_t>(length) > shape.front()) {
        throw IoError(concat("a damaged file: ", length, " entries of ", name, ", possible are 0 to ", shape.front()));
      }
      shape.front() = static_cast<std::size_t>(length);
    }
    return values.cut(leading, std::move(shape));
  }
};

}  // namespace

Bytes pack(const JournalHeader& header) {
  Packer packer;
  packer.put(journal_version);
  packer.put(header.run_id);
  packer.put_text(join(header.observables, "\n"));
  return packer.take();
}

std::vector<std::string> observable_paths(const Description& description) {
  std::vector<std::string> paths;
  for (const auto& o : description.observables) paths.push_back(concat(group_of(o), "/", o.name));
  return paths;
}

std::string journal_path(const std::string& file) { return file + ".journal"; }
std::string status_path(const std::string& file) { return file + ".status.json"; }

PointIndex::PointIndex(const std::vector<Point>& points) {
  for (const auto& point : points) place_.emplace(point.id, point.index);
}

std::size_t PointIndex::at(std::uint64_t id) const {
  const auto found = place_.find(id);
  if (found == place_.end()) throw InternalError(concat("no point of the plan has the identity ", hex(id)));
  return found->second;
}

StoredRun::StoredRun(const std::string& file) : path(file) {
  if (!std::filesystem::exists(path)) throw IoError(concat(path, ": no such file"));
  // A run that ends meanwhile replaces the file and removes the journal: then both are read again.
  constexpr int attempts = 5;
  for (int attempt = 1;; ++attempt) {
    const auto before = io::identity_of(path);
    read_attributes();
    read_tables();
    read_journal_tasks();
    if (io::identity_of(path) == before || attempt == attempts) return;
    *this = StoredRun();
    path = file;
  }
}

void StoredRun::read_attributes() {
  const io::File file = io::File::open(path);
  const io::Group root = file.root();
  const auto text = [&](const char* name) {
    const auto value = root.text_attribute(name);
    if (!value) throw IoError(concat(path, ": no results file of this program (it has no attribute '", name, "')"));
    return *value;
  };
  const auto number = [&](const char* name) {
    const auto value = root.number_attribute(name);
    if (!value) throw IoError(concat(path, ": no results file of this program (it has no attribute '", name, "')"));
    return *value;
  };
  const std::int64_t schema = number("schema_version").values<std::int64_t>().front();
  if (schema != schema_version) {
    throw UsageError(
        concat(path, ": the file has schema version ", schema, ", this program reads and continues ", schema_version));
  }
  program = text("program");
  experiment = text("experiment");
  mode = text("mode");
  status = text("status");
  config = text("config");
  version = text("version");
  commit = text("git_commit");
  command_line = text("command_line");
  digest = text("digest");
  slice = text("slice");
  start = text("start");
  end = text("end");
  stream_version = number("stream_version").values<std::int64_t>().front();
  seed = number("seed").values<std::uint64_t>().front();
  replicas = number("replicas").values<std::int64_t>().front();
  for (const auto& line : split(root.text_attribute("merged_from").value_or(""), '\n')) {
    if (!line.empty()) merged_from.push_back(line);
  }
  analysis_error = root.text_attribute("analysis_error").value_or("");
  run_id = number("run_id").values<std::uint64_t>().front();
}

void StoredRun::read_tables() {
  const io::File file = io::File::open(path);
  const io::Group group = file.root().open_group("tasks");
  points = file.root().open_group("points").read("id").values<std::uint64_t>();
  const Array kind = group.read("kind");
  const Array family = group.read("family");
  const Array first = group.read("first_replica");
  const Array point = group.read("point");
  const Array done = group.read("done");
  const Array failure = group.read("failure");
  const Array start_time = group.read("start");
  const Array seconds = group.read("seconds");
  const Array rank = group.read("rank");
  const Array session = group.read("session");
  for (std::size_t i = 0; i < kind.size(); ++i) {
    const TaskKey key{kind.values<std::string>()[i] == "theory", family.values<std::uint64_t>()[i],
                      first.values<std::int64_t>()[i]};
    TaskState state;
    state.message = failure.values<std::string>()[i];
    state.status = done.values<std::int8_t>()[i] != 0 ? TaskState::Status::done
                   : state.message.empty()            ? TaskState::Status::waiting
                                                      : TaskState::Status::failed;
    state.start = start_time.values<double>()[i];
    state.seconds = seconds.values<double>()[i];
    state.rank = static_cast<std::int32_t>(rank.values<std::int64_t>()[i]);
    state.session = static_cast<std::int32_t>(session.values<std::int64_t>()[i]);
    tasks[key] = state;
    task_points[key] = point.values<std::int64_t>()[i];
  }
  const io::Group provenance = file.root().open_group("provenance");
  const Array starts = provenance.read("session_start");
  for (std::size_t i = 0; i < starts.size(); ++i) {
    sessions.push_back({starts.values<std::string>()[i], provenance.read("session_end").values<std::string>()[i],
                        provenance.read("session_ranks").values<std::int64_t>()[i],
                        provenance.read("session_machine").values<std::string>()[i],
                        provenance.read("session_command_line").values<std::string>()[i]});
  }
  for (const auto& line : split(provenance.text_attribute("inputs").value_or(""), '\n')) {
    const std::size_t blank = line.find(' ');
    if (blank != std::string::npos) inputs[line.substr(0, blank)] = line.substr(blank + 1);
  }
}

void StoredRun::read_journal_tasks() {
  bool ours = false;
  io::read_journal(
      journal_path(path), [&](std::span<const std::byte> bytes) { ours = unpack_header(bytes).run_id == run_id; },
      [&](std::span<const std::byte> bytes) {
        if (!ours) return;
        const TaskResult result = unpack_task_result(bytes);
        TaskState& state = tasks[result.key];
        if (result.ending == Ending::done && state.status != TaskState::Status::done) ++journal_tasks;
        if (result.ending == Ending::failed && state.status == TaskState::Status::done) return;
        state = {result.ending == Ending::done ? TaskState::Status::done : TaskState::Status::failed,
                 result.message,
                 result.start,
                 result.seconds,
                 result.rank,
                 result.session};
      });
  has_journal = ours;
}

namespace {

/// Loads one file's arrays; the masks of the file and of the results say what is new.
class Loader {
 public:
  Loader(const StoredRun& run, Results& results, const Description& description)
      : run_(run),
        results_(results),
        description_(description),
        index_(results.points()),
        file_(io::File::open(run.path)) {
    const io::Group root = file_.root();
    has_simulation_ = root.open_group("simulation").has("stored");
    if (has_simulation_) measured_ = root.open_group("simulation").read("stored").values<std::int8_t>();
    predicted_ = root.open_group("theory").read("stored").values<std::int8_t>();
    for (const auto id : run.points) place_.push_back(index_.at(id));
    expects(run.replicas <= results.replicas(), "the results have room for the replicas of a file");
  }

  void load() {
    for (std::size_t f = 0; f < description_.observables.size(); ++f) {
      const Observable& o = description_.observables[f];
      if (!has_simulation_ && !(o.kind == Kind::theory && !o.per_replica)) continue;
      const io::Group group = file_.root().open_group(group_of(o));
      if (!group.has(o.name)) {
        throw UsageError(
            concat(run_.path, ": it has no ", group_of(o), "/", o.name, ": another version of the program wrote it"));
      }
      const StoredField field(group, o);
      for (std::size_t p = 0; p < place_.size(); ++p) load_point(f, o, field, p);
    }
    for (std::size_t p = 0; p < place_.size(); ++p) {
      if (predicted_[p] != 0) results_.mark_predicted(place_[p]);
      for (std::int64_t r = 0; has_simulation_ && r < run_.replicas; ++r) {
        if (is_measured(p, r)) results_.mark_measured(place_[p], r);
      }
    }
  }

 private:
  [[nodiscard]] bool is_measured(std::size_t p, std::int64_t r) const {
    return has_simulation_ && measured_[p * static_cast<std::size_t>(run_.replicas) + static_cast<std::size_t>(r)] != 0;
  }

  void load_point(std::size_t f, const Observable& o, const StoredField& field, std::size_t p) {
    const std::size_t q = place_[p];
    const auto shape = results_.shape_at(f, q);
    if (o.kind == Kind::tally) {
      load_tally(f, o, field, p);
    } else if (!of_replicas(o)) {
      if (predicted_[p] != 0) take(f, o, q, -1, field.value(std::vector{p}, shape, o.ragged), results_.is_predicted(q));
    } else {
      for (std::int64_t r = 0; r < run_.replicas; ++r) {
        if (!is_measured(p, r)) continue;
        take(f, o, q, r, field.value(std::vector{p, static_cast<std::size_t>(r)}, shape, o.ragged),
             results_.is_measured(q, r));
      }
    }
  }

  void take(std::size_t f, const Observable& o, std::size_t q, std::int64_t r, const Array& value, bool is_there) {
    if (!is_there) {
      results_.store(f, q, r, value);
    } else if (!(results_.value(f, q, std::max<std::int64_t>(r, 0)) == value)) {
      throw IoError(
          concat(run_.path, ": ", place_text(results_, o, q, r), " differs from the value that another file has"));
    }
  }

  void load_tally(std::size_t f, const Observable& o, const StoredField& field, std::size_t p) {
    const std::size_t q = place_[p];
    std::int64_t common = 0;
    std::int64_t only_here = 0;
    std::int64_t only_there = 0;
    for (std::int64_t r = 0; r < results_.replicas(); ++r) {
      const bool here = r < run_.replicas && is_measured(p, r);
      const bool there = results_.is_measured(q, r);
      common += here && there ? 1 : 0;
      only_here += here && !there ? 1 : 0;
      only_there += there && !here ? 1 : 0;
    }
    if (common + only_here == 0) return;
    const Array value = field.value(std::vector{p}, results_.shape_at(f, q), false);
    if (common == 0) {
      results_.store(f, q, -1, value);
    } else if (only_here == 0 && only_there > 0) {
      return;  // they are counted already; there is nothing to compare
    } else if (only_here > 0 && only_there == 0) {
      results_.replace(f, q, value);  // the counts of all that is there, and more
    } else if (only_here > 0) {
      throw IoError(concat(run_.path, ": some replicas of ", place_text(results_, o, q, -1),
                           " are in another file too, others are not; counts cannot be told apart"));
    } else {
      take(f, o, q, -1, value, true);
    }
  }

  const StoredRun& run_;
  Results& results_;
  const Description& description_;
  PointIndex index_;
  io::File file_;
  bool has_simulation_ = false;
  std::vector<std::int8_t> measured_;
  std::vector<std::int8_t> predicted_;
  std::vector<std::size_t> place_;  ///< of the file's points among the results'
};

}  // namespace

void StoredRun::load_into(Results& results, const Description& description) const {
  Loader(*this, results, description).load();
  if (!has_journal) return;
  const PointIndex index(results.points());
  io::read_journal(
      journal_path(path),
      [&](std::span<const std::byte> bytes) {
        if (unpack_header(bytes).observables == observable_paths(description)) return;
        throw UsageError(
            concat(journal_path(path), ": other observables than this program's: another version wrote it"));
      },
      [&](std::span<const std::byte> bytes) {
        const TaskResult result = unpack_task_result(bytes);
        if (result.ending != Ending::done) return;
        const std::string problem = absorb(result, index, results);
        if (!problem.empty()) throw IoError(concat(journal_path(path), ": ", problem));
      });
}

namespace {

/// f(replica, its value) for each replica of a record, theory's -1 included.
template <typename F>
void for_each_replica(const Record& record, const F& f) {
  if (record.replicas == 1) {
    f(record.replica, record.value);
    return;
  }
  const std::vector<std::size_t> shape(record.value.shape().begin() + 1, record.value.shape().end());
  for (std::uint32_t i = 0; i < record.replicas; ++i)
    f(record.replica + i, record.value.cut(std::vector<std::size_t>{i}, shape));
}

}  // namespace

std::string absorb(const TaskResult& result, const PointIndex& point_index, Results& results) {
  const auto& fields = results.fields();
  const auto point_of = [&](const Record& record) {
    expects(record.field < fields.size(), "a record belongs to an observable of the plan");
    expects(record.replicas == 1 || (!record.value.shape().empty() && record.value.shape().front() == record.replicas),
            "a record of several replicas has an axis of them");
    return point_index.at(record.point_id);
  };
  const std::int64_t last = result.key.first + result.wanted - 1;
  const auto measured_from = [&](std::size_t point, std::int64_t first) {
    std::int64_t n = 0;
    for (std::int64_t r = first; r <= last; ++r) n += results.is_measured(point, r) ? 1 : 0;
    return n;
  };
  const auto is_there = [&](const Record& tally, std::size_t point) {
    return measured_from(point, tally.counted_from()) > 0;
  };
  const auto stored = [&](std::size_t point, std::int64_t replica) {
    return replica < 0 ? results.is_predicted(point) : results.is_measured(point, replica);
  };
  const auto some_stored = [&](const Record& record, std::size_t point) {
    for (std::uint32_t i = 0; i < record.replicas; ++i) {
      if (stored(point, record.replica + i)) return true;
    }
    return false;
  };
  std::string problem;
  const auto compare = [&](const Record& record, std::size_t point, std::int64_t replica, const Array& value) {
    if (!stored(point, replica) || !problem.empty()) return;
    if (results.value(record.field, point, std::max<std::int64_t>(replica, 0)) == value) return;
    problem =
        concat("computed anew, ", place_text(results, fields[record.field].observable, point, replica),
               " differs from the value in the file: another machine, library or program than the one that wrote it");
  };
  for (const auto& record : result.records) {
    const std::size_t point = point_of(record);
    const Observable& o = fields[record.field].observable;
    if (o.kind == Kind::tally) {
      if (!is_there(record, point)) continue;
      const std::int64_t first = record.counted_from();
      if (measured_from(point, first) == last - first + 1) continue;
      return concat("some of the replicas ", first, " to ", last, " of ", place_text(results, o, point, -1),
                    " are there already, others are not; counts cannot be told apart");
    }
    if (!some_stored(record, point)) continue;  // nothing to compare with
    for_each_replica(record, [&](std::int64_t r, const Array& value) { compare(record, point, r, value); });
    if (!problem.empty()) return problem;
  }
  for (const auto& record : result.records) {
    const std::size_t point = point_of(record);
    if (fields[record.field].observable.kind == Kind::tally) {
      if (!is_there(record, point)) results.store(record.field, point, record.replica, record.value);
    } else if (record.replicas > 1 && !some_stored(record, point)) {
      results.store_block(record.field, point, record.replica, record.value);
    } else {
      for_each_replica(record, [&](std::int64_t r, const Array& value) {
        if (!stored(point, r)) results.store(record.field, point, r, value);
      });
    }
  }
  for (const auto& record : result.records) {  // a task writes all of a replica or nothing
    const std::size_t point = point_of(record);
    if (result.key.theory) results.mark_predicted(point);
    for (std::int64_t r = result.key.first; !result.key.theory && r <= last; ++r) results.mark_measured(point, r);
  }
  return "";
}

}  // namespace rankwise::run
