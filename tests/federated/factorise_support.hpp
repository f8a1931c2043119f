// Archetypes, federations and spans for the tests and tables of the factorisers. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "rankwise/federated/factorise.hpp"
#include "rankwise/linalg/low_rank.hpp"
#include "rankwise/random/distributions.hpp"

namespace rankwise::federated::testing {

using Eigen::Index;
using linalg::Matrix;
using linalg::SignMatrix;
using linalg::Vector;
using random::Purpose;
using random::Stream;

inline Stream stream(std::uint64_t seed, Purpose purpose, std::uint64_t client = 0) {
  return {random::Key{seed, 0}, purpose, 0, client};
}

inline SignMatrix random_signs(Index rows, Index columns, Stream from) {
  SignMatrix signs(static_cast<std::size_t>(rows), static_cast<std::size_t>(columns));
  for (std::size_t i = 0; i < signs.rows(); ++i) {
    for (std::uint64_t& word : signs.row(i)) word = from.word();
  }
  signs.clear_padding();
  return signs;
}

inline Matrix normals(Index rows, Index columns, Stream from) {
  Matrix g(rows, columns);
  for (Index i = 0; i < g.size(); ++i) g.data()[i] = random::normal(from);
  return g;
}

/// N x K.
inline Matrix columns_of(const SignMatrix& archetypes) { return archetypes.to_dense().transpose(); }

/// The span of the columns of `a`, in a random orthonormal basis, as one would get it from a degenerate spectrum.
inline Span span_of(const Matrix& a, std::uint64_t seed) {
  const Matrix basis = linalg::orthonormal_basis(a);
  const Matrix rotation = linalg::orthonormal_basis(normals(basis.cols(), basis.cols(), stream(seed, Purpose::user)));
  Span span;
  span.vectors = linalg::product(basis, rotation);
  span.kept = basis.cols();
  span.values = Vector::Constant(basis.cols(), 1 / static_cast<double>(basis.cols()));
  span.sharpened = Vector::Ones(basis.cols());
  return span;
}

/// Sets the bits begin, ..., end - 1.
inline void set_run(std::span<std::uint64_t> words, std::int64_t begin, std::int64_t end) {
  for (std::int64_t bit = begin; bit < end;) {
    const std::int64_t stop = std::min(end, (bit / 64 + 1) * 64);
    const std::uint64_t length = static_cast<std::uint64_t>(stop - bit);
    words[static_cast<std::size_t>(bit / 64)] |= (~std::uint64_t{0} >> (64 - length)) << (bit % 64);
    bit = stop;
  }
}

/// A batch of `size` noisy examples of equally likely archetypes, neurons x examples, sorted by class.
inline SignMatrix batch(const SignMatrix& archetypes, std::int64_t size, double quality, std::uint64_t seed,
                        std::uint64_t client = 0) {
  const std::size_t k = archetypes.rows();
  Stream classes = stream(seed, Purpose::class_counts, client);
  const std::vector<double> mixture(k, 1 / static_cast<double>(k));
  const std::vector<std::int64_t> counts = random::multinomial(classes, size, mixture);
  Stream flips = stream(seed, Purpose::flips, client);
  const random::Probability32 flipped((1 - quality) / 2);
  SignMatrix examples(archetypes.columns(), static_cast<std::size_t>(size));
  for (std::size_t neuron = 0; neuron < examples.rows(); ++neuron) {
    const std::span<std::uint64_t> words = examples.row(neuron);
    std::int64_t begin = 0;
    for (std::size_t mu = 0; mu < k; ++mu) {
      const std::int64_t end = begin + counts[mu];
      if (archetypes(mu, neuron) > 0) set_run(words, begin, end);
      begin = end;
    }
    for (std::uint64_t& word : words) word ^= random::bernoulli_word(flips, flipped);
  }
  examples.clear_padding();
  return examples;
}

/// l <- l + eps_k l (1 - l), eps_k = eps/(1 + k eps), on every eigenvalue.
inline Vector sharpen(Vector values, int steps, double eps = .01) {
  for (Index i = 0; i < values.size(); ++i) {
    for (int step = 0; step < steps; ++step) values[i] += eps / (1 + step * eps) * values[i] * (1 - values[i]);
  }
  return values;
}

inline Span span_of(const linalg::LowRankOperator& op, Index kept, int sharpen_steps = 200) {
  return {op.vectors, op.values, sharpen(op.values, sharpen_steps), kept};
}

struct SyntheticRound {
  SignMatrix archetypes;
  Span span;
};

/// One round of clients of equal weight; `kept` is K.
inline SyntheticRound federation(Index n, Index k, int clients, std::int64_t batch_size, double quality,
                                 std::uint64_t seed, Index rank, int sharpen_steps = 200) {
  SyntheticRound it;
  it.archetypes = random_signs(k, n, stream(seed, Purpose::archetypes));
  linalg::LowRankOperator sum;
  for (int c = 0; c < clients; ++c) {
    const SignMatrix examples = batch(it.archetypes, batch_size, quality, seed, static_cast<std::uint64_t>(c));
    linalg::LowRankOperator own = linalg::scaled(linalg::hebbian_operator(examples, rank), 1. / clients);
    sum = c == 0 ? std::move(own) : linalg::merge(sum, own, rank);
  }
  it.span = span_of(sum, k, sharpen_steps);
  return it;
}

struct Comparison {
  Index recovered = 0;                ///< archetypes with an accepted pattern at |overlap| >= near
  Index ghosts = 0;                   ///< accepted patterns with |overlap| < near with every archetype
  std::vector<double> magnetisation;  ///< K: largest |overlap| with an accepted pattern
};

inline Comparison compare(const SignMatrix& archetypes, const SignMatrix& accepted, double near = .9) {
  Comparison result;
  result.magnetisation.assign(archetypes.rows(), 0);
  std::vector<double> nearest(accepted.rows(), 0);
  const linalg::IntMatrix overlaps = archetypes.overlaps(accepted);
  for (std::size_t mu = 0; mu < archetypes.rows(); ++mu) {
    for (std::size_t nu = 0; nu < accepted.rows(); ++nu) {
      const double overlap = std::abs(static_cast<double>(overlaps(static_cast<Index>(mu), static_cast<Index>(nu)))) /
                             static_cast<double>(archetypes.columns());
      result.magnetisation[mu] = std::max(result.magnetisation[mu], overlap);
      nearest[nu] = std::max(nearest[nu], overlap);
    }
  }
  for (const double m : result.magnetisation) result.recovered += m >= near ? 1 : 0;
  for (const double m : nearest) result.ghosts += m < near ? 1 : 0;
  return result;
}

inline double least(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }

}  // namespace rankwise::federated::testing
