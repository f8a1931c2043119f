// Bits, overlaps and dispersions, used by every factoriser. SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "federated/factorise_internal.hpp"
#include "rankwise/core/contract.hpp"

namespace rankwise::federated {

namespace detail {

Bits canonical_bits(const double* values, Eigen::Index n) {
  Bits bits(static_cast<std::size_t>((n + 63) / 64), 0);
  const bool flip = values[0] < 0;
  for (std::size_t w = 0; w < bits.size(); ++w) {
    const double* part = values + 64 * w;
    const int length = static_cast<int>(std::min<Eigen::Index>(64, n - 64 * static_cast<Eigen::Index>(w)));
    std::uint64_t word = 0;
    for (int i = 0; i < length; ++i) word |= static_cast<std::uint64_t>((part[i] >= 0) != flip) << i;
    bits[w] = word;
  }
  return bits;
}

linalg::Matrix to_columns(const std::vector<Bits>& patterns, Eigen::Index n) {
  linalg::Matrix columns(n, static_cast<Eigen::Index>(patterns.size()));
  for (std::size_t j = 0; j < patterns.size(); ++j) {
    double* column = &columns(0, static_cast<Eigen::Index>(j));
    for (Eigen::Index i = 0; i < n; ++i) {
      column[i] = (patterns[j][static_cast<std::size_t>(i / 64)] >> (i % 64) & 1U) != 0 ? 1. : -1.;
    }
  }
  return columns;
}

double absolute_overlap(const Bits& x, const Bits& y, Eigen::Index n) {
  std::int64_t different = 0;
  for (std::size_t w = 0; w < x.size(); ++w) different += std::popcount(x[w] ^ y[w]);
  return static_cast<double>(std::abs(n - 2 * different)) / static_cast<double>(n);
}

template <typename Real>
double dispersion_of(const Real* y, Eigen::Index n) {
  constexpr int lanes = 8;
  std::array<Real, lanes> absolute{};
  std::array<Real, lanes> square{};
  const Eigen::Index whole = n - n % lanes;
  for (Eigen::Index i = 0; i < whole; i += lanes) {
    for (int lane = 0; lane < lanes; ++lane) {
      const Real value = y[i + lane];
      const auto at = static_cast<std::size_t>(lane);
      absolute[at] += std::abs(value);
      square[at] += value * value;
    }
  }
  double mean = 0;
  double mean_square = 0;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    mean += static_cast<double>(absolute[lane]);
    mean_square += static_cast<double>(square[lane]);
  }
  for (Eigen::Index i = whole; i < n; ++i) {
    mean += static_cast<double>(std::abs(y[i]));
    mean_square += static_cast<double>(y[i]) * static_cast<double>(y[i]);
  }
  const auto count = static_cast<double>(n);
  // a vector of zeros is no pattern: 2 is above all that D takes
  return mean_square > 0 ? 2 * (1 - (mean / count) / std::sqrt(mean_square / count)) : 2;
}

template double dispersion_of(const float*, Eigen::Index);
template double dispersion_of(const double*, Eigen::Index);

linalg::Matrix project(const linalg::Matrix& v, const linalg::Matrix& x) {
  return linalg::product(v, linalg::transposed_product(v, x));
}

}  // namespace detail

double dispersion(const linalg::Vector& y) {
  expects(y.size() >= 1, "a dispersion is taken of at least one number");
  double largest = 0;
  for (Eigen::Index i = 0; i < y.size(); ++i) {
    expects(std::isfinite(y[i]), "the dispersion is taken of finite numbers");
    largest = std::max(largest, std::abs(y[i]));
  }
  expects(largest > 0, "the dispersion of a vector of zeros is not defined");
  // D does not depend on the scale, but the squares may leave the range of a double.
  linalg::Vector scaled = y;
  for (Eigen::Index i = 0; i < y.size(); ++i) scaled[i] /= largest;
  return detail::dispersion_of(scaled.data(), scaled.size());
}

double default_dispersion_threshold(Eigen::Index kept, Eigen::Index n) {
  expects(kept >= 0 && n >= 1, "0 <= Khat and 1 <= N");
  return std::min(.35, .384 - .7 * std::sqrt(static_cast<double>(kept) / static_cast<double>(n)));
}

}  // namespace rankwise::federated
