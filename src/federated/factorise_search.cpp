// Patterns of +-1 in a subspace by the relaxed reflect-reflect map, many starts at once. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "federated/factorise_internal.hpp"
#include "rankwise/linalg/single_precision.hpp"
#include "rankwise/random/distributions.hpp"

namespace rankwise::federated::detail {

namespace {

// The map only has to lead near a pattern, which is then polished in double: single precision halves its cost.
using Real = float;
using Buffer = linalg::FloatBuffer;
using linalg::multiply;
using linalg::multiply_transposed;

constexpr Eigen::Index check_every = 10;    // steps between two looks at the dispersions
constexpr Eigen::Index block_steps = 1500;  // after these all starts are drawn anew
constexpr int polish_steps = 20;            // sgn(V V^T x) climbs and ends in a fixed point, mostly in 2
constexpr double first_stage_limit = .24;   // below the .268 of sgn(x1 + x2 + x3), the mixture nearest to a pattern
constexpr double same_pattern = .5;         // |overlap| from which two finds are the same

/// x += beta (sgn(2p - x) - p): with P the projection on the span and sgn that on the cube, one relaxed step of
/// reflecting on both.
void reflect(Buffer& x, const Buffer& p, Real beta) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Real sign = 2 * p[i] - x[i] >= 0 ? Real(1) : Real(-1);
    x[i] += beta * (sign - p[i]);
  }
}

/// Something near the span that the polishing has led to.
struct Capture {
  Bits bits;
  double dispersion;
};

class Search {
 public:
  Search(const linalg::Matrix& v, const FactoriseOptions& options, random::Stream& stream)
      : v_(v),
        n_(v.rows()),
        khat_(v.cols()),
        starts_(options.starts > 0 ? options.starts : std::clamp<Eigen::Index>(2 * khat_, 16, 100)),
        beta_(static_cast<Real>(options.relaxation)),
        patience_factor_(options.patience),
        stream_(stream),
        x_(static_cast<std::size_t>(n_ * starts_)),
        p_(x_.size()) {}

  /// Takes whatever falls below `limit`, until nothing does for the length of the patience.
  void take_all(double limit) {
    double idle = 0;
    while (!complete()) {
      begin_block();
      const double wanted = std::max(4., static_cast<double>(left_) / 4);
      const std::size_t before = found_.size();
      for (Eigen::Index step = 0; step < block_steps; step += check_every) {
        iterate();
        idle += static_cast<double>(check_every * starts_);
        for (Capture& capture : captured(limit, first_stage_limit)) {
          if (complete() || !is_new(capture.bits)) continue;
          found_.push_back(std::move(capture.bits));
          idle = 0;
        }
        if (complete() || idle >= patience()) return;
        start(caught_);
        if (static_cast<double>(found_.size() - before) >= wanted) break;
      }
    }
  }

  /// Takes the best of all that falls below `limit` in the length of the patience, one by one: near the ghosts and the
  /// mixtures it is the order that keeps them out, for what is real has the least dispersion and goes first.
  void take_best(double limit) {
    while (!complete()) {
      begin_block();
      std::optional<Capture> best;
      Eigen::Index step = 0;
      for (double done = 0; done < patience(); done += static_cast<double>(check_every * starts_)) {
        if (step == block_steps) {
          start_all();
          step = 0;
        }
        iterate();
        step += check_every;
        for (Capture& capture : captured(limit, 1)) {
          if ((!best || capture.dispersion < best->dispersion) && is_new(capture.bits)) best = std::move(capture);
        }
        start(caught_);
      }
      if (!best) return;
      found_.push_back(std::move(best->bits));
    }
  }

  [[nodiscard]] Pool result() && { return {std::move(found_), start_steps_}; }

 private:
  [[nodiscard]] bool complete() const { return static_cast<Eigen::Index>(found_.size()) >= khat_; }

  /// Start-steps without a find after which a stage gives up; the cost of a find grows with Khat^2/N.
  [[nodiscard]] double patience() const {
    const auto left = static_cast<double>(left_);
    return patience_factor_ * std::min(2000 * std::exp(.65 * left * left / static_cast<double>(n_)), 5e6);
  }

  [[nodiscard]] bool is_new(const Bits& bits) const {
    return std::none_of(found_.begin(), found_.end(),
                        [&](const Bits& known) { return absolute_overlap(known, bits, n_) >= same_pattern; });
  }

  /// B := what is left of the span without the found patterns, and new starts in it.
  void begin_block() {
    linalg::Matrix basis = v_;
    if (!found_.empty()) {
      const linalg::Matrix inside = linalg::orthonormal_basis(linalg::transposed_product(v_, to_columns(found_, n_)));
      linalg::Matrix projector = linalg::product(inside, inside.transpose());
      for (Eigen::Index i = 0; i < khat_; ++i) {
        for (Eigen::Index j = 0; j < khat_; ++j) projector(i, j) = (i == j ? 1. : 0.) - projector(i, j);
      }
      // Pivots of a projector stay above 1/sqrt(Khat) up to its rank, then drop to rounding.
      basis = linalg::product(v_, linalg::orthonormal_basis(projector, 1e-8));
    }
    left_ = basis.cols();
    basis_.resize(static_cast<std::size_t>(n_ * left_));
    for (std::size_t i = 0; i < basis_.size(); ++i) basis_[i] = static_cast<Real>(basis.data()[i]);
    inner_.resize(static_cast<std::size_t>(left_ * starts_));
    start_all();
  }

