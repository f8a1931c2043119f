// A program for tests of the engine: an experiment of every kind of observable whose tasks fail, wait, vanish or take
// long where they are told to. SPDX-License-Identifier: MIT
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <limits>
#include <numbers>
#include <optional>
#include <stdexcept>
#include <thread>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/run/driver.hpp"
#include "rankwise/run/results.hpp"
#include "rankwise/stats/bootstrap.hpp"
#include "rankwise/stats/jackknife.hpp"
#include "rankwise/stats/roc.hpp"

namespace {

using namespace rankwise;
using run::Kind;
using run::Point;
using run::Role;
using run::Type;

constexpr std::int64_t chunks = 4;  ///< of a replica's values: the "clients" of the ranks of a team

/// "kind@point:replica" or "kind@point:replica:rank", rank being that of the team.
struct Fault {
  std::string kind;
  std::int64_t point = 0;
  std::int64_t replica = 0;
  std::int64_t rank = 0;
};

std::optional<Fault> fault_of(const Point& point) {
  const std::string& text = point.text("fault");
  if (text == "none") return std::nullopt;
  const auto at = text.find('@');
  const auto where = split(text.substr(at + 1), ':');
  Fault fault{text.substr(0, at), *parse_integer(where.at(0)), *parse_integer(where.at(1)), 0};
  if (where.size() > 2) fault.rank = *parse_integer(where[2]);
  return fault;
}

/// Of this thread's own time, so that the work is the same on a busy machine.
void burn(double milliseconds) {
  const auto now = [] {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  };
  const double end = now() + milliseconds / 1e3;
  while (now() < end) {
  }
}

class Probe final : public run::Experiment {
 public:
  run::Description describe() const override {
    run::Description d;
    d.experiment = "probe";
    d.mode = "probe";
    d.summary = "normal numbers, shifted and scaled";
    d.default_replicas = 4;
    d.quick_replicas = 2;
    const auto row = [](const char* name, Type type, const char* value, double lowest, double highest, Role role,
                        const char* help) {
      run::Parameter p;
      p.name = name;
      p.type = type;
      p.default_value = value;
      p.lowest = lowest;
      p.highest = highest;
      p.role = role;
      p.help = help;
      return p;
    };
    d.parameters = {
        row("size", Type::integer, "8", 4, 1e7, Role::law, "numbers of a replica"),
        row("width", Type::integer, "1", 1, 64, Role::law, "replicas of a block"),
        row("scale", Type::real, "1", 0.1, 10, Role::setting, "factor"),
        row("shift", Type::real, "0", -10, 10, Role::axis, "added"),
        row("work", Type::real, "0", 0, 1e6, Role::setting, "ms of computing per replica"),
        row("nap", Type::real, "0", 0, 1e6, Role::root, "ms of sleep per replica, polled"),
        row("fault", Type::text, "none", 0, 0, Role::root, "kind@point:replica[:rank]"),
    };
    const auto entries = [](const Point& p) { return std::vector{run::Axis::index("k", p.integer("size"), "index")}; };
    const auto edges = [](const Point& p) {
      std::vector<double> e;
      for (int i = -16; i <= 16; ++i) e.push_back(p.real("scale") * i / 4 + p.real("shift"));
      return e;
    };
    const auto edge_axis = [](const Point&) { return std::vector{run::Axis::index("edge", 33, "edge of a bin")}; };
    d.observables = {
        {.name = "values", .description = "all numbers", .axes = entries},
        {.name = "mean_square", .description = "mean of (x - shift)^2"},
        {.name = "prefix", .description = "the numbers before the first negative one", .axes = entries, .ragged = true},
        {.name = "hole", .description = "NaN for odd replicas", .may_be_nan = true},
        {.name = "positive", .description = "how many are positive", .type = ElementType::int64},
        {.name = "signs",
         .description = "negative and positive numbers",
         .kind = Kind::tally,
         .type = ElementType::int64,
         .axes = [](const Point&) { return std::vector{run::Axis::index("sign", 2, "0: negative, 1: positive")}; }},
        {.name = "levels",
         .description = "the numbers, sorted",
         .kind = Kind::spectrum,
         .axes = entries,
         .edges = edges},
        {.name = "mean_square", .description = "scale^2", .kind = Kind::theory},
        {.name = "levels_cdf", .description = "normal law at the edges", .kind = Kind::theory, .axes = edge_axis},
    };
    return d;
  }

