// Dense random matrices. SPDX-License-Identifier: MIT
#include <cmath>
#include <complex>

#include "rankwise/core/contract.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/spectra/ensembles.hpp"

namespace rankwise::spectra {
namespace {

using linalg::ComplexMatrix;
using linalg::Matrix;

Eigen::Index checked(std::size_t n) {
  expects(n >= 1, "a random matrix has at least one row");
  return static_cast<Eigen::Index>(n);
}

/// Symmetric: entries column by column from the diagonal down.
template <typename Draw>
Matrix symmetric(std::size_t n, Draw&& draw) {
  const Eigen::Index size = checked(n);
  Matrix a(size, size);
  for (Eigen::Index j = 0; j < size; ++j) {
    for (Eigen::Index i = j; i < size; ++i) {
      a(i, j) = draw(i == j);
      a(j, i) = a(i, j);
    }
  }
  return a;
}

/// 64 fair signs of one word after another.
class Signs {
 public:
  explicit Signs(random::Stream& stream) : stream_(stream) {}
  double next() {
    if (left_ == 0) {
      word_ = stream_.word();
      left_ = 64;
    }
    const double sign = (word_ & 1U) != 0 ? 1 : -1;
    word_ >>= 1;
    --left_;
    return sign;
  }

 private:
  random::Stream& stream_;
  std::uint64_t word_ = 0;
  int left_ = 0;
};

}  // namespace

Matrix goe_matrix(std::size_t n, random::Stream& stream) {
  const double scale = 1 / std::sqrt(static_cast<double>(n));
  return symmetric(n, [&](bool diagonal) { return (diagonal ? std::sqrt(2.0) : 1) * scale * random::normal(stream); });
}

ComplexMatrix gue_matrix(std::size_t n, random::Stream& stream) {
  const Eigen::Index size = checked(n);
  const double scale = 1 / std::sqrt(static_cast<double>(n));
  ComplexMatrix a(size, size);
  for (Eigen::Index j = 0; j < size; ++j) {
    a(j, j) = scale * random::normal(stream);
    for (Eigen::Index i = j + 1; i < size; ++i) {
      const double x = random::normal(stream);
      const double y = random::normal(stream);
      a(i, j) = std::complex(x, y) * (scale * std::sqrt(0.5));
      a(j, i) = std::conj(a(i, j));
    }
  }
  return a;
}

// (A + A^H)/sqrt(8 n) is [P, Q; -conj Q, conj P] with P = (X + X^H)/sqrt(8 n) Hermitian and Q = (Y - Y^T)/sqrt(8 n)
// antisymmetric. E|X_ij|^2 = E|Y_ij|^2 = 2 makes real and imaginary parts off the diagonal of variance 1/(4 n), and the
// diagonal of P real of variance 1/(2 n).
ComplexMatrix gse_matrix(std::size_t n, random::Stream& stream) {
  const Eigen::Index size = checked(n);
  const double half = 0.5 / std::sqrt(static_cast<double>(n));  // standard deviation of a real or imaginary part
  ComplexMatrix a = ComplexMatrix::Zero(2 * size, 2 * size);
  for (Eigen::Index j = 0; j < size; ++j) {
    a(j, j) = half * std::sqrt(2.0) * random::normal(stream);
    a(j + size, j + size) = a(j, j);
    for (Eigen::Index i = j + 1; i < size; ++i) {
      const double x = random::normal(stream);
      const double y = random::normal(stream);
      const std::complex<double> p(half * x, half * y);
      a(i, j) = p;
      a(j, i) = std::conj(p);
      a(i + size, j + size) = std::conj(p);
      a(j + size, i + size) = p;
      const double u = random::normal(stream);
      const double v = random::normal(stream);
      const std::complex<double> q(half * u, half * v);
      a(i, j + size) = q;
      a(j, i + size) = -q;
      a(j + size, i) = std::conj(q);
      a(i + size, j) = -std::conj(q);
    }
  }
  return a;
}

Matrix wishart_matrix(std::size_t n, std::size_t m, random::Stream& stream) {
  expects(m >= 1, "a Wishart matrix has at least one sample");
  Matrix x(static_cast<Eigen::Index>(m), checked(n));  // transposed, since gram() is A^T A
  for (Eigen::Index j = 0; j < x.cols(); ++j) {
    for (Eigen::Index i = 0; i < x.rows(); ++i) x(i, j) = random::normal(stream);
  }
  return linalg::gram(x) / static_cast<double>(m);
}

Matrix wigner_matrix(std::size_t n, EntryLaw law, random::Stream& stream) {
  const double scale = 1 / std::sqrt(static_cast<double>(n));
  switch (law.kind) {
    case EntryLaw::Kind::rademacher: {
      Signs signs(stream);
      return symmetric(n, [&](bool) { return scale * signs.next(); });
    }
    case EntryLaw::Kind::uniform:
      return symmetric(n, [&](bool) { return scale * std::sqrt(3.0) * (2 * random::uniform(stream) - 1); });
    case EntryLaw::Kind::student_t: {
      const double dof = law.degrees_of_freedom;
      expects(dof > 2 && std::isfinite(dof), "Student's t has a variance above 2 degrees of freedom");
      const double unit =
          scale * std::sqrt((dof - 2) / 2);  // t = z sqrt(dof / (2 Gamma(dof/2))), variance dof/(dof - 2)
      return symmetric(n, [&](bool) {
        const double z = random::normal(stream);
        return unit * z / std::sqrt(random::gamma(stream, dof / 2));
      });
    }
  }
  expects(false, "a known law of entries");
  return {};
}

Matrix diagonal_plus_goe(std::span<const double> h, double scale, random::Stream& stream) {
  std::size_t at = 0;
  return symmetric(h.size(), [&](bool diagonal) {
    const double noise = scale * random::normal(stream);
    return diagonal ? h[at++] + std::sqrt(2.0) * noise : noise;
  });
}

}  // namespace rankwise::spectra
