// SPDX-License-Identifier: MIT
#include "rankwise/federated/recall.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

#include "federated/recall_kernel.hpp"
#include "rankwise/core/contract.hpp"
#include "rankwise/linalg/matrix.hpp"

namespace rankwise::federated {

namespace {

constexpr double zero_field = 1e-10;  // pseudo_inverse: rounding of a sum of K products, |h| <= 1

/// Words of a stream drawn ahead in bulk, and halves of them.
class Draws {
 public:
  explicit Draws(const random::Stream& stream) : stream_(stream) {}

  std::uint64_t word() {
    if (next_ == ahead_.size()) {
      stream_.words(ahead_);
      next_ = 0;
    }
    return ahead_[next_++];
  }
  double uniform() { return (static_cast<double>(word() >> 12) + 0.5) * 0x1p-52; }
  std::uint32_t half() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    const std::uint64_t both = word();
    spare_ = static_cast<std::uint32_t>(both >> 32);
    has_spare_ = true;
    return static_cast<std::uint32_t>(both);
  }
  /// Uniform on 0 .. n-1, without bias.
  std::uint32_t below(std::uint32_t n) {
    std::uint64_t product = std::uint64_t{half()} * n;
    if (static_cast<std::uint32_t>(product) < n) {
      const std::uint32_t rejected = (0 - n) % n;  // 2^32 mod n
      while (static_cast<std::uint32_t>(product) < rejected) product = std::uint64_t{half()} * n;
    }
    return static_cast<std::uint32_t>(product >> 32);
  }
  void shuffle(std::span<std::uint32_t> order) {
    for (auto i = static_cast<std::uint32_t>(order.size()); i-- > 1;) std::swap(order[i], order[below(i + 1)]);
  }

 private:
  random::Stream stream_;
  std::array<std::uint64_t, 256> ahead_{};
  std::size_t next_ = 256;
  std::uint32_t spare_ = 0;
  bool has_spare_ = false;
};

std::vector<std::uint32_t> identity(std::size_t n) {
  expects(n < std::numeric_limits<std::uint32_t>::max(), "neurons are numbered with 32 bits");
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

std::int32_t product(const std::int16_t* row, const std::int16_t* overlaps, std::size_t width) {
  return recall_kernel().product16(row, overlaps, width);
}
std::int32_t product(const std::int32_t* row, const std::int32_t* overlaps, std::size_t width) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < width; ++i) sum += row[i] * overlaps[i];
  return sum;
}
double product(const double* row, const double* overlaps, std::size_t width) {
  return recall_kernel().product64(row, overlaps, width);
}
void add(std::int16_t* overlaps, const std::int16_t* row, int factor, std::size_t width) {
  recall_kernel().add16(overlaps, row, factor, width);
}
void add(std::int32_t* overlaps, const std::int32_t* row, int factor, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) overlaps[i] += factor * row[i];
}
void add(double* overlaps, const double* row, int factor, std::size_t width) {
  recall_kernel().add64(overlaps, row, factor, width);
}

std::size_t padded(std::size_t width) { return (width + 15) / 16 * 16; }

template <typename Number>
Couplings::AnyRows hebb_rows(const linalg::SignMatrix& patterns) {
  RecallRows<Number> rows{1 / static_cast<double>(patterns.columns()), padded(patterns.rows())};
  rows.values.assign(patterns.columns() * rows.width, 0);
  for (std::size_t mu = 0; mu < patterns.rows(); ++mu) {
    for (std::size_t i = 0; i < patterns.columns(); ++i) {
      rows.values[i * rows.width + mu] = static_cast<Number>(patterns(mu, i));
    }
  }
  rows.diagonal.assign(patterns.columns(), static_cast<std::int32_t>(patterns.rows()));
  return rows;
}

Couplings::AnyRows projector_rows(const linalg::Matrix& basis) {
  const auto n = static_cast<std::size_t>(basis.rows());
  RecallRows<double> rows{1, padded(static_cast<std::size_t>(basis.cols()))};
  rows.values.assign(n * rows.width, 0);
  for (std::size_t i = 0; i < n; ++i) {
    double* row = rows.values.data() + i * rows.width;
    for (Eigen::Index k = 0; k < basis.cols(); ++k) row[k] = basis(static_cast<Eigen::Index>(i), k);
    rows.diagonal.push_back(product(row, row, rows.width));
  }
  return rows;
}

double overlap(const std::vector<std::int8_t>& pattern, const std::vector<std::int8_t>& state) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < state.size(); ++i) sum += pattern[i] * state[i];
  return static_cast<double>(sum) / static_cast<double>(state.size());
}

void check_state(std::span<const std::int8_t> state, std::size_t neurons) {
  expects(state.size() == neurons, "one sign per neuron");
  expects(std::all_of(state.begin(), state.end(), [](std::int8_t s) { return s == 1 || s == -1; }), "signs are +-1");
}

/// A state and its overlaps with what the rows hold, and the updates of both.
template <typename Number>
class Walker {
 public:
  using Sum = typename RecallRows<Number>::Sum;

  Walker(const RecallRows<Number>& rows, std::vector<std::int8_t> state)
      : rows_(rows), width_(rows.width), state_(std::move(state)), overlaps_(rows.width, 0) {
    for (std::size_t i = 0; i < state_.size(); ++i) {
      const Number* row = rows_.values.data() + i * width_;
      for (std::size_t k = 0; k < width_; ++k) {
        overlaps_[k] = static_cast<Number>(overlaps_[k] + static_cast<Number>(state_[i]) * row[k]);
      }
    }
  }

