// How much weight a client gives to fresh data against the server's memory. SPDX-License-Identifier: MIT
#pragma once

namespace rankwise::federated {

/// What a client would like its weight w to be, from the entropy H = h2(p) of the sign agreement p between its operator
/// and the memory, and H_min = h2((1 + r^2)/2), what its own noise leaves where memory and data show the same archetypes.
enum class WeightPolicy {
  fixed,     ///< a constant
  novelty,   ///< max(0, (H - H_min)/(1 - H_min)), 0 where H_min = 1 (arXiv:2603.19902, section 3): new archetypes count.
             ///< Trusts r: noise that claims a quality has H = 1 and gets weight 1
  trust,     ///< max(0, 1 - H): agreement with the memory counts, noise fades
  agreement  ///< (p - 1/2) / (r_ref^2/2) cut to [0, 1], r_ref the largest quality of all clients (the public code of
             ///< arXiv:2603.19902): as trust, with a floor of the order of the noise in p
};

/// How the weight follows what is wanted.
enum class Damping {
  ema,           ///< w <- a wanted + (1 - a) w
  rate_limit,    ///< w moves towards what is wanted by at most `max_step`
  momentum,      ///< v <- mu v + (1 - mu)(wanted - w), w <- w + v cut to [0, 1]
  adaptive_ema,  ///< ema with a = a_max - u (a_max - a_min), u = (H - H_min)/(1 - H_min) cut to [0, 1]: slower the more
                 ///< is new
  none           ///< w <- wanted
};

struct ControllerOptions {
  WeightPolicy policy = WeightPolicy::fixed;
  double weight = .6;  ///< of `fixed`, in [0, 1]
  Damping damping = Damping::ema;
  double ema = .3;                ///< a in [0, 1]
  double max_step = .15;          ///< >= 0
  double momentum = .7;           ///< mu in [0, 1)
  double ema_min = .1;            ///< a_min
  double ema_max = .5;            ///< a_max
  double reference_quality = 1;   ///< r_ref in (0, 1]
};

/// What a client keeps from the last round it took part in.
struct ControllerState {
  double weight = 1;    ///< w
  double velocity = 0;  ///< v of `momentum`
};

/// h2(p) = -p log2 p - (1-p) log2 (1-p), in bits; p in [0, 1].
[[nodiscard]] double binary_entropy(double p);
/// H_min(r) = h2((1 + r^2)/2), in bits: two examples of one archetype agree in the sign of a pair with that probability.
[[nodiscard]] double least_entropy(double quality);

/// The weight a policy asks for, in [0, 1]: `agreement` = p in [0, 1], `quality` = r as the client claims it.
[[nodiscard]] double wanted_weight(const ControllerOptions& options, double agreement, double quality);
/// The state after a round with agreement p. Where no pair of neurons has a sign in both (p is NaN) it stays.
[[nodiscard]] ControllerState advanced(const ControllerState& state, const ControllerOptions& options, double agreement,
                                       double quality);

}  // namespace rankwise::federated
