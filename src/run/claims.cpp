// SPDX-License-Identifier: MIT
#include "rankwise/run/claims.hpp"

#include <cmath>

#include "rankwise/stats/significance.hpp"

namespace rankwise::run {

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "fail";
    case Verdict::untested:
      return "untested";
  }
  return "untested";
}

const char* name_of(Relation relation) {
  switch (relation) {
    case Relation::equals:
      return "=";
    case Relation::at_least:
      return ">=";
    case Relation::at_most:
      return "<=";
  }
  return "=";
}

std::vector<Judged> Claims::judge() const {
  std::vector<Judged> all;
  for (const auto& claim : claims_) {
    Judged judged{claim, std::nan(""), Verdict::untested};
    const double gap = claim.measured - claim.predicted;
    if (std::isfinite(gap) && std::isfinite(claim.standard_error)) {
      double margin = claim.tolerance;
      if (claim.standard_error > 0) {
        judged.z = gap / claim.standard_error;
        const double alpha = false_alarm_rate / static_cast<double>(claims_.size());
        margin += stats::two_sided_threshold(alpha, claim.degrees_of_freedom) * claim.standard_error;
      }
      bool holds = false;
      switch (claim.relation) {
        case Relation::equals:
          holds = std::abs(gap) <= margin;
          break;
        case Relation::at_least:
          holds = gap >= -margin;
          break;
        case Relation::at_most:
          holds = gap <= margin;
          break;
      }
      judged.verdict = holds ? Verdict::pass : Verdict::fail;
    }
    all.push_back(judged);
  }
  return all;
}

}  // namespace rankwise::run
