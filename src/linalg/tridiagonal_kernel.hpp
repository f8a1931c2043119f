// One source of the lane-batched root-free QL for every instruction set; internal. SPDX-License-Identifier: MIT
//
// A lane kernel, see rankwise/core/lanes.hpp; the unnamed namespace keeps its instances apart.
#pragma once

#include "linalg/tridiagonal_lanes.hpp"

namespace rankwise::linalg {
namespace {

constexpr std::size_t row = replica_lanes;

/// Matrices are scaled to largest entry in [1/2, 1). A squared coupling up to this is zero: about (1.6e-16)^2.
constexpr double negligible_square = 0x1p-105;
/// Keeps pivots from being exactly zero; nothing beside entries of order one.
constexpr double tiny_pivot = 1e-60;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double largest_double = std::numeric_limits<double>::max();

template <class Isa>
struct LaneSolver {
  using Vec = typename Isa::Vec;
  using Bits = typename Isa::Bits;
  static constexpr std::size_t width = sizeof(Vec) / sizeof(double);
  static constexpr std::size_t vectors = Isa::vectors;
  static constexpr std::size_t group = width * vectors;  ///< lanes that are swept together

  static Vec load(const double* from) { return *reinterpret_cast<const typename Isa::Loose*>(from); }
  static void store(double* to, Vec x) { *reinterpret_cast<typename Isa::Loose*>(to) = x; }

  /// Powers of two that scale one lane, each in two halves because 2^1074 is no double.
  struct Scale {
    alignas(64) double down1[row], down2[row], up1[row], up2[row];
    alignas(64) std::int64_t reversed[row];  ///< all ones: the lane is stored from its far end
  };

  /// State of a sweep through one group: all that goes from row to row stays in registers.
  struct Sweep {
    Vec shift[vectors], pivot[vectors], gamma[vectors], sine[vectors];
    Bits begin[vectors];  ///< first row of each lane; n for those that are done, which no row reaches
  };

  // --- input ---

  /// Largest magnitudes, refused lanes, and at which end the small couplings are.
  static std::uint32_t survey(const LaneProblem& problem, Scale& scale) {
    std::uint32_t refused = 0;
    const std::size_t half = (problem.n - 1) / 2;
    const bool squared = problem.kind == OffDiagonal::squared;
    for (std::size_t w = 0; w < row; w += width) {
      Vec largest{}, coupled{}, near{}, far{}, wrong{};
      for (std::size_t i = 0; i < problem.n; ++i) {
        const Vec x = load(problem.diagonal + i * row + w);
        const Vec size = x < 0 ? -x : x;
        largest = size > largest ? size : largest;
        wrong += x * 0;
      }
      for (std::size_t i = 0; i + 1 < problem.n; ++i) {
        const Vec x = load(problem.off_diagonal + i * row + w);
        const Vec size = x < 0 ? -x : x;
        coupled = size > coupled ? size : coupled;
        wrong += x * 0;
        if (squared) wrong = x < 0 ? wrong + not_a_number : wrong;
        if (i < half) near = near + size;
        if (i + 1 + half >= problem.n) far = far + size;
      }
      for (std::size_t k = 0; k < width; ++k) {
        if (!(wrong[k] == 0)) refused |= std::uint32_t{1} << (w + k);
        const double coupling = squared ? __builtin_sqrt(coupled[k]) : coupled[k];
        set_scale(scale, w + k, coupling > largest[k] ? coupling : largest[k]);
        scale.reversed[w + k] = far[k] < near[k] ? -1 : 0;
      }
    }
    return refused;
  }

  static void set_scale(Scale& scale, std::size_t lane, double largest) {
    int exponent = 0;
    if (largest > 0 && largest <= largest_double) (void)__builtin_frexp(largest, &exponent);
    const int first = exponent / 2;
    scale.down1[lane] = __builtin_ldexp(1.0, -first);
    scale.down2[lane] = __builtin_ldexp(1.0, first - exponent);
    scale.up1[lane] = __builtin_ldexp(1.0, first);
    scale.up2[lane] = __builtin_ldexp(1.0, exponent - first);
  }

