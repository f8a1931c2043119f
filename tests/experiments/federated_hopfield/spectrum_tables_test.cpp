// Tables and claims of the spectrum's modes, from made-up results. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <string>

#include "experiments/federated_hopfield/spectrum.hpp"
#include "experiments/federated_hopfield/spectrum_model.hpp"
#include "experiments/federated_hopfield/spectrum_points.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/run/results.hpp"

using namespace rankwise;
using namespace rankwise::experiments;
using hopfield::SpectrumMode;
using run::Kind;

namespace {

class MadeUp {
 public:
  MadeUp(SpectrumMode mode, const std::vector<std::vector<std::pair<std::string, std::string>>>& points,
         std::int64_t replicas)
      : experiment_(mode), results_(experiment_.describe(), completed(mode, points), replicas) {}

  void put(const char* name, std::size_t point, std::int64_t replica, std::vector<double> values, bool vector) {
    store(name, Kind::replica, point, replica, std::move(values), vector);
    results_.mark_measured(point, replica);
  }
  void count(const char* name, std::size_t point, std::int64_t replica, std::int64_t value) {
    results_.store(results_.field_index(name, Kind::replica), point, replica, Array::scalar(value));
    results_.mark_measured(point, replica);
  }
  void predict(const char* name, std::size_t point, std::int64_t replica, std::vector<double> values, bool vector) {
    store(name, Kind::theory, point, replica, std::move(values), vector);
    results_.mark_predicted(point);
  }
  [[nodiscard]] const std::vector<run::Point>& points() const { return results_.points(); }

  [[nodiscard]] run::Tables tables() const {
    run::Tables tables;
    experiment_.derive(results_, tables);
    return tables;
  }
  /// The claims whose name begins so, judged.
  [[nodiscard]] std::vector<run::Judged> claims(const std::string& beginning) const {
    run::Claims claims;
    experiment_.claims(results_, tables(), claims);
    std::vector<run::Judged> found;
    for (const auto& judged : claims.judge()) {
      if (judged.claim.name.starts_with(beginning)) found.push_back(judged);
    }
    return found;
  }

 private:
  static std::vector<run::Point> completed(SpectrumMode mode,
                                           const std::vector<std::vector<std::pair<std::string, std::string>>>& all) {
    std::vector<run::Point> points;
    for (const auto& changes : all) {
      run::Point point = test::spectrum_point(mode, changes);
      point.index = points.size();
      points.push_back(std::move(point));
    }
    return points;
  }
  void store(const char* name, Kind kind, std::size_t point, std::int64_t replica, std::vector<double> values,
             bool vector) {
    const std::size_t n = values.size();
    results_.store(results_.field_index(name, kind), point, replica,
                   Array(std::move(values), vector ? std::vector<std::size_t>{n} : std::vector<std::size_t>{}));
  }

