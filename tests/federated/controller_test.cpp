// The entropy controller: each policy and each damping by hand. SPDX-License-Identifier: MIT
#include "rankwise/federated/controller.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "rankwise/core/error.hpp"

using namespace rankwise;
using federated::ControllerOptions;
using federated::ControllerState;
using federated::Damping;
using federated::WeightPolicy;

TEST_CASE("the binary entropy at its ends, and H_min of the reference") {
  CHECK(federated::binary_entropy(0) == 0);
  CHECK(federated::binary_entropy(1) == 0);
  CHECK(federated::binary_entropy(.5) == 1);
  // reference/federated_hopfield.json, theory.H_min
  CHECK(federated::least_entropy(.2) == doctest::Approx(.9988455359952018).epsilon(1e-13));
  CHECK(federated::least_entropy(.6) == doctest::Approx(.9043814577244939).epsilon(1e-13));
  CHECK(federated::least_entropy(.8) == doctest::Approx(.6800770457282796).epsilon(1e-13));
  CHECK(federated::least_entropy(.9) == doctest::Approx(.45294254818728313).epsilon(1e-13));
  CHECK(federated::least_entropy(0) == 1);
  CHECK(federated::least_entropy(1) == 0);
}

TEST_CASE("novelty runs from 0 at what the client's own noise explains to 1 at no agreement") {
  const ControllerOptions options{.policy = WeightPolicy::novelty};
  const double r = .8;
  CHECK(federated::wanted_weight(options, (1 + r * r) / 2, r) < 1e-15);
  CHECK(federated::wanted_weight(options, .5, r) == 1);
  CHECK(federated::wanted_weight(options, .99, r) == 0);  // more agreement than noise allows
  const double h = federated::binary_entropy(.7);
  const double least = federated::least_entropy(r);
  CHECK(federated::wanted_weight(options, .7, r) == doctest::Approx((h - least) / (1 - least)).epsilon(1e-14));
  // a client that knows its data to be noise has nothing new; one that claims a quality has all
  CHECK(federated::wanted_weight(options, .5, 0) == 0);
  CHECK(federated::wanted_weight(options, .5, .9) == 1);
}

TEST_CASE("trust is 1 - H whatever the quality; agreement is linear in p and saturates at r_ref") {
  const ControllerOptions trust{.policy = WeightPolicy::trust};
  CHECK(federated::wanted_weight(trust, .5, .9) == 0);
  CHECK(federated::wanted_weight(trust, 1, 0) == 1);
  CHECK(federated::wanted_weight(trust, .8, .3) == doctest::Approx(1 - federated::binary_entropy(.8)).epsilon(1e-15));
  const ControllerOptions agreement{.policy = WeightPolicy::agreement, .reference_quality = .8};
  CHECK(federated::wanted_weight(agreement, .5, 0) == 0);
  CHECK(federated::wanted_weight(agreement, .4, 0) == 0);
  CHECK(federated::wanted_weight(agreement, .82, 0) == doctest::Approx(1).epsilon(1e-14));
  CHECK(federated::wanted_weight(agreement, .95, 0) == 1);
  CHECK(federated::wanted_weight(agreement, .66, 0) == doctest::Approx(.5).epsilon(1e-14));
  CHECK_THROWS_AS((void)federated::wanted_weight({.policy = WeightPolicy::agreement, .reference_quality = 0}, .6, 0), InternalError);
  CHECK_THROWS_AS((void)federated::wanted_weight(trust, 1.1, 0), InternalError);
}

TEST_CASE("dampings by hand; trust wants .3 at p where 1 - H = .3") {
  // bisection for p with H(p) = .7
  double low = .5;
  double high = 1;
  for (int i = 0; i < 80; ++i) (federated::binary_entropy((low + high) / 2) > .7 ? low : high) = (low + high) / 2;
  const double p = low;
  ControllerOptions options{.policy = WeightPolicy::trust};
  const auto after = [&](ControllerState state, double quality = .8) { return federated::advanced(state, options, p, quality); };
  CHECK(after({1, 0}).weight == doctest::Approx(.3 * .3 + .7).epsilon(1e-12));
  options.damping = Damping::none;
  CHECK(after({1, 0}).weight == doctest::Approx(.3).epsilon(1e-12));
  options.damping = Damping::rate_limit;
  CHECK(after({1, 0}).weight == doctest::Approx(.85).epsilon(1e-14));
  CHECK(after({.1, 0}).weight == doctest::Approx(.25).epsilon(1e-14));
  CHECK(after({.35, 0}).weight == doctest::Approx(.3).epsilon(1e-12));
  options.damping = Damping::momentum;
  ControllerState state{1, 0};
  state = after(state);  // v = .3 (.3 - 1) = -.21
  CHECK(state.velocity == doctest::Approx(-.21).epsilon(1e-12));
  CHECK(state.weight == doctest::Approx(.79).epsilon(1e-12));
  state = after(state);  // v = .7 (-.21) + .3 (.3 - .79) = -.294
  CHECK(state.velocity == doctest::Approx(-.294).epsilon(1e-12));
  CHECK(state.weight == doctest::Approx(.496).epsilon(1e-12));
  CHECK(after({.1, -2}).weight == 0);  // cut to [0, 1]
  options.damping = Damping::adaptive_ema;
  const double least = federated::least_entropy(.8);
  const double u = (.7 - least) / (1 - least);
  const double a = .5 - u * .4;
  CHECK(after({1, 0}).weight == doctest::Approx(a * .3 + (1 - a)).epsilon(1e-11));
  CHECK(after({1, 0}, 0).weight == doctest::Approx(.5 * .3 + .5).epsilon(1e-12));  // nothing is new to it
}

TEST_CASE("fixed is a constant, and no agreement at all leaves the state") {
  CHECK(federated::advanced({1, .2}, {.weight = .25}, .9, .8).weight == .25);
  const auto kept = federated::advanced({.4, .2}, {.policy = WeightPolicy::trust, .damping = Damping::momentum},
                                        std::numeric_limits<double>::quiet_NaN(), .8);
  CHECK(kept.weight == .4);
  CHECK(kept.velocity == .2);
}

TEST_CASE("a noise client's weight halves every round under trust with ema .5: 2^-9 after nine") {
  ControllerState state;
  for (int round = 0; round < 9; ++round) state = federated::advanced(state, {.policy = WeightPolicy::trust, .ema = .5}, .5, 0);
  CHECK(state.weight == 0x1p-9);
}