  /// Scaled copies with the small couplings first, where QL finds its eigenvalues fastest.
  static void copy_in(const LaneProblem& problem, const Scale& scale) {
    const std::size_t last = problem.n - 1;
    const bool squared = problem.kind == OffDiagonal::squared;
    for (std::size_t w = 0; w < row; w += width) {
      const Vec down1 = load(&scale.down1[w]);
      const Vec down2 = load(&scale.down2[w]);
      const Bits reversed = *reinterpret_cast<const Bits*>(&scale.reversed[w]);
      for (std::size_t i = 0; i <= last; ++i) {
        const Vec x = reversed ? load(problem.diagonal + (last - i) * row + w) : load(problem.diagonal + i * row + w);
        store(problem.work_diagonal + i * row + w, x * down1 * down2);
      }
      for (std::size_t i = 0; i < last; ++i) {
        const Vec x =
            reversed ? load(problem.off_diagonal + (last - 1 - i) * row + w) : load(problem.off_diagonal + i * row + w);
        const Vec y = x * down1 * down2;
        store(problem.work_squares + i * row + w, squared ? y * down1 * down2 : y * y);
      }
      store(problem.work_diagonal + problem.n * row + w, Vec{});
      store(problem.work_squares + last * row + w, Vec{} + 1.0);
    }
  }

  // --- one sweep of a group ---

  /// Wilkinson's shift: the eigenvalue of the leading 2 x 2 block that is closer to its first entry.
  static void start(Sweep& sweep, const double* diagonal, const double* squares, std::size_t n,
                    const std::int64_t* first) {
    alignas(64) double a[group], b[group], e[group];
    for (std::size_t k = 0; k < group; ++k) {
      const std::size_t at = static_cast<std::size_t>(first[k]) * row + k;
      a[k] = diagonal[at];
      b[k] = diagonal[at + row];
      e[k] = squares[at];
    }
    for (std::size_t v = 0; v < vectors; ++v) {
      const Vec top = load(a + v * width);
      const Vec square = load(e + v * width);
      const Vec half_gap = (load(b + v * width) - top) * 0.5;
      const Vec root = Isa::square_root(half_gap * half_gap + square);
      sweep.shift[v] = top - square / (half_gap < 0 ? half_gap - root : half_gap + root);
      sweep.pivot[v] = (load(diagonal + (n - 1) * row + v * width) - sweep.shift[v]) + tiny_pivot;
      sweep.gamma[v] = sweep.pivot[v];
      sweep.sine[v] = Vec{};
      const Bits begin = *reinterpret_cast<const Bits*>(first + v * width);
      const auto end = static_cast<std::int64_t>(n - 1);
      sweep.begin[v] = begin == end ? begin + 1 : begin;
    }
  }

  /// Row i of all lanes, which is new row i + 1 of the transformed matrix. With the pivots q of the factorisation of
  /// T - shift from below, gamma = cos^2 q is the diagonal entry on its way, p = gamma q and r = p + square. All three
  /// quotients cos^2 = p/r, sin^2 = square/r and square/q come from one division by q r, a sum of terms of one sign.
  /// `masked`: rows above the beginning of a lane are left alone, and lanes that began one row earlier receive their
  /// leading row.
  template <bool masked>
  static void step(Sweep& sweep, double* diagonal, double* squares, std::size_t i) {
    double* const d = diagonal + i * row;
    double* const e = squares + i * row;
#pragma GCC unroll 16
    for (std::size_t v = 0; v < vectors; ++v) {
      const Vec square = load(e + v * width);
      const Vec entry = load(d + v * width);
      const Vec p = sweep.gamma[v] * sweep.pivot[v];
      const Vec r = p + square;
      const Vec cosine_part = p * sweep.pivot[v];
      const Vec sine_part = square * sweep.pivot[v];
      const Vec inverse = 1.0 / (cosine_part + sine_part);
      const Vec pivot = ((entry - sweep.shift[v]) - (square * r) * inverse) + tiny_pivot;
      const Vec gamma = (cosine_part * inverse) * pivot;
      const Vec new_square = sweep.sine[v] * r;
      const Vec new_entry = sweep.gamma[v] + (entry - gamma);
      if constexpr (masked) {
        const auto here = static_cast<std::int64_t>(i);
        const Bits inside = sweep.begin[v] <= here;
        const Bits ended = sweep.begin[v] == here + 1;
        const Vec other_entry = ended ? sweep.shift[v] + sweep.gamma[v] : load(d + row + v * width);
        const Vec other_square = ended ? sweep.sine[v] * p : load(e + row + v * width);
        store(d + row + v * width, inside ? new_entry : other_entry);
        store(e + row + v * width, inside ? new_square : other_square);
      } else {
        store(d + row + v * width, new_entry);
        store(e + row + v * width, new_square);
      }
      sweep.sine[v] = sine_part * inverse;
      sweep.pivot[v] = pivot;
      sweep.gamma[v] = gamma;
    }
  }

  /// The leading rows of the lanes that begin at row 0.
  static void finish(const Sweep& sweep, double* diagonal, double* squares) {
    for (std::size_t v = 0; v < vectors; ++v) {
      const Bits ended = sweep.begin[v] == 0;
      double* const d = diagonal + v * width;
      double* const e = squares + v * width;
      store(d, ended ? sweep.shift[v] + sweep.gamma[v] : load(d));
      store(e, ended ? sweep.sine[v] * (sweep.gamma[v] * sweep.pivot[v]) : load(e));
    }
  }

