// One source of the kernels for few eigenpairs for every instruction set; internal. SPDX-License-Identifier: MIT
//
// A lane kernel, see rankwise/core/lanes.hpp; the unnamed namespace keeps its instances apart.
#pragma once

#include "linalg/small.hpp"

namespace rankwise::linalg {
namespace {

/// Eight numbers, in as many vectors as they take.
struct Eight {
  using Vec = Isa::Vec;
  using Bits = Isa::Bits;
  static constexpr std::size_t width = sizeof(Vec) / sizeof(double);
  static constexpr std::size_t parts = small_lanes / width;

  Vec part[parts];

  static Eight load(const double* from) {
    Eight x;
    for (std::size_t p = 0; p < parts; ++p) x.part[p] = *reinterpret_cast<const Isa::Loose*>(from + p * width);
    return x;
  }
  static Eight all(double value) {
    Eight x;
    for (std::size_t p = 0; p < parts; ++p) x.part[p] = Vec{} + value;
    return x;
  }
  void store(double* to) const {
    for (std::size_t p = 0; p < parts; ++p) *reinterpret_cast<Isa::Loose*>(to + p * width) = part[p];
  }
  friend Eight operator+(Eight a, const Eight& b) {
    for (std::size_t p = 0; p < parts; ++p) a.part[p] += b.part[p];
    return a;
  }
  friend Eight operator-(Eight a, const Eight& b) {
    for (std::size_t p = 0; p < parts; ++p) a.part[p] -= b.part[p];
    return a;
  }
  friend Eight operator*(Eight a, const Eight& b) {
    for (std::size_t p = 0; p < parts; ++p) a.part[p] *= b.part[p];
    return a;
  }
  friend Eight operator/(Eight a, const Eight& b) {
    for (std::size_t p = 0; p < parts; ++p) a.part[p] /= b.part[p];
    return a;
  }
  static Eight square_root(Eight a) {
    for (std::size_t p = 0; p < parts; ++p) a.part[p] = Isa::square_root(a.part[p]);
    return a;
  }
  static Eight absolute(Eight a) {
    for (std::size_t p = 0; p < parts; ++p) a.part[p] = a.part[p] < 0 ? -a.part[p] : a.part[p];
    return a;
  }
  /// ((x0 + x1) + (x2 + x3)) + ((x4 + x5) + (x6 + x7))
  [[nodiscard]] double sum() const {
    alignas(64) double x[small_lanes];
    store(x);
    return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
  }
};

struct Mask {
  Eight::Bits part[Eight::parts];

  static Mask greater(const Eight& a, const Eight& b) {
    Mask m;
    for (std::size_t p = 0; p < Eight::parts; ++p) m.part[p] = a.part[p] > b.part[p];
    return m;
  }
  [[nodiscard]] Eight choose(const Eight& yes, const Eight& no) const {
    Eight x;
    for (std::size_t p = 0; p < Eight::parts; ++p) x.part[p] = part[p] ? yes.part[p] : no.part[p];
    return x;
  }
  [[nodiscard]] std::uint32_t bits() const {
    std::uint32_t found = 0;
    for (std::size_t p = 0; p < Eight::parts; ++p) {
      for (std::size_t k = 0; k < Eight::width; ++k) {
        if (part[p][k] != 0) found |= std::uint32_t{1} << (p * Eight::width + k);
      }
    }
    return found;
  }
};

/// Householder reduction to tridiagonal form and implicit QL with Wilkinson's shift (Martin, Reinsch and Wilkinson,
/// Numer. Math. 11 (1968); Dubrulle, ibid. 15 (1970)), every lane by itself: one that is done goes through the other
/// lanes' sweeps with identity rotations.
struct SmallEigen {
  static constexpr std::size_t row = small_lanes;
  static constexpr int most_sweeps = 60;                 ///< per eigenvalue
  static constexpr int patient_sweeps = 6;               ///< mostly 2 are enough
  static constexpr double negligible_square = 0x1p-900;  ///< of what is to be annihilated: below, it counts as zero
  static constexpr double unit = 0x1p-53;
  static constexpr std::uint32_t all_lanes = (std::uint32_t{1} << small_lanes) - 1;

