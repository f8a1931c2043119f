// How far chance reaches: Student's t, and shares of a count. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace rankwise::stats {

/// t with P(T <= t) = probability under Student's t distribution; dof > 0, infinite for the normal one.
/// Throws InternalError for a probability outside (0, 1) or dof not positive.
[[nodiscard]] double students_t_quantile(double probability, double dof);

/// t with P(|T| > t) = alpha, accurate for the smallest alpha. Throws InternalError as above.
[[nodiscard]] double two_sided_threshold(double alpha, double dof);

/// Standard error sqrt(p (1 - p) / n) of the share p = successes/trials; 0 at p = 0 and 1, NaN without trials.
/// Throws InternalError unless 0 <= successes <= trials.
[[nodiscard]] double binomial_stderr(std::int64_t successes, std::int64_t trials);

struct Interval {
  double low = 0;
  double high = 1;
};
/// Wilson's score interval of a share, which keeps a width at p = 0 and 1 (Wilson, JASA 22 (1927)); it misses the true
/// share with probability about alpha in (0, 1). [0, 1] without trials. Throws InternalError as above.
[[nodiscard]] Interval wilson_interval(std::int64_t successes, std::int64_t trials, double alpha);

}  // namespace rankwise::stats
