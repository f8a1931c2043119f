// What all modes of the persistence experiment share. SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ensemble.hpp"
#include "rankwise/run/experiment.hpp"
#include "rankwise/run/results.hpp"
#include "rankwise/spectra/level_statistics.hpp"

namespace rankwise::experiments::levels {

/// Values of the replicas of a block, replica by replica, on their way to the sink as one record.
class BlockRecord {
 public:
  /// The next replica's value, of `shape`.
  void append(const std::string& observable, std::span<const double> value, std::vector<std::size_t> shape);
  /// The next replicas' values, one number each.
  void append(const std::string& observable, std::span<const double> scalars);
  /// Hands everything over; the record is empty then.
  void put(run::Sink& sink, const run::Point& point, std::int64_t first);

 private:
  struct Rows {
    std::vector<double> values;
    std::vector<std::size_t> shape;
    std::size_t count = 0;
  };
  std::map<std::string, Rows> rows_;
};

/// What a mode measures on every spectrum beyond the statistics that all modes share. One object per block and point.
class Measurement {
 public:
  virtual ~Measurement() = default;
  /// One replica, ascending levels as drawn and unfolded. `counted`: it belongs into tallies.
  virtual void take(std::span<const double> levels, std::span<const double> unfolded, bool counted, BlockRecord& record) = 0;
  /// After the last replica: tallies.
  virtual void finish(run::Sink&, const run::Point&) {}
};

class Mode : public run::Experiment {
 public:
  [[nodiscard]] run::Description describe() const override;
  std::vector<std::string> complete(run::Point& point, const run::Inputs& inputs) const override;
  [[nodiscard]] std::int64_t block_width(const run::Family& family) const override;
  [[nodiscard]] run::Cost cost(const run::Family& family) const override;
  void theory(const run::Family& family, run::Sink& sink, run::Context& context) const override;
  void simulate(const run::Family& family, const run::Block& block, run::Sink& sink, run::Context& context) const override;

 protected:
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual std::string summary() const = 0;
  virtual void extend(run::Description&) const {}
  /// The ensembles that the mode makes sense for.
  [[nodiscard]] virtual bool is_about(const Ensemble&) const { return true; }
  virtual void check(run::Point&) const {}
  virtual void predict(const run::Point&, const Model&, const LevelLaw&, run::Sink&) const {}
  [[nodiscard]] virtual std::unique_ptr<Measurement> measurement(const run::Point&, const Model&) const { return nullptr; }
};

/// Names of the statistics that every mode measures, in the order of tables and legends.
[[nodiscard]] const std::vector<std::string>& statistics_names();

// One factory per mode.
[[nodiscard]] std::unique_ptr<run::Experiment> diagram_mode();
[[nodiscard]] std::unique_ptr<run::Experiment> entropy_scaling_mode();
[[nodiscard]] std::unique_ptr<run::Experiment> discriminate_mode();
[[nodiscard]] std::unique_ptr<run::Experiment> universality_mode();
[[nodiscard]] std::unique_ptr<run::Experiment> wishart_mode();
[[nodiscard]] std::unique_ptr<run::Experiment> rosenzweig_porter_mode();
[[nodiscard]] std::unique_ptr<run::Experiment> spacings_mode();
[[nodiscard]] std::unique_ptr<run::Experiment> longrange_mode();
[[nodiscard]] std::unique_ptr<run::Experiment> sampler_check_mode();

}  // namespace rankwise::experiments::levels
