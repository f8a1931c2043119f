// Limiting spectrum of a weighted sum of sample covariances, with spikes. SPDX-License-Identifier: MIT
#include "rankwise/spectra/generalised_marchenko_pastur.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "spectra/falling_root.hpp"

namespace rankwise::spectra {
namespace {

bool finite_and_not_negative(double value) { return std::isfinite(value) && value >= 0; }

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

}  // namespace

GeneralisedMarchenkoPastur::GeneralisedMarchenkoPastur(Eigen::Index dimension, std::span<const Component> components) {
  expects(dimension >= 1, "the dimension is at least 1");
  const auto n = static_cast<double>(dimension);
  dimension_ = n;
  double tv_sum = 0;
  double t_max = 0;
  double samples = 0;
  for (const Component& c : components) {
    expects(finite_and_not_negative(c.weight), "weights are finite and not negative");
    expects(finite_and_not_negative(c.sigma2), "noise variances are finite and not negative");
    expects(c.samples > 0, "numbers of samples are positive");
    const double v = c.weight * c.sigma2;
    const double t = v * (n / c.samples);
    t_.push_back(t);
    tv_.push_back(t * v);
    mean_ += v;
    tv_sum += t * v;
    t_max = std::max(t_max, t);
    if (t > 0) {
      samples += c.samples;
    } else {
      atom_position_ += v;
    }
    // Every term alone is below the whole sum, and the sum is largest when all poles sit at t_max: this brackets w_e.
    w_edge_ = std::max(w_edge_, t + std::sqrt(t * v));
  }
  atom_mass_ = std::max(0.0, 1 - samples / n);
  if (tv_sum == 0) {
    w_edge_ = 0;
    edge_ = mean_;
  } else {
    w_edge_ = falling_root([this](double w) { return noise_response(w) - 1; }, w_edge_, t_max + std::sqrt(tv_sum));
    edge_ = position(w_edge_);
  }
}

double GeneralisedMarchenkoPastur::noise_response(double w) const {
  double sum = 0;
  for (std::size_t c = 0; c < t_.size(); ++c) {
    if (tv_[c] > 0) sum += tv_[c] / ((w - t_[c]) * (w - t_[c]));
  }
  return sum;
}

double GeneralisedMarchenkoPastur::edge_scale() const {
  double sum = 0;
  for (std::size_t c = 0; c < t_.size(); ++c) {
    const double distance = w_edge_ - t_[c];
    if (tv_[c] > 0) sum += t_[c] * tv_[c] / (distance * distance * distance);
  }
  return w_edge_ * std::cbrt(1 + sum);
}

double GeneralisedMarchenkoPastur::kurtosis_shift(std::span<const double> excess) const {
  expects(excess.size() == t_.size(), "there is one excess kurtosis per component");
  double sum = 0;
  for (std::size_t c = 0; c < t_.size(); ++c) {
    if (!(tv_[c] > 0)) continue;
    expects(std::isfinite(excess[c]), "excess kurtoses are finite");
    const double distance = w_edge_ - t_[c];
    sum += excess[c] * tv_[c] * w_edge_ * w_edge_ / (distance * distance * distance);
  }
  return sum / dimension_;
}

double GeneralisedMarchenkoPastur::position(double w) const {
  double sum = 0;
  for (std::size_t c = 0; c < t_.size(); ++c) {
    if (tv_[c] > 0) sum += tv_[c] / (w - t_[c]);
  }
  return w + mean_ + sum;
}

Spike GeneralisedMarchenkoPastur::seen(double w, double slope) const {
  // Rounding may carry a perfect overlap past 1, and one at the threshold below 0.
  return {true, position(w), std::clamp((1 - noise_response(w)) / (w * slope), 0.0, 1.0)};
}

Spike GeneralisedMarchenkoPastur::spike(std::span<const double> strengths) const {
  expects(strengths.size() == t_.size(), "there is one strength per component");
  double total = 0;
  Range poles;
  for (std::size_t c = 0; c < t_.size(); ++c) {
    expects(finite_and_not_negative(strengths[c]), "strengths are finite and not negative");
    if (strengths[c] == 0) continue;
    total += strengths[c];
    poles.include(t_[c]);
  }
  const auto response = [&](double w, int power) {
    double sum = 0;
    for (std::size_t c = 0; c < t_.size(); ++c) {
      if (strengths[c] > 0) sum += strengths[c] / (power == 1 ? w - t_[c] : (w - t_[c]) * (w - t_[c]));
    }
    return sum;
  };
  if (total == 0 || (w_edge_ > 0 && response(w_edge_, 1) <= 1)) return hidden();
  const double w = falling_root([&](double at) { return response(at, 1) - 1; }, std::max(w_edge_, total + poles.low),
                                total + poles.high);
  return seen(w, response(w, 2));
}

linalg::Matrix GeneralisedMarchenkoPastur::weighed(std::span<const linalg::Matrix> strengths, double w,
                                                   int power) const {
  linalg::Matrix sum = linalg::Matrix::Zero(strengths[0].rows(), strengths[0].cols());
  for (std::size_t c = 0; c < t_.size(); ++c) {
    sum += strengths[c] * (1 / (power == 1 ? w - t_[c] : (w - t_[c]) * (w - t_[c])));
  }
  return sum;
}

std::vector<Spike> GeneralisedMarchenkoPastur::outliers(std::span<const linalg::Matrix> strengths) const {
  expects(strengths.size() == t_.size(), "there is one strength matrix per component");
  if (strengths.empty() || strengths[0].size() == 0) return {};
  const Eigen::Index k_max = strengths[0].rows();
  linalg::Matrix total = linalg::Matrix::Zero(k_max, k_max);
  Range poles;
  for (std::size_t c = 0; c < t_.size(); ++c) {
    expects(strengths[c].rows() == k_max && strengths[c].cols() == k_max, "strength matrices are square, of one size");
    expects(strengths[c].allFinite(), "strength matrices are finite");
    total += strengths[c];
    if (!strengths[c].isZero(0)) poles.include(t_[c]);
  }
  const linalg::Vector bare = linalg::symmetric_eigenvalues(total);
  linalg::Vector at_edge = bare;
  if (w_edge_ > 0) at_edge = linalg::symmetric_eigenvalues(weighed(strengths, w_edge_, 1));
  // Without noise every direction that is there at all is seen; rounding must not make one of nothing.
  const double visible_above = w_edge_ > 0 ? 1 : 1e-12 * bare[0];

  std::vector<Spike> spikes(static_cast<std::size_t>(k_max), hidden());
  for (Eigen::Index k = 0; k < k_max && at_edge[k] > visible_above; ++k) {
    // A_c / (w - t_c) lies, as a matrix, between the same with all poles at the least and at the greatest t_c.
    const double w =
        falling_root([&](double at) { return linalg::symmetric_eigenvalues(weighed(strengths, at, 1))[k] - 1; },
                     std::max(w_edge_, bare[k] + poles.low), bare[k] + poles.high);
    const linalg::Matrix direction = linalg::symmetric_eigen(weighed(strengths, w, 1)).vectors.col(k);
    const linalg::Matrix slope =
        linalg::transposed_product(direction, linalg::product(weighed(strengths, w, 2), direction));
    spikes[static_cast<std::size_t>(k)] = seen(w, slope(0, 0));
  }
  return spikes;
}

// On the real line z(w) = w + mean + sum t v / (w - t) has at most one solution w = u + iy with y > 0, and the bulk's
// density is y / (pi |w|^2). As for the free convolution with a semicircle (Biane, Indiana Univ. Math. J. 46 (1997)),
// Im z(w) = 0 fixes y >= 0 as a function of u, the root of sum t v / ((u - t)^2 + y^2) = 1 or 0, and z(u + iy(u)) rises
// with u: two nested real roots, no choice of branch.

/// y^2 at u: Newton on 1 / sum(...) = 1, concave and rising in y^2, so from the left it never overshoots.
double GeneralisedMarchenkoPastur::squared_height(double u) const {
  double height = 0;
  for (std::size_t c = 0; c < t_.size(); ++c) height = std::max(height, tv_[c] - (u - t_[c]) * (u - t_[c]));
  for (int step = 0; step < 200; ++step) {
    double sum = 0;
    double slope = 0;
    for (std::size_t c = 0; c < t_.size(); ++c) {
      if (tv_[c] == 0) continue;
      const double distance = (u - t_[c]) * (u - t_[c]) + height;
      sum += tv_[c] / distance;
      slope += tv_[c] / (distance * distance);
    }
    const double next = height + (sum - 1) * sum / slope;
    if (!(next > height * (1 + 4 * std::numeric_limits<double>::epsilon()))) return height;
    height = next;
  }
  throw NumericalError(concat("the density's equation did not converge at ", u));
}

double GeneralisedMarchenkoPastur::density(double x) const {
  expects(!std::isnan(x), "a density is asked for at a number");
  Range poles;
  for (std::size_t c = 0; c < t_.size(); ++c) {
    if (tv_[c] > 0) poles.include(t_[c]);
  }
  if (poles.high == 0 || x <= atom_position_ || x >= edge_) return 0;
  const auto overshoot = [&](double u) {
    const double height = squared_height(u);
    double sum = 0;
    for (std::size_t c = 0; c < t_.size(); ++c) {
      if (tv_[c] > 0) sum += tv_[c] * (u - t_[c]) / ((u - t_[c]) * (u - t_[c]) + height);
    }
    return x - (u + mean_ + sum);
  };
  // Where y > 0, z = 2u + mean - (an average of the t_c); elsewhere the density is 0 and the nearer end says so too.
  const double u = falling_root(overshoot, (x - mean_ + poles.low) / 2, (x - mean_ + poles.high) / 2);
  const double height = squared_height(u);
  return height > 0 ? std::sqrt(height) / (std::numbers::pi * (u * u + height)) : 0;
}

std::vector<double> optimal_weights(Eigen::Index dimension, std::span<const Source> sources) {
  expects(dimension >= 1, "the dimension is at least 1");
  expects(!sources.empty(), "there is at least one source");
  const auto n = static_cast<double>(dimension);
  std::vector<double> weights;
  double total = 0;
  bool noiseless = false;
  for (const Source& c : sources) {
    expects(std::isfinite(c.samples) && c.samples > 0, "numbers of samples are finite and positive");
    expects(c.quality >= 0 && c.quality <= 1, "qualities lie in [0, 1]");
    expects(finite_and_not_negative(c.exposure), "exposures are finite and not negative");
    noiseless = noiseless || (c.quality == 1 && c.exposure > 0);
  }
  for (const Source& c : sources) {
    const double signal = c.exposure * c.quality * c.quality;
    const double sigma2 = 1 - c.quality * c.quality;
    double weight = 0;
    if (noiseless) {
      weight = c.quality == 1 && c.exposure > 0 ? c.samples : 0;
    } else if (signal > 0) {
      weight = c.samples * signal / (sigma2 * (n * signal + sigma2));
    }
    weights.push_back(weight);
    total += weight;
  }
  for (double& weight : weights) weight = total > 0 ? weight / total : 1 / static_cast<double>(weights.size());
  return weights;
}

}  // namespace rankwise::spectra
