// Errors and bias of any statistic, by leaving out one block of the sample at a time. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

namespace rankwise::stats {

/// With B blocks, theta of the whole sample, theta_b of the sample without block b and m the mean of the theta_b:
/// corrected = B theta - (B - 1) m (Quenouille, Biometrika 43 (1956)), and
/// standard_error^2 = (B - 1)/B sum_b (theta_b - m)^2 (Tukey, Ann. Math. Stat. 29 (1958)).
/// For the mean of a sample, one value to a block, that is moments().standard_error. Blocks are taken to be equally
/// large and independent. Only for smooth statistics: the error of a median does not converge.
/// A theta_b that is NaN makes both results NaN: a block cannot be skipped, since theta contains it.
struct Jackknife {
  std::int64_t blocks = 0;
  double estimate = std::numeric_limits<double>::quiet_NaN();   ///< theta as it was given
  double corrected = std::numeric_limits<double>::quiet_NaN();  ///< without the bias of order 1/B
  double standard_error = std::numeric_limits<double>::quiet_NaN();
};

/// `without(b)` is the statistic of the sample without block b; asked once for each b = 0 .. blocks - 1, in this order.
/// Throws InternalError for less than two blocks.
[[nodiscard]] Jackknife jackknife(double estimate, std::size_t blocks,
                                  const std::function<double(std::size_t)>& without);

/// The same for several statistics at once, element by element. Throws InternalError also where `without` returns
/// another number of elements than `estimates` has.
[[nodiscard]] std::vector<Jackknife> jackknife(std::span<const double> estimates, std::size_t blocks,
                                               const std::function<std::vector<double>(std::size_t)>& without);

/// Of a function of a list of values. Block b of B is the values floor(b n/B) .. floor((b+1) n/B) - 1 of the n; with
/// B = n one value is left out at a time. NaN values are handed to the statistic as they are. Throws InternalError
/// unless 2 <= blocks <= n.
[[nodiscard]] Jackknife jackknife(std::span<const double> sample, std::size_t blocks,
                                  const std::function<double(std::span<const double>)>& statistic);

}  // namespace rankwise::stats
