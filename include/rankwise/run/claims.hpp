// What was predicted, what was measured, and whether they agree. SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <string>
#include <vector>

namespace rankwise::run {

enum class Relation { equals, at_least, at_most };

struct Claim {
  std::string name;  ///< a short sentence that can be true or false
  Relation relation = Relation::equals;
  double predicted = 0;
  double measured = 0;
  double standard_error = 0;  ///< of measured; 0: it is exact (an extreme over replicas, a count)
  double degrees_of_freedom = std::numeric_limits<double>::infinity();  ///< of standard_error (replicas - 1)
  double tolerance = 0;  ///< systematic: how far theory itself may be off (finite size)
  std::string source;    ///< where the prediction comes from
};

enum class Verdict { pass, fail, untested };
[[nodiscard]] const char* name_of(Verdict verdict);
[[nodiscard]] const char* name_of(Relation relation);

struct Judged {
  Claim claim;
  double z = 0;  ///< (measured - predicted) / standard_error, NaN without one
  Verdict verdict = Verdict::untested;
};

/// The claims of one file. False alarms: 1e-3 for all claims together (Bonferroni), so a claim passes when
/// |measured - predicted| <= tolerance + t standard_error (one-sided for at_least, at_most), t the two-sided Student
/// quantile at 1e-3 / number of claims. A measured value or error that is NaN leaves the claim untested.
class Claims {
 public:
  void add(Claim claim) { claims_.push_back(std::move(claim)); }
  [[nodiscard]] std::vector<Judged> judge() const;
  static constexpr double false_alarm_rate = 1e-3;

 private:
  std::vector<Claim> claims_;
};

}  // namespace rankwise::run
