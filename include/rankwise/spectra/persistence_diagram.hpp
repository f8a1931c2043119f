// Persistence diagrams of levels, their vectorisations, and what these are on average. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace rankwise::spectra {

// f(x) = x^H M x on the unit sphere of F^n, F of real dimension beta (1, 2, 4), M with ascending levels x_1 .. x_n: for
// x_k <= t < x_{k+1} the sublevel set retracts onto the sphere of the first k eigenvectors, of dimension beta k - 1,
// and each includes into the next null-homotopically. So there are exactly n - 1 finite bars, [x_k, x_{k+1}) in
// dimension beta k - 1 (arXiv:2603.27903). They follow one another: at any t inside the spectrum one finite bar is
// alive. Levels are ascending, at least two, else InternalError.

/// beta k - 1, the dimension of the homology that bar k = 1, 2, ... lives in.
[[nodiscard]] constexpr std::int64_t bar_dimension(std::int64_t field_dimension, std::int64_t k) {
  return field_dimension * k - 1;
}

struct Bar {
  double birth = 0;
  double death = 0;
  std::int64_t dimension = 0;  ///< bar_dimension()
};

/// The n - 1 finite bars in order of birth; a degenerate level gives bars of length 0. field_dimension >= 1.
[[nodiscard]] std::vector<Bar> persistence_diagram(std::span<const double> levels, std::int64_t field_dimension);

/// L^q persistence (sum_k s_k^q)^{1/q} over the bars' lengths; q >= 1, else InternalError. q = 1: total persistence.
[[nodiscard]] double power_persistence(std::span<const double> levels, double q);

/// First landscape at ascending `places`: min(t - birth, death - t) of the bar that is alive, 0 outside. As bars follow
/// one another, the second landscape is 0.
[[nodiscard]] std::vector<double> landscape(std::span<const double> levels, std::span<const double> places);

/// Mean landscape where n rho levels lie in a unit of length and spacings have variance `spacing_variance` in units of
/// their mean: (1 + variance) / (4 n rho). A place falls into a spacing s with probability proportional to s, and the
/// tent over s has mean height s/4. Infinite where there is no density.
[[nodiscard]] double stationary_landscape(double level_density, double spacing_variance);

/// Exact mean landscape at t in [0, 1] of n independent uniform levels: the integral over x from 0 to min(t, 1 - t) of
/// (1 - 2x)^n - (1 - t - x)^n - (t - x)^n, the probability of levels on both sides, but none within x.
[[nodiscard]] double poisson_landscape(std::size_t n, double t);

/// Exact mean Betti curve of bar k, 1 <= k < n, at t in [0, 1]: the probability that k of n independent uniform levels
/// lie below t.
[[nodiscard]] double poisson_betti(std::size_t n, std::size_t k, double t);

/// Exact mean of sum_k s_k^q for n independent uniform levels: (n - 1) Gamma(q + 1) Gamma(n + 1) / Gamma(n + q + 1); a
/// spacing has the law Beta(1, n).
[[nodiscard]] double poisson_power_sum(std::size_t n, double q);

/// Integral of rho^{1-q} over the support [low, high] of a density whose edges are soft (roots) or steeper, without
/// `cut_low` and `cut_high` at its ends: with the moment E[u^q] of the spacings, sum_k s_k^q -> n^{1-q} E[u^q] times
/// this. Cut at the mean outermost levels, |E TW| (n kappa)^{-2/3} from an edge where rho = kappa sqrt(y)/pi, it holds
/// most of the finite size, which falls off only as n^{-(3-q)/3}: of the limit at q = 2, n = 100 the Gaussian ensembles
/// keep .849, .818, .803 (beta = 1, 2, 4), where .845, .816, .801 are measured. For 1 <= q < 3 (beyond, the edges of a
/// spectrum outweigh its bulk) and cuts in [0, half the support), else InternalError. Relative error below 1e-8.
[[nodiscard]] double density_power_integral(const std::function<double(double)>& density, double low, double high,
                                            double q, double cut_low = 0, double cut_high = 0);

}  // namespace rankwise::spectra
