// Number variance, rigidity and form factor of one spectrum. SPDX-License-Identifier: MIT
#include "rankwise/spectra/level_fluctuations.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "core/isa_portable.hpp"
#include "core/lane_math.hpp"
#include "rankwise/core/contract.hpp"

namespace rankwise::spectra {
namespace {

using Math = LaneMath;
using Vec = Math::Vec;

constexpr std::size_t block = 2 * Math::width;  // levels whose waves turn in registers: two chains hide latency
constexpr std::size_t longest_run = 64;         // steps before the phases are computed afresh
constexpr std::size_t shortest_run = 3;         // below that turning saves nothing

void check_windows(double low, double high, double length) {
  expects(std::isfinite(low) && std::isfinite(high), "a range of levels is finite");
  expects(length > 0 && length <= high - low, "windows of positive length fit into their range");
}

/// Delta_3 of levels first .. last - 1, those in a window of this centre and length. With t_i relative to the centre,
/// m of them, N(t) = (1/2) sum sgn(t - t_i) differs from the staircase by a constant, and
///   int N^2 = m^2 L/4 - sum (2 i - m - 1) t_i,   int N = -sum t_i,   int N t = (m L^2/4 - sum t_i^2)/2;
/// the last two over the norms L and L^3/12 of 1 and t are what the line takes away.
double rigidity(const double* first, const double* last, double centre, double length) {
  double sum = 0;
  double squares = 0;
  double ranked = 0;
  double rank = 0;
  for (const double* at = first; at != last; ++at) {
    const double t = *at - centre;
    rank += 1;
    sum += t;
    squares += t * t;
    ranked += rank * t;
  }
  const double m = rank;
  const double whole = 0.25 * m * m * length - (2 * ranked - (m + 1) * sum);
  const double tilt = 0.5 * (0.25 * m * length * length - squares);
  return (whole - (sum * sum + 12 * tilt * tilt / (length * length)) / length) / length;
}

struct Wave {
  Vec real;
  Vec imaginary;
};

/// exp(2 pi i u)
Wave wave(Vec u) {
  constexpr double to_integer = 0x1.8p52;  // adding it rounds to an integer
  const Vec near = u - ((u + to_integer) - to_integer);
  Wave w;
  Math::sine_cosine(near < 0 ? near + 1.0 : near, w.imaginary, w.real);
  return w;
}

void turn(Wave& a, const Wave& by) {
  const Vec real = a.real * by.real - a.imaginary * by.imaginary;
  a.imaginary = a.real * by.imaginary + a.imaginary * by.real;
  a.real = real;
}

void add(double* to, Vec x) { Math::store(to, Math::load(to) + x); }

double across(const double* lanes) {
  double sum = 0;
  for (std::size_t k = 0; k < Math::width; ++k) sum += lanes[k];
  return sum;
}

}  // namespace

double mean_number_variance(std::span<const double> levels, double low, double high, double length) {
  check_windows(low, high, length);
  const double last = high - length;  // start of the last window
  const auto at_or_above = [&](double x) { return std::lower_bound(levels.begin(), levels.end(), x) - levels.begin(); };
  // A window loses a level when it starts beyond it, and gains one when it ends beyond it.
  auto lost = at_or_above(low);
  auto gained = at_or_above(low + length);
  auto excess = static_cast<double>(gained - lost) - length;
  const auto all_lost = std::max(lost, at_or_above(last));
  const auto all_gained = std::max(gained, at_or_above(high));
  const double* const level = levels.data();
  double start = low;
  double sum = 0;
  const auto go_to = [&](double next) {
    sum += (next - start) * (excess * excess);
    start = next;
  };
  while (lost < all_lost && gained < all_gained) {  // without branches on the order, which is random
    const double loss = level[lost];
    const double gain = level[gained] - length;
    const bool loses = loss < gain;
    go_to(loses ? loss : gain);
    lost += loses ? 1 : 0;
    gained += loses ? 0 : 1;
    excess += loses ? -1.0 : 1.0;
  }
  for (; lost < all_lost; ++lost, excess -= 1) go_to(level[lost]);
  for (; gained < all_gained; ++gained, excess += 1) go_to(level[gained] - length);
  go_to(last);
  return last > low ? sum / (last - low) : excess * excess;
}

double mean_rigidity(std::span<const double> levels, double low, double high, double length) {
  check_windows(low, high, length);
  const double slack = (high - low) - length;
  // Over the golden ratio: whole steps would keep in step with levels that are nearly a ladder.
  const double step = std::max(length / 4, 1.0) / std::numbers::phi;
  const double steps = std::floor(slack / step);
  const double start = low + 0.5 * (slack - steps * step);
  const double* first = levels.data();
  const double* last = first;
  const double* const end = first + levels.size();
  double sum = 0;
  for (double i = 0; i <= steps; i += 1) {
    const double from = start + i * step;
    while (first != end && *first < from) ++first;
    last = std::max(first, last);
    while (last != end && *last < from + length) ++last;
    sum += rigidity(first, last, from + 0.5 * length, length);
  }
  return sum / (steps + 1);
}

FormFactorAmplitudes::FormFactorAmplitudes(std::size_t n, std::vector<double> tau) : n_(n), tau_(std::move(tau)) {
  expects(n >= 1, "a form factor is one of at least one level");
  for (const double t : tau_) expects(std::isfinite(t), "times of a form factor are finite");
  for (std::size_t first = 0; first < tau_.size();) {
    std::size_t count = 1;
    for (; first + count < tau_.size() && count < longest_run; ++count) {
      const double step = tau_[first + 1] - tau_[first];
      const double next = tau_[first + count];
      if (std::abs(next - (tau_[first] + static_cast<double>(count) * step)) > 0x1p-51 * std::abs(next)) break;
    }
    if (count < shortest_run) count = 1;
    runs_.push_back({first, count});
    first += count;
  }
  weights_.resize((n + block - 1) / block * block);
  const auto size = static_cast<double>(n);
  for (std::size_t j = 0; j < n; ++j) {
    const double z = (static_cast<double>(j) - 0.5 * (size - 1)) * (6 / size);
    weights_[j] = std::exp(-0.5 * z * z);
    squared_weights_ += weights_[j] * weights_[j];
  }
}

void FormFactorAmplitudes::evaluate(std::span<const double> levels, std::span<double> real,
                                    std::span<double> imaginary) const {
  expects(levels.size() == n_ && real.size() == tau_.size() && imaginary.size() == tau_.size(),
          "a form factor takes n levels to one number per time");
  constexpr std::size_t width = Math::width;
  std::vector<double> padded(levels.begin(), levels.end());
  padded.resize(weights_.size());
  std::vector<double> re(tau_.size() * width);
  std::vector<double> im(tau_.size() * width);
  for (const Run& run : runs_) {
    const double step = run.count > 1 ? tau_[run.first + 1] - tau_[run.first] : 0;
    for (std::size_t j = 0; j < padded.size(); j += block) {
      Wave waves[2];
      Wave steps[2];
      for (std::size_t k = 0; k < 2; ++k) {
        const Vec v = Math::load(&padded[j + k * width]);
        const Vec w = Math::load(&weights_[j + k * width]);
        waves[k] = wave(v * tau_[run.first]);
        waves[k].real *= w;
        waves[k].imaginary *= w;
        if (run.count > 1) steps[k] = wave(v * step);
      }
      for (std::size_t t = run.first;; ++t) {
        add(&re[t * width], waves[0].real + waves[1].real);
        add(&im[t * width], waves[0].imaginary + waves[1].imaginary);
        if (t + 1 == run.first + run.count) break;
        turn(waves[0], steps[0]);
        turn(waves[1], steps[1]);
      }
    }
  }
  for (std::size_t t = 0; t < tau_.size(); ++t) {
    real[t] = across(&re[t * width]);
    imaginary[t] = across(&im[t * width]);
  }
}

}  // namespace rankwise::spectra
