// SPDX-License-Identifier: MIT
#include "rankwise/random/lanes.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <vector>

#include "random/philox.hpp"
#include "random/variates.hpp"
#include "rankwise/core/contract.hpp"
#include "rankwise/random/distributions.hpp"

namespace rankwise::random {
namespace {

constexpr std::size_t words_per_block = 4;
/// Attempt a of a gamma variate takes its words from block (row pair) + a 2^40; what a small shape needs from further
/// up.
constexpr int attempt_shift = 40;
constexpr std::uint64_t boost_block = std::uint64_t{1} << 63;

std::size_t rows_of(std::span<const double> out) {
  expects(out.size() % replica_lanes == 0, "lanes are drawn in whole rows of replicas");
  return out.size() / replica_lanes;
}

const VariateKernels& kernels() {
  static const VariateKernels& fastest = variate_kernels(instruction_sets().front());
  return fastest;
}

/// Of Gamma(shape) for a row, one third less than the shape that is tried.
double reduced(double shape) { return (shape < 1 ? shape + 1 : shape) - 1.0 / 3; }

/// A variate that was refused: its row and lane, and what the next attempt needs.
struct Pending {
  std::size_t row;
  std::size_t lane;
};

}  // namespace

const VariateKernels& variate_kernels(InstructionSet set) {
#ifdef RANKWISE_LANES_X86
  if (set == InstructionSet::avx512) return variates_avx512;
  if (set == InstructionSet::avx2) return variates_avx2;
#endif
  (void)set;
  return variates_portable;
}

void LaneStream::block(std::uint64_t sequence, std::uint64_t index, std::uint64_t* words) const {
  const std::uint64_t purpose = purpose_word(static_cast<std::uint32_t>(purpose_), round_);
  for (std::size_t w = 0; w < replica_lanes; ++w) {
    write_block({index, sequence, purpose, first_ + w}, key_.seed, key_.law, words + w, replica_lanes);
  }
}

void LaneStream::uniforms(std::uint64_t sequence, std::span<double> out) const {
  const std::size_t rows = rows_of(out);
  std::array<std::uint64_t, words_per_block * replica_lanes> words;
  for (std::size_t r = 0; r < rows; ++r) {
    if (r % words_per_block == 0) block(sequence, r / words_per_block, words.data());
    kernels().uniforms(&words[r % words_per_block * replica_lanes], &out[r * replica_lanes]);
  }
}

void LaneStream::exponentials(std::uint64_t sequence, std::span<double> out) const {
  const std::size_t rows = rows_of(out);
  std::array<std::uint64_t, words_per_block * replica_lanes> words;
  for (std::size_t r = 0; r < rows; ++r) {
    if (r % words_per_block == 0) block(sequence, r / words_per_block, words.data());
    kernels().exponentials(&words[r % words_per_block * replica_lanes], &out[r * replica_lanes]);
  }
}

void LaneStream::normals(std::uint64_t sequence, std::span<double> out) const {
  const std::size_t rows = rows_of(out);
  std::array<std::uint64_t, words_per_block * replica_lanes> words;
  std::array<double, replica_lanes> beyond;  // the second of a pair whose row nobody asked for
  for (std::size_t r = 0; r < rows; r += 2) {
    if (r % words_per_block == 0) block(sequence, r / words_per_block, words.data());
    const std::uint64_t* const pair = &words[r % words_per_block * replica_lanes];
    kernels().normals(pair, pair + replica_lanes, &out[r * replica_lanes],
                      r + 1 < rows ? &out[(r + 1) * replica_lanes] : beyond.data());
  }
}

// Two rows share a block: words 0 and 1 make two normals, words 2 and 3 decide. What is refused is gathered over all
// rows and tried again 32 at a time, so that the lanes are full again.
void LaneStream::gammas(std::uint64_t sequence, std::span<const double> shapes, std::span<double> out) const {
  expects(rows_of(out) == shapes.size(), "there is one shape for each row of gamma variates");
  std::array<std::uint64_t, words_per_block * replica_lanes> words;
  std::array<double, 2 * replica_lanes> normal;
  std::array<double, replica_lanes> d;
  std::array<double, replica_lanes> c;
  std::vector<Pending> pending;
  for (std::size_t r = 0; r < shapes.size(); ++r) {
    expects(shapes[r] > 0 && std::isfinite(shapes[r]), "a gamma variate has a finite shape > 0");
    if (r % 2 == 0) {
      block(sequence, r / 2, words.data());
      kernels().normals(words.data(), &words[replica_lanes], normal.data(), &normal[replica_lanes]);
    }
    d.fill(reduced(shapes[r]));
    c.fill(1 / std::sqrt(9 * d[0]));
    const std::uint32_t accepted = kernels().gammas(&normal[r % 2 * replica_lanes], &words[(2 + r % 2) * replica_lanes],
                                                    d.data(), c.data(), &out[r * replica_lanes]);
    for (std::uint32_t left = ~accepted; left != 0; left &= left - 1)
      pending.push_back({r, static_cast<std::size_t>(std::countr_zero(left))});
  }
  const std::uint64_t purpose = purpose_word(static_cast<std::uint32_t>(purpose_), round_);
  std::array<double, replica_lanes> first;
  std::array<double, replica_lanes> second;
  std::array<double, replica_lanes> value;
  for (std::uint64_t attempt = 1; !pending.empty(); ++attempt) {
    std::vector<Pending> again;
    for (std::size_t begin = 0; begin < pending.size(); begin += replica_lanes) {
      const std::size_t n = std::min(replica_lanes, pending.size() - begin);
      words.fill(0);
      for (std::size_t k = 0; k < n; ++k) {
        const auto [row, lane] = pending[begin + k];
        write_block({row / 2 + (attempt << attempt_shift), sequence, purpose, first_ + lane}, key_.seed, key_.law,
                    &words[k], replica_lanes);
        d[k] = reduced(shapes[row]);
        c[k] = 1 / std::sqrt(9 * d[k]);
      }
      kernels().normals(words.data(), &words[replica_lanes], first.data(), second.data());
      for (std::size_t k = 0; k < n; ++k) {
        if (pending[begin + k].row % 2 == 0) continue;
        first[k] = second[k];
        words[2 * replica_lanes + k] = words[3 * replica_lanes + k];
      }
      const std::uint32_t accepted =
          kernels().gammas(first.data(), &words[2 * replica_lanes], d.data(), c.data(), value.data());
      for (std::size_t k = 0; k < n; ++k) {
        const auto [row, lane] = pending[begin + k];
        if ((accepted >> k & 1U) != 0) {
          out[row * replica_lanes + lane] = value[k];
        } else {
          again.push_back(pending[begin + k]);
        }
      }
    }
    pending = std::move(again);
  }
  for (std::size_t r = 0; r < shapes.size(); ++r) {
    if (shapes[r] >= 1) continue;
    block(sequence, r + boost_block, words.data());
    std::array<double, replica_lanes> u;
    kernels().uniforms(words.data(), u.data());
    for (std::size_t w = 0; w < replica_lanes; ++w) out[r * replica_lanes + w] *= std::pow(u[w], 1 / shapes[r]);
  }
}

}  // namespace rankwise::random
