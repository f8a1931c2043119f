// Runs a factoriser and decides which of its candidates are patterns. SPDX-License-Identifier: MIT
#include "rankwise/federated/factorise.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "federated/factorise_internal.hpp"
#include "rankwise/core/contract.hpp"

namespace rankwise::federated {

namespace {

constexpr int memory_reruns = 10;            // of the associative memory, while it has found too few
constexpr std::size_t scored_at_once = 256;  // bounds the dense copy of a large pool

struct Candidate {
  detail::Bits bits;
  double score;
  double dispersion;
};

void check(const Span& span, const FactoriseOptions& options) {
  const Eigen::Index k = span.vectors.cols();
  expects(span.values.size() == k && span.sharpened.size() == k, "one value and one sharpened value per eigenvector");
  expects(span.kept >= 0 && span.kept <= k && k <= span.vectors.rows(), "0 <= Khat <= k <= N");
  expects(std::isfinite(linalg::squared_norm(span.vectors)), "eigenvectors are finite");
  expects(options.relaxation > 0 && options.relaxation < 1, "the relaxation lies in (0, 1)");
  expects(options.starts >= 0 && options.patience >= 0, "starts and patience are not negative");
  expects(options.layers >= 1 && options.updates >= 0 && options.beta > 0, "layers >= 1, updates >= 0, beta > 0");
  expects(options.repulsion >= 0 && options.repulsion * (options.layers - 1) < 1, "0 <= lambda < 1/(P-1)");
}

/// x^T J x / N of a column with coefficients c = U^T x.
double quadratic_form(const linalg::Matrix& c, Eigen::Index column, const linalg::Vector& values, Eigen::Index n) {
  double sum = 0;
  for (Eigen::Index i = 0; i < c.rows(); ++i) sum += values[i] * c(i, column) * c(i, column);
  return sum / static_cast<double>(n);
}

/// Appends the patterns with their scores.
void score(std::vector<detail::Bits> patterns, const Span& span, const linalg::Matrix& v, Factoriser method,
           std::vector<Candidate>& into) {
  const Eigen::Index n = v.rows();
  for (std::size_t begin = 0; begin < patterns.size(); begin += scored_at_once) {
    const std::size_t end = std::min(patterns.size(), begin + scored_at_once);
    const auto first = std::make_move_iterator(patterns.begin());
    std::vector<detail::Bits> part(first + static_cast<std::ptrdiff_t>(begin),
                                   first + static_cast<std::ptrdiff_t>(end));
    const linalg::Matrix x = detail::to_columns(part, n);
    const linalg::Matrix projected = detail::project(v, x);
    const linalg::Matrix coefficients =
        method == Factoriser::lam ? linalg::transposed_product(span.vectors, x) : linalg::Matrix();
    for (std::size_t j = 0; j < part.size(); ++j) {
      const auto column = static_cast<Eigen::Index>(j);
      const double spread = detail::dispersion_of(&projected(0, column), n);
      into.push_back({std::move(part[j]),
                      method == Factoriser::lam ? quadratic_form(coefficients, column, span.sharpened, n) : -spread,
                      spread});
    }
  }
}

/// The candidates that pass the method's test, best first, none near a better one, at most Khat.
std::vector<Candidate> accepted(const std::vector<Candidate>& candidates, const FactoriseOptions& options, double d2,
                                Eigen::Index khat, Eigen::Index n) {
  std::vector<const Candidate*> order;
  for (const Candidate& candidate : candidates) {
    const bool passes =
        options.method == Factoriser::lam ? candidate.score >= options.score_threshold : candidate.dispersion < d2;
    if (passes) order.push_back(&candidate);
  }
  std::sort(order.begin(), order.end(), [](const Candidate* a, const Candidate* b) {
    return a->score != b->score ? a->score > b->score : a->bits < b->bits;
  });
  std::vector<Candidate> kept;
  for (const Candidate* candidate : order) {
    if (static_cast<Eigen::Index>(kept.size()) == khat) break;
    const bool repeats = std::any_of(kept.begin(), kept.end(), [&](const Candidate& better) {
      return detail::absolute_overlap(better.bits, candidate->bits, n) >= options.overlap_threshold;
    });
    if (!repeats) kept.push_back(*candidate);
  }
  return kept;
}

Patterns packed(const std::vector<Candidate>& kept, Eigen::Index n) {
  Patterns patterns;
  patterns.signs = linalg::SignMatrix(kept.size(), static_cast<std::size_t>(n));
  patterns.score.resize(static_cast<Eigen::Index>(kept.size()));
  patterns.dispersion.resize(patterns.score.size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    std::copy(kept[i].bits.begin(), kept[i].bits.end(), patterns.signs.row(i).begin());
    patterns.score[static_cast<Eigen::Index>(i)] = kept[i].score;
    patterns.dispersion[static_cast<Eigen::Index>(i)] = kept[i].dispersion;
  }
  return patterns;
}

}  // namespace

Patterns factorise(const Span& span, const FactoriseOptions& options, random::Stream stream) {
  check(span, options);
  const Eigen::Index n = span.vectors.rows();
  const Eigen::Index khat = span.kept;
  if (khat == 0) return packed({}, n);
  const linalg::Matrix v = span.vectors.leftCols(khat);
  const double d2 =
      options.dispersion_threshold < 0 ? default_dispersion_threshold(khat, n) : options.dispersion_threshold;

  std::vector<Candidate> candidates;
  std::vector<Candidate> kept;
  std::int64_t start_steps = 0;
  const auto take = [&](detail::Pool pool) {
    start_steps += pool.start_steps;
    score(std::move(pool.patterns), span, v, options.method, candidates);
    kept = accepted(candidates, options, d2, khat, n);
  };
  switch (options.method) {
    case Factoriser::search:
      take(detail::search(v, options, d2, stream));
      break;
    case Factoriser::ica:
      take(detail::independent_components(v, stream));
      break;
    case Factoriser::lam: {
      detail::LayeredMemory memory(span, v, options);
      for (int run = 0; run <= memory_reruns && static_cast<Eigen::Index>(kept.size()) < khat; ++run) {
        take(memory.run(stream));
      }
      break;
    }
  }
  Patterns patterns = packed(kept, n);
  patterns.candidates = static_cast<Eigen::Index>(candidates.size());
  patterns.start_steps = start_steps;
  return patterns;
}

}  // namespace rankwise::federated
