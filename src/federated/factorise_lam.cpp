// The P-layer associative memory: P copies of a Hopfield network that repel one another. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include "federated/factorise_internal.hpp"
#include "rankwise/random/distributions.hpp"

namespace rankwise::federated::detail {

namespace {

constexpr Eigen::Index starts_at_once = 32;  // part of the result: fixes the shapes that BLAS sees
constexpr double first_scale = .3;           // of the noise, falling linearly over the updates
constexpr double last_scale = .02;

Eigen::Index number_of_starts(Eigen::Index khat, int layers) {
  const auto k = static_cast<double>(khat);
  const double wanted = 10 * std::floor(k / layers * std::log(k / .01));
  return static_cast<Eigen::Index>(std::clamp(wanted, 1., 500.));
}

void take_signs(linalg::Matrix& x) {
  for (Eigen::Index i = 0; i < x.size(); ++i) x.data()[i] = x.data()[i] >= 0 ? 1. : -1.;
}

/// From c_a = U^T sigma_a to the coefficients, in U, of J sigma_a - (lam/N) sum_{b != a} (J sigma_b)(sigma_b^T J
/// sigma_a), which is Lambda [c_a - (lam/N) sum_b c_b (c_b^T Lambda c_a)]. Layer a of start j is column a * starts + j.
linalg::Matrix repelled(const linalg::Matrix& c, const linalg::Vector& values, Eigen::Index starts, int layers,
                        double repulsion_over_n) {
  const Eigen::Index k = c.rows();
  linalg::Matrix result(k, c.cols());
  for (Eigen::Index j = 0; j < starts; ++j) {
    for (int a = 0; a < layers; ++a) {
      const Eigen::Index own = a * starts + j;
      for (Eigen::Index i = 0; i < k; ++i) result(i, own) = c(i, own);
      for (int b = 0; b < layers; ++b) {
        if (b == a) continue;
        const Eigen::Index other = b * starts + j;
        double between = 0;
        for (Eigen::Index i = 0; i < k; ++i) between += values[i] * c(i, other) * c(i, own);
        for (Eigen::Index i = 0; i < k; ++i) result(i, own) -= repulsion_over_n * between * c(i, other);
      }
      for (Eigen::Index i = 0; i < k; ++i) result(i, own) *= values[i];
    }
  }
  return result;
}

}  // namespace

LayeredMemory::LayeredMemory(const Span& span, const linalg::Matrix& v, const FactoriseOptions& options)
    : span_(span), v_(v), options_(options), starts_(number_of_starts(v.cols(), options.layers)) {}

linalg::Matrix LayeredMemory::relaxed(const linalg::Matrix& start, random::Stream& stream) const {
  const Eigen::Index n = start.rows();
  const Eigen::Index starts = start.cols();
  const int layers = options_.layers;
  linalg::Matrix state(n, starts * layers);
  for (Eigen::Index column = 0; column < state.cols(); ++column) {
    std::copy_n(&start(0, column % starts), n, &state(0, column));
  }
  for (int update = 0; update < options_.updates; ++update) {
    const double done = options_.updates > 1 ? static_cast<double>(update) / (options_.updates - 1) : 0;
    const double width = (first_scale + (last_scale - first_scale) * done) / options_.beta;
    // Beyond this field the noise cannot turn the sign, and no number is drawn.
    const double safe = width < 1 ? std::atanh(width) * (1 + 1e-9) : std::numeric_limits<double>::infinity();
    const linalg::Matrix fields =
        linalg::product(span_.vectors, repelled(linalg::transposed_product(span_.vectors, state), span_.values, starts,
                                                layers, options_.repulsion / static_cast<double>(n)));
    for (Eigen::Index column = 0; column < state.cols(); ++column) {
      const Eigen::Index origin = column % starts;
      for (Eigen::Index i = 0; i < n; ++i) {
        double value = options_.beta * (fields(i, column) + options_.field * start(i, origin));
        if (std::abs(value) <= safe) value = std::tanh(value) + width * (2 * random::uniform(stream) - 1);
        state(i, column) = value >= 0 ? 1. : -1.;
      }
    }
  }
  return state;
}

Pool LayeredMemory::run(random::Stream& stream) {
  Pool pool;
  for (Eigen::Index begin = 0; begin < starts_; begin += starts_at_once) {
    linalg::Matrix directions(v_.cols(), std::min(starts_at_once, starts_ - begin));
    for (Eigen::Index i = 0; i < directions.size(); ++i) directions.data()[i] = random::normal(stream);
    linalg::Matrix start = linalg::product(v_, directions);
    take_signs(start);
    const linalg::Matrix state = relaxed(start, stream);
    for (Eigen::Index column = 0; column < state.cols(); ++column) {
      Bits bits = canonical_bits(&state(0, column), state.rows());
      if (seen_.insert(bits).second) pool.patterns.push_back(std::move(bits));
    }
  }
  pool.start_steps = starts_ * options_.updates;
  return pool;
}

}  // namespace rankwise::federated::detail
