// What an experiment is: one stateless class per mode. SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rankwise/core/array.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/mpi/team.hpp"
#include "rankwise/random/stream.hpp"
#include "rankwise/run/claims.hpp"
#include "rankwise/run/parameter.hpp"
#include "rankwise/run/point.hpp"

namespace rankwise::run {

/// A named axis of an observable with its coordinates; `coordinates.size()` is the upper bound of the extent.
struct Axis {
  std::string name;
  std::vector<double> coordinates;
  std::string unit = "1";
  std::string description;
  static Axis index(std::string name, std::int64_t extent, std::string description);  ///< 0, 1, ... extent - 1
};

enum class Kind {
  replica,   ///< measured: (point, replica, axes...), under /simulation, its mean, variance, ... under /statistics
  tally,     ///< counted: int64 (point, axes...), the exact sum over replicas, under /simulation
  spectrum,  ///< levels of one replica, ascending: summed up over replicas as --spectra says (docs/schema.md)
  theory     ///< predicted: (point, axes...), or (point, replica, axes...) when per_replica; under /theory
};

/// One quantity that an experiment writes.
struct Observable {
  std::string name;  ///< snake_case, a standard term
  std::string unit = "1";
  std::string description;
  Kind kind = Kind::replica;
  ElementType type = ElementType::float64;
  std::function<std::vector<Axis>(const Point&)> axes{};     ///< none: a scalar
  std::function<std::vector<double>(const Point&)> edges{};  ///< of a spectrum: of the bins of its density, ascending
  bool ragged = false;       ///< a replica may have fewer entries along the first axis than its bound
  bool may_be_nan = false;   ///< NaN is an answer; otherwise it fails the task
  bool per_replica = false;  ///< theory from realised data
};

struct Description {
  std::string experiment;  ///< snake_case, one for all modes of a program
  std::string mode;
  std::string summary;     ///< one line
  int stream_version = 1;  ///< raised when the same parameters should draw other numbers
  std::int64_t default_replicas = 10;
  std::int64_t quick_replicas = 2;
  ParameterTable parameters;
  std::vector<Observable> observables;
  std::vector<Observable> spectra{};  ///< filled in by the driver: the spectra, whose parts are observables then
};

/// Data read once at root and sent to all ranks.
struct Inputs {
  struct Item {
    std::string name;    ///< snake_case
    std::string source;  ///< file or package it came from
    std::uint64_t digest = 0;
    Array array;
  };
  std::vector<Item> items;
  [[nodiscard]] const Item* find(std::string_view name) const;
};

/// Data that a rank reads for its own clients, whatever the experiment makes of them.
struct LocalData {
  virtual ~LocalData() = default;
};

/// What root has read: for all ranks, and for itself.
struct Loaded {
  Inputs shared;
  std::unique_ptr<LocalData> local;
};

/// What the command line and the configuration file settled.
struct Config {
  std::string mode;
  std::int64_t replicas = 1;
  std::uint64_t seed = 1;
  std::vector<std::pair<std::string, std::vector<Value>>> sweep;  ///< every parameter of the mode, in table order
  std::vector<std::vector<std::string>> zip;                      ///< groups of parameters whose values go in pairs
  /// The one value of a parameter that decides what is loaded; throws UsageError when it is swept.
  [[nodiscard]] const Value& single(std::string_view name) const;
};

struct Cost {
  double seconds = 1;  ///< of one block on one core, roughly; decides the order of tasks only
  double bytes = 0;    ///< memory of one rank while it runs
};

/// Consecutive replicas first .. first + count - 1.
struct ReplicaRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
  friend bool operator==(const ReplicaRange&, const ReplicaRange&) = default;
};

