// Theory of the persistence entropy of the levels of random matrices. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace rankwise::spectra {

// The persistence entropy of n levels is -sum p_k log p_k over their n - 1 spacings, p_k the share of a spacing in the
// span; natural logarithms. With a limiting density rho on one interval and a local law of the spacings u in units of
// their mean,
//     PE = log n - KL(U || rho) - c,   c = E[u log u] >= 0,
// up to terms that vanish with n: U is uniform on the support, so that KL measures the shape of the density, and c the
// local order (put spacings u_k / (n rho) into the definition). rigid_entropy() is this with c = 0. All functions are
// accurate to 1e-13 of themselves unless they say otherwise.

/// KL(U || rho) of the semicircle, 1 - log(8/pi).
[[nodiscard]] double semicircle_divergence();

/// KL(U || rho) of the Marchenko-Pastur law of ratio c: [b log b - a log a] / (4 sqrt c) - log(8/pi), a, b = (1 -+ sqrt
/// c)^2. From the semicircle's at 0 (allowed as the limit) to log(pi/2) at 1. The ratio lies in [0, 1], else
/// InternalError: the non-zero levels for p > m have ratio m/p (marchenko_pastur.hpp).
[[nodiscard]] double marchenko_pastur_divergence(double ratio);

/// log n - KL: the entropy of a rigid spectrum of this shape, an upper limit for large n. n >= 2, divergence finite and
/// >= 0, else InternalError.
[[nodiscard]] double rigid_entropy(std::size_t n, double divergence);

/// log(8n/pi) - 1, published as the entropy of the Gaussian orthogonal ensemble (arXiv 2603.27903). It is the rigid
/// entropy of the semicircle, whatever the symmetry class, and lies above the entropy of GOE by c_1 for large n.
/// n >= 2, else InternalError.
[[nodiscard]] double published_entropy(std::size_t n);

struct EntropyLaw {
  double mean = 0;
  double variance = 0;
};

/// Mean and variance, exact for every n >= 2 (else InternalError), of the persistence entropy of n independent uniform
/// levels: psi(n) - psi(2) and (pi^2/3 - 2)/n - psi'(n). The shares of n - 1 spacings are Dirichlet(1, ..., 1); moments
/// of their entropy as in D. H. Wolpert and D. R. Wolf, Phys. Rev. E 52 (1995), where all logarithms of n drop out.
/// n = 2 gives exact zeros. Relative error of the variance below 1e-12.
[[nodiscard]] EntropyLaw poisson_entropy(std::size_t n);

/// c = E[u log u] of independent levels, 1 - gamma (Euler's): u is exponential.
[[nodiscard]] double poisson_local_constant();

/// c = E[u log u] of the generalised Wigner surmise A u^beta exp(-b u^2): [psi((beta+2)/2) - log b] / 2 with sqrt b =
/// Gamma((beta+2)/2) / Gamma((beta+1)/2). An approximation to the local constant of beta ensembles, off by -3.6, -0.9
/// and +0.3 % at beta = 1, 2, 4 and by more below 1: as beta -> 0 it tends to (log pi - gamma)/2 = 0.2838, not to
/// poisson_local_constant(). beta > 0 and finite, else InternalError. Relative error below 1e-11, like 1/(4 beta) for
/// large beta.
[[nodiscard]] double surmise_local_constant(double beta);

/// Mean persistence entropy of the beta-Hermite ensemble at finite n:
///     log(8n/pi) - 1 - c + n^{-2/3} [(m/6) log n + B] + C/n,
/// c = local_constant the exact E[u log u] of the ensemble, m minus the mean of the Tracy-Widom law of the largest
/// level at 2 + n^{-2/3} TW (cutting the density at the true extremes). B and C are fits to simulations for n
/// = 50..2000, there within 5e-4. beta 1, 2 or 4, n >= 2, local_constant finite, else InternalError.
[[nodiscard]] double hermite_entropy(std::size_t n, int beta, double local_constant);

}  // namespace rankwise::spectra
