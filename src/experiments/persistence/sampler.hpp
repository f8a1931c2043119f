// Levels of 32 replicas of an ensemble. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ensemble.hpp"
#include "rankwise/linalg/tridiagonal.hpp"
#include "rankwise/run/experiment.hpp"

namespace rankwise::experiments::levels {

class LevelSampler {
 public:
  explicit LevelSampler(const Model& model);

  /// Levels of replicas first .. first + count - 1 (count <= replica_lanes), ascending in lanes 0 .. count - 1 of rows
  /// (n, lanes); what the other lanes hold is of no account. Scaled as the limiting law of LevelLaw.
  void sample(std::int64_t first, std::size_t count, const run::Context& context, std::span<double> rows);

 private:
  void solve_tridiagonal(std::size_t count, const run::Context& context, std::span<double> rows);
  void solve_bidiagonal(std::size_t count, const run::Context& context, std::span<double> rows);
  [[nodiscard]] std::vector<double> dense_levels(std::int64_t replica, const run::Context& context) const;

  Model model_;
  std::optional<linalg::TridiagonalBatch> batch_;
  spectra::TridiagonalLanes tridiagonal_;
  spectra::BidiagonalLanes bidiagonal_;
};

}  // namespace rankwise::experiments::levels
