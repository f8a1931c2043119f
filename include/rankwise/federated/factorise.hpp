// From the span of the kept eigenvectors to patterns of +-1. SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "rankwise/linalg/matrix.hpp"
#include "rankwise/linalg/sign_matrix.hpp"
#include "rankwise/random/stream.hpp"

namespace rankwise::federated {

enum class Factoriser { search, ica, lam };

/// What a factoriser may see: the server's operator by its leading eigenpairs, never examples or true archetypes.
struct Span {
  linalg::Matrix vectors;    ///< N x k, orthonormal, all retained eigenvectors of the server's operator
  linalg::Vector values;     ///< k, descending, before sharpening
  linalg::Vector sharpened;  ///< k, after sharpening
  Eigen::Index kept = 0;     ///< Khat: how many of them the cut kept
};

struct FactoriseOptions {
  Factoriser method = Factoriser::search;
  // search: relaxed reflect-reflect (difference map)
  double relaxation = 0.4;           ///< beta in (0, 1)
  Eigen::Index starts = 0;           ///< S; 0: max(16, min(100, 2 Khat))
  double patience = 1;               ///< factor on the start-steps without a find
  double dispersion_threshold = -1;  ///< D_2; below 0: min(.35, .384 - .7 sqrt(Khat/N))
  // lam: P-layer associative memory
  int layers = 3;        ///< P
  double beta = 2.5;     ///< inverse temperature of the layers
  double repulsion = .2; ///< lambda in [0, 1/(P-1))
  double field = .1;     ///< h
  int updates = 50;
  // acceptance
  double overlap_threshold = .4;  ///< q_thr: a candidate this near a better one is dropped
  double score_threshold = .6;    ///< rho, for lam
};

/// Accepted patterns, best first. Each is fixed up to its sign; the one with entry 0 equal to +1 is given.
struct Patterns {
  linalg::SignMatrix signs;   ///< accepted x N
  linalg::Vector score;       ///< search, ica: minus the dispersion; lam: x^T J_sharpened x / N
  linalg::Vector dispersion;  ///< D of V V^T x (projection on the kept span); 0 is a perfect pattern
  Eigen::Index candidates = 0;   ///< how many were found before acceptance
  std::int64_t start_steps = 0;  ///< work done: iterations times starts
};

/// D(y) = 2 (1 - mean|y| / rms y): 0 for +-const, 2(1 - sqrt(2/pi)) = .404 for a Gaussian. y of length n >= 1, not 0.
[[nodiscard]] double dispersion(const linalg::Vector& y);

/// D_2 = min(.35, .384 - .7 sqrt(Khat/N)): below every ghost of a noise-only span.
[[nodiscard]] double default_dispersion_threshold(Eigen::Index kept, Eigen::Index n);

/// Factorises and accepts: factor, then drop duplicates (overlap >= overlap_threshold with a better one) and what fails
/// the method's own test. May accept fewer than Khat, or none; never invents a pattern. Deterministic in `stream`.
/// Method search, ica, lam: docs/federated_hopfield.md. Throws InternalError on inconsistent sizes.
[[nodiscard]] Patterns factorise(const Span& span, const FactoriseOptions& options, random::Stream stream);

}  // namespace rankwise::federated
