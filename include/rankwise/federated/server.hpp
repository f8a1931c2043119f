// The server: sees operators, returns patterns. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "rankwise/federated/factorise.hpp"
#include "rankwise/federated/message.hpp"
#include "rankwise/linalg/sign_matrix.hpp"
#include "rankwise/random/stream.hpp"

namespace rankwise::federated {

enum class RankCut {
  mp,       ///< (1 + cushion) times the edge of the clients' generalised Marchenko-Pastur law
  tw,       ///< what Tracy and Widom's law leaves to the noise with probability `level`: tracy_widom_cut()
  shuffle,  ///< what the operator with permuted entries exceeds with probability `level`: shuffle_cut()
  fixed     ///< a constant, on the sharpened spectrum
};

struct ServerOptions {
  RankCut cut = RankCut::mp;
  double cushion = .15;
  double level = .05;     ///< false alarms of `tw` and `shuffle`
  double threshold = .3;  ///< of `fixed`
  int sharpen_steps = 200;
  double sharpen_eps = .01;
  Eigen::Index operator_rank = 11;
  FactoriseOptions factorise{};
};

/// What the server knows of clients that are alike, besides their operators.
struct ClientTerm {
  double share = 1;        ///< g_c of each
  double weight = 1;       ///< w_c
  double examples = 1;     ///< M_c of each
  double sigma2 = -1;      ///< noise variance 1 - r_c^2; below 0: unknown, estimated from the spectrum (all clients alike)
  std::int64_t count = 1;  ///< how many there are: together they are one client of count times the share and examples
};

struct ServerRound {
  linalg::Vector eigenvalues;  ///< of J_s before sharpening, descending, at most operator_rank
  linalg::Matrix eigenvectors; ///< N x as many, orthonormal
  double tail_mean = 0;        ///< N times the mean eigenvalue of what the clients cut off
  double edge = 0;             ///< edge of the noise E0, in units of N J
  double cut = 0;              ///< what an eigenvalue (times N; for `fixed` the sharpened eigenvalue) had to exceed; `tw`: the first that did not
  double sigma2 = 0;           ///< mean noise variance used
  Eigen::Index khat = 0;       ///< effective rank
  Patterns accepted;           ///< may be empty
  bool rejected = false;       ///< nothing was accepted: the memory stays
};

/// l <- l + eps_k l (1 - l), eps_k = eps / (1 + k eps), k = 0 .. steps - 1: the recursion J <- J + eps_k (J - J^2) on an
/// eigenvalue. Its continuum is l (1 + t) / (1 + t l) with t = steps * eps.
[[nodiscard]] double sharpened(double eigenvalue, int steps, double eps);

/// Edge E0 of the noise of sum_c g_c w_c J_c, in units of N J, with d_c = max(g_c w_c, g_c / 20): below that floor the
/// edge shrinks under rounding and ghosts appear.
[[nodiscard]] double noise_edge(Eigen::Index dimension, std::span<const ClientTerm> clients);

/// What the largest eigenvalue of N J exceeds with probability 1 - F_1(s), F_1 Tracy and Widom's, for the noise that is
/// left when `above` eigenvalues are signal: clients of one noise level and `samples` = sum M_c examples in all, sum of
/// weights `weight`. The law of Wishart matrices (Johnstone, Ann. Statist. 29 (2001), with Ma's centring) in N - above
/// dimensions and samples - above examples, and the shift (k4/N) sqrt q (1 + sqrt q)^2, q = N/samples, of entries that are
/// flips, k4 = 4/sigma2 - 6 their excess kurtosis. Meant for samples >= N; sigma2 > 0, else InternalError.
[[nodiscard]] double tracy_widom_cut(Eigen::Index dimension, double samples, double sigma2, double weight, Eigen::Index above,
                                     double s);

/// What the largest eigenvalue of N J' exceeds with probability 1 - F_1(s), J' being J with its off-diagonal entries
/// permuted at random: with a their mean, v their variance and b = J_ii - a, a Wigner matrix of variance v and a constant
/// a of rank one: b + sqrt(v) (2 sqrt N + s N^{-1/6}), or b + N a + v/a where N a > sqrt(N v) and that is larger. Needs
/// trace, squared norm and 1^T J 1; the diagonal is constant, as of all operators of +-1 data. Blind to weak archetypes
/// beside strong ones, which inflate v.
[[nodiscard]] double shuffle_cut(const linalg::LowRankOperator& op, double s);
/// The same from what it needs of J, N x N: trace, squared Frobenius norm, and `form` = 1^T J 1.
[[nodiscard]] double shuffle_cut(Eigen::Index dimension, double trace, double frobenius_squared, double form, double s);

/// How many leading entries of `values` are signal: entry i, those before it being signal, is if it exceeds cut(i).
[[nodiscard]] Eigen::Index effective_rank(const linalg::Vector& values, const std::function<double(Eigen::Index)>& cut);

/// sigma^2 of +-1 data whose operator's eigenvalues (times N) are given: N / (N + sum_k kappa_k), kappa_k by inversion
/// of those above the edge, iterated to 1e-12; q = N / M_eff.
[[nodiscard]] double estimated_sigma2(Eigen::Index dimension, double q, const linalg::Vector& eigenvalues_times_n);

class Server {
 public:
  Server(Eigen::Index dimension, const ServerOptions& options);

  /// One round: J_s = aggregate + (1 - wbar) A, A = (1/N) sum xihat xihat^T of the memory; sharpen, cut, factorise,
  /// accept. Updates the memory unless nothing was accepted. Without clients nothing is looked at: the round is rejected,
  /// edge and cut are NaN.
  ServerRound round(const WeightedOperator& aggregate, std::span<const ClientTerm> clients, random::Stream stream);

  /// Accepted patterns, Khat x N.
  [[nodiscard]] const linalg::SignMatrix& memory() const { return memory_; }

 private:
  Eigen::Index dimension_;
  ServerOptions options_;
  double quantile_ = 0;  ///< of Tracy and Widom's law at the level
  linalg::SignMatrix memory_;
};

}  // namespace rankwise::federated
