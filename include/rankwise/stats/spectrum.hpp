// The spectrum of an ensemble, added up exactly over its replicas. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rankwise::stats {

/// Integer sums over replicas with n ascending levels each, on m bins between m + 1 edges. Tallies of disjoint replicas
/// on the same edges add element by element, in any order and grouping, with the same bits: nothing is ever rounded
/// but each level, once, to a whole number of quanta.
///
/// Quantum: 2^(e-44), where 2^e is spectrum_reach(edges), the power of two next above the largest |edge|. It bounds
/// |level| by 2^44 quanta, and what is summed over at most 2^18 replicas by 2^62. A square of 88 bits is kept as two
/// numbers of 44 bits that are summed apart, so that the squares are exact as well and the variance of a level needs no
/// centre to be guessed: however narrow the level is in the spectrum, only the rounding of levels to quanta blurs it.
struct SpectrumTally {
  std::vector<std::int64_t> counts;               ///< (m) levels in bin [edge_j, edge_j+1); the last bin has both ends
  std::vector<std::int64_t> count_squares;        ///< (m) sums of the squared counts of single replicas
  std::vector<std::int64_t> outside;              ///< (2) levels below the first edge, levels above the last one
  std::vector<std::int64_t> level_sums;           ///< (n) sum of the k-th level, in quanta
  std::vector<std::int64_t> level_squares_upper;  ///< (n) sum of floor(square / 2^44), in quanta^2
  std::vector<std::int64_t> level_squares_lower;  ///< (n) sum of square mod 2^44, in quanta^2

  bool operator==(const SpectrumTally&) const = default;
};

inline constexpr std::int64_t most_spectrum_replicas = std::int64_t{1} << 18;
inline constexpr std::size_t most_spectrum_levels = std::size_t{1} << 22;  ///< then count_squares stay below 2^62, too

/// The largest |level| that a tally on these edges takes: the smallest power of two >= every |edge|. Throws
/// InternalError unless there are at least two edges, finite, strictly ascending, and the reach is within 2^+-900.
[[nodiscard]] double spectrum_reach(std::span<const double> edges);

/// A tally of no replica. Throws InternalError unless 1 <= levels <= most_spectrum_levels and bins >= 1.
[[nodiscard]] SpectrumTally empty_spectrum(std::size_t levels, std::size_t bins);

/// Adds one replica, whole or not at all. Throws InternalError unless `levels` are n numbers in ascending order with
/// |level| <= spectrum_reach(edges), the edges fit the tally, and it has less than most_spectrum_replicas.
void add_replica(SpectrumTally& tally, std::span<const double> levels, std::span<const double> edges);

/// The tally of the replicas of both. Throws InternalError where the shapes differ or the replicas become too many.
SpectrumTally& operator+=(SpectrumTally& tally, const SpectrumTally& other);

/// How many replicas are in it, from its counts: each has n levels. Throws InternalError where that is no whole number
/// or the parts do not fit one another.
[[nodiscard]] std::int64_t replicas_in(const SpectrumTally& tally);

/// The ensemble's spectrum. Standard errors are those over replicas and NaN for one replica; with none all is NaN.
struct SpectrumSummary {
  std::vector<double> density;         ///< (m) counts / (n replicas width): its integral is `inside`
  std::vector<double> density_stderr;  ///< (m)
  std::vector<double> level_mean;      ///< (n) within half a quantum, 2^-45 reach < 6e-14 max |edge|
  std::vector<double> level_stderr;    ///< (n) exact for the rounded levels
  double below = 0;                    ///< share of all levels below the first edge
  double inside = 0;                   ///< share between the edges
  double above = 0;                    ///< share above the last edge
};

/// Throws InternalError unless the tally holds exactly `replicas` replicas on bins between these edges.
[[nodiscard]] SpectrumSummary summarise(const SpectrumTally& tally, std::span<const double> edges,
                                        std::int64_t replicas);

/// Kolmogorov distance of the ensemble's levels to a law, as far as the bins can see: the largest |F_n - F| at the m +
/// 1 edges, `cdf_at_edges` being F there. What lies inside a bin is missed; that is at most the share of a bin in
/// either distribution. An atom of the law must not lie on an edge. Throws InternalError for a cdf outside [0, 1] or of
/// another length. NaN for a tally without replicas.
[[nodiscard]] double kolmogorov_distance(const SpectrumTally& tally, std::span<const double> cdf_at_edges);

}  // namespace rankwise::stats
