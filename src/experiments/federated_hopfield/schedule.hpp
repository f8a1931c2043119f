// Which archetypes the world shows in each round, and who sends an operator of them. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "rankwise/federated/federation.hpp"
#include "rankwise/random/stream.hpp"

namespace rankwise::experiments::hopfield {

/// How the class mixture pi_t moves; mu = 0 .. K - 1, t = 0 .. T - 1.
enum class ScheduleKind {
  constant,    ///< `mixture`
  triangular,  ///< pi ~ max(0, 1 - |t - peak_mu| / half_width)
  cyclic,      ///< pi ~ 1 + cos(2 pi (t/period - mu/K))
  dirichlet,   ///< drawn from Dirichlet(concentration, ..., concentration) every `period` rounds
  random_walk, ///< from `mixture`, a normal step of deviation `max_variation` a class, projected on the simplex and
               ///< shortened to a total variation (half the sum of |changes|) of `max_variation`
  ramp         ///< new classes, from `old_archetypes` on, share the mass ramp_share min(max((t - ramp_start)/ramp_length, 0), 1),
               ///< the old ones the rest
};

struct Schedule {
  ScheduleKind kind = ScheduleKind::constant;
  std::vector<double> mixture;  ///< K, sum 1
  std::vector<double> peaks;    ///< K, rounds
  double half_width = 7;
  std::int64_t period = 8;
  double concentration = 1;
  double max_variation = .1;
  std::int64_t old_archetypes = 3;
  double ramp_start = 11;
  double ramp_length = 4;
  double ramp_share = .5;

  /// The same in every replica, in all rounds.
  [[nodiscard]] bool is_random() const { return kind == ScheduleKind::dirichlet || kind == ScheduleKind::random_walk; }
};

/// pi_t of rounds 0 .. T - 1, each of length K and sum 1, or 0 where the schedule shows nothing at all (triangles that do
/// not meet). `round_stream` gives the stream of a round; random schedules alone draw from it.
[[nodiscard]] std::vector<std::vector<double>> mixtures(const Schedule& schedule, std::int64_t rounds,
                                                        const std::function<random::Stream(std::int64_t round)>& round_stream);

/// Euclidean projection on the simplex {p >= 0, sum p = 1} (Held, Wolfe and Crowder, Math. Prog. 6 (1974)).
[[nodiscard]] std::vector<double> projected_on_simplex(std::vector<double> p);

/// The archetypes that a client can see: factors on the schedule's mixture, K long, none where all are 1.
using ClientFactors = std::vector<std::vector<double>>;
/// "0+1/2@0.5+3": entries for clients 0, 1, ... and round again, each a sum of archetypes, with a factor behind @ that is not
/// 1. Throws UsageError naming --client-mixtures.
[[nodiscard]] ClientFactors parse_client_mixtures(const std::string& text, std::int64_t archetypes);
/// pi_{t,c}: the mixture times the client's factors, sum 1; empty where the client sees nothing in this round.
[[nodiscard]] std::vector<double> client_mixture(const std::vector<double>& mixture, const ClientFactors& factors,
                                                 std::int64_t client);

/// Who takes part in a round.
struct Participation {
  double share = 1;      ///< probability that a client joins
  double dropout = 0;    ///< that one that joined fails after computing, so that nothing of it arrives or is kept
  double staleness = 0;  ///< that one that joined is late: the operator of the last round it took part in arrives instead
  [[nodiscard]] bool is_full() const { return share == 1 && dropout == 0 && staleness == 0; }
  /// Expected share of clients that send in round 0, where a late one has nothing to send.
  [[nodiscard]] double first_round() const { return share * (1 - dropout) * (1 - staleness); }
};

/// What every client sends, round after round. Three uniform words of the client's and round's stream decide about
/// joining, failing and being late, so that a larger share holds the clients of a smaller one.
class Attendance {
 public:
  Attendance(const Participation& participation, std::int64_t clients);
  /// For rounds 0, 1, ... in this order. `sees_something(client)`: it has examples in this round.
  [[nodiscard]] federated::SentRounds round(std::int64_t t, const std::function<random::Stream(std::int64_t client)>& stream,
                                            const std::function<bool(std::int64_t client)>& sees_something, bool all_see);

 private:
  Participation participation_;
  std::int64_t clients_;
  std::vector<std::int64_t> last_;  ///< of each client the last round it took part in; sends_nothing before
};

}  // namespace rankwise::experiments::hopfield
