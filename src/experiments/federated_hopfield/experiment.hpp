// The modes baseline and structured. SPDX-License-Identifier: MIT
#pragma once

#include "rankwise/run/experiment.hpp"

namespace rankwise::experiments::hopfield {

/// A federation of L clients over T rounds: random archetypes (`baseline`) or prototypes of images (`structured`).
class FederationExperiment : public run::Experiment {
 public:
  explicit FederationExperiment(bool structured) : structured_(structured) {}

  [[nodiscard]] run::Description describe() const override;
  [[nodiscard]] run::Loaded load(const run::Config& config) const override;
  [[nodiscard]] std::unique_ptr<run::LocalData> load_on_rank(const run::Config& config,
                                                             const run::Inputs& inputs, bool is_team_root) const override;
  std::vector<std::string> complete(run::Point& point, const run::Inputs& inputs) const override;
  [[nodiscard]] run::Cost cost(const run::Family& family) const override;
  [[nodiscard]] std::vector<std::int64_t> clients_on_ranks(const run::Point& point, int ranks) const override;
  void theory(const run::Family& family, run::Sink& sink, run::Context& context) const override;
  void simulate(const run::Family& family, const run::Block& block, run::Sink& sink, run::Context& context) const override;
  void claims(const run::Results& results, const run::Tables& tables, run::Claims& claims) const override;

 private:
  bool structured_;
};

}  // namespace rankwise::experiments::hopfield
