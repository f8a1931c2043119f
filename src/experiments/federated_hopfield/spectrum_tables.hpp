// What the tables and claims of the spectrum's modes share. SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "claims.hpp"
#include "rankwise/run/results.hpp"
#include "rankwise/stats/moments.hpp"

namespace rankwise::experiments::hopfield {

/// Over replicas that are there, of entry `index`.
[[nodiscard]] stats::Moments entry_over(const run::Results& results, std::string_view observable, std::size_t point,
                                        std::size_t index = 0, run::Kind kind = run::Kind::replica);
/// Over replicas, of the mean of all entries.
[[nodiscard]] stats::Moments mean_over(const run::Results& results, std::string_view observable, std::size_t point,
                                       run::Kind kind = run::Kind::replica);
/// Entry of a point's theory, NaN where it is not there.
[[nodiscard]] double point_theory(const run::Results& results, std::string_view observable, std::size_t point,
                                  std::size_t index = 0);
/// The mean of its entries.
[[nodiscard]] double mean_point_theory(const run::Results& results, std::string_view observable, std::size_t point);
/// Mean entry of `observable` less that of its per-replica theory, over replicas: exposures fluctuate in both alike.
[[nodiscard]] stats::Moments gap_over(const run::Results& results, std::string_view observable, std::size_t point);
[[nodiscard]] bool has_replicas(const run::Results& results, std::size_t point);

/// What tells a group of points from the run's other ones: distinguishing_text without the parameters that vary inside
/// it.
[[nodiscard]] std::string group_label(const run::Results& results, std::size_t first,
                                      std::initializer_list<std::string_view> inside);

/// Names of the cuts that a mode has: "mp", "tw", "shuffle".
[[nodiscard]] std::vector<std::string> cuts_of(const run::Results& results);
/// Replicas of a point in which at least `least` eigenvalues lie above the cut.
[[nodiscard]] std::int64_t detections(const run::Results& results, const std::string& cut, std::size_t point,
                                      std::int64_t least);
/// /derived/detection: of each point and cut, in how many replicas all K archetypes lie above it.
void detection_table(const run::Results& results, run::Tables& tables);

}  // namespace rankwise::experiments::hopfield