  hopfield::SpectrumExperiment experiment_;
  run::Results results_;
};

const Array& column(const run::Tables& tables, const char* table, const char* name) {
  const run::Table* found = tables.find(table);
  REQUIRE(found != nullptr);
  return found->column(name);
}

doctest::Approx about(double value, double epsilon = 1e-12) { return doctest::Approx(value).epsilon(epsilon).scale(0); }

/// bbp at one aspect ratio: means off theory by `gaps`, two replicas symmetric about them.
MadeUp transition(const std::vector<double>& gaps) {
  std::vector<std::vector<std::pair<std::string, std::string>>> points;
  for (const char* ratio : {"0", "0.5", "0.8", "1.2", "2.5", "5"}) {
    points.push_back({{"neurons", "100"}, {"aspect_ratio", "0.5"}, {"strength_ratio", ratio}});
  }
  MadeUp made(SpectrumMode::bbp, points, 2);
  for (std::size_t p = 0; p < points.size(); ++p) {
    const auto e = hopfield::expected_spectrum(hopfield::spectrum_settings(made.points()[p], SpectrumMode::bbp));
    made.predict("expected_outlier", p, -1, {e.outlier(0)}, true);
    made.predict("expected_overlap", p, -1, {e.overlap(0)}, true);
    made.predict("expected_magnetisation", p, -1, {e.magnetisation(0)}, false);
    made.predict("kappa", p, -1, {made.points()[p].real("strength_ratio") * std::sqrt(.5)}, true);
    for (std::int64_t r = 0; r < 2; ++r) {
      const double away = gaps[p] + (r == 0 ? -.01 : .01);
      made.predict("outlier", p, r, {e.outlier(0)}, true);
      made.predict("overlap", p, r, {e.overlap(0)}, true);
      made.predict("magnetisation", p, r, {e.magnetisation(0)}, false);
      made.put("outlier", p, r, {e.outlier(0) + away}, true);
      made.put("overlap", p, r, {e.overlap(0) + away}, true);
      made.put("magnetisation", p, r, {e.magnetisation(0) + away}, false);
      made.put("kappa", p, r, {made.points()[p].real("strength_ratio") * std::sqrt(.5) + away}, true);
      made.count("detected_mp", p, r, p >= 4 ? 1 : 0);
      made.count("detected_tw", p, r, p >= 4 || (p == 3 && r == 0) ? 1 : 0);
      made.count("detected_shuffle", p, r, 4);
    }
  }
  return made;
}

}  // namespace

TEST_CASE("bbp: agreement over all points with a signal, deviations apart by distance from the threshold") {
  const std::vector<double> gaps{9, .01, .03, -.05, .02, -.04};  // the first point is pure noise and counts nowhere
  const auto tables = transition(gaps).tables();
  const auto reals = [&](const char* name) { return column(tables, "transition", name).values<double>(); };
  CHECK(column(tables, "transition", "observable").values<std::string>() ==
        std::vector<std::string>{"outlier", "overlap"});
  CHECK(column(tables, "transition", "points").values<std::int64_t>() == std::vector<std::int64_t>{5, 5});
  CHECK(column(tables, "transition", "points_above").values<std::int64_t>() == std::vector<std::int64_t>{3, 3});
  CHECK(reals("median_gap")[1] == about(.03, 1e-9));
  // the standard error of two replicas at +-.01 is .01
  CHECK(reals("largest_z_above")[0] == about(4, 1e-9));
  CHECK(reals("largest_z_near")[1] == about(5, 1e-9));
  CHECK(reals("largest_z_below")[1] == about(1, 1e-9));
  // overlaps by the closed form (1 - q/kappa^2)/(1 + q/kappa)
  double mean = 0;
  std::vector<double> overlap;
  for (const double ratio : {.5, .8, 1.2, 2.5, 5.}) {
    const double kappa = ratio * std::sqrt(.5);
    overlap.push_back((ratio > 1 ? (1 - .5 / (kappa * kappa)) / (1 + .5 / kappa) : 0) + gaps[overlap.size() + 1]);
    mean += overlap.back() / 5;
  }
  double total = 0;
  for (const double o : overlap) total += (o - mean) * (o - mean);
  const double residual = .01 * .01 + .03 * .03 + .05 * .05 + .02 * .02 + .04 * .04;
  CHECK(reals("r_squared")[1] == about(1 - residual / total, 1e-9));

  const auto& cut = column(tables, "detection", "cut").values<std::string>();
  const auto& rate = column(tables, "detection", "rate").values<double>();
  REQUIRE(rate.size() == 18);
  CHECK(cut[10] == "tw");
  CHECK(rate[10] == .5);  // ratio 1.2
  CHECK(column(tables, "detection", "stderr").values<double>()[10] == about(std::sqrt(.125)));
  CHECK(rate[9] == 0);
  CHECK(rate[12] == 1);
  CHECK(rate[2] == 1);  // shuffle in pure noise
}