  static std::uint32_t solve(double* a, double* values, std::size_t m) {
    alignas(64) double couplings[(small_order + 1) * row];  // a row in front: GCC 12 loads ahead of the loops downwards
    double* const e = couplings + row;
    alignas(64) double work[small_order * row];
    reduce(a, values, e, work, m);
    transpose(a, m);
    return iterate(a, values, e, m);
  }

  static Eight at(const double* a, std::size_t m, std::size_t i, std::size_t j) {
    return Eight::load(a + (i * m + j) * row);
  }
  static void put(double* a, std::size_t m, std::size_t i, std::size_t j, const Eight& x) {
    x.store(a + (i * m + j) * row);
  }

  /// a becomes the product of the reflections; d the diagonal, e[i] the coupling of i and i + 1.
  static void reduce(double* a, double* d, double* e, double* work, std::size_t m) {
    const Eight zero = Eight::all(0);
    const Eight one = Eight::all(1);
    for (std::size_t i = m - 1; i > 0; --i) {
      Eight h = zero;
      for (std::size_t k = 0; k < i; ++k) {
        const Eight x = at(a, m, i, k);
        h = h + x * x;
      }
      const Mask is_there = Mask::greater(h, Eight::all(negligible_square));
      h = is_there.choose(h, zero);
      const Eight f = is_there.choose(at(a, m, i, i - 1), zero);
      const Eight root = Eight::square_root(h);
      const Eight g = Mask::greater(zero, f).choose(root, zero - root);
      g.store(e + (i - 1) * row);
      h = h - f * g;
      const Eight inverse = is_there.choose(one / is_there.choose(h, one), zero);
      for (std::size_t k = 0; k + 1 < i; ++k) put(a, m, i, k, is_there.choose(at(a, m, i, k), zero));
      put(a, m, i, i - 1, f - g);
      Eight product = zero;
      for (std::size_t j = 0; j < i; ++j) {
        Eight sum = zero;
        for (std::size_t k = 0; k <= j; ++k) sum = sum + at(a, m, j, k) * at(a, m, i, k);
        for (std::size_t k = j + 1; k < i; ++k) sum = sum + at(a, m, k, j) * at(a, m, i, k);
        const Eight u = at(a, m, i, j);
        put(a, m, j, i, u * inverse);
        sum = sum * inverse;
        sum.store(work + j * row);
        product = product + sum * u;
      }
      const Eight half = product * inverse * Eight::all(0.5);
      for (std::size_t j = 0; j < i; ++j) {
        const Eight u = at(a, m, i, j);
        const Eight p = Eight::load(work + j * row) - half * u;
        p.store(work + j * row);
        for (std::size_t k = 0; k <= j; ++k) {
          put(a, m, j, k, at(a, m, j, k) - (u * Eight::load(work + k * row) + p * at(a, m, i, k)));
        }
      }
    }
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        Eight g = zero;
        for (std::size_t k = 0; k < i; ++k) g = g + at(a, m, i, k) * at(a, m, k, j);
        for (std::size_t k = 0; k < i; ++k) put(a, m, k, j, at(a, m, k, j) - g * at(a, m, k, i));
      }
      at(a, m, i, i).store(d + i * row);
      put(a, m, i, i, one);
      for (std::size_t j = 0; j < i; ++j) {
        put(a, m, j, i, zero);
        put(a, m, i, j, zero);
      }
    }
  }

