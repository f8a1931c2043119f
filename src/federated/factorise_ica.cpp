// Symmetric FastICA with tanh (Hyvarinen, IEEE Trans. Neural Networks 10, 1999). SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "federated/factorise_internal.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/random/distributions.hpp"

namespace rankwise::federated::detail {

double plain_tanh(double y) {
  // e^-2z = 2^-m e^r with |r| <= log(2)/2; adding 1.5 2^52 rounds to an integer and leaves it in the lowest bits
  constexpr double rounder = 0x1.8p52;
  constexpr double log2_high = 0x1.62e42fefp-1;  // 33 bits: m times it is exact
  constexpr double log2_low = 0x1.473de6af278edp-34;
  const double z = std::min(std::abs(y), 20.);  // tanh(20) is 1 to the last bit
  const double rounded = z * (2 / std::numbers::ln2) + rounder;
  const double m = rounded - rounder;
  const double r = (m * log2_high - 2 * z) + m * log2_low;
  // Taylor to r^12: the rest is below 2e-16
  double e = 1. / 479001600;
  e = e * r + 1. / 39916800;
  e = e * r + 1. / 3628800;
  e = e * r + 1. / 362880;
  e = e * r + 1. / 40320;
  e = e * r + 1. / 5040;
  e = e * r + 1. / 720;
  e = e * r + 1. / 120;
  e = e * r + 1. / 24;
  e = e * r + 1. / 6;
  e = e * r + .5;
  e = e * r + 1;
  e = e * r + 1;
  e *= std::bit_cast<double>((1023 - std::bit_cast<std::uint64_t>(rounded)) << 52);  // 2^-m
  return std::copysign((1 - e) / (1 + e), y);
}

namespace {

constexpr int random_starts = 3;  // one alone can end in a mixture even at K = 3
constexpr int most_iterations = 200;
constexpr double converged = 1e-8;

/// The orthogonal factor A (A^T A)^(-1/2) of a square A.
linalg::Matrix polar(const linalg::Matrix& a) {
  const linalg::SymmetricEigen pairs = linalg::symmetric_eigen(linalg::gram(a));
  const double largest = pairs.values[0];
  if (!(largest > 0)) throw NumericalError("ica: the update vanished, there is no orthogonal factor");
  linalg::Matrix scaled = pairs.vectors;
  for (Eigen::Index j = 0; j < scaled.cols(); ++j) {
    const double inverse_root = 1 / std::sqrt(std::max(pairs.values[j], 1e-20 * largest));
    for (Eigen::Index i = 0; i < scaled.rows(); ++i) scaled(i, j) *= inverse_root;
  }
  return linalg::product(a, linalg::product(scaled, pairs.vectors.transpose()));
}

struct Rotation {
  linalg::Matrix r;  // Khat x Khat, orthogonal
  int iterations = 0;
};

Rotation rotate(const linalg::Matrix& z, linalg::Matrix r) {
  for (int iteration = 1; iteration <= most_iterations; ++iteration) {
    linalg::Matrix y = linalg::product(z, r);
    for (double *value = y.data(), *end = value + y.size(); value != end; ++value) *value = plain_tanh(*value);
    linalg::Vector slope = linalg::Vector::Zero(r.cols());
    for (Eigen::Index j = 0; j < y.cols(); ++j) {
      for (Eigen::Index i = 0; i < y.rows(); ++i) slope[j] += 1 - y(i, j) * y(i, j);
    }
    linalg::Matrix update = linalg::transposed_product(z, y);
    for (Eigen::Index j = 0; j < r.cols(); ++j) {
      for (Eigen::Index i = 0; i < r.rows(); ++i) update(i, j) -= r(i, j) * slope[j];
    }
    const linalg::Matrix next = polar(update);
    double least = 1;
    for (Eigen::Index j = 0; j < r.cols(); ++j) {
      double cosine = 0;
      for (Eigen::Index i = 0; i < r.rows(); ++i) cosine += next(i, j) * r(i, j);
      least = std::min(least, std::abs(cosine));
    }
    r = next;
    if (1 - least < converged) return {r, iteration};
  }
  return {r, most_iterations};
}

}  // namespace

Pool independent_components(const linalg::Matrix& v, random::Stream& stream) {
  const Eigen::Index n = v.rows();
  const Eigen::Index khat = v.cols();
  linalg::Matrix z = v;
  const double root = std::sqrt(static_cast<double>(n));
  for (Eigen::Index i = 0; i < z.size(); ++i) z.data()[i] *= root;

  Pool pool;
  linalg::Matrix best;
  double best_mean = -1;
  for (int start = 0; start < random_starts; ++start) {
    linalg::Matrix r(khat, khat);
    for (Eigen::Index i = 0; i < r.size(); ++i) r.data()[i] = random::normal(stream);
    const Rotation rotation = rotate(z, polar(r));
    pool.start_steps += rotation.iterations;
    const linalg::Matrix sources = linalg::product(z, rotation.r);
    // Sources have unit rms, so that the mean of |y| is largest, 1, where all of them are patterns of +-1.
    double mean = 0;
    for (Eigen::Index i = 0; i < sources.size(); ++i) mean += std::abs(sources.data()[i]);
    if (mean > best_mean) {
      best_mean = mean;
      best = sources;
    }
  }
  for (Eigen::Index j = 0; j < khat; ++j) pool.patterns.push_back(canonical_bits(&best(0, j), n));
  return pool;
}

}  // namespace rankwise::federated::detail
