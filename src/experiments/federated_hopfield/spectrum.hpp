// The modes bbp, heterogeneous and detectability. SPDX-License-Identifier: MIT
#pragma once

#include "rankwise/run/experiment.hpp"

namespace rankwise::experiments::hopfield {

enum class SpectrumMode {
  bbp,            ///< one strength of signal after another at several aspect ratios: the transition
  heterogeneous,  ///< unequal clients under several weights
  detectability   ///< a rare archetype: exposure times quality, at several sizes
};

/// The spectrum of the server's weighted operator B = N J = sum_c (d_c / M_c) sum_a eta^a (eta^a)^T after one round,
/// exact: all of B's entries, no truncation, no memory. An ensemble: one replica is one draw of archetypes and batches.
class SpectrumExperiment : public run::Experiment {
 public:
  explicit SpectrumExperiment(SpectrumMode mode) : mode_(mode) {}

  [[nodiscard]] run::Description describe() const override;
  std::vector<std::string> complete(run::Point& point, const run::Inputs& inputs) const override;
  [[nodiscard]] std::int64_t block_width(const run::Family& family) const override;
  [[nodiscard]] run::Cost cost(const run::Family& family) const override;
  void theory(const run::Family& family, run::Sink& sink, run::Context& context) const override;
  void simulate(const run::Family& family, const run::Block& block, run::Sink& sink,
                run::Context& context) const override;
  void derive(const run::Results& results, run::Tables& tables) const override;
  void claims(const run::Results& results, const run::Tables& tables, run::Claims& claims) const override;

 private:
  SpectrumMode mode_;
};

[[nodiscard]] run::ParameterTable spectrum_parameters(SpectrumMode mode);
[[nodiscard]] std::vector<run::Observable> spectrum_observables(SpectrumMode mode);
/// What SpectrumExperiment::complete does.
std::vector<std::string> complete_spectrum(run::Point& point, SpectrumMode mode);

// Tables and claims of each mode.
void derive_bbp(const run::Results& results, run::Tables& tables);
void claim_bbp(const run::Results& results, const run::Tables& tables, run::Claims& claims);
void derive_heterogeneous(const run::Results& results, run::Tables& tables);
void claim_heterogeneous(const run::Results& results, const run::Tables& tables, run::Claims& claims);
void derive_detectability(const run::Results& results, run::Tables& tables);
void claim_detectability(const run::Results& results, const run::Tables& tables, run::Claims& claims);

}  // namespace rankwise::experiments::hopfield
