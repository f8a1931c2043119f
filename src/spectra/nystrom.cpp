// Quadrature, linear solves and tables for Fredholm determinants. SPDX-License-Identifier: MIT
#include "spectra/nystrom.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <utility>

namespace rankwise::spectra {

std::vector<double> legendre_polynomials(int order, double x) {
  std::vector<double> p{1};
  if (order > 1) p.push_back(x);
  for (int k = 2; k < order; ++k) {
    const auto at = static_cast<std::size_t>(k);
    p.push_back(((2 * k - 1) * x * p[at - 1] - (k - 1) * p[at - 2]) / k);
  }
  return p;
}

Quadrature gauss_legendre(int order, double low, double high) {
  const auto n = static_cast<std::size_t>(order);
  Quadrature rule{std::vector<double>(n), std::vector<double>(n)};
  const double middle = (low + high) / 2;
  const double half = (high - low) / 2;
  for (std::size_t i = 0; i < (n + 1) / 2; ++i) {
    double x = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (order + 0.5));
    double slope = 0;
    // The start is good to some digits, so that four steps of Newton's method reach rounding.
    for (int step = 0; step < 4; ++step) {
      double previous = 1;
      double p = x;
      for (int k = 2; k <= order; ++k) {
        const double next = ((2 * k - 1) * x * p - (k - 1) * previous) / k;
        previous = p;
        p = next;
      }
      slope = order * (x * p - previous) / (x * x - 1);
      x -= p / slope;
    }
    rule.nodes[i] = middle - half * x;
    rule.nodes[n - 1 - i] = middle + half * x;
    rule.weights[i] = rule.weights[n - 1 - i] = 2 * half / ((1 - x * x) * slope * slope);
  }
  return rule;
}

LuFactors::LuFactors(linalg::Matrix a) : lu_(std::move(a)) {
  const Eigen::Index n = lu_.rows();
  for (Eigen::Index k = 0; k < n; ++k) {
    Eigen::Index pivot = k;
    for (Eigen::Index i = k + 1; i < n; ++i) {
      if (std::abs(lu_(i, k)) > std::abs(lu_(pivot, k))) pivot = i;
    }
    swaps_.push_back(pivot);
    if (pivot != k) {
      for (Eigen::Index j = 0; j < n; ++j) std::swap(lu_(k, j), lu_(pivot, j));
    }
    if (lu_(k, k) == 0) continue;
    for (Eigen::Index i = k + 1; i < n; ++i) lu_(i, k) /= lu_(k, k);
    const double* column = lu_.data() + k * n;
    for (Eigen::Index j = k + 1; j < n; ++j) {
      double* target = lu_.data() + j * n;
      const double factor = target[k];
      for (Eigen::Index i = k + 1; i < n; ++i) target[i] -= column[i] * factor;
    }
  }
}

double LuFactors::determinant() const {
  double product = 1;
  for (Eigen::Index k = 0; k < lu_.rows(); ++k) {
    product *= swaps_[static_cast<std::size_t>(k)] == k ? lu_(k, k) : -lu_(k, k);
  }
  return product;
}

linalg::Vector LuFactors::solve(linalg::Vector b) const {
  const Eigen::Index n = lu_.rows();
  for (Eigen::Index k = 0; k < n; ++k) std::swap(b[k], b[swaps_[static_cast<std::size_t>(k)]]);
  for (Eigen::Index k = 0; k < n; ++k) {
    for (Eigen::Index i = k + 1; i < n; ++i) b[i] -= lu_(i, k) * b[k];
  }
  for (Eigen::Index k = n - 1; k >= 0; --k) {
    b[k] /= lu_(k, k);
    for (Eigen::Index i = 0; i < k; ++i) b[i] -= lu_(i, k) * b[k];
  }
  return b;
}

ChebyshevTable::ChebyshevTable(double low, double high, int panels, int nodes,
                               const std::function<std::vector<double>(double)>& functions)
    : low_(low), high_(high), panels_(static_cast<std::size_t>(panels)), nodes_(static_cast<std::size_t>(nodes)) {
  const double width = (high - low) / panels;
  for (std::size_t panel = 0; panel < panels_; ++panel) {
    std::vector<std::vector<double>> values;
    for (std::size_t i = 0; i < nodes_; ++i) {
      const double x = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.5) / nodes);
      values.push_back(functions(low + width * (static_cast<double>(panel) + (1 + x) / 2)));
      functions_ = values.back().size();
    }
    for (std::size_t which = 0; which < functions_; ++which) {
      for (std::size_t k = 0; k < nodes_; ++k) {
        double sum = 0;
        for (std::size_t i = 0; i < nodes_; ++i) {
          const double angle = std::numbers::pi * static_cast<double>(k) * (static_cast<double>(i) + 0.5) / nodes;
          sum += values[i][which] * std::cos(angle);
        }
        coefficients_.push_back(sum * (k == 0 ? 1 : 2) / nodes);
      }
    }
  }
}

double ChebyshevTable::operator()(std::size_t which, double x) const {
  const double position = (x - low_) / (high_ - low_) * static_cast<double>(panels_);
  const double panel = std::clamp(std::floor(position), 0.0, static_cast<double>(panels_ - 1));
  const double y = 2 * (position - panel) - 1;
  const double* c = coefficients_.data() + (static_cast<std::size_t>(panel) * functions_ + which) * nodes_;
  double above = 0;
  double here = 0;
  for (std::size_t k = nodes_ - 1; k > 0; --k) {  // Clenshaw
    const double next = c[k] + 2 * y * here - above;
    above = here;
    here = next;
  }
  return c[0] + y * here - above;
}

double ChebyshevTable::integral(const std::function<double(double)>& f) const {
  // One rule for all panels: f is a low power, logarithm or inverse away from 0 times interpolants of degree nodes - 1.
  const Quadrature rule = gauss_legendre(static_cast<int>(nodes_) + 4);
  const double half = (high_ - low_) / static_cast<double>(2 * panels_);
  double sum = 0;
  for (std::size_t panel = 0; panel < panels_; ++panel) {
    const double middle = low_ + half * static_cast<double>(2 * panel + 1);
    for (std::size_t i = 0; i < rule.nodes.size(); ++i)
      sum += half * rule.weights[i] * f(middle + half * rule.nodes[i]);
  }
  return sum;
}

}  // namespace rankwise::spectra
