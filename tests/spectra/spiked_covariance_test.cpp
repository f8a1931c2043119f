// Closed forms of the spiked covariance model. SPDX-License-Identifier: MIT
#include "rankwise/spectra/spiked_covariance.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "rankwise/core/error.hpp"
#include "spectra/close.hpp"
#include "spectra/federated_law_oracle.hpp"

namespace rankwise::spectra {

TEST_CASE("the homogeneous law gives the reference numbers") {
  for (const auto& o : oracle::homogeneous) {
    CAPTURE(o.n);
    CAPTURE(o.r);
    const double sigma2 = 1 - o.r * o.r;
    const double strength = o.r * o.r * o.pi * o.n;
    const Spiked law = spiked_covariance(sigma2, strength, o.n / o.m_eff);
    CHECK(close(strength / sigma2, o.kappa, 1e-12));
    CHECK(close(law.threshold_kappa * law.threshold_kappa, o.q, 1e-12));
    CHECK(close(law.edge_low, o.edge_low, 1e-12));
    CHECK(close(law.edge, o.edge, 1e-12));
    CHECK(law.visible == (o.overlap > 0));
    CHECK(close(law.outlier, o.outlier, 1e-12));
    CHECK(close(law.overlap, o.overlap, 1e-12));
    CHECK(close(magnetisation_from_overlap(law.overlap), o.magnetisation, 1e-12));
    CHECK(close(kappa_from_outlier(law.outlier, sigma2, o.q), o.kappa_from_outlier, 1e-7));
    if (law.visible) {
      CHECK(close(dispersion_from_overlap(law.overlap), o.dispersion, 1e-11));
    } else {
      CHECK(law.outlier == law.edge);
      CHECK(kappa_from_outlier(0.9 * law.edge, sigma2, o.q) == std::sqrt(o.q));
    }
  }
}

TEST_CASE("the inversion of an outlier gives its strength back") {
  for (const double q : {0.0, 0.1, 1.0, 7.0}) {
    for (const double excess : {1e-3, 0.1, 1.0, 100.0}) {
      const double kappa = std::sqrt(q) + excess;
      const Spiked law = spiked_covariance(0.3, 0.3 * kappa, q);
      CAPTURE(q);
      CAPTURE(kappa);
      CHECK(close(kappa_from_outlier(law.outlier, 0.3, q), kappa, 1e-9));
    }
  }
}

TEST_CASE("limits of the spiked law") {
  const Spiked noiseless = spiked_covariance(0, 12, 0.5);
  CHECK(noiseless.visible);
  CHECK(noiseless.edge == 0);
  CHECK(noiseless.outlier == 12);
  CHECK(noiseless.overlap == 1);

  const Spiked many_samples = spiked_covariance(0.5, 2, 0);
  CHECK(many_samples.outlier == 2.5);
  CHECK(many_samples.overlap == 1);

  const Spiked nothing = spiked_covariance(0.5, 0, 0);
  CHECK_FALSE(nothing.visible);
  CHECK(nothing.outlier == 0.5);

  const double threshold = std::sqrt(0.5);
  const Spiked barely = spiked_covariance(1, threshold * (1 + 1e-6), 0.5);
  CHECK(barely.visible);
  CHECK(barely.outlier > barely.edge);
  CHECK(close(barely.outlier, barely.edge, 1e-11));
  CHECK(barely.overlap < 1e-5);
  CHECK_FALSE(spiked_covariance(1, threshold * (1 - 1e-6), 0.5).visible);
}

TEST_CASE("magnetisation and dispersion at and near the ends") {
  CHECK(magnetisation_from_overlap(0) == 0);
  CHECK(magnetisation_from_overlap(1) == 1);
  CHECK(dispersion_from_overlap(1) == 0);
  CHECK(close(dispersion_from_overlap(0), 2 * (1 - std::sqrt(2 / std::numbers::pi)), 1e-15));
  // erf(x) = 2x/sqrt(pi) and D = 1 - gamma to leading order.
  CHECK(close(magnetisation_from_overlap(1e-10), std::sqrt(2e-10 / std::numbers::pi), 1e-9));
  CHECK(close(dispersion_from_overlap(1 - 1e-10), 1e-10, 1e-6));
  double m = -1;
  double d = 1;
  for (int i = 0; i <= 1000; ++i) {
    const double gamma = i / 1000.0;
    CHECK(magnetisation_from_overlap(gamma) >= m);
    CHECK(dispersion_from_overlap(gamma) < d);
    m = magnetisation_from_overlap(gamma);
    d = dispersion_from_overlap(gamma);
  }
}

TEST_CASE("the spiked law refuses what has no meaning") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS((void)spiked_covariance(-1, 1, 1), InternalError);
  CHECK_THROWS_AS((void)spiked_covariance(1, nan, 1), InternalError);
  CHECK_THROWS_AS((void)spiked_covariance(1, 1, std::numeric_limits<double>::infinity()), InternalError);
  CHECK_THROWS_AS((void)kappa_from_outlier(1, 0, 1), InternalError);
  CHECK_THROWS_AS((void)magnetisation_from_overlap(1.0001), InternalError);
  CHECK_THROWS_AS((void)dispersion_from_overlap(nan), InternalError);
}

}  // namespace rankwise::spectra