  void start_all() {
    std::vector<Eigen::Index> all(static_cast<std::size_t>(starts_));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<Eigen::Index>(i);
    start(all);
  }

  /// New random points of the remaining span, of unit rms, in the given columns.
  void start(const std::vector<Eigen::Index>& columns) {
    if (columns.empty()) return;
    const auto count = static_cast<Eigen::Index>(columns.size());
    Buffer directions;
    directions.reserve(static_cast<std::size_t>(left_ * count));
    std::vector<double> g(static_cast<std::size_t>(left_));
    for (Eigen::Index j = 0; j < count; ++j) {
      double square = 0;
      for (double& value : g) {
        value = random::normal(stream_);
        square += value * value;
      }
      const double scale = std::sqrt(static_cast<double>(n_) / square);
      for (const double value : g) directions.push_back(static_cast<Real>(scale * value));
    }
    Buffer points(static_cast<std::size_t>(n_ * count));
    multiply(basis_, directions, points, n_, left_, count);
    for (Eigen::Index j = 0; j < count; ++j) {
      std::copy_n(points.begin() + j * n_, n_, x_.begin() + columns[static_cast<std::size_t>(j)] * n_);
    }
  }

  void iterate() {
    for (Eigen::Index step = 0; step < check_every; ++step) {
      multiply_transposed(basis_, x_, inner_, left_, n_, starts_);
      multiply(basis_, inner_, p_, n_, left_, starts_);
      reflect(x_, p_, beta_);
    }
    start_steps_ += check_every * starts_;
  }

  /// Catches the columns whose projection has a low dispersion, for the caller to start anew; polished, those come back
  /// whose dispersion in the whole span is below `limit`, best first. What is low: in the remaining span a pattern has
  /// lost what it shares with the F found ones, about F/N of its squared length, but noise has lost as many dimensions.
  /// So the threshold is the remaining span's own, up to `most`.
  std::vector<Capture> captured(double limit, double most) {
    const double low = std::max(limit, std::min(most, default_dispersion_threshold(left_, n_)));
    caught_.clear();
    for (Eigen::Index j = 0; j < starts_; ++j) {
      if (dispersion_of(&p_[static_cast<std::size_t>(j * n_)], n_) < low) caught_.push_back(j);
    }
    std::vector<Capture> captures;
    if (caught_.empty()) return captures;
    linalg::Matrix x(n_, static_cast<Eigen::Index>(caught_.size()));
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
      const Real* point = &p_[static_cast<std::size_t>(caught_[static_cast<std::size_t>(j)] * n_)];
      for (Eigen::Index i = 0; i < n_; ++i) x(i, j) = point[i] >= 0 ? 1. : -1.;
    }
    const linalg::Matrix y = polish(x);
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
      const double spread = dispersion_of(&y(0, j), n_);
      if (spread < limit) captures.push_back({canonical_bits(&x(0, j), n_), spread});
    }
    std::stable_sort(captures.begin(), captures.end(),
                     [](const Capture& a, const Capture& b) { return a.dispersion < b.dispersion; });
    return captures;
  }

  /// x <- sgn(V V^T x) in the whole span to a fixed point; returns V V^T x.
  [[nodiscard]] linalg::Matrix polish(linalg::Matrix& x) const {
    linalg::Matrix y = project(v_, x);
    for (int step = 0; step < polish_steps; ++step) {
      bool moved = false;
      for (Eigen::Index i = 0; i < x.size(); ++i) {
        const double sign = y.data()[i] >= 0 ? 1. : -1.;
        moved = moved || sign != x.data()[i];
        x.data()[i] = sign;
      }
      if (!moved) break;
      y = project(v_, x);
    }
    return y;
  }

  const linalg::Matrix& v_;
  Eigen::Index n_;
  Eigen::Index khat_;
  Eigen::Index starts_;
  Real beta_;
  double patience_factor_;
  random::Stream& stream_;
  Buffer x_;      // N x S, the moving points
  Buffer p_;      // N x S, their projections on the remaining span
  Buffer basis_;  // N x left, orthonormal
  Buffer inner_;  // left x S
  Eigen::Index left_ = 0;
  std::vector<Eigen::Index> caught_;
  std::vector<Bits> found_;
  std::int64_t start_steps_ = 0;
};

}  // namespace

Pool search(const linalg::Matrix& v, const FactoriseOptions& options, double d2, random::Stream& stream) {
  // A span so wide that noise alone has patterns this near leaves nothing to be told apart.
  if (d2 <= 0) return {};
  Search attempt(v, options, stream);
  attempt.take_all(std::min(first_stage_limit, d2));
  attempt.take_best(d2);
  return std::move(attempt).result();
}

}  // namespace rankwise::federated::detail