  /// Field of neuron i over the scale.
  [[nodiscard]] Sum raw_field(std::size_t i) const {
    return product(rows_.values.data() + i * width_, overlaps_.data(), width_) -
           rows_.diagonal[i] * static_cast<Sum>(state_[i]);
  }
  [[nodiscard]] double field(std::size_t i) const { return rows_.scale * static_cast<double>(raw_field(i)); }
  void flip(std::size_t i) {
    const int s = state_[i];
    add(overlaps_.data(), rows_.values.data() + i * width_, -2 * s, width_);
    state_[i] = static_cast<std::int8_t>(-s);
  }
  [[nodiscard]] std::vector<std::int8_t>& state() { return state_; }

  std::int64_t cold_sweep(const std::vector<std::uint32_t>& order) {
    constexpr auto threshold = static_cast<Sum>(std::is_integral_v<Sum> ? 0 : -zero_field);
    std::int64_t flips = 0;
    for (const std::uint32_t i : order) {
      if (raw_field(i) * static_cast<Sum>(state_[i]) < threshold) {
        flip(i);
        ++flips;
      }
    }
    return flips;
  }

  std::int64_t warm_sweep(const std::vector<std::uint32_t>& order, double temperature, Draws& draws) {
    std::int64_t flips = 0;
    for (const std::uint32_t i : order) {
      const double up = 1 / (1 + std::exp(-2 * field(i) / temperature));
      const int chosen = draws.uniform() < up ? 1 : -1;
      if (chosen != state_[i]) {
        flip(i);
        ++flips;
      }
    }
    return flips;
  }

 private:
  const RecallRows<Number>& rows_;
  std::size_t width_;
  std::vector<std::int8_t> state_;
  std::vector<Number> overlaps_;
};

}  // namespace

Couplings::Couplings(const linalg::SignMatrix& patterns, Coupling kind)
    : neurons_(patterns.columns()), rank_(patterns.rows()), kind_(kind) {
  expects(rank_ == 0 || neurons_ < (std::size_t{1} << 31U) / rank_, "N K below 2^31");
  if (kind == Coupling::pseudo_inverse) {
    const linalg::Matrix basis = linalg::orthonormal_basis(patterns.to_dense().transpose());
    rank_ = static_cast<std::size_t>(basis.cols());
    rows_ = projector_rows(basis);
  } else {
    rows_ = neurons_ <= 32767 ? hebb_rows<std::int16_t>(patterns) : hebb_rows<std::int32_t>(patterns);
  }
}

std::vector<double> Couplings::fields(std::span<const std::int8_t> state) const {
  check_state(state, neurons_);
  return std::visit(
      [&](const auto& rows) {
        const Walker walker(rows, std::vector<std::int8_t>(state.begin(), state.end()));
        std::vector<double> h(neurons_);
        for (std::size_t i = 0; i < neurons_; ++i) h[i] = walker.field(i);
        return h;
      },
      rows_);
}

double Couplings::energy(std::span<const std::int8_t> state) const {
  const auto h = fields(state);
  double sum = 0;
  for (std::size_t i = 0; i < neurons_; ++i) sum += h[i] * state[i];
  return -sum / 2;
}

Recall recall(const Couplings& couplings, std::vector<std::int8_t> cue, const linalg::SignMatrix& probes,
              const RecallOptions& options, const random::Stream& stream) {
  const std::size_t n = couplings.neurons();
  check_state(cue, n);
  expects(probes.rows() == 0 || probes.columns() == n, "probes have an entry per neuron");
  expects(options.temperature >= 0 && options.sweeps >= 1, "temperature >= 0 and a sweep at least");
  std::vector<std::vector<std::int8_t>> compared(probes.rows(), std::vector<std::int8_t>(n));
  for (std::size_t p = 0; p < probes.rows(); ++p) {
    for (std::size_t i = 0; i < n; ++i) compared[p][i] = static_cast<std::int8_t>(probes(p, i));
  }
  const auto run = [&](const auto& rows) {
    Walker walker(rows, std::move(cue));
    Draws draws(stream);
    auto order = identity(n);
    Recall result;
    const bool is_cold = options.temperature == 0;
    const int measured = (options.sweeps + 1) / 2;  // at a temperature
    std::vector<double> sums(compared.size(), 0);
    for (int sweep = 1; sweep <= options.sweeps && !(is_cold && result.converged); ++sweep) {
      if (options.poll) options.poll();
      draws.shuffle(order);
      const std::int64_t flips =
          is_cold ? walker.cold_sweep(order) : walker.warm_sweep(order, options.temperature, draws);
      result.flips += flips;
      result.sweeps = sweep;
      result.converged = flips == 0;
      if (is_cold || sweep <= options.sweeps - measured) continue;
      for (std::size_t p = 0; p < compared.size(); ++p) sums[p] += overlap(compared[p], walker.state());
    }
    for (std::size_t p = 0; p < compared.size(); ++p) {
      result.overlaps.push_back(is_cold ? overlap(compared[p], walker.state()) : sums[p] / measured);
    }
    result.state = std::move(walker.state());
    return result;
  };
  return std::visit(run, couplings.rows());
}

std::vector<std::uint32_t> random_order(std::size_t n, const random::Stream& stream) {
  Draws draws(stream);
  auto order = identity(n);
  draws.shuffle(order);
  return order;
}

}  // namespace rankwise::federated
