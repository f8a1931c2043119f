// Subspace iteration on packed examples with a warm start. SPDX-License-Identifier: MIT
//
// One step is a product Z = X^T Y and one W = X Z, by tables of sums (packed_product.hpp): N M / 4 line additions each.
// Measured (Zen 4 at 3.5 GHz, 16 columns, ms): N=1000, M=800: .075 a product where single-precision GEMM with the
// N x N Gram matrix takes .45; N=2000, M=4000: .77 against 2.6. A Gram matrix would pay beyond M = 3 N only, at which
// point counting its bits costs more than all the products: there is no such route. The dense solver takes 1.7 ms at
// min(N, M) = 100 and 7.5 ms at 400; the iteration .1 to .3 and .25 (r = .9) to 1.3 (r = .12, near the threshold).
#include "linalg/leading_pairs.hpp"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "linalg/lapack.hpp"
#include "linalg/packed_product.hpp"
#include "linalg/thin.hpp"
#include "rankwise/core/contract.hpp"
#include "rankwise/random/stream.hpp"

namespace rankwise::linalg {
namespace {

constexpr double above_edge = 1.05;         ///< what counts as standing out: two Tracy-Widom widths at N = 400
constexpr double eigenvalue_error = 1e-10;  ///< relative, of the promised ones
constexpr double bulk_error = 1e-4;  ///< relative, of the others where they may matter: where one that stands out is
constexpr double weak = 2;           ///< below this many edges, or where the norm says that one is missing
constexpr int most_rounds = 12;
constexpr int most_steps = 10;  ///< in one round
constexpr double growth = 1e5;  ///< of the largest against the noise in one round: single precision keeps 1e7
constexpr double negligible = 1e-13;
constexpr double most_rounded = 8192;  ///< examples to which the last product goes by integers, at half the cost

/// Columns of a panel as rows of a matrix: panels lie row by row, LAPACK's matrices column by column.
template <typename T>
Matrix rows_of(const Panels<T>& panels, Eigen::Index width) {
  Matrix out(width, static_cast<Eigen::Index>(panels.rows()));
  constexpr auto line = static_cast<Eigen::Index>(line_width<T>);
  for (Eigen::Index c = 0; c < width; c += line) {
    const T* from = panels.panel(static_cast<std::size_t>(c / line));
    for (Eigen::Index r = 0; r < out.cols(); ++r, from += line) {
      for (Eigen::Index j = 0; j < line; ++j) out(c + j, r) = static_cast<double>(from[j]);
    }
  }
  return out;
}

template <typename T>
void put_rows(const Matrix& rows, Panels<T>& panels) {
  constexpr auto line = static_cast<Eigen::Index>(line_width<T>);
  for (Eigen::Index c = 0; c < rows.rows(); c += line) {
    T* to = panels.panel(static_cast<std::size_t>(c / line));
    for (Eigen::Index r = 0; r < rows.cols(); ++r, to += line) {
      for (Eigen::Index j = 0; j < line; ++j) to[j] = static_cast<T>(rows(c + j, r));
    }
  }
}

/// A A^T, lower triangle.
Matrix row_gram(const Matrix& a) {
  Matrix out = Matrix::Zero(a.rows(), a.rows());
  cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, blas_int(a.rows()), blas_int(a.cols()), 1, a.data(), leading(a),
              0, out.data(), leading(out));
  return out;
}

/// T with orthonormal T^T A, up to rows of zeros for what A lacks in rank: by the eigenvectors of the scaled A A^T
/// (Stathopoulos and Wu, SIAM J. Sci. Comput. 23, 2002).
struct Orthonormal {
  Matrix transform;
  Matrix rows;
  double condition = 1;  ///< least over largest kept eigenvalue
};

Orthonormal orthonormal_rows(const Matrix& a) {
  const Eigen::Index b = a.rows();
  Matrix squares = row_gram(a);
  Vector scale(b);
  for (Eigen::Index i = 0; i < b; ++i) scale[i] = squares(i, i) > 0 ? 1 / std::sqrt(squares(i, i)) : 0;
  for (Eigen::Index j = 0; j < b; ++j) {
    for (Eigen::Index i = j; i < b; ++i) squares(i, j) *= scale[i] * scale[j];
  }
  const SymmetricEigen eigen = small_symmetric_eigen(squares);
  Orthonormal out{Matrix::Zero(b, b), {}, 1};
  for (Eigen::Index j = 0; j < b; ++j) {
    if (!(eigen.values[j] > negligible * eigen.values[0])) break;
    out.condition = eigen.values[j] / eigen.values[0];
    const double factor = 1 / std::sqrt(eigen.values[j]);
    for (Eigen::Index i = 0; i < b; ++i) out.transform(i, j) = scale[i] * eigen.vectors(i, j) * factor;
  }
  out.rows = transposed_product(out.transform, a);
  return out;
}

/// With a second pass where rounding in the first one would show.
Orthonormal orthonormal_rows_twice(const Matrix& a) {
  Orthonormal once = orthonormal_rows(a);
  if (once.condition > 1e-8) return once;
  Orthonormal again = orthonormal_rows(once.rows);
  again.transform = product(once.transform, again.transform);
  return again;
}

/// Of the spectrum of B = X X^T/M, whose mean is 1: the noise level and edge next to the first `count` eigenvalues.
struct Noise {
  double level;
  double edge;
};

class Iteration {
 public:
  Iteration(const SignMatrix& x, Eigen::Index k, double squares)
      : neurons_(static_cast<double>(x.rows())),
        examples_(static_cast<double>(x.columns())),
        k_(k),
        width_(block_width(k)),
        squares_(squares / (examples_ * examples_)),
        transposed_(x.transposed()),
        by_neuron_(x),
        by_example_(transposed_),
        y_(x.rows(), static_cast<std::size_t>(width_)),
        z_(x.columns(), static_cast<std::size_t>(width_)) {}

