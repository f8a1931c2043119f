// Products in single precision, for iterations whose result is checked in double. SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <vector>

namespace rankwise::linalg {

/// Column-major, without shape: the caller knows it.
using FloatBuffer = std::vector<float>;

/// C = A B with A (rows x inner), B (inner x columns), C (rows x columns, already of that size).
void multiply(const FloatBuffer& a, const FloatBuffer& b, FloatBuffer& c, Eigen::Index rows, Eigen::Index inner,
              Eigen::Index columns);

/// C = A^T B with A (inner x rows), B (inner x columns), C (rows x columns, already of that size).
void multiply_transposed(const FloatBuffer& a, const FloatBuffer& b, FloatBuffer& c, Eigen::Index rows, Eigen::Index inner,
                         Eigen::Index columns);

}  // namespace rankwise::linalg