/// The only way out of a task. Only the team's root puts.
class Sink {
 public:
  virtual ~Sink() = default;
  /// A measured value. Throws InternalError on a wrong name, shape or type, NumericalError on NaN or infinity where the
  /// observable does not allow it.
  virtual void put(std::string_view observable, const Point& point, std::int64_t replica, Array value) = 0;
  /// The same for consecutive replicas, values (count, axes...): row i is replica first + i. One record instead of
  /// `count`, which is what root's time goes into where replicas take microseconds. Not for ragged observables.
  virtual void put_block(std::string_view observable, const Point& point, std::int64_t first, Array values) = 0;
  /// Adds a replica's counts to a tally; once for every point and replica; throws as put.
  virtual void add(std::string_view observable, const Point& point, std::int64_t replica, const Array& counts) = 0;
  /// The replicas of this task whose counts are wanted at `point`: neither those that are there already nor those that
  /// only fill the block.
  [[nodiscard]] virtual ReplicaRange counted(const Point& point) const = 0;
  /// Counts of all replicas of counted(point) together; instead of add() for each, and throws as put.
  virtual void add_block(std::string_view observable, const Point& point, const Array& counts) = 0;
  /// Theory from a replica's realised data; throws as put.
  virtual void predict(std::string_view observable, const Point& point, std::int64_t replica, Array value) = 0;
  /// Theory of a point; throws as put.
  virtual void predict(std::string_view observable, const Point& point, Array value) = 0;
};

/// Thrown from Context::poll: the task is abandoned, which is no failure.
struct Stopped : Error {
  Stopped() : Error(ExitCode::stopped, "the run was told to stop") {}
};

/// What a task may use besides its arguments.
struct Context {
  mpi::Team& team;
  const Inputs& inputs;
  const LocalData* local;  ///< what load gave root and load_on_rank this rank, or none
  random::Key key;
  const std::atomic<bool>* leave = nullptr;  ///< set once the run's time is up
  /// To be called every second or so by what computes for long: leaves the task (Stopped) when the run must end, or
  /// TeamFailed when another member of the team has failed. The task is then done anew when the run is resumed.
  void poll() const;
  [[nodiscard]] random::Stream stream(random::Purpose purpose, std::int64_t replica, std::int64_t client = 0,
                                      std::int64_t round = 0) const;
};

class Results;  // results.hpp
class Tables;   // results.hpp

class Experiment {
 public:
  virtual ~Experiment() = default;

  [[nodiscard]] virtual Description describe() const = 0;
  /// At root, before anything runs: reads data sets. Throws UsageError or IoError.
  [[nodiscard]] virtual Loaded load(const Config&) const { return {}; }
  /// On every other rank, after load: data that must not travel (a client's own examples), and what the root of a team
  /// needs beside the others.
  [[nodiscard]] virtual std::unique_ptr<LocalData> load_on_rank(const Config&, const Inputs&,
                                                                bool /*is_team_root*/) const {
    return nullptr;
  }
  /// Fills in what `auto` stands for and refuses combinations that make no sense: UsageError naming the parameter, its
  /// value and what is allowed. Returns warnings, one line each.
  virtual std::vector<std::string> complete(Point&, const Inputs&) const { return {}; }
  /// Replicas computed together; a function of law parameters only.
  [[nodiscard]] virtual std::int64_t block_width(const Family&) const { return 1; }
  [[nodiscard]] virtual Cost cost(const Family&) const = 0;
  /// For federations: how many clients live on each of `ranks` ranks; empty for ensembles.
  [[nodiscard]] virtual std::vector<std::int64_t> clients_on_ranks(const Point&, int /*ranks*/) const { return {}; }
  /// Closed forms of every point of the family.
  virtual void theory(const Family&, Sink&, Context&) const {}
  /// Called on every rank of the team; writes every replica observable of every point and replica.
  virtual void simulate(const Family&, const Block&, Sink&, Context&) const = 0;
  /// At root, a pure function of results: tables under /derived.
  virtual void derive(const Results&, Tables&) const {}
  virtual void claims(const Results&, const Tables&, Claims&) const {}
};

/// A program: the modes of one experiment, listed explicitly.
struct Program {
  std::string name;     ///< "rankwise-federated-hopfield"
  std::string summary;  ///< first lines of --help
  std::vector<std::string> examples;
  std::vector<std::unique_ptr<Experiment>> modes;
};

}  // namespace rankwise::run