  /// So that QL turns columns that lie in one piece.
  static void transpose(double* a, std::size_t m) {
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const Eight x = at(a, m, i, j);
        put(a, m, i, j, at(a, m, j, i));
        put(a, m, j, i, x);
      }
    }
  }

  static std::uint32_t iterate(double* z, double* d, double* e, std::size_t m) {
    const Eight zero = Eight::all(0);
    const Eight one = Eight::all(1);
    zero.store(e + (m - 1) * row);
    Eight norm = zero;
    for (std::size_t i = 0; i < m; ++i) {
      const Eight size = Eight::absolute(Eight::load(d + i * row)) + Eight::absolute(Eight::load(e + i * row));
      norm = Mask::greater(size, norm).choose(size, norm);
    }
    std::uint32_t failed = 0;
    for (std::size_t l = 0; l + 1 < m; ++l) {
      for (int sweep = 0;; ++sweep) {
        const Eight first = Eight::load(d + l * row);
        const Eight second = Eight::load(d + (l + 1) * row);
        const Eight coupling = Eight::load(e + l * row);
        // Relative to its neighbours where that can be had; the rounding of large entries may keep it from small ones.
        const Eight near = Eight::absolute(first) + Eight::absolute(second);
        const Mask active =
            Mask::greater(Eight::absolute(coupling), (sweep < patient_sweeps ? near : near + norm) * Eight::all(unit));
        const std::uint32_t lanes = active.bits();
        if (lanes == 0) break;
        if (sweep == most_sweeps) {
          failed |= lanes;
          break;
        }
        const Eight divisor = active.choose(coupling, one);
        const Eight q = (second - first) / (divisor + divisor);
        const Eight root = Eight::square_root(q * q + one);
        const Eight far = Mask::greater(zero, q).choose(q - root, q + root);
        const Eight shift = first - divisor / far;
        Eight g = Eight::load(d + (m - 1) * row) - shift;
        Eight s = one;
        Eight c = one;
        Eight p = zero;
        for (std::size_t back = 0; back + l + 1 < m; ++back) {
          const std::size_t i = m - 2 - back;
          const Eight old = Eight::load(e + i * row);
          const Eight next = Eight::load(e + (i + 1) * row);
          Eight lower = Eight::load(d + (i + 1) * row);
          Eight f = s * old;
          const Eight b = c * old;
          Eight square = f * f + g * g;
          Mask is_there = Mask::greater(square, Eight::all(negligible_square));
          Eight chased = is_there.choose(Eight::square_root(square), zero);
          active.choose(chased, next).store(e + (i + 1) * row);
          if (is_there.bits() != all_lanes) {
            // The matrix falls apart below row i + 1: what is above begins anew there.
            lower = is_there.choose(lower, active.choose(lower - p, lower));
            p = is_there.choose(p, zero);
            g = is_there.choose(g, lower - shift);
            f = is_there.choose(f, b);  // the coupling, as the last rotation has left it
            square = f * f + g * g;
            is_there = Mask::greater(square, Eight::all(negligible_square));
            chased = is_there.choose(Eight::square_root(square), zero);
          }
          const Eight r = is_there.choose(chased, one);
          s = is_there.choose(f / r, zero);
          c = is_there.choose(g / r, one);
          g = lower - p;
          const Eight t = (Eight::load(d + i * row) - g) * s + (c + c) * b;
          p = s * t;
          active.choose(g + p, lower).store(d + (i + 1) * row);
          g = c * t - b;
          const Eight sine = active.choose(s, zero);
          const Eight cosine = active.choose(c, one);
          for (std::size_t k = 0; k < m; ++k) {
            const Eight x = at(z, m, i, k);
            const Eight y = at(z, m, i + 1, k);
            put(z, m, i + 1, k, sine * x + cosine * y);
            put(z, m, i, k, cosine * x - sine * y);
          }
        }
        active.choose(first - p, first).store(d + l * row);
        active.choose(g, coupling).store(e + l * row);
        active.choose(zero, Eight::load(e + (m - 1) * row)).store(e + (m - 1) * row);
      }
    }
    return failed;
  }
};

struct Thin {
  static constexpr std::size_t rows = small_lanes;

  template <std::size_t I, std::size_t J>
  static void cross_block(const double* a, const double* b, std::size_t n, double* c, std::size_t ldc) {
    const std::size_t whole = n / rows * rows;
    Eight sums[I][J];
    for (std::size_t i = 0; i < I; ++i) {
      for (std::size_t j = 0; j < J; ++j) sums[i][j] = Eight::all(0);
    }
    for (std::size_t r = 0; r < whole; r += rows) {
      Eight x[I];
      for (std::size_t i = 0; i < I; ++i) x[i] = Eight::load(a + i * n + r);
      for (std::size_t j = 0; j < J; ++j) {
        const Eight y = Eight::load(b + j * n + r);
        for (std::size_t i = 0; i < I; ++i) sums[i][j] = sums[i][j] + x[i] * y;
      }
    }
    for (std::size_t j = 0; j < J; ++j) {
      for (std::size_t i = 0; i < I; ++i) {
        alignas(64) double partial[rows];
        sums[i][j].store(partial);
        for (std::size_t r = whole; r < n; ++r) partial[r - whole] += a[i * n + r] * b[j * n + r];
        c[j * ldc + i] = Eight::load(partial).sum();
      }
    }
  }

