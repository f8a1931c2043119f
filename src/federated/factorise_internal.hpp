// What the factorisers share, never installed. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "rankwise/federated/factorise.hpp"
#include "rankwise/linalg/matrix.hpp"
#include "rankwise/random/stream.hpp"

namespace rankwise::federated::detail {

/// A pattern of +-1 with entry 0 equal to +1: neuron i in bit i mod 64 of word i / 64, spare bits 0, as in a row of
/// linalg::SignMatrix. Patterns that differ by their sign alone have the same bits.
using Bits = std::vector<std::uint64_t>;

/// From n numbers; zero counts as +1.
[[nodiscard]] Bits canonical_bits(const double* values, Eigen::Index n);
/// Columns of +-1, one per pattern.
[[nodiscard]] linalg::Matrix to_columns(const std::vector<Bits>& patterns, Eigen::Index n);
/// |x.y| / n, exact up to the division.
[[nodiscard]] double absolute_overlap(const Bits& x, const Bits& y, Eigen::Index n);

/// D of n numbers that are not all 0, summed in eight interleaved lanes (one fixed order on every machine).
template <typename Real>
[[nodiscard]] double dispersion_of(const Real* y, Eigen::Index n);

/// V V^T x for every column of x.
[[nodiscard]] linalg::Matrix project(const linalg::Matrix& v, const linalg::Matrix& x);

/// tanh within 3e-16, as (1 - e^-2z)/(1 + e^-2z). Without branches the compiler puts it into vectors; the C library's
/// is several times slower, and its last bits depend on whether the processor has FMA.
[[nodiscard]] double plain_tanh(double y);

/// The patterns that a method proposes, before acceptance.
struct Pool {
  std::vector<Bits> patterns;
  std::int64_t start_steps = 0;
};

/// `v`: N x Khat, orthonormal, Khat >= 1. `d2`: the dispersion below which the second stage accepts.
[[nodiscard]] Pool search(const linalg::Matrix& v, const FactoriseOptions& options, double d2, random::Stream& stream);
[[nodiscard]] Pool independent_components(const linalg::Matrix& v, random::Stream& stream);

/// The P-layer associative memory; every call of run() is one more batch of starts.
class LayeredMemory {
 public:
  LayeredMemory(const Span& span, const linalg::Matrix& v, const FactoriseOptions& options);

  /// How many starts one run makes: 10 floor(Khat/P log(Khat/0.01)), between 1 and 500.
  [[nodiscard]] Eigen::Index starts() const { return starts_; }
  /// The final states of all layers that no earlier run had ended in.
  [[nodiscard]] Pool run(random::Stream& stream);

 private:
  [[nodiscard]] linalg::Matrix relaxed(const linalg::Matrix& start, random::Stream& stream) const;

  const Span& span_;
  const linalg::Matrix& v_;
  const FactoriseOptions& options_;
  Eigen::Index starts_;
  std::set<Bits> seen_;
};

}  // namespace rankwise::federated::detail
