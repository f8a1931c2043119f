// Two-level statistics of one unfolded spectrum. SPDX-License-Identifier: MIT
//
// Levels are ascending, of unit mean spacing, any origin. A range low .. high, say the bulk, is one that the levels
// cover: those outside of it are left alone.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace rankwise::spectra {

/// (count - L)^2 of windows of length L, averaged exactly over all windows inside [low, high]: its expectation over
/// spectra is the number variance Sigma^2(L). Windows are closed below and open above. 0 < length <= high - low, both
/// finite, else InternalError. One walk over the levels.
[[nodiscard]] double mean_number_variance(std::span<const double> levels, double low, double high, double length);

/// Delta_3 of Dyson and Mehta (J. Math. Phys. 4 (1963) 701): the mean squared deviation of the staircase of levels from
/// its best straight line over a window of length L, min_{A,B} (1/L) int (N(x) - A - B x)^2 dx, averaged over windows
/// inside [low, high]. Those start max(L/4, 1)/1.618 apart, as many as fit, with equal gaps at both ends: not in step
/// with nearly rigid levels. Requirements as above. Rounding errors are about 1e-16 times the squared number of levels
/// in a window.
[[nodiscard]] double mean_rigidity(std::span<const double> levels, double low, double high, double length);

/// Z(tau) = sum_j w_j exp(2 pi i tau v_j), tau in units of the Heisenberg time, with the Gaussian window w_j =
/// exp(-(j - (n - 1)/2)^2 / (2 (n/6)^2)). The connected form factor is (<|Z|^2> - |<Z>|^2) / sum w_j^2, averages over
/// spectra. Within 1e-11 sum w_j for |tau v_j| below 2000, the same bits on every processor.
///
///     FormFactorAmplitudes amplitudes(n, tau);
///     amplitudes.evaluate(levels, real, imaginary);
class FormFactorAmplitudes {
 public:
  /// n >= 1 levels; any finite tau, else InternalError. Where tau goes in equal steps, within a few rounding units, as
  /// linear grids do, evaluation is fifteen times faster: 1 ns per level and time.
  FormFactorAmplitudes(std::size_t n, std::vector<double> tau);

  [[nodiscard]] std::span<const double> tau() const { return tau_; }
  [[nodiscard]] double sum_of_squared_weights() const { return squared_weights_; }

  /// n levels -> one number each per tau; other sizes are an InternalError. Safe from several threads at once.
  void evaluate(std::span<const double> levels, std::span<double> real, std::span<double> imaginary) const;

 private:
  struct Run {
    std::size_t first;
    std::size_t count;
  };

  std::size_t n_;
  std::vector<double> tau_;
  std::vector<Run> runs_;        ///< of equal steps
  std::vector<double> weights_;  ///< zeros behind the n to whole blocks
  double squared_weights_ = 0;
};

}  // namespace rankwise::spectra