  std::int64_t block_width(const run::Family& f) const override { return f.front().integer("width"); }
  run::Cost cost(const run::Family& f) const override {
    return {1e-3 * (0.01 + f.front().real("work")) * static_cast<double>(f.front().integer("width")),
            8.0 * static_cast<double>(f.front().integer("size"))};
  }

  void theory(const run::Family& family, run::Sink& sink, run::Context&) const override {
    for (const auto& point : family.points) {
      const double s = point.real("scale");
      sink.predict("mean_square", point, Array::scalar(s * s));
      std::vector<double> cdf;
      for (int i = -16; i <= 16; ++i) cdf.push_back(0.5 * std::erfc(-i / 4.0 / std::numbers::sqrt2));
      sink.predict("levels_cdf", point, Array(cdf));
    }
  }

  void simulate(const run::Family& family, const run::Block& block, run::Sink& sink,
                run::Context& context) const override {
    for (std::int64_t r = block.first; r < block.first + block.count; ++r) replica(family, r, sink, context);
  }

  void derive(const run::Results& results, run::Tables& tables) const override {
    const auto fault = fault_of(results.points().front());
    if (fault && fault->kind == "analysis") throw std::runtime_error("no analysis, on purpose");
    run::Table table{"resampled", "the mean of all numbers, three ways, and how well two scales are told apart", {}};
    std::vector<double> estimate, jackknife_error, bootstrap_error, auc, auc_error;
    const auto squares = [&](std::size_t p) {
      std::vector<double> sample;
      for (const auto r : results.present("mean_square", Kind::replica, p))
        sample.push_back(results.value("mean_square", Kind::replica, p, r).real(0));
      return sample;
    };
    const auto first = squares(0);
    for (const auto& point : results.points()) {
      const auto sample = squares(point.index);
      const auto mean = [](std::span<const double> x) { return stats::moments(x).mean; };
      if (sample.size() < 2 || first.size() < 2) {
        for (auto* column : {&estimate, &jackknife_error, &bootstrap_error, &auc, &auc_error})
          column->push_back(std::nan(""));
        continue;
      }
      const auto jack = stats::jackknife(sample, sample.size(), mean);
      const auto counts_mean = [&](std::span<const std::int64_t> counts) {
        double sum = 0;
        for (std::size_t i = 0; i < sample.size(); ++i) sum += static_cast<double>(counts[i]) * sample[i];
        return sum / static_cast<double>(sample.size());
      };
      const auto boots = stats::bootstrap(sample.size(), {.key = results.key(point.index)}, 200, counts_mean);
      const auto area = stats::auc_delong({.positives = sample, .negatives = first});
      estimate.push_back(jack.estimate);
      jackknife_error.push_back(jack.standard_error);
      bootstrap_error.push_back(stats::bootstrap_summary(boots).standard_error);
      auc.push_back(area.auc);
      auc_error.push_back(area.standard_error);
    }
    table.columns = {{"estimate", "1", "mean of mean_square", Array(estimate)},
                     {"jackknife_stderr", "1", "by delete-one jackknife", Array(jackknife_error)},
                     {"bootstrap_stderr", "1", "by 200 resamples", Array(bootstrap_error)},
                     {"auc", "1", "of mean_square against that of point 0", Array(auc)},
                     {"auc_stderr", "1", "by DeLong", Array(auc_error)}};
    tables.add(std::move(table));
  }

  void claims(const run::Results& results, const run::Tables&, run::Claims& claims) const override {
    for (const auto& point : results.points()) {
      const auto m =
          results.over_replicas("mean_square", Kind::replica, point.index, [](const Array& a) { return a.real(0); });
      claims.add({.name = concat("mean square", run::distinguishing_text(results.points(), point)),
                  .predicted = results.value("mean_square", Kind::theory, point.index).real(0),
                  .measured = m.mean,
                  .standard_error = m.standard_error,
                  .degrees_of_freedom = static_cast<double>(m.count - 1),
                  .tolerance = 0,
                  .source = "the law of the numbers"});
    }
  }