  std::optional<LeadingPairs> run(const SignMatrix* patterns) {
    start(patterns);
    for (int round = 0;; ++round) {
      ritz();
      if (accepted()) return result();
      if (round == most_rounds) return std::nullopt;
      filter();
    }
  }

 private:
  void to_examples() { multiply(by_example_, y_, z_); }
  void to_neurons() { multiply(by_neuron_, z_, y_); }

  /// Patterns, filled up by fixed random signs, through one or two steps; the first product counts bits.
  void start(const SignMatrix* patterns) {
    SignMatrix columns = fixed_signs();
    const std::size_t known = patterns == nullptr ? 0 : std::min(patterns->rows(), columns.rows());
    for (std::size_t c = 0; c < known; ++c) {
      const auto pattern = patterns->row(c);
      std::copy(pattern.begin(), pattern.end(), columns.row(c).begin());
    }
    const IntMatrix overlaps = transposed_.overlaps(columns);
    for (Eigen::Index c = 0; c < width_; ++c) {
      for (Eigen::Index a = 0; a < overlaps.rows(); ++a) {
        z_.at(static_cast<std::size_t>(a), static_cast<std::size_t>(c)) = static_cast<float>(overlaps(a, c));
      }
    }
    to_neurons();
    // Without patterns every column turns to the same few directions, which would drown the others.
    if (known == 0) put_rows(orthonormal_rows(rows_of(y_, width_)).rows, y_);
    to_examples();
    products_ = 1;
    if (enough(overlaps, static_cast<Eigen::Index>(known))) return;
    to_neurons();
    to_examples();
    ++products_;
  }

  /// width x N, the same in every call.
  [[nodiscard]] SignMatrix fixed_signs() const {
    SignMatrix signs(static_cast<std::size_t>(width_), transposed_.columns());
    random::Stream stream({0x6865626269616e21, 0}, random::Purpose::user, 0);
    stream.words(signs.words());
    signs.clear_padding();
    return signs;
  }

