// A client's operator, entropy and message against dense matrices. SPDX-License-Identifier: MIT
#include "rankwise/federated/client.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "rankwise/core/error.hpp"
#include "rankwise/random/distributions.hpp"

using namespace rankwise;
using federated::Ties;

namespace {

linalg::SignMatrix random_signs(std::size_t rows, std::size_t columns, std::uint64_t which) {
  random::Stream stream({1, 2}, random::Purpose::user, which);
  linalg::SignMatrix signs(rows, columns);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) signs.set(i, j, random::uniform(stream) < .5);
  }
  return signs;
}

linalg::Matrix dense(const linalg::LowRankOperator& op) { return op.vectors * op.values.asDiagonal() * op.vectors.transpose(); }

}  // namespace

TEST_CASE("the message is share times w times the leading part of (1/(N M)) sum eta eta^T") {
  const auto batch = random_signs(20, 12, 1);
  const auto memory = random_signs(3, 20, 2);
  const linalg::Matrix x = batch.to_dense();
  const linalg::Matrix hebb = x * x.transpose() / (20.0 * 12.0);
  const auto round = federated::client_round(batch, memory, {.share = .25}, {.operator_rank = 12, .controller = {.weight = .6}});
  CHECK(round.controller.weight == .6);
  CHECK(round.message.weight == doctest::Approx(.15).epsilon(1e-15));
  CHECK(round.message.examples == 12);
  CHECK((dense(round.message.op) - .15 * hebb).norm() < 1e-13);
  CHECK(round.message.op.trace == doctest::Approx(.15).epsilon(1e-14));
  CHECK(round.message.op.frobenius_squared == doctest::Approx(.15 * .15 * hebb.squaredNorm()).epsilon(1e-13));
  const auto cut = federated::client_round(batch, memory, {.share = .25}, {.operator_rank = 4, .controller = {.weight = .6}});
  CHECK(cut.message.op.rank() == 4);
  CHECK(cut.message.op.tail_trace() > 0);
}

TEST_CASE("without memory w is 1 and the entropy undefined") {
  const auto round = federated::client_round(random_signs(10, 5, 3), linalg::SignMatrix(0, 10), {.share = .5}, {.controller = {.weight = .6}});
  CHECK(round.controller.weight == 1);
  CHECK(round.message.weight == .5);
  CHECK(round.message.op.rank() == 5);
  CHECK(std::isnan(round.entropy));
}

TEST_CASE("the entropy is that of the sign agreement, pair by pair, under each rule for ties") {
  const auto batch = random_signs(15, 8, 4);   // even: zeros occur
  const auto memory = random_signs(4, 15, 5);  // even: zeros occur
  const linalg::Matrix j = batch.to_dense() * batch.to_dense().transpose();
  const linalg::Matrix a = memory.to_dense().transpose() * memory.to_dense();
  double agree = 0;
  double disagree = 0;
  double zero = 0;
  for (Eigen::Index i = 0; i < 15; ++i) {
    for (Eigen::Index k = i + 1; k < 15; ++k) {
      const double product = j(i, k) * a(i, k);
      (product > 0 ? agree : product < 0 ? disagree : zero) += 1;
    }
  }
  REQUIRE(zero > 0);
  const auto entropy = [&](Ties ties) {
    return federated::client_round(batch, memory, {}, {.ties = ties, .controller = {.weight = .5}}).entropy;
  };
  const auto h2 = [](double p) { return -p * std::log2(p) - (1 - p) * std::log2(1 - p); };
  CHECK(entropy(Ties::exclude) == doctest::Approx(h2(agree / (agree + disagree))).epsilon(1e-14));
  CHECK(entropy(Ties::half) == doctest::Approx(h2((agree + zero / 2) / 105)).epsilon(1e-14));
  CHECK(entropy(Ties::disagree) == doctest::Approx(h2(agree / 105)).epsilon(1e-14));
}

TEST_CASE("a late client has the weight of its last round; its controller sees nothing of this one") {
  const auto batch = random_signs(20, 12, 1);
  const auto memory = random_signs(3, 20, 2);
  const federated::ClientOptions options{.operator_rank = 12, .controller = {.policy = federated::WeightPolicy::trust}};
  const auto late = federated::client_round(batch, memory, {.share = .5, .controller = {.weight = .7, .velocity = .1}, .is_late = true}, options);
  CHECK(late.controller.weight == .7);
  CHECK(late.controller.velocity == .1);
  CHECK(std::isnan(late.entropy));
  CHECK(late.message.weight == doctest::Approx(.35).epsilon(1e-15));
  const auto fresh = federated::client_round(batch, memory, {.share = .5, .controller = {.weight = .7}}, options);
  CHECK(fresh.controller.weight == doctest::Approx(.3 * (1 - fresh.entropy) + .7 * .7).epsilon(1e-14));
  CHECK((dense(late.message.op) / .35 - dense(fresh.message.op) / fresh.message.weight).norm() < 1e-12);
}