TEST_CASE("bbp: claims are for what lies well above the threshold, and fail when off") {
  auto fine = transition({0, 0, 0, 0, 0, 0}).claims("mean ");
  CHECK(fine.size() == 8);  // ratios 2.5 and 5; 1.2 lies in the critical window of N = 100
  for (const auto& judged : fine) CHECK(judged.verdict == run::Verdict::pass);
  int failed = 0;
  for (const auto& judged : transition({0, 0, 0, 0, 0, 1e4}).claims("mean ")) {
    const bool is_off = judged.claim.name.find("strength_ratio=5]") != std::string::npos;
    CHECK(judged.verdict == (is_off ? run::Verdict::fail : run::Verdict::pass));
    failed += is_off ? 1 : 0;
  }
  CHECK(failed == 4);
}

TEST_CASE("heterogeneous: gains are differences replica by replica") {
  std::vector<std::vector<std::pair<std::string, std::string>>> points;
  for (const char* weights : {"equal", "optimal", "inverse_variance"}) points.push_back({{"client_weights", weights}});
  MadeUp made(SpectrumMode::heterogeneous, points, 3);
  for (std::size_t p = 0; p < 3; ++p) {
    for (std::int64_t r = 0; r < 3; ++r) {
      if (p == 2 && r == 1) continue;                     // one replica is missing
      const double common = .1 * static_cast<double>(r);  // cancels
      const double gain = p == 1 ? .05 : p == 2 ? .001 * static_cast<double>(r + 1) : 0;
      for (const char* name : {"spike_outlier", "spike_overlap", "magnetisation"}) {
        made.put(name, p, r, {.6 + common + gain}, false);
        made.predict(name, p, r, {.6 + common + (p == 1 ? .049 : 0)}, false);
      }
      made.put("outlier", p, r, {5}, true);
      made.predict("outlier", p, r, {5}, true);
      made.count("detected_mp", p, r, 1);
      made.count("detected_shuffle", p, r, 1);
    }
  }
  const auto tables = made.tables();
  CHECK(column(tables, "gain", "client_weights").values<std::string>() ==
        std::vector<std::string>{"optimal", "inverse_variance"});
  CHECK(column(tables, "gain", "replicas").values<std::int64_t>() == std::vector<std::int64_t>{3, 2});
  const auto& gain = column(tables, "gain", "gain").values<double>();
  CHECK(gain[0] == about(.05));
  CHECK(gain[1] == about(.002, 1e-9));
  CHECK(column(tables, "gain", "stderr").values<double>()[1] == about(.001, 1e-9));
  CHECK(column(tables, "gain", "theory").values<double>()[0] == about(.049));
  CHECK(column(tables, "comparison", "overlap").values<double>()[1] == about(.75));
  const auto promised = made.claims("optimal weights gain");
  REQUIRE(promised.size() == 1);
  CHECK(promised[0].claim.measured == about(.05, 1e-9));
  CHECK(promised[0].verdict == run::Verdict::pass);
}