  /// Will one step bring the patterns to the accuracy promised? Their own Rayleigh quotients tell: of a strength rho
  /// over the edge, a direction off by sqrt(edge/rho) comes closer by edge/rho with each step, and the error of an
  /// eigenvalue is the square of that, half a step further.
  [[nodiscard]] bool enough(const IntMatrix& overlaps, Eigen::Index known) const {
    double sum = 0;
    double least = std::numeric_limits<double>::infinity();
    for (Eigen::Index c = 0; c < known; ++c) {
      double quotient = 0;
      for (Eigen::Index a = 0; a < overlaps.rows(); ++a) {
        quotient += static_cast<double>(overlaps(a, c)) * static_cast<double>(overlaps(a, c));
      }
      quotient /= neurons_ * examples_;
      sum += quotient;
      least = std::min(least, quotient);
    }
    const double left = std::max(0.0, (neurons_ - sum) / neurons_);
    return known > 0 && std::pow(noise_edge(left) / least, 4) <= 2 * eigenvalue_error;
  }

  [[nodiscard]] double noise_edge(double level) const {
    const double root = 1 + std::sqrt(neurons_ / examples_);
    return level * root * root;
  }

  /// Scales the rows of p by factors of their own and rounds them to integers, so coarse that no sum in X p leaves 31
  /// bits. The rounding, M/2^31 of the largest entry, moves the subspace, and so an eigenvalue by its square only:
  /// below 1e-10 to M = 8192. Returns the inverse factors.
  [[nodiscard]] Vector round_rows(Matrix& p) const {
    Vector step = Vector::Zero(width_);
    for (Eigen::Index a = 0; a < p.cols(); ++a) {
      for (Eigen::Index j = 0; j < width_; ++j) step[j] = std::max(step[j], std::abs(p(j, a)));
    }
    Vector factor(width_);
    for (Eigen::Index j = 0; j < width_; ++j) {
      factor[j] = step[j] > 0 ? (0x1p31 - 1 - examples_) / (examples_ * step[j]) : 1;
      step[j] = 1 / factor[j];
    }
    for (Eigen::Index a = 0; a < p.cols(); ++a) {
      // Adding 1.5 2^52 leaves no bits behind the point.
      for (Eigen::Index j = 0; j < width_; ++j) p(j, a) = (p(j, a) * factor[j] + 0x1.8p52) - 0x1.8p52;
    }
    return step;
  }

  template <typename T>
  [[nodiscard]] Matrix image_of(const Matrix& p) const {
    Panels<T> columns(z_.rows(), static_cast<std::size_t>(width_));
    Panels<T> image(y_.rows(), static_cast<std::size_t>(width_));
    put_rows(p, columns);
    multiply(by_neuron_, columns, image);
    return rows_of(image, width_);
  }

  /// A A^T with row i of A times step i.
  [[nodiscard]] Matrix scaled_gram(const Matrix& a, const Vector& step) const {
    Matrix out = row_gram(a);
    for (Eigen::Index j = 0; j < width_; ++j) {
      for (Eigen::Index i = j; i < width_; ++i) out(j, i) = out(i, j) *= step[i] * step[j];
    }
    return out;
  }

  /// G^(-1/2) of a Gram matrix of rows that are orthonormal but for rounding: 1 - E/2 + 3 E^2/8, E = G - 1; rows of
  /// zeros stay.
  [[nodiscard]] Matrix correction(Matrix e) const {
    for (Eigen::Index j = 0; j < width_; ++j) e(j, j) = e(j, j) == 0 ? 0 : e(j, j) - 1;
    Matrix out = product(e, e);
    for (Eigen::Index j = 0; j < width_; ++j) {
      for (Eigen::Index i = 0; i < width_; ++i) out(i, j) = (i == j ? 1 : 0) - e(i, j) / 2 + 3 * out(i, j) / 8;
    }
    return out;
  }