  static void cross(const double* a, std::size_t ka, const double* b, std::size_t kb, std::size_t n, double* c) {
    for (std::size_t j = 0; j < kb; j += 3) {
      const std::size_t width = kb - j < 3 ? kb - j : 3;
      for (std::size_t i = 0; i < ka; i += 2) {
        const bool pair = i + 1 < ka;
        const double* x = a + i * n;
        const double* y = b + j * n;
        double* to = c + j * ka + i;
        if (pair && width == 3) cross_block<2, 3>(x, y, n, to, ka);
        if (pair && width == 2) cross_block<2, 2>(x, y, n, to, ka);
        if (pair && width == 1) cross_block<2, 1>(x, y, n, to, ka);
        if (!pair && width == 3) cross_block<1, 3>(x, y, n, to, ka);
        if (!pair && width == 2) cross_block<1, 2>(x, y, n, to, ka);
        if (!pair && width == 1) cross_block<1, 1>(x, y, n, to, ka);
      }
    }
  }

  template <std::size_t J>
  static void combine_block(const double* a, std::size_t ka, const double* v, std::size_t ldv, std::size_t n, bool add,
                            double* out) {
    const std::size_t whole = n / rows * rows;
    for (std::size_t r = 0; r < whole; r += rows) {
      Eight sums[J];
      for (std::size_t j = 0; j < J; ++j) sums[j] = add ? Eight::load(out + j * n + r) : Eight::all(0);
      for (std::size_t i = 0; i < ka; ++i) {
        const Eight x = Eight::load(a + i * n + r);
        for (std::size_t j = 0; j < J; ++j) sums[j] = sums[j] + x * Eight::all(v[j * ldv + i]);
      }
      for (std::size_t j = 0; j < J; ++j) sums[j].store(out + j * n + r);
    }
    for (std::size_t r = whole; r < n; ++r) {
      for (std::size_t j = 0; j < J; ++j) {
        double sum = add ? out[j * n + r] : 0;
        for (std::size_t i = 0; i < ka; ++i) sum += a[i * n + r] * v[j * ldv + i];
        out[j * n + r] = sum;
      }
    }
  }

  static void combine(const double* a, std::size_t ka, const double* v, std::size_t ldv, std::size_t k, std::size_t n,
                      bool add, double* out) {
    std::size_t j = 0;
    for (; j + 4 <= k; j += 4) combine_block<4>(a, ka, v + j * ldv, ldv, n, add, out + j * n);
    if (k - j == 3) combine_block<3>(a, ka, v + j * ldv, ldv, n, add, out + j * n);
    if (k - j == 2) combine_block<2>(a, ka, v + j * ldv, ldv, n, add, out + j * n);
    if (k - j == 1) combine_block<1>(a, ka, v + j * ldv, ldv, n, add, out + j * n);
  }

  static void divide(double* u, std::size_t k, const double* r, std::size_t n) {
    const std::size_t whole = n / rows * rows;
    for (std::size_t at = 0; at < whole; at += rows) {
      for (std::size_t j = 0; j < k; ++j) {
        Eight x = Eight::load(u + j * n + at);
        for (std::size_t i = 0; i < j; ++i) x = x - Eight::load(u + i * n + at) * Eight::all(r[j * k + i]);
        (x / Eight::all(r[j * k + j])).store(u + j * n + at);
      }
    }
    for (std::size_t at = whole; at < n; ++at) {
      for (std::size_t j = 0; j < k; ++j) {
        double x = u[j * n + at];
        for (std::size_t i = 0; i < j; ++i) x -= u[i * n + at] * r[j * k + i];
        u[j * n + at] = x / r[j * k + j];
      }
    }
  }
};

}  // namespace
}  // namespace rankwise::linalg
