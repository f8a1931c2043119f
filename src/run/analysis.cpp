// SPDX-License-Identifier: MIT
#include "analysis.hpp"

#include <algorithm>
#include <exception>

namespace rankwise::run {

bool Analysis::refuted() const {
  return std::any_of(claims.begin(), claims.end(), [](const Judged& j) { return j.verdict == Verdict::fail; });
}

Analysis analyse(const Experiment& experiment, const Results& results) {
  try {
    Analysis analysis;
    Claims claims;
    experiment.derive(results, analysis.tables);
    experiment.claims(results, analysis.tables, claims);
    analysis.claims = claims.judge();
    return analysis;
  } catch (const std::exception& error) {
    Analysis analysis;
    analysis.error = error.what();
    return analysis;
  }
}

}  // namespace rankwise::run
