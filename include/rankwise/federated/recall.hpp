// Associative recall: +-1 patterns as the memory of a network, and its dynamics. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <type_traits>
#include <variant>
#include <vector>

#include "rankwise/linalg/sign_matrix.hpp"
#include "rankwise/random/stream.hpp"

namespace rankwise::federated {

enum class Coupling {
  hebb,           ///< J = (1/N) sum_mu xi^mu (xi^mu)^T (Hopfield, PNAS 79 (1982))
  pseudo_inverse  ///< J = (1/N) sum_mu,nu xi^mu (C^-1)_mu,nu (xi^nu)^T, C the patterns' Gram matrix over N
                  ///< (Personnaz, Guyon and Dreyfus, J. Physique Lett. 46 (1985)): the projector on their span
};

/// What a field is made of: field i = scale (row i . overlaps - diagonal i s_i), overlaps = sum_i s_i row i. Row i
/// holds xi_i of all patterns
/// (`hebb`) or row i of Q, zeros behind it up to `width`, a multiple of 16.
template <typename Number>
struct RecallRows {
  using Sum = std::conditional_t<std::is_integral_v<Number>, std::int32_t, double>;
  double scale = 1;
  std::size_t width = 0;
  std::vector<Number> values{};  ///< N x width
  std::vector<Sum> diagonal{};   ///< N
};

/// Symmetric couplings of N neurons whose diagonal is exactly 0, as N rows of K numbers: a field is the product of a
/// row with K overlaps, less the neuron's own part; no N x N matrix is made. Memory: 2 N K bytes for `hebb` (4 N K
/// above 32767 neurons), 8 N K for `pseudo_inverse`.
///
/// `hebb` reckons N h_i = sum_mu xi_i^mu M_mu - K s_i with M_mu = xi^mu.s in integers, exactly. `pseudo_inverse` takes
/// an orthonormal basis Q (N x rank) of the span, J = Q Q^T less its diagonal, so that linearly dependent patterns are
/// no failure: their projector is the pseudo-inverse proper, of a lower rank. Its sums have 16 partial sums in a fixed
/// order: the same bits from any instruction set.
class Couplings {
 public:
  /// `patterns` is K x N with K N < 2^31 (an N K that large would overflow 32-bit sums; else InternalError). No pattern
  /// at all is allowed: all fields are 0. Throws NumericalError when LAPACK fails on the basis.
  Couplings(const linalg::SignMatrix& patterns, Coupling kind);

  [[nodiscard]] std::size_t neurons() const { return neurons_; }
  /// K, or the rank of the projector.
  [[nodiscard]] std::size_t rank() const { return rank_; }
  [[nodiscard]] Coupling kind() const { return kind_; }
  /// h_i = sum_j J_ij s_j of all neurons, N of them; `state` is N signs.
  [[nodiscard]] std::vector<double> fields(std::span<const std::int8_t> state) const;
  /// -(1/2) sum_i s_i h_i, which no update at temperature 0 raises.
  [[nodiscard]] double energy(std::span<const std::int8_t> state) const;

  using AnyRows = std::variant<RecallRows<std::int16_t>, RecallRows<std::int32_t>, RecallRows<double>>;
  [[nodiscard]] const AnyRows& rows() const { return rows_; }

 private:
  std::size_t neurons_;
  std::size_t rank_;
  Coupling kind_;
  AnyRows rows_;
};

struct RecallOptions {
  double temperature = 0;        ///< in units of J: a pattern's own field is about 1 (hebb), 1 - K/N (pseudo_inverse)
  int sweeps = 100;              ///< at temperature 0 at most, above it exactly
  std::function<void()> poll{};  ///< called once a sweep; what it throws ends the recall
};

struct Recall {
  std::vector<std::int8_t> state;  ///< N signs, at the end
  /// xi.s/N with each probe: of the end at temperature 0; else the mean over the ends of the last ceil(sweeps/2)
  /// sweeps.
  std::vector<double> overlaps;
  std::int64_t sweeps = 0;
  std::int64_t flips = 0;
  bool converged = false;  ///< the last sweep flipped nothing: at temperature 0, a fixed point
};

/// Asynchronous dynamics from `cue` (N signs; else InternalError). Each sweep visits every neuron once, in a fresh
/// random order. Temperature 0: a neuron takes the sign of its field, and keeps its own where the field is 0 (for
/// `pseudo_inverse`: below 1e-10, the rounding of sums of order 1); ends with the first sweep that flips nothing.
/// Temperature T > 0: Glauber (J. Math. Phys. 4 (1963)), +1 with probability 1/(1 + exp(-2 h/T)), which leaves
/// exp(-energy/T) invariant. `probes`: any number of patterns, rows of N.
///
/// O(rank) for an update: 10 to 15 ns at 100 patterns of 1000 neurons by `hebb`, 34 ns by `pseudo_inverse`, orders and
/// flips included (one core of an AMD EPYC; tests/bench/recall.cpp).
///
/// The order of a sweep is the last one (at first 0 .. N-1) shuffled by Fisher and Yates: for i = N-1 .. 1 entry i
/// changes places with entry j, j uniform on 0 .. i by Lemire's method from 32-bit halves of the stream's words, low
/// half first. At T > 0 each update takes a whole word w, uniform number ((w >> 12) + 1/2) 2^-52; an unused half waits
/// for the next order.
[[nodiscard]] Recall recall(const Couplings& couplings, std::vector<std::int8_t> cue, const linalg::SignMatrix& probes,
                            const RecallOptions& options, const random::Stream& stream);

/// 0 .. n-1 in random order, shuffled as above.
[[nodiscard]] std::vector<std::uint32_t> random_order(std::size_t n, const random::Stream& stream);

}  // namespace rankwise::federated
