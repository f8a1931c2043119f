// ROC curves and AUC against sums over all pairs, and their errors against repetition. SPDX-License-Identifier: MIT
#include "rankwise/stats/roc.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "rankwise/core/error.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/stats/jackknife.hpp"
#include "rankwise/stats/moments.hpp"

namespace rankwise::stats {
namespace {

using Values = std::vector<double>;
const double nan = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();
const ResampleSource source{{3, 4}, 5, 6};

/// Within a relative error. doctest alone adds 1 to the scale, which makes the comparison of small numbers empty.
doctest::Approx about(double value, double relative = 1e-13) {
  return doctest::Approx(value).epsilon(relative).scale(0);
}

/// Two scores of the same observations: what they share, a part of their own, and a shift of the positives; whole
/// multiples of `step`, which makes ties.
struct Sample {
  Values positives_a, negatives_a, positives_b, negatives_b;
  [[nodiscard]] Scores a() const { return {positives_a, negatives_a}; }
  [[nodiscard]] Scores b() const { return {positives_b, negatives_b}; }
};

Sample draw(std::size_t n1, std::size_t n0, std::uint64_t replica, double step, double shift = 1) {
  random::Stream stream({51, 0}, random::Purpose::matrix, replica);
  const auto rounded = [step](double x) { return step > 0 ? step * std::round(x / step) : x; };
  Sample s;
  for (std::size_t i = 0; i < n1 + n0; ++i) {
    const bool positive = i < n1;
    const double common = random::normal(stream) + (positive ? shift : 0);
    (positive ? s.positives_a : s.negatives_a).push_back(rounded(common));
    (positive ? s.positives_b : s.negatives_b).push_back(rounded(common + 0.5 * random::normal(stream)));
  }
  return s;
}

double beats(double x, double y) { return x > y ? 1 : x == y ? 0.5 : 0; }

/// Row and column means of the matrix of all pairs, and its mean.
struct Pairs {
  Values rows, columns;
  double mean = 0;
};
Pairs all_pairs(const Scores& s) {
  const auto n1 = static_cast<double>(s.positives.size());
  const auto n0 = static_cast<double>(s.negatives.size());
  Pairs p{Values(s.positives.size(), 0), Values(s.negatives.size(), 0)};
  for (std::size_t i = 0; i < s.positives.size(); ++i) {
    for (std::size_t j = 0; j < s.negatives.size(); ++j) {
      const double v = beats(s.positives[i], s.negatives[j]);
      p.rows[i] += v / n0;
      p.columns[j] += v / n1;
      p.mean += v / (n1 * n0);
    }
  }
  return p;
}

double covariance(const Values& a, const Values& b, double mean_a, double mean_b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum / static_cast<double>(a.size() - 1) / static_cast<double>(a.size());
}
/// Element (a, b) of DeLong's covariance matrix.
double delong(const Pairs& a, const Pairs& b) {
  return covariance(a.rows, b.rows, a.mean, b.mean) + covariance(a.columns, b.columns, a.mean, b.mean);
}

double area(const RocCurve& curve) {
  double sum = 0;
  for (std::size_t i = 1; i < curve.threshold.size(); ++i) {
    sum += (curve.false_positive_rate[i] - curve.false_positive_rate[i - 1]) *
           (curve.true_positive_rate[i] + curve.true_positive_rate[i - 1]) / 2;
  }
  return sum;
}

}  // namespace

TEST_CASE("curve, area and error by hand") {
  const Values positives{3, 1}, negatives{0, 2};
  const RocCurve curve = roc_curve({positives, negatives});
  CHECK(curve.threshold == Values{infinity, 3, 2, 1, 0});
  CHECK(curve.false_positive_rate == Values{0, 0, 0.5, 0.5, 1});
  CHECK(curve.true_positive_rate == Values{0, 0.5, 0.5, 1, 1});
  // v1 = {1, 1/2}, v0 = {1, 1/2}: two variances of 1/8, each over two.
  const AucEstimate estimate = auc_delong({positives, negatives});
  CHECK(estimate.auc == 0.75);
  CHECK(estimate.standard_error == about(std::sqrt(1.0 / 8)));
}

TEST_CASE("equal scores are one step, and half a win") {
  const Values positives{2, 1, 1, 5}, negatives{1, 0, 2};
  const RocCurve curve = roc_curve({positives, negatives});
  CHECK(curve.threshold == Values{infinity, 5, 2, 1, 0});
  CHECK(curve.false_positive_rate == Values{0, 0, 1.0 / 3, 2.0 / 3, 1});
  CHECK(curve.true_positive_rate == Values{0, 0.25, 0.5, 1, 1});
  CHECK(auc({positives, negatives}) == (2.5 + 1.5 + 1.5 + 3) / 12);
  CHECK(area(curve) == about(auc({positives, negatives})));

  const Values equal(3, 0.5);
  CHECK(auc({equal, equal}) == 0.5);
  CHECK(roc_curve({equal, equal}).threshold == Values{infinity, 0.5});
}

TEST_CASE("the orientation is never turned round") {
  const Values low{0, 1}, high{2, 3, 4};
  CHECK(auc({high, low}) == 1);
  CHECK(auc({low, high}) == 0);
  CHECK(auc_delong({low, high}).auc == 0);
  CHECK(auc_delong({low, high}).standard_error == 0);
  CHECK(auc({Values{-infinity, infinity}, Values{0}}) == 0.5);
  const Sample s = draw(40, 30, 1, 0.25);
  CHECK(auc({s.negatives_a, s.positives_a}) == about(1 - auc(s.a())));
}

TEST_CASE("area and DeLong's errors are those of the matrix of all pairs") {
  for (const double step : {0.0, 0.25, 1.0}) {
    const Sample s = draw(37, 23, 2, step);
    const Pairs a = all_pairs(s.a());
    const Pairs b = all_pairs(s.b());
    CHECK(auc(s.a()) == about(a.mean));
    CHECK(area(roc_curve(s.a())) == about(a.mean));
    CHECK(auc_delong(s.a()).auc == auc(s.a()));
    CHECK(auc_delong(s.a()).standard_error == about(std::sqrt(delong(a, a))));

    const AucDifference d = auc_difference(s.a(), s.b());
    CHECK(d.first.auc == auc(s.a()));
    CHECK(d.second.auc == auc(s.b()));
    CHECK(d.first.standard_error == auc_delong(s.a()).standard_error);
    CHECK(d.second.standard_error == about(std::sqrt(delong(b, b))));
    CHECK(d.difference == about(a.mean - b.mean));
    CHECK(d.covariance == about(delong(a, b)));
    CHECK(d.standard_error == about(std::sqrt(delong(a, a) + delong(b, b) - 2 * delong(a, b))));
  }
}

TEST_CASE("DeLong's variance is the jackknife's over positives plus that over negatives") {
  const Sample s = draw(15, 12, 3, 0.5);
  const auto of_class = [&](bool positives) {
    const Values& whole = positives ? s.positives_a : s.negatives_a;
    return jackknife(whole, whole.size(),
                     [&](std::span<const double> part) {
                       return positives ? auc({part, s.negatives_a}) : auc({s.positives_a, part});
                     })
        .standard_error;
  };
  CHECK(auc_delong(s.a()).standard_error == about(std::hypot(of_class(true), of_class(false))));
}

TEST_CASE("a score against itself differs by nothing") {
  const Sample s = draw(20, 25, 4, 0.5);
  const AucDifference d = auc_difference(s.a(), s.a());
  CHECK(d.difference == 0);
  CHECK(d.standard_error == 0);
  CHECK(d.covariance == about(d.first.standard_error * d.first.standard_error));
}

TEST_CASE("a resampled area is the area of the resample") {
  const Sample s = draw(11, 9, 5, 0.5);
  const std::vector<std::size_t> strata{11, 9};
  const Values areas = auc_resamples(s.a(), source, 20);
  const Values others = auc_resamples(s.b(), source, 20);
  const Values differences = auc_difference_resamples(s.a(), s.b(), source, 20);
  REQUIRE(areas.size() == 20);
  for (std::size_t b = 0; b < 20; ++b) {
    const std::vector<std::int64_t> counts = resample_counts(strata, source, b);
    Sample again;
    for (std::size_t i = 0; i < 20; ++i) {
      for (std::int64_t c = 0; c < counts[i]; ++c) {
        (i < 11 ? again.positives_a : again.negatives_a).push_back(i < 11 ? s.positives_a[i] : s.negatives_a[i - 11]);
        (i < 11 ? again.positives_b : again.negatives_b).push_back(i < 11 ? s.positives_b[i] : s.negatives_b[i - 11]);
      }
    }
    CHECK(areas[b] == auc(again.a()));
    CHECK(others[b] == auc(again.b()));
    CHECK(differences[b] == areas[b] - others[b]);
  }
}

TEST_CASE("bootstrap and DeLong agree, and pairing pays") {
  const Sample s = draw(150, 120, 6, 0);
  const AucDifference d = auc_difference(s.a(), s.b());
  const Values areas = auc_resamples(s.a(), source, 4000);
  const Values differences = auc_difference_resamples(s.a(), s.b(), source, 4000);
  // 4000 resamples know an error to 1.1 %; the two methods differ by O(1/n) = 1 %. 6 % is a false alarm below 1e-4.
  CHECK(bootstrap_summary(areas).standard_error == about(d.first.standard_error, 0.06));
  CHECK(bootstrap_summary(differences).standard_error == about(d.standard_error, 0.06));
  CHECK(std::abs(bootstrap_summary(areas).mean - d.first.auc) < 4 * d.first.standard_error / std::sqrt(4000));
  const double unpaired = std::hypot(d.first.standard_error, d.second.standard_error);
  CHECK(d.standard_error < 0.6 * unpaired);
}

TEST_CASE("95 percent intervals contain the truth in 95 percent of the samples") {
  // Two normal laws a shift apart: AUC = Phi(shift / sqrt 2), of b, with variance 5/4, Phi(shift / sqrt 2.5).
  const double shift = 1;
  const auto phi = [](double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; };
  const double truth = phi(shift / std::sqrt(2.0));
  const double difference = truth - phi(shift / std::sqrt(2.5));
  int area = 0, paired = 0, percentile = 0;
  Values errors, areas;
  constexpr int trials = 1000;
  for (std::uint64_t trial = 0; trial < trials; ++trial) {
    const Sample s = draw(60, 60, 1000 + trial, 0, shift);
    const AucDifference d = auc_difference(s.a(), s.b());
    areas.push_back(d.first.auc);
    errors.push_back(d.first.standard_error);
    area += std::abs(d.first.auc - truth) < 1.96 * d.first.standard_error ? 1 : 0;
    paired += std::abs(d.difference - difference) < 1.96 * d.standard_error ? 1 : 0;
    const Interval i = bootstrap_summary(auc_difference_resamples(s.a(), s.b(), {{61, 0}, trial}, 200)).interval;
    percentile += i.low <= difference && difference <= i.high ? 1 : 0;
  }
  // 95 % with a standard deviation of 0.7 %: 3.9 of them, a false alarm of 1e-4; one percent more below, for intervals
  // that are exact only for large samples and many resamples.
  for (const int inside : {area, paired, percentile}) {
    CHECK(inside > 0.913 * trials);
    CHECK(inside < 0.977 * trials);
  }
  // The spread of 1000 areas is known to 2.2 %.
  CHECK(moments(errors).mean == about(std::sqrt(moments(areas).variance), 0.09));
}

TEST_CASE("single scores have an area without error, and nonsense is refused") {
  const AucEstimate single = auc_delong({Values{1}, Values{0, 2}});
  CHECK(single.auc == 0.5);
  CHECK(std::isnan(single.standard_error));
  CHECK(std::isnan(auc_difference({Values{1}, Values{0}}, {Values{1}, Values{0}}).covariance));
  for (const auto& [positives, negatives] :
       {std::pair{Values{}, Values{1}}, {Values{1}, Values{}}, {Values{1, nan}, Values{0}}, {Values{1}, Values{nan}}}) {
    const Scores bad{positives, negatives};
    const Values one(positives.size(), 1), zero(negatives.size(), 0);
    CHECK_THROWS_AS((void)auc(bad), InternalError);
    CHECK_THROWS_AS((void)auc_delong(bad), InternalError);
    CHECK_THROWS_AS((void)roc_curve(bad), InternalError);
    CHECK_THROWS_AS((void)auc_resamples(bad, source, 2), InternalError);
    CHECK_THROWS_AS((void)auc_difference({one, zero}, bad), InternalError);
    CHECK_THROWS_AS((void)auc_difference_resamples(bad, {one, zero}, source, 2), InternalError);
  }
  const Values two{1, 2}, three{0, 1, 2};
  CHECK_THROWS_AS((void)auc_difference({two, three}, {three, three}), InternalError);
  CHECK_THROWS_AS((void)auc_difference_resamples({two, three}, {two, two}, source, 2), InternalError);
}

}  // namespace rankwise::stats
