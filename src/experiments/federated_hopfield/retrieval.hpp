// The mode retrieval: associative recall from true or reconstructed patterns. SPDX-License-Identifier: MIT
#pragma once

#include "rankwise/federated/recall.hpp"
#include "rankwise/run/experiment.hpp"

namespace rankwise::experiments::hopfield {

/// A replica draws K archetypes, makes couplings of them (or of what a federation reconstructs), and recalls its first
/// `cues` archetypes from copies with flipped bits. An ensemble: one rank does a replica; a team shares the clients of
/// the federation and the cues.
class RetrievalExperiment : public run::Experiment {
 public:
  [[nodiscard]] run::Description describe() const override;
  std::vector<std::string> complete(run::Point& point, const run::Inputs& inputs) const override;
  [[nodiscard]] run::Cost cost(const run::Family& family) const override;
  void theory(const run::Family& family, run::Sink& sink, run::Context& context) const override;
  void simulate(const run::Family& family, const run::Block& block, run::Sink& sink,
                run::Context& context) const override;
  void derive(const run::Results& results, run::Tables& tables) const override;
  void claims(const run::Results& results, const run::Tables& tables, run::Claims& claims) const override;
};

[[nodiscard]] federated::Coupling coupling_of(const run::Point& point);
[[nodiscard]] bool is_reconstructed(const run::Point& point);
[[nodiscard]] double load_of(const run::Point& point);  ///< K/N

constexpr double recalled = .95;  ///< least final overlap that counts as a success

/// Bits that a cue of overlap m0 flips: round(N (1 - m0)/2).
[[nodiscard]] std::int64_t flipped_bits(const run::Point& point);

}  // namespace rankwise::experiments::hopfield
