// SPDX-License-Identifier: MIT
#include "rankwise/linalg/single_precision.hpp"

#include <cblas.h>

#include "rankwise/core/contract.hpp"

namespace rankwise::linalg {

namespace {

int blas_int(Eigen::Index size) { return static_cast<int>(size); }

void check(const FloatBuffer& a, const FloatBuffer& b, const FloatBuffer& c, Eigen::Index rows, Eigen::Index inner,
           Eigen::Index columns) {
  const auto fits = [](const FloatBuffer& buffer, Eigen::Index m, Eigen::Index n) {
    return static_cast<Eigen::Index>(buffer.size()) == m * n;
  };
  expects(fits(a, rows, inner) && fits(b, inner, columns) && fits(c, rows, columns), "buffers have the sizes stated");
}

}  // namespace

void multiply(const FloatBuffer& a, const FloatBuffer& b, FloatBuffer& c, Eigen::Index rows, Eigen::Index inner,
              Eigen::Index columns) {
  check(a, b, c, rows, inner, columns);
  cblas_sgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, blas_int(rows), blas_int(columns), blas_int(inner), 1,
              a.data(), blas_int(rows), b.data(), blas_int(inner), 0, c.data(), blas_int(rows));
}

void multiply_transposed(const FloatBuffer& a, const FloatBuffer& b, FloatBuffer& c, Eigen::Index rows, Eigen::Index inner,
                         Eigen::Index columns) {
  check(a, b, c, rows, inner, columns);
  cblas_sgemm(CblasColMajor, CblasTrans, CblasNoTrans, blas_int(rows), blas_int(columns), blas_int(inner), 1, a.data(),
              blas_int(inner), b.data(), blas_int(inner), 0, c.data(), blas_int(rows));
}

}  // namespace rankwise::linalg