  /// z = X^T y for the columns y at hand. Ritz pairs of X^T X in the span of z, in double precision: p = orthonormal z,
  /// X p = u s.
  void ritz() {
    Orthonormal basis = orthonormal_rows_twice(rows_of(z_, width_));
    const bool rounded = examples_ <= most_rounded;
    const Vector step = rounded ? round_rows(basis.rows) : Vector(Vector::Ones(width_));
    const Matrix w = rounded ? image_of<std::int32_t>(basis.rows) : image_of<double>(basis.rows);
    const Matrix corrected = correction(scaled_gram(basis.rows, step));
    const Matrix squares = scaled_gram(w, step);
    const SymmetricEigen eigen = small_symmetric_eigen(product(corrected, product(squares, corrected)));
    const Matrix rotation = product(corrected, eigen.vectors);
    Matrix to_vectors = Matrix::Zero(width_, width_);
    Matrix to_before = Matrix::Zero(width_, width_);
    rank_ = 0;
    const double cut = 4 * std::min(neurons_, examples_) * std::numeric_limits<double>::epsilon() * eigen.values[0];
    while (rank_ < width_ && eigen.values[rank_] > cut) {
      const double root = std::sqrt(eigen.values[rank_]);
      for (Eigen::Index i = 0; i < width_; ++i) to_vectors(i, rank_) = step[i] * rotation(i, rank_) / root;
      to_before.col(rank_) = rotation.col(rank_) * root;
      ++rank_;
    }
    // X^T before = s p: with u instead of `before` this is off by X^T (u - before), which measures convergence.
    const Matrix before = transposed_product(product(basis.transform, to_before), rows_of(y_, width_));
    vectors_ = transposed_product(to_vectors, w);
    values_ = Vector::Zero(width_);
    distances_ = Vector::Zero(width_);
    for (Eigen::Index j = 0; j < rank_; ++j) values_[j] = eigen.values[j] / examples_;
    for (Eigen::Index i = 0; i < vectors_.cols(); ++i) {
      for (Eigen::Index j = 0; j < rank_; ++j) {
        const double difference = vectors_(j, i) - before(j, i);
        distances_[j] += difference * difference;
      }
    }
  }

  /// How many Ritz values stand out, each against the noise that the ones before it leave.
  [[nodiscard]] Eigen::Index standing_out(Noise& noise) const {
    double left = neurons_;
    for (Eigen::Index count = 0;; ++count) {
      noise.level = left / (neurons_ - static_cast<double>(count));
      noise.edge = above_edge * noise_edge(noise.level);
      if (count == rank_ || values_[count] <= noise.edge) return count;
      left -= values_[count];
    }
  }

  /// Pair j, in its eigenvalue, when nothing outside the block exceeds `next`. u - before = e, and B u - value u = B e
  /// lies in the complement of the block: the residual of the Ritz pair (value, p) is at most sqrt(value next) |e|.
  [[nodiscard]] bool converged(Eigen::Index j, double next, double error) const {
    return values_[j] > next && distances_[j] * next <= error * (values_[j] - next);
  }

  /// Of pure noise of level s in n = N - c dimensions and m = M - c examples, tr B^2 = s^2 [n (1 + n/m) + q (k4 + 1)],
  /// q = N/M, k4 = 4/s - 6 the excess kurtosis of flips; measured over r = 0 .. .95 and q = .25 .. 2 with a standard
  /// deviation of 2 to 4 q. An eigenvalue not seen, of strength kappa, adds kappa^2: beside others that are seen, one
  /// of 3 sqrt(q) shows. Where none is seen all may be hidden at the threshold, and the bound is tighter: one noise
  /// client in fourteen is then iterated on in vain.
  [[nodiscard]] bool nothing_hidden(Eigen::Index count, double level) const {
    const double n = neurons_ - static_cast<double>(count);
    const double m = examples_ - static_cast<double>(count);
    if (level < 1e-3) return false;
    double squares = squares_;
    for (Eigen::Index j = 0; j < count; ++j) squares -= values_[j] * values_[j];
    const double excess = squares / (level * level) - n * (1 + n / m);
    return excess <= neurons_ / examples_ * (4 / level - 6 + (count == 0 ? 4 : 9));
  }

