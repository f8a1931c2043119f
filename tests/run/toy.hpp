// A small experiment for tests of the run floor. SPDX-License-Identifier: MIT
#pragma once

#include "rankwise/run/experiment.hpp"

namespace toy {

using namespace rankwise;

class Experiment final : public run::Experiment {
 public:
  explicit Experiment(std::string mode) : mode_(std::move(mode)) {}

  run::Description describe() const override {
    run::Description d;
    d.experiment = "toy";
    d.mode = mode_;
    d.default_replicas = 4;
    d.quick_replicas = 2;
    d.parameters = {
        {.name = "size", .symbol = "n", .type = run::Type::integer, .default_value = "10", .lowest = 1, .highest = 100, .words = {"ranks"},
         .help = "a size", .role = run::Role::law, .mode_defaults = {{"second", "20"}}, .quick = "5"},
        {.name = "strength", .symbol = "", .type = run::Type::real, .default_value = "1", .lowest = 0, .highest = 10, .help = "a strength",
         .role = run::Role::axis},
        {.name = "method", .symbol = "", .type = run::Type::choice, .default_value = "fast", .words = {"fast", "slow"}, .help = "how",
         .role = run::Role::setting},
        {.name = "extra", .symbol = "", .type = run::Type::reals, .default_value = "1/2", .lowest = 0, .help = "a list",
         .role = run::Role::law, .modes = {"second"}},
    };
    const auto axis = [](const run::Point& p) { return std::vector{run::Axis::index("k", p.integer("size"), "index")}; };
    d.observables = {{.name = "value", .description = "a number"},
                     {.name = "list", .description = "a list", .axes = axis, .ragged = true, .may_be_nan = true},
                     {.name = "value", .description = "its prediction", .kind = run::Kind::theory}};
    return d;
  }
  run::Cost cost(const run::Family& family) const override { return {static_cast<double>(family.front().integer("size")), 0}; }
  std::int64_t block_width(const run::Family&) const override { return 3; }
  void simulate(const run::Family&, const run::Block&, run::Sink&, run::Context&) const override {}

 private:
  std::string mode_;
};

inline run::Program program() {
  run::Program p{"rankwise-toy", "a toy", {}, {}};
  p.modes.push_back(std::make_unique<Experiment>("first"));
  p.modes.push_back(std::make_unique<Experiment>("second"));
  return p;
}

}  // namespace toy
