// Tridiagonal eigenvalues: choice of the instruction set, refusals, the way out through LAPACK.
// SPDX-License-Identifier: MIT
#include "rankwise/linalg/tridiagonal.hpp"

#include <lapacke.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "linalg/lapack.hpp"
#include "linalg/tridiagonal_lanes.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::linalg {
namespace {

constexpr std::size_t sweeps_per_eigenvalue = 30;

std::vector<TridiagonalVariant> find_variants() {
  std::vector<TridiagonalVariant> found;
  for (const InstructionSet set : instruction_sets()) {
    SolveLanes solve = solve_lanes_portable;
#ifdef RANKWISE_LANES_X86
    if (set == InstructionSet::avx512) solve = solve_lanes_avx512;
    if (set == InstructionSet::avx2) solve = solve_lanes_avx2;
#endif
    found.push_back({name_of(set), solve});
  }
  return found;
}

/// The eigenvalues replace the diagonal; the off-diagonal is destroyed.
void sterf(std::vector<double>& diagonal, std::vector<double>& off_diagonal) {
  const lapack_int info =
      LAPACKE_dsterf(blas_int(static_cast<Eigen::Index>(diagonal.size())), diagonal.data(), off_diagonal.data());
  if (info != 0) throw NumericalError(concat("LAPACK dsterf did not converge (info ", info, ")"));
}

void solve_lane_by_lapack(const LaneProblem& problem, std::size_t lane) {
  std::vector<double> diagonal(problem.n);
  std::vector<double> off_diagonal(problem.n - 1);
  for (std::size_t i = 0; i < problem.n; ++i) diagonal[i] = problem.diagonal[replica_lanes * i + lane];
  for (std::size_t i = 0; i + 1 < problem.n; ++i) {
    const double x = problem.off_diagonal[replica_lanes * i + lane];
    off_diagonal[i] = problem.kind == OffDiagonal::squared ? std::sqrt(x) : x;
  }
  sterf(diagonal, off_diagonal);
  for (std::size_t i = 0; i < problem.n; ++i) problem.values[replica_lanes * i + lane] = diagonal[i];
}

}  // namespace

std::span<const TridiagonalVariant> tridiagonal_variants() {
  static const std::vector<TridiagonalVariant> variants = find_variants();
  return variants;
}

TridiagonalReport solve_batch(const TridiagonalVariant& variant, const LaneProblem& problem) {
  const LaneOutcome outcome = variant.solve(problem);
  if (outcome.refused != 0) {
    throw NumericalError(concat("the tridiagonal matrix in lane ", std::countr_zero(outcome.refused),
                                " of a batch holds NaN, infinity or a negative square"));
  }
  TridiagonalReport report{0, outcome.sweeps};
  for (std::size_t lane = 0; lane < replica_lanes; ++lane) {
    if ((outcome.unconverged >> lane & 1U) == 0) continue;
    solve_lane_by_lapack(problem, lane);
    ++report.by_lapack;
  }
  return report;
}

TridiagonalBatch::TridiagonalBatch(std::size_t n) : n_(n), diagonal_(n + 1), squares_(n) {
  expects(n >= 1, "a tridiagonal batch needs matrices of order 1 at least");
}

TridiagonalReport TridiagonalBatch::eigenvalues(std::span<const double> diagonal, std::span<const double> off_diagonal,
                                                OffDiagonal kind, std::span<double> values) {
  expects(diagonal.size() == n_ * replica_lanes && off_diagonal.size() == (n_ - 1) * replica_lanes &&
              values.size() == n_ * replica_lanes,
          "a tridiagonal batch has n rows of diagonals and eigenvalues and n - 1 of off-diagonals");
  return solve_batch(tridiagonal_variants().front(),
                     {n_, diagonal.data(), off_diagonal.data(), kind, values.data(), diagonal_.front().lane.data(),
                      squares_.front().lane.data(), sweeps_per_eigenvalue * n_});
}

namespace {

void require_bands(std::span<const double> diagonal, std::span<const double> off_diagonal, const char* who) {
  expects(!diagonal.empty() && off_diagonal.size() + 1 == diagonal.size(),
          "a banded matrix has n >= 1 diagonal and n - 1 off-diagonal entries");
  require_finite(diagonal.data(), static_cast<Eigen::Index>(diagonal.size()), who);
  require_finite(off_diagonal.data(), static_cast<Eigen::Index>(off_diagonal.size()), who);
}

}  // namespace

std::vector<double> tridiagonal_eigenvalues(std::span<const double> diagonal, std::span<const double> off_diagonal) {
  require_bands(diagonal, off_diagonal, "tridiagonal_eigenvalues");
  std::vector<double> values(diagonal.begin(), diagonal.end());
  std::vector<double> off(off_diagonal.begin(), off_diagonal.end());
  sterf(values, off);
  return values;
}

std::vector<double> bidiagonal_singular_values(std::span<const double> diagonal, std::span<const double> off_diagonal) {
  require_bands(diagonal, off_diagonal, "bidiagonal_singular_values");
  std::vector<double> values(diagonal.begin(), diagonal.end());
  std::vector<double> off(off_diagonal.begin(), off_diagonal.end());
  // Without vectors dbdsqr is dlasq1, for which LAPACKE has no name.
  const lapack_int info =
      LAPACKE_dbdsqr(LAPACK_COL_MAJOR, 'U', blas_int(static_cast<Eigen::Index>(values.size())), 0, 0, 0, values.data(),
                     off.data(), nullptr, 1, nullptr, 1, nullptr, 1);
  if (info != 0) throw NumericalError(concat("LAPACK dlasq1 did not converge (info ", info, ")"));
  std::reverse(values.begin(), values.end());
  return values;
}

}  // namespace rankwise::linalg
