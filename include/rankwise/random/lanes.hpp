// Random numbers for 32 consecutive replicas at once. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include "rankwise/core/lanes.hpp"
#include "rankwise/random/stream.hpp"

namespace rankwise::random {

/// Draws rows of independent variates for replicas first .. first + 31, lane w being replica first + w: rows r of
/// `out`, out[replica_lanes r + w]. `sequence` names what is drawn (it takes the place of a stream's client). The
/// number at (row, replica) is a pure function of key, purpose, round, sequence, row and replica: not of how many rows
/// are asked for, nor of who the other lanes are. The same bits from every instruction set; shapes below 1 go through
/// the C library's pow. The numbers are others than those of the functions of distributions.hpp. Sizes that are no
/// multiple of replica_lanes throw InternalError.
class LaneStream {
 public:
  LaneStream(Key key, Purpose purpose, std::uint64_t first_replica, std::uint32_t round = 0)
      : key_(key), purpose_(purpose), first_(first_replica), round_(round) {}

  /// Uniform on (0, 1): (top 52 bits + 1/2) 2^-52.
  void uniforms(std::uint64_t sequence, std::span<double> out) const;
  /// Standard normal (Box and Muller, Ann. Math. Stat. 29, 1958), up to 8.5 in size; rows 2j and 2j + 1 are a pair.
  void normals(std::uint64_t sequence, std::span<double> out) const;
  /// Exponential of mean 1: -log of a uniform number, up to 36.7.
  void exponentials(std::uint64_t sequence, std::span<double> out) const;
  /// Row r is Gamma(shapes[r]) of unit scale, shapes finite and > 0 (else InternalError): Marsaglia and Tsang, ACM TOMS
  /// 26 (2000); below 1 Gamma(shape + 1) U^(1/shape), which may underflow to 0. A chi variate of k degrees of freedom
  /// is the root of 2 Gamma(k/2).
  void gammas(std::uint64_t sequence, std::span<const double> shapes, std::span<double> out) const;

 private:
  /// Word i of block `index` of every lane, words[i * replica_lanes + w].
  void block(std::uint64_t sequence, std::uint64_t index, std::uint64_t* words) const;

  Key key_;
  Purpose purpose_;
  std::uint64_t first_;
  std::uint32_t round_;
};

}  // namespace rankwise::random
