// The limiting laws against simulated federations of flipped bits. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "rankwise/core/machine.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/random/stream.hpp"
#include "rankwise/spectra/generalised_marchenko_pastur.hpp"

namespace rankwise::spectra {
namespace {

constexpr Eigen::Index n = 400;
constexpr std::uint64_t seeds = 20;

struct Client {
  double weight, samples, quality;
  std::vector<double> mixture;  ///< over the archetypes
};

/// +-1 patterns in columns, n x k.
linalg::Matrix archetypes(Eigen::Index k, std::uint64_t seed) {
  random::Stream stream({7, 0}, random::Purpose::archetypes, seed);
  linalg::Matrix patterns(n, k);
  for (Eigen::Index i = 0; i < patterns.size(); ++i) patterns.data()[i] = (stream.word() & 1U) != 0 ? 1 : -1;
  return patterns;
}

/// B = sum_c d_c/M_c X_c X_c^T from the model's definition.
linalg::Matrix simulated(const std::vector<Client>& clients, const linalg::Matrix& patterns, std::uint64_t seed) {
  linalg::Matrix sum = linalg::Matrix::Zero(n, n);
  for (std::size_t c = 0; c < clients.size(); ++c) {
    random::Stream stream({7, 0}, random::Purpose::flips, seed, c);
    const auto m = static_cast<Eigen::Index>(clients[c].samples);
    linalg::Matrix examples(m, n);
    for (Eigen::Index a = 0; a < m; ++a) {
      double left = random::uniform(stream);
      Eigen::Index pick = 0;
      while (pick + 1 < patterns.cols() && left >= clients[c].mixture[static_cast<std::size_t>(pick)]) {
        left -= clients[c].mixture[static_cast<std::size_t>(pick++)];
      }
      for (Eigen::Index i = 0; i < n; ++i) {
        const bool kept = random::uniform(stream) < (1 + clients[c].quality) / 2;
        examples(a, i) = kept ? patterns(i, pick) : -patterns(i, pick);
      }
    }
    sum += linalg::gram(examples) * (clients[c].weight / clients[c].samples);
  }
  return sum;
}

struct Average {
  double sum = 0, squares = 0;
  void add(double x) {
    sum += x;
    squares += x * x;
  }
  /// Distance of the mean from 0 in standard errors.
  [[nodiscard]] double pull() const {
    const double mean = sum / seeds;
    return mean / std::sqrt((squares / seeds - mean * mean) / (seeds - 1));
  }
};

}  // namespace

// Each check below compares a mean over 20 seeds with its theory at 4 standard errors: with Student's t of 19 degrees
// of freedom it fails by chance with probability 8e-4.

TEST_CASE("one archetype among unequal clients") {
  use_one_blas_thread();
  // Qualities 0.12, 0.03, 0.03, each batch showing the archetype throughout, equal and optimal weights.
  for (const bool optimal : {false, true}) {
    std::vector<double> weights(3, 1.0 / 3);
    if (optimal) weights = optimal_weights(n, std::vector<Source>{{400, 0.12, 1}, {400, 0.03, 1}, {400, 0.03, 1}});
    const std::vector<Client> clients{
        {weights[0], 400, 0.12, {1}}, {weights[1], 400, 0.03, {1}}, {weights[2], 400, 0.03, {1}}};
    std::vector<Component> components;
    std::vector<double> strengths;
    for (const Client& c : clients) {
      components.push_back({c.weight, 1 - c.quality * c.quality, c.samples});
      strengths.push_back(n * c.weight * c.quality * c.quality);
    }
    const Spike theory = GeneralisedMarchenkoPastur(n, components).spike(strengths);
    Average outlier, overlap;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      const linalg::Matrix pattern = archetypes(1, seed);
      const linalg::SymmetricEigen top = linalg::top_eigenpairs(simulated(clients, pattern, seed), 1);
      const double projection = linalg::transposed_product(top.vectors, pattern)(0, 0);
      outlier.add(top.values[0] - theory.outlier);
      overlap.add(projection * projection / n - theory.overlap);
    }
    CAPTURE(optimal);
    CAPTURE(outlier.sum / seeds);
    CAPTURE(overlap.sum / seeds);
    CHECK(std::abs(outlier.pull()) < 4);
    CHECK(std::abs(overlap.pull()) < 4);
    CHECK(std::abs(outlier.sum / seeds) < 0.02 * theory.outlier);
  }
}

TEST_CASE("archetypes mixed differently at each client and a memory of one of them") {
  use_one_blas_thread();
  const std::vector<Client> clients{{0.3, 300, 0.3, {0.6, 0.3, 0.1}}, {0.5, 500, 0.25, {0.2, 0.2, 0.6}}};
  const double memory = 0.02;  // weight of the remembered first archetype
  Average outliers[3], overlaps[3];
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const linalg::Matrix patterns = archetypes(3, 100 + seed);
    const linalg::Matrix basis = linalg::orthonormal_basis(patterns);
    const linalg::Matrix in_basis = linalg::transposed_product(basis, patterns);  // sqrt(N) R, column = archetype
    std::vector<Component> components;
    std::vector<linalg::Matrix> strengths;
    for (const Client& c : clients) {
      components.push_back({c.weight, 1 - c.quality * c.quality, c.samples});
      linalg::Matrix signal = linalg::Matrix::Zero(3, 3);
      for (Eigen::Index k = 0; k < 3; ++k) {
        const linalg::Matrix column = in_basis.col(k);
        signal += linalg::product(column, column.transpose()) * c.mixture[static_cast<std::size_t>(k)];
      }
      strengths.push_back(signal * (c.weight * c.quality * c.quality));
    }
    components.push_back({memory, 0});
    const linalg::Matrix first = in_basis.col(0);
    strengths.push_back(linalg::product(first, first.transpose()) * memory);
    const std::vector<Spike> theory = GeneralisedMarchenkoPastur(n, components).outliers(strengths);

    const linalg::Matrix remembered = patterns.col(0);
    const linalg::Matrix b =
        simulated(clients, patterns, 100 + seed) + linalg::product(remembered, remembered.transpose()) * memory;
    const linalg::SymmetricEigen top = linalg::top_eigenpairs(b, 3);
    const linalg::Matrix projections = linalg::transposed_product(basis, top.vectors);
    for (Eigen::Index k = 0; k < 3; ++k) {
      const auto i = static_cast<std::size_t>(k);
      REQUIRE(theory[i].visible);
      outliers[i].add(top.values[k] / theory[i].outlier - 1);
      overlaps[i].add(linalg::squared_norm(projections.col(k)) - theory[i].overlap);
    }
  }
  for (std::size_t k = 0; k < 3; ++k) {
    CAPTURE(k);
    CAPTURE(outliers[k].sum / seeds);
    CAPTURE(overlaps[k].sum / seeds);
    CHECK(std::abs(outliers[k].pull()) < 4);
    CHECK(std::abs(overlaps[k].pull()) < 4);
    CHECK(std::abs(outliers[k].sum / seeds) < 0.03);
  }
}

}  // namespace rankwise::spectra