TEST_CASE("weight 0 sends no eigenpairs") {
  const auto round = federated::client_round(random_signs(20, 12, 1), random_signs(3, 20, 2), {}, {.controller = {.weight = 0}});
  CHECK(round.message.weight == 0);
  CHECK(round.message.op.rank() == 0);
  CHECK(round.message.op.dimension() == 20);
  CHECK(federated::from_wire(federated::to_wire(round.message), 20).op.rank() == 0);
}

TEST_CASE("a message takes 8 (N k + k + 4) bytes and comes back bit for bit") {
  const auto round = federated::client_round(random_signs(33, 9, 6), linalg::SignMatrix(0, 33), {.share = .3}, {.operator_rank = 7});
  const auto bytes = federated::to_wire(round.message);
  CHECK(bytes.size() == 8 * (33 * 7 + 7 + 4));
  CHECK(bytes.size() == federated::wire_bytes(33, 7));
  const auto back = federated::from_wire(bytes, 33);
  CHECK(back.op.vectors == round.message.op.vectors);
  CHECK(back.op.values == round.message.op.values);
  CHECK(back.op.trace == round.message.op.trace);
  CHECK(back.op.frobenius_squared == round.message.op.frobenius_squared);
  CHECK(back.examples == 9);
  CHECK(back.weight == round.message.weight);
}

TEST_CASE("in float32 the eigenpairs take half the bytes, move by 2^-24, and stay orthonormal") {
  const auto round = federated::client_round(random_signs(33, 9, 6), linalg::SignMatrix(0, 33), {.share = .3}, {.operator_rank = 7});
  const auto& sent = round.message;
  const auto bytes = federated::to_wire(sent, federated::Wire::float32);
  CHECK(bytes.size() == 4 * (33 * 7 + 7) + 32);
  CHECK(bytes.size() == federated::wire_bytes(33, 7, federated::Wire::float32));
  const auto back = federated::from_wire(bytes, 33, federated::Wire::float32);
  const auto here = federated::through_wire(sent, federated::Wire::float32);
  CHECK(back.op.vectors == here.op.vectors);
  CHECK(back.op.values == here.op.values);
  CHECK(back.op.trace == sent.op.trace);
  CHECK(back.op.frobenius_squared == sent.op.frobenius_squared);
  CHECK(back.weight == sent.weight);
  for (Eigen::Index i = 0; i < 7; ++i) CHECK(std::abs(back.op.values(i) - sent.op.values(i)) <= 0x1p-24 * sent.op.values(i));
  const double moved = (back.op.vectors - sent.op.vectors).cwiseAbs().maxCoeff();
  CHECK(moved > 1e-10);
  CHECK(moved < 1e-6);
  CHECK((back.op.vectors.transpose() * back.op.vectors - linalg::Matrix::Identity(7, 7)).cwiseAbs().maxCoeff() < 1e-14);
  CHECK_THROWS_AS((void)federated::from_wire(bytes, 33), NumericalError);
  const auto plain = federated::through_wire(sent, federated::Wire::float64);
  CHECK(plain.op.vectors == sent.op.vectors);
}

TEST_CASE("a damaged message is refused") {
  const auto good = federated::to_wire(federated::client_round(random_signs(16, 9, 7), linalg::SignMatrix(0, 16), {}, {.operator_rank = 3}).message);
  const auto with = [&](std::size_t number, double value) {
    auto bytes = good;
    std::memcpy(bytes.data() + 8 * number, &value, 8);
    return bytes;
  };
  const double nan = std::nan("");
  CHECK_NOTHROW((void)federated::from_wire(good, 16));
  CHECK_THROWS_AS((void)federated::from_wire(std::span(good).first(good.size() - 8), 16), NumericalError);
  CHECK_THROWS_AS((void)federated::from_wire(std::span(good).first(16), 16), NumericalError);
  CHECK_THROWS_AS((void)federated::from_wire(good, 17), NumericalError);
  CHECK_THROWS_AS((void)federated::from_wire(with(0, -1), 16), NumericalError);   // trace
  CHECK_THROWS_AS((void)federated::from_wire(with(3, nan), 16), NumericalError);  // weight
  CHECK_THROWS_AS((void)federated::from_wire(with(4, 0), 16), NumericalError);    // first eigenvalue below the second
  CHECK_THROWS_AS((void)federated::from_wire(with(6, -.1), 16), NumericalError);  // negative eigenvalue
  CHECK_THROWS_AS((void)federated::from_wire(with(20, HUGE_VAL), 16), NumericalError);
}
