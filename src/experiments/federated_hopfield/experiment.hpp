// The modes baseline, structured and capacity. SPDX-License-Identifier: MIT
#pragma once

#include "rankwise/run/experiment.hpp"
#include "table.hpp"

namespace rankwise::experiments::hopfield {

/// A federation of L clients over T rounds: random archetypes (`baseline`), prototypes of images (`structured`), or more and
/// more random archetypes (`capacity`).
class FederationExperiment : public run::Experiment {
 public:
  explicit FederationExperiment(Mode mode) : mode_(mode) {}

  [[nodiscard]] run::Description describe() const override;
  [[nodiscard]] run::Loaded load(const run::Config& config) const override;
  [[nodiscard]] std::unique_ptr<run::LocalData> load_on_rank(const run::Config& config,
                                                             const run::Inputs& inputs, bool is_team_root) const override;
  std::vector<std::string> complete(run::Point& point, const run::Inputs& inputs) const override;
  [[nodiscard]] run::Cost cost(const run::Family& family) const override;
  [[nodiscard]] std::vector<std::int64_t> clients_on_ranks(const run::Point& point, int ranks) const override;
  void theory(const run::Family& family, run::Sink& sink, run::Context& context) const override;
  void simulate(const run::Family& family, const run::Block& block, run::Sink& sink, run::Context& context) const override;
  void derive(const run::Results& results, run::Tables& tables) const override;
  void claims(const run::Results& results, const run::Tables& tables, run::Claims& claims) const override;

 private:
  Mode mode_;
};

}  // namespace rankwise::experiments::hopfield