 private:
  /// Strikes the one member of the team that the fault names.
  static double strike(const run::Family& family, std::int64_t replica, run::Context& context) {
    const auto fault = fault_of(family.front());
    const bool here = fault && fault->replica == replica && fault->rank == context.team.rank() &&
                      std::any_of(family.points.begin(), family.points.end(),
                                  [&](const Point& p) { return static_cast<std::int64_t>(p.index) == fault->point; });
    if (!here) return 0;
    if (fault->kind == "throw") throw std::runtime_error("struck on purpose");
    if (fault->kind == "usage") throw UsageError("a parameter that only the task can refuse");
    if (fault->kind == "internal") throw InternalError("a broken promise, on purpose");
    if (fault->kind == "nan") return std::nan("");
    if (fault->kind == "inf") return std::numeric_limits<double>::infinity();
    if (fault->kind == "exit") std::exit(7);
    if (fault->kind == "abort") std::abort();
    if (fault->kind == "kill") std::raise(SIGKILL);
    if (fault->kind == "hang") std::this_thread::sleep_for(std::chrono::hours(1));
    if (fault->kind == "wait") {
      for (;;) {
        context.poll();
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    }
    throw std::runtime_error("unknown fault " + fault->kind);
  }

  static void replica(const run::Family& family, std::int64_t r, run::Sink& sink, run::Context& context) {
    const double blow = strike(family, r, context);
    const Point& front = family.front();
    const std::int64_t n = front.integer("size");
    std::vector<double> mine;
    for (std::int64_t c = 0; c < chunks; ++c) {
      if (c * context.team.size() / chunks != context.team.rank()) continue;
      auto stream = context.stream(random::Purpose::noise, r, c);
      for (std::int64_t k = c * n / chunks; k < (c + 1) * n / chunks; ++k) mine.push_back(random::normal(stream));
    }
    burn(front.real("work") / context.team.size());
    for (double left = front.real("nap"); left > 0; left -= 10) {
      context.poll();
      std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(std::min(left, 10.0)));
    }
    const auto parts = context.team.gather(std::as_bytes(std::span(mine)), mpi::Channel::operators);
    if (!context.team.is_root()) return;
    std::vector<double> base;
    for (const auto& part : parts) {
      const auto values = mpi::Team::values_of<double>(part);
      base.insert(base.end(), values.begin(), values.end());
    }
    for (const auto& point : family.points) write(point, r, base, blow, sink);
  }

  static void write(const Point& point, std::int64_t r, const std::vector<double>& base, double blow, run::Sink& sink) {
    std::vector<double> values;
    double square = 0;
    std::int64_t positive = 0;
    for (const double x : base) {
      const double y = point.real("scale") * x;
      square += y * y;
      values.push_back(y + point.real("shift"));
      positive += values.back() > 0 ? 1 : 0;
    }
    const auto n = static_cast<std::int64_t>(values.size());
    auto sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const auto first_negative = std::find_if(values.begin(), values.end(), [](double v) { return v < 0; });
    sink.put("prefix", point, r, Array(std::vector<double>(values.begin(), first_negative)));
    sink.put("mean_square", point, r, Array::scalar(square / static_cast<double>(n) + blow));
    sink.put("hole", point, r, Array::scalar(r % 2 == 1 ? std::nan("") : values.front()));
    sink.put("positive", point, r, Array::scalar(positive));
    sink.add("signs", point, r, Array(std::vector<std::int64_t>{n - positive, positive}));
    const double reach = 4 * point.real("scale");
    for (auto& level : sorted) level = std::clamp(level, point.real("shift") - reach, point.real("shift") + reach);
    sink.put("levels", point, r, Array(sorted));
    sink.put("values", point, r, Array(std::move(values)));
  }
};

}  // namespace

int main(int argc, char** argv) {
  run::Program program{"rankwise-probe", "an experiment for tests of the engine", {"rankwise-probe --size 16"}, {}};
  program.modes.push_back(std::make_unique<Probe>());
  return run::run_program(argc, argv, program);
}
