// Householder reduction and implicit QL on the stack, for orders where LAPACK is mostly bookkeeping.
// SPDX-License-Identifier: MIT
#include "linalg/small_eigen.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "linalg/lapack.hpp"
#include "rankwise/core/lanes.hpp"

namespace rankwise::linalg {
namespace {

constexpr std::size_t most = small_eigen_order;
constexpr int most_sweeps = 60;  ///< per eigenvalue; two are usual

/// Reduces a to tridiagonal form d, e by reflections I - tau u u^T with u kept below the diagonal of a.
[[gnu::always_inline]] inline void reduce(std::size_t n, double* a, double* d, double* e, double* tau) {
  double p[most];
  for (std::size_t k = 0; k + 2 < n; ++k) {
    double* const u = a + k * n;
    double below = 0;
    for (std::size_t i = k + 2; i < n; ++i) below += u[i] * u[i];
    e[k] = u[k + 1];
    tau[k] = 0;
    if (below == 0) continue;
    const double norm = __builtin_sqrt(u[k + 1] * u[k + 1] + below);
    e[k] = u[k + 1] > 0 ? -norm : norm;
    const double first = u[k + 1] - e[k];
    tau[k] = -first / e[k];
    for (std::size_t i = k + 2; i < n; ++i) u[i] /= first;
    u[k + 1] = 1;
    for (std::size_t i = k + 1; i < n; ++i) p[i] = 0;
    for (std::size_t j = k + 1; j < n; ++j) {
      for (std::size_t i = k + 1; i < n; ++i) p[i] += a[j * n + i] * u[j];
    }
    double overlap = 0;
    for (std::size_t i = k + 1; i < n; ++i) {
      p[i] *= tau[k];
      overlap += p[i] * u[i];
    }
    for (std::size_t i = k + 1; i < n; ++i) p[i] -= tau[k] * overlap / 2 * u[i];
    for (std::size_t j = k + 1; j < n; ++j) {
      for (std::size_t i = k + 1; i < n; ++i) a[j * n + i] -= u[i] * p[j] + p[i] * u[j];
    }
  }
  if (n >= 2) e[n - 2] = a[(n - 2) * n + n - 1];
  e[n - 1] = 0;
  for (std::size_t i = 0; i < n; ++i) d[i] = a[i * n + i];
}

/// The product of the reflections, in place of the identity in q.
[[gnu::always_inline]] inline void accumulate(std::size_t n, const double* a, const double* tau, double* q) {
  for (std::size_t i = 0; i < n * n; ++i) q[i] = i % (n + 1) == 0 ? 1 : 0;
  for (std::size_t k = n < 2 ? 0 : n - 2; k-- > 0;) {
    if (tau[k] == 0) continue;
    const double* const u = a + k * n;
    for (std::size_t j = k + 1; j < n; ++j) {
      double overlap = 0;
      for (std::size_t i = k + 1; i < n; ++i) overlap += u[i] * q[j * n + i];
      overlap *= tau[k];
      for (std::size_t i = k + 1; i < n; ++i) q[j * n + i] -= overlap * u[i];
    }
  }
}

/// Implicit QL with Wilkinson's shift (Martin and Wilkinson, Numer. Math. 12, 1968), rotating the columns of q along.
[[gnu::always_inline]] inline bool iterate(std::size_t n, double* d, double* e, double* q) {
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  for (std::size_t l = 0; l < n; ++l) {
    for (int sweep = 0;; ++sweep) {
      std::size_t m = l;
      while (m + 1 < n && __builtin_fabs(e[m]) > epsilon * (__builtin_fabs(d[m]) + __builtin_fabs(d[m + 1]))) ++m;
      if (m == l) break;
      if (sweep == most_sweeps) return false;
      const double half = (d[l + 1] - d[l]) / (2 * e[l]);
      double g = d[m] - d[l] + e[l] / (half + __builtin_copysign(__builtin_sqrt(half * half + 1), half));
      double s = 1;
      double c = 1;
      double p = 0;
      bool split = false;
      for (std::size_t i = m; i-- > l;) {
        const double f = s * e[i];
        const double b = c * e[i];
        const double r = __builtin_sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r == 0) {  // the matrix falls apart here: start again with the smaller part
          d[i + 1] -= p;
          e[m] = 0;
          split = true;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        const double t = (d[i] - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        double* const left = q + i * n;
        double* const right = left + n;
        for (std::size_t k = 0; k < n; ++k) {
          const double old = right[k];
          right[k] = s * left[k] + c * old;
          left[k] = c * left[k] - s * old;
        }
      }
      if (split) continue;
      d[l] -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  return true;
}

[[gnu::always_inline]] inline bool solve(std::size_t n, double* a, double* values) {
  double e[most];
  double tau[most];
  double q[most * most];
  reduce(n, a, values, e, tau);
  accumulate(n, a, tau, q);
  const bool converged = iterate(n, values, e, q);
  for (std::size_t i = 0; i < n * n; ++i) a[i] = q[i];
  return converged;
}

bool solve_plain(std::size_t n, double* a, double* values) { return solve(n, a, values); }
#ifdef RANKWISE_LANES_X86
[[gnu::target("avx2")]] bool solve_avx2(std::size_t n, double* a, double* values) { return solve(n, a, values); }
[[gnu::target("avx512f,avx512vl,avx512dq,prefer-vector-width=512")]] bool solve_avx512(std::size_t n, double* a,
                                                                                       double* values) {
  return solve(n, a, values);
}
#endif

std::vector<SmallEigenVariant> find_variants() {
  std::vector<SmallEigenVariant> found;
#ifdef RANKWISE_LANES_X86
  if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
    found.push_back({"avx512", solve_avx512});
  }
  if (__builtin_cpu_supports("avx2")) found.push_back({"avx2", solve_avx2});
#endif
  found.push_back({"plain", solve_plain});
  return found;
}

}  // namespace

std::span<const SmallEigenVariant> small_eigen_variants() {
  static const std::vector<SmallEigenVariant> variants = find_variants();
  return variants;
}

SymmetricEigen lone_symmetric_eigen(const Matrix& a) {
  static const SolveSmall fastest = small_eigen_variants().front().solve;
  const Eigen::Index n = a.rows();
  if (n > small_eigen_order || n == 0) return symmetric_eigen(a);
  std::array<double, most * most> vectors;
  std::array<double, most> values;
  for (Eigen::Index j = 0; j < n; ++j) {
    require_finite(&a(j, j), n - j, "lone_symmetric_eigen");
    for (Eigen::Index i = j; i < n; ++i) {
      vectors[static_cast<std::size_t>(j * n + i)] = vectors[static_cast<std::size_t>(i * n + j)] = a(i, j);
    }
  }
  if (!fastest(static_cast<std::size_t>(n), vectors.data(), values.data())) return symmetric_eigen(a);
  std::array<std::size_t, most> order;
  std::iota(order.begin(), order.begin() + n, std::size_t{0});
  std::sort(order.begin(), order.begin() + n,
            [&](std::size_t i, std::size_t j) { return values[i] != values[j] ? values[i] > values[j] : i < j; });
  SymmetricEigen out{Vector(n), Matrix(n, n)};
  for (Eigen::Index j = 0; j < n; ++j) {
    const std::size_t from = order[static_cast<std::size_t>(j)];
    out.values[j] = values[from];
    std::copy_n(vectors.data() + from * static_cast<std::size_t>(n), n, &out.vectors(0, j));
  }
  return out;
}

}  // namespace rankwise::linalg