  [[nodiscard]] bool accepted() {
    Noise noise{};
    const Eigen::Index count = standing_out(noise);
    // Columns that came out dependent: either X has no more, which the trace knows, or large eigenvalues drowned them.
    bool whole = rank_ == width_;
    if (!whole) {
      double left = neurons_;
      for (Eigen::Index j = 0; j < rank_; ++j) left -= values_[j];
      whole = left <= 1e-9 * neurons_;
    }
    if (!whole && rank_ < std::min(width_, k_ + 4)) return false;
    const double last = rank_ == width_ || whole ? values_[width_ - 1] : values_[rank_ - 1];
    promised_ = std::min(count, k_);
    for (Eigen::Index j = 0; j < promised_; ++j) {
      if (!converged(j, std::max(last, noise.edge), eigenvalue_error)) return false;
    }
    const bool clear = count == 0 || values_[count - 1] > weak * noise.edge;
    if (clear && count <= width_ - 4 && nothing_hidden(count, noise.level)) return true;
    if (!whole) return false;
    for (Eigen::Index j = promised_; j < std::min(rank_, k_); ++j) {
      if (!converged(j, last, bulk_error)) return false;
    }
    return true;
  }

  /// Chebyshev polynomial of B on the vectors, small on [0, the least Ritz value] and growing fast above it.
  void filter() {
    for (Eigen::Index j = rank_; j < width_; ++j) {
      const SignMatrix signs = fixed_signs();
      for (Eigen::Index i = 0; i < vectors_.cols(); ++i) {
        vectors_(j, i) = signs(static_cast<std::size_t>(j), static_cast<std::size_t>(i)) / std::sqrt(neurons_);
      }
    }
    const double end = values_[rank_ - 1];
    const double steps = std::acosh(growth) / std::acosh(std::max(2 * values_[0] / end - 1, 1 + 1e-6));
    const int degree = std::clamp(static_cast<int>(steps), 1, most_steps);
    put_rows(vectors_, y_);
    Panels<float> previous = y_;
    const auto scale = static_cast<float>(2 / (end * examples_));
    for (int step = 0; step < degree; ++step, ++products_) {
      const Panels<float> now = y_;
      to_examples();
      to_neurons();
      const auto factor = step == 0 ? 1.F : 2.F;
      for (std::size_t i = 0; i < y_.values().size(); ++i) {
        const float advanced = factor * (scale * y_.values()[i] - now.values()[i]);
        y_.values()[i] = step == 0 ? advanced : advanced - previous.values()[i];
      }
      previous = now;
    }
    to_examples();
    ++products_;
  }

  [[nodiscard]] LeadingPairs result() const {
    const Eigen::Index rank = std::min(rank_, k_);
    LeadingPairs out{values_.head(rank) * examples_, vectors_.topRows(rank).transpose(), products_,
                     static_cast<int>(promised_)};
    // u = X p / s loses orthogonality as the first eigenvalue over its own.
    if (values_[rank - 1] < 2e-4 * values_[0]) out.vectors = orthonormalised(std::move(out.vectors));
    return out;
  }

  double neurons_;
  double examples_;
  Eigen::Index k_;
  Eigen::Index width_;
  double squares_;  ///< of B
  SignMatrix transposed_;
  Interleaved by_neuron_;
  Interleaved by_example_;
  Panels<float> y_;
  Panels<float> z_;
  Vector values_;     ///< Ritz values of B, descending
  Matrix vectors_;    ///< width x N, in rows
  Vector distances_;  ///< |u - before|^2
  Eigen::Index rank_ = 0;
  Eigen::Index promised_ = 0;
  int products_ = 0;
};

}  // namespace

Eigen::Index block_width(Eigen::Index k) { return (k + 4 + 15) / 16 * 16; }

std::optional<LeadingPairs> leading_pairs(const SignMatrix& x, Eigen::Index k, const SignMatrix* patterns,
                                          double squares) {
  expects(patterns == nullptr || patterns->columns() == x.rows(), "patterns have the neurons of the examples");
  return Iteration(x, k, squares).run(patterns);
}

}  // namespace rankwise::linalg
