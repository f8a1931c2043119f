// The mean ratio of consecutive spacings of the exact bulk. SPDX-License-Identifier: MIT
#include "spectra/palm_ratio.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "rankwise/spectra/two_level.hpp"
#include "spectra/nystrom.hpp"

namespace rankwise::spectra {
namespace {

using std::numbers::pi;

double sinc(double r) { return r == 0 ? 1 : std::sin(pi * r) / (pi * r); }

double sinc_slope(double r) {
  const double z = pi * r;
  if (std::abs(z) < 0.1) {
    const double z2 = z * z;
    return -pi * z / 3 * (1 - z2 / 10 * (1 - z2 / 28 * (1 - z2 / 54 * (1 - z2 / 88))));
  }
  return (std::cos(z) - std::sin(z) / z) / r;
}

double sinc_integral(double r) {  // from 0 to r
  return r == 0 ? 0 : std::copysign(sine_integral(pi * std::abs(r)) / pi, r);
}

double sign(double r) { return r == 0 ? 0 : std::copysign(1.0, r); }

/// The kernel between the points: [S] for beta = 2; else in blocks [S, D; J, S] with S the sine kernel, D its
/// derivative, J its integral, for beta = 1 minus sign/2, at twice the distance for beta = 4.
linalg::Matrix kernel(int beta, const std::vector<double>& points) {
  const auto n = static_cast<Eigen::Index>(points.size());
  const double scale = beta == 4 ? 2 : 1;
  linalg::Matrix k(beta == 2 ? n : 2 * n, beta == 2 ? n : 2 * n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j <= i; ++j) {
      const double r = points[static_cast<std::size_t>(i)] - points[static_cast<std::size_t>(j)];
      k(i, j) = k(j, i) = sinc(scale * r);
      if (beta == 2) continue;
      k(n + i, n + j) = k(n + j, n + i) = k(i, j);
      const double slope = scale * sinc_slope(scale * r);
      k(i, n + j) = slope;
      k(j, n + i) = -slope;
      const double integral = sinc_integral(scale * r) / scale - (beta == 1 ? sign(r) / 2 : 0);
      k(n + i, j) = integral;
      k(n + j, i) = -integral;
    }
  }
  return k;
}

/// For the nodes x_i of a Gauss-Legendre rule on [-1, 1]: what turns the values at them of a polynomial f into
/// int sign(x_i - y) f(y) dy, exactly, less what the rule itself gives for it. f is expanded in Legendre polynomials.
linalg::Matrix sign_correction(const Quadrature& rule) {
  const auto n = static_cast<int>(rule.nodes.size());
  linalg::Matrix correction(n, n);
  for (int i = 0; i < n; ++i) {
    const double x = rule.nodes[static_cast<std::size_t>(i)];
    const std::vector<double> p = legendre_polynomials(n + 1, x);
    for (int j = 0; j < n; ++j) {
      const double y = rule.nodes[static_cast<std::size_t>(j)];
      const std::vector<double> q = legendre_polynomials(n, y);
      double below = (1 + x) / 2;  // times the weight: the integral from -1 to x_i of the j-th Lagrange polynomial
      for (std::size_t k = 1; k < q.size(); ++k) below += q[k] * (p[k + 1] - p[k - 1]) / 2;
      correction(i, j) = rule.weights[static_cast<std::size_t>(j)] * (2 * below - 1 - sign(x - y));
    }
  }
  return correction;
}

}  // namespace

double palm_density(int beta, double t, double b, int order) {
  const Quadrature rule = gauss_legendre(order);
  std::vector<double> points;
  std::vector<double> weights;
  for (const double end : {-t * b, b}) {  // kernels of beta = 1 conditioned on a level at 0 jump there
    for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
      points.push_back(end * (1 + rule.nodes[i]) / 2);
      weights.push_back(std::abs(end) / 2 * rule.weights[i]);
    }
  }
  points.push_back(b);
  points.push_back(0);
  linalg::Matrix k = kernel(beta, points);
  const auto count = static_cast<Eigen::Index>(points.size());  // the nodes, then b, then the level at 0
  const Eigen::Index blocks = k.rows() / count;

  // At the level itself the kernel is the identity, so conditioning subtracts K(x, 0) K(0, y).
  linalg::Matrix from(k.rows(), blocks);
  linalg::Matrix to(blocks, k.cols());
  for (Eigen::Index block = 0; block < blocks; ++block) {
    from.col(block) = k.col(block * count + count - 1);
    to.row(block) = k.row(block * count + count - 1);
  }
  for (Eigen::Index j = 0; j < k.cols(); ++j) {
    for (Eigen::Index block = 0; block < blocks; ++block) k.col(j) -= from.col(block) * to(block, j);
  }

  const Eigen::Index nodes = count - 2;
  const auto row_of = [&](Eigen::Index at) { return at / nodes * count + at % nodes; };
  linalg::Matrix system(blocks * nodes, blocks * nodes);
  for (Eigen::Index j = 0; j < system.cols(); ++j) {
    for (Eigen::Index i = 0; i < system.rows(); ++i) {
      system(i, j) = (i == j ? 1 : 0) - k(row_of(i), row_of(j)) * weights[static_cast<std::size_t>(j % nodes)];
    }
  }
  if (beta == 1) {
    const linalg::Matrix correction = sign_correction(rule);
    // The left panel runs from the level outwards, against the direction of x.
    for (const auto& [first, half] : {std::pair<Eigen::Index, double>{0, -t * b / 2}, {order, b / 2}}) {
      for (Eigen::Index j = 0; j < order; ++j) {
        for (Eigen::Index i = 0; i < order; ++i) system(nodes + first + i, first + j) += half * correction(i, j) / 2;
      }
    }
  }

  const LuFactors lu(system);
  double resolvent = 0;  // R(b, b), its trace over the blocks
  for (Eigen::Index block = 0; block < blocks; ++block) {
    const Eigen::Index at_b = block * count + nodes;
    linalg::Vector column(blocks * nodes);
    linalg::Vector row(blocks * nodes);
    for (Eigen::Index i = 0; i < column.size(); ++i) {
      column[i] = k(row_of(i), at_b);
      row[i] = k(at_b, row_of(i)) * weights[static_cast<std::size_t>(i % nodes)];
    }
    resolvent += k(at_b, at_b) + linalg::dot(row, lu.solve(column));
  }
  const double determinant = lu.determinant();
  if (blocks == 1) return determinant * resolvent;
  return determinant > 0 ? std::sqrt(determinant) * resolvent / 2 : 0;  // the root of what rounding left is noise
}

double palm_mean_ratio(int beta) {
  // Spacings above `longest` have probability 1e-13. Higher orders change no digit that is promised (tested).
  const double longest = beta == 1 ? 7.5 : beta == 2 ? 5.2 : 3.8;
  const int order = beta == 4 ? 18 : 15;
  const Quadrature ratios = gauss_legendre(12, 0, 1);
  const Quadrature spacings = gauss_legendre(36, 0, longest);
  double mean = 0;
  for (std::size_t i = 0; i < ratios.nodes.size(); ++i) {
    double left_is_longer = 0;  // 1 - G(t)
    for (std::size_t j = 0; j < spacings.nodes.size(); ++j) {
      left_is_longer += spacings.weights[j] * palm_density(beta, ratios.nodes[i], spacings.nodes[j], order);
    }
    mean += ratios.weights[i] * (2 * left_is_longer - 1);
  }
  return mean;
}

}  // namespace rankwise::spectra