TEST_CASE("detectability: a made-up transition comes back with its place, width and scaling") {
  // Detection is drawn from the fitted law itself: half at 1.1 thresholds at every size, width N^(-1/3).
  constexpr double probit_quartiles = 1.3489795003921634;  // between 25 % and 75 % of a normal law
  constexpr int replicas = 400;
  const std::vector<double> sizes{100, 200, 400, 800};
  const auto scale = [](double n) { return std::pow(n, -1.0 / 3) / probit_quartiles; };
  std::vector<std::vector<std::pair<std::string, std::string>>> points;
  for (const double n : sizes) {
    for (const char* quality : {"0.24", "0.34"}) {
      const double r = std::stod(quality);
      const double threshold = hopfield::threshold_exposure(r, n, 2 * n);
      for (const double x : {-.6, -.3, -.15, -.05, .05, .15, .3, .6}) {
        points.push_back({{"neurons", std::to_string(static_cast<int>(n))},
                          {"quality", quality},
                          {"exposure", std::to_string((1.1 + x) * threshold)}});
      }
    }
  }
  MadeUp made(SpectrumMode::detectability, points, replicas);
  for (std::size_t p = 0; p < points.size(); ++p) {
    const auto s = hopfield::spectrum_settings(made.points()[p], SpectrumMode::detectability);
    const double n = static_cast<double>(s.neurons);
    const double threshold = hopfield::threshold_exposure(s.clients[0].quality, n, s.examples());
    const double exposure = made.points()[p].real("exposure");
    random::Stream stream({1, 2}, random::Purpose::user, p);
    // the floor of the test by Tracy and Widom's law moves the place where the probability is 1/2
    const double tw_shift = random::normal_quantile(.45 / .95) * scale(n);
    for (std::int64_t r = 0; r < replicas; ++r) {
      const auto chance = [&](double shift) {
        return std::erfc(-((exposure / threshold - 1.1 + shift) / scale(n)) / std::numbers::sqrt2) / 2;
      };
      const double u = random::uniform(stream);
      made.put("exposure", p, r, {exposure, 1 - exposure}, true);
      made.put("outlier", p, r, {9, 3}, true);
      made.put("overlap", p, r, {.5, 1}, true);
      made.predict("overlap", p, r, {.5, 1}, true);
      made.count("detected_mp", p, r, u < chance(0) ? 2 : 1);
      made.count("detected_tw", p, r, u < .05 + .95 * chance(tw_shift) ? 2 : 1);
      made.count("detected_shuffle", p, r, 1);
    }
  }
  const auto tables = made.tables();
  const auto reals = [&](const char* table, const char* name) { return column(tables, table, name).values<double>(); };
  REQUIRE(reals("transition", "crossing").size() == 16);
  for (std::size_t row = 0; row < 16; ++row) {
    CAPTURE(row);
    // 4.5 standard errors in 32 numbers: a false alarm in 5e3
    const double threshold = reals("transition", "threshold")[row];
    CHECK(std::abs(reals("transition", "crossing")[row] - 1.1 * threshold) <
          4.5 * reals("transition", "crossing_stderr")[row]);
    const double n = static_cast<double>(column(tables, "transition", "neurons").values<std::int64_t>()[row]);
    CHECK(std::abs(reals("transition", "width")[row] -
                   threshold * scale(n) *
                       (column(tables, "transition", "cut").values<std::string>()[row] == "mp"
                            ? probit_quartiles
                            : random::normal_quantile(.7 / .95) - random::normal_quantile(.2 / .95))) <
          4.5 * reals("transition", "width_stderr")[row]);
    CHECK(reals("transition", "width_stderr")[row] < .1 * reals("transition", "width")[row]);
  }
  CHECK(column(tables, "rounding", "neurons").values<std::int64_t>() ==
        std::vector<std::int64_t>{100, 100, 200, 200, 400, 400, 800, 800});
  CHECK(column(tables, "rounding", "replicas").values<std::int64_t>().at(2) == 16 * replicas);
  for (std::size_t row = 0; row < 2; ++row) {
    CHECK(std::abs(reals("scaling", "exponent")[row] + 1.0 / 3) < 4.5 * reals("scaling", "exponent_stderr")[row]);
    CHECK(reals("scaling", "exponent_stderr")[row] < .05);
    CHECK(std::abs(reals("scaling", "limit")[row] - std::log(1.1)) < 4.5 * reals("scaling", "limit_stderr")[row]);
  }
  CHECK(made.claims("tw: exponent").at(0).verdict == run::Verdict::pass);
  // 10 % away from the threshold at every size is not the threshold, nor where the cut mp lies
  CHECK(made.claims("tw: log of crossing").at(0).verdict == run::Verdict::fail);
  const auto mp = made.claims("mp: crossing");
  REQUIRE(mp.size() == 2);  // N = 400 and 800
  for (const auto& judged : mp) CHECK(judged.verdict == run::Verdict::fail);
}