  /// One QL step of every lane k on its rows first[k] .. n - 1; lanes with first[k] = n - 1 are done and stay.
  static void sweep_group(double* diagonal, double* squares, std::size_t n, const std::int64_t* first,
                          std::size_t lowest, std::size_t highest) {
    Sweep sweep;
    start(sweep, diagonal, squares, n, first);
    std::size_t i = n - 1;
    while (i > highest) step<false>(sweep, diagonal, squares, --i);
    while (i > lowest) step<true>(sweep, diagonal, squares, --i);
    if (lowest > 0) {
      step<true>(sweep, diagonal, squares, lowest - 1);
    } else {
      finish(sweep, diagonal, squares);
    }
    // The squares end in a row that is never negligible: it stops advance().
    for (std::size_t v = 0; v < vectors; ++v) store(squares + (n - 1) * row + v * width, Vec{} + 1.0);
  }

  /// Moves every lane past its negligible couplings. Without branches per lane: half of them would be mispredicted.
  static void advance(const double* squares, std::int64_t* first) {
    std::int64_t moved = 1;
    while (moved != 0) {
      moved = 0;
      for (std::size_t k = 0; k < group; ++k) {
        const std::int64_t next = squares[static_cast<std::size_t>(first[k]) * row + k] <= negligible_square ? 1 : 0;
        first[k] += next;
        moved |= next;
      }
    }
  }

  /// Diagonalises `group` lanes in place; adds those that are not done to the outcome.
  static void solve_group(const LaneProblem& problem, std::size_t lane, LaneOutcome& outcome) {
    double* const diagonal = problem.work_diagonal + lane;
    double* const squares = problem.work_squares + lane;
    const auto end = static_cast<std::int64_t>(problem.n - 1);
    alignas(64) std::int64_t first[group] = {};
    for (std::size_t sweeps = 0;; ++sweeps) {
      advance(squares, first);
      std::int64_t lowest = end;
      std::int64_t highest = 0;
      for (std::size_t k = 0; k < group; ++k) {
        lowest = first[k] < lowest ? first[k] : lowest;
        highest = first[k] > highest ? first[k] : highest;
      }
      if (sweeps > outcome.sweeps) outcome.sweeps = sweeps;
      if (lowest == end) return;
      if (sweeps == problem.max_sweeps) break;
      sweep_group(diagonal, squares, problem.n, first, static_cast<std::size_t>(lowest),
                  static_cast<std::size_t>(highest));
    }
    for (std::size_t k = 0; k < group; ++k) {
      if (first[k] != end) outcome.unconverged |= std::uint32_t{1} << (lane + k);
    }
  }

  // --- output ---

  static void exchange(double* low, double* high) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < vectors; ++v) {
      const Vec a = load(low + v * width);
      const Vec b = load(high + v * width);
      store(low + v * width, a < b ? a : b);
      store(high + v * width, a < b ? b : a);
    }
  }

  /// Batcher's merge exchange (D. E. Knuth, The Art of Computer Programming 3, section 5.2.2, algorithm M): the same
  /// comparisons in every lane, no branches.
  static void sort_group(double* rows, std::size_t n) {
    std::size_t top = 1;
    while (2 * top < n) top *= 2;
    for (std::size_t p = n > 1 ? top : 0; p > 0; p /= 2) {
      std::size_t r = 0;
      std::size_t distance = p;
      for (std::size_t q = top;; q /= 2) {
        for (std::size_t i = 0; i + distance < n; ++i) {
          if ((i & p) == r) exchange(rows + i * row, rows + (i + distance) * row);
        }
        if (q == p) break;
        distance = q - p;
        r = p;
      }
    }
  }

  static void copy_out(const LaneProblem& problem, const Scale& scale) {
    for (std::size_t w = 0; w < row; w += width) {
      const Vec up1 = load(&scale.up1[w]);
      const Vec up2 = load(&scale.up2[w]);
      for (std::size_t i = 0; i < problem.n; ++i) {
        store(problem.values + i * row + w, load(problem.work_diagonal + i * row + w) * up1 * up2);
      }
    }
  }

  static LaneOutcome solve(const LaneProblem& problem) {
    LaneOutcome outcome;
    Scale scale;
    outcome.refused = survey(problem, scale);
    if (outcome.refused != 0) return outcome;
    copy_in(problem, scale);
    for (std::size_t lane = 0; lane < row; lane += group) {
      solve_group(problem, lane, outcome);
      sort_group(problem.work_diagonal + lane, problem.n);
    }
    copy_out(problem, scale);
    return outcome;
  }
};

}  // namespace
}  // namespace rankwise::linalg
