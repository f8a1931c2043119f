// What the linalg floor shares about BLAS and LAPACK calls; internal. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>

#include "rankwise/core/contract.hpp"
#include "rankwise/linalg/matrix.hpp"

namespace rankwise::linalg {

/// A size as BLAS wants it.
[[nodiscard]] inline int blas_int(Eigen::Index size) {
  expects(size <= std::numeric_limits<int>::max(), "matrix sizes passed to BLAS fit 31 bits");
  return static_cast<int>(size);
}

/// A leading dimension: BLAS refuses 0 even for empty matrices.
[[nodiscard]] inline int leading(const Matrix& a) { return std::max(1, blas_int(a.rows())); }

/// Throws NumericalError when one of the `count` numbers is NaN or infinite; `what` names the caller's input.
void require_finite(const double* numbers, Eigen::Index count, const char* what);

/// Are these eigenpairs of A within the tolerances that top_eigenpairs() promises? A is not zero.
[[nodiscard]] bool pairs_hold(const Matrix& a, const SymmetricEigen& pairs);

}  // namespace rankwise::linalg
