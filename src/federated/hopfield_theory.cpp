// SPDX-License-Identifier: MIT
#include "rankwise/federated/hopfield_theory.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"

namespace rankwise::federated {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr RetrievalState no_state{nan, nan, nan};
constexpr double coldest = 1e-3;  // below, T = 0

/// A point of the retrieval branch: the load that it belongs to.
struct Branch {
  double load;
  RetrievalState state;
};

/// T = 0 at y = m/sqrt(2 noise): sqrt(2 load) = erf(y)/y - (2/sqrt pi) exp(-y^2).
Branch cold_branch(double y) {
  const double m = std::erf(y);
  const double root = m / y - 2 * std::numbers::inv_sqrtpi * std::exp(-y * y);
  return {root > 0 ? root * root / 2 : 0, {m, 1, m * m / (2 * y * y)}};
}

struct Averages {
  double tanh;    ///< int Dz tanh(a (1 + z/x))
  double square;  ///< of tanh^2
  double slope;   ///< d tanh / d a
};
/// By the trapezoid rule, whose error falls as exp(-2 pi d/h), d the distance of the poles of tanh: pi x/(2 a).
Averages averages(double a, double x) {
  const double step = std::min(.1, x / a / 3);
  const double range = 9;  // exp(-40)
  const auto points = static_cast<long>(std::ceil(range / step));
  Averages sums{0, 0, 0};
  for (long i = -points; i <= points; ++i) {
    const double z = step * static_cast<double>(i);
    const double u = 1 + z / x;
    const double t = std::tanh(a * u);
    const double weight = std::exp(-z * z / 2);
    sums.tanh += weight * t;
    sums.square += weight * t * t;
    sums.slope += weight * u * (1 - t * t);
  }
  const double norm = step * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  return {norm * sums.tanh, norm * sums.square, norm * sums.slope};
}

/// 0 < T < 1 at x = m/sqrt(noise): m is the one positive zero of int Dz tanh(m (1 + z/x)/T) - m, a concave function of
/// m, so that Newton's steps from the right never overshoot.
Branch warm_branch(double x, double temperature) {
  double m = 1;
  Averages at{};
  for (int step = 0; step < 200; ++step) {
    at = averages(m / temperature, x);
    const double excess = at.tanh - m;
    const double slope = at.slope / temperature - 1;
    if (!(slope < 0)) return {0, no_state};  // the zero at m = 0 is the only one
    const double next = m - excess / slope;
    const bool is_done = std::abs(next - m) <= 1e-14;
    m = next;
    if (m < 1e-8) return {0, no_state};
    if (is_done) break;
  }
  at = averages(m / temperature, x);
  const double left = 1 - (1 - at.square) / temperature;
  const double noise = m * m / (x * x);
  return {left > 0 ? noise * left * left / at.square : 0, {m, at.square, noise}};
}

Branch branch(double x, double temperature) {
  return temperature < coldest ? cold_branch(x / std::numbers::sqrt2) : warm_branch(x, temperature);
}

/// The place of the largest load. It rises from 0 with falling x and falls again once the reaction of the noise wins.
double critical_ratio(double temperature) {
  double x = 64;
  double load = branch(x, temperature).load;
  for (;;) {
    const double next = branch(x / 1.1, temperature).load;
    if (next < load) break;
    x /= 1.1;
    load = next;
    if (x < 1e-6) throw NumericalError("no largest load of retrieval");
  }
  double low = x / 1.1;
  double high = 1.1 * x;
  constexpr double golden = .6180339887498949;
  double a = high - golden * (high - low);
  double b = low + golden * (high - low);
  double at_a = branch(a, temperature).load;
  double at_b = branch(b, temperature).load;
  for (int step = 0; step < 45; ++step) {
    if (at_a > at_b) {
      high = b;
      b = a;
      at_b = at_a;
      a = high - golden * (high - low);
      at_a = branch(a, temperature).load;
    } else {
      low = a;
      a = b;
      at_a = at_b;
      b = low + golden * (high - low);
      at_b = branch(b, temperature).load;
    }
  }
  return (low + high) / 2;
}

double curie_weiss(double temperature) {
  if (temperature >= 1) return nan;
  double m = 1;
  for (int step = 0; step < 200; ++step) {
    const double t = std::tanh(m / temperature);
    const double slope = (1 - t * t) / temperature - 1;
    m -= (t - m) / slope;
  }
  return m;
}

}  // namespace

RetrievalState hebb_retrieval(double load, double temperature) {
  expects(load >= 0 && temperature >= 0, "load and temperature not negative");
  if (temperature >= 1) return no_state;
  if (load == 0) {
    const double m = temperature < coldest ? 1 : curie_weiss(temperature);
    return {m, m * m, 0};
  }
  double low = critical_ratio(temperature);
  if (branch(low, temperature).load < load) return no_state;
  double high = std::max(64., 2 / std::sqrt(load));  // load <= 1/x^2 on the branch
  for (int step = 0; step < 60 && high - low > 1e-13 * high; ++step) {
    const double middle = low + (high - low) / 2;
    (branch(middle, temperature).load > load ? low : high) = middle;
  }
  return branch(low + (high - low) / 2, temperature).state;
}

double hebb_capacity(double temperature) {
  expects(temperature >= 0, "temperature not negative");
  return temperature >= 1 ? 0 : branch(critical_ratio(temperature), temperature).load;
}

namespace {

/// R-transform of a projector of rank load N, and its derivative.
struct Reaction {
  double value;
  double slope;
};
Reaction reaction(double x, double load) {
  // x R^2 + (1 - x) R - load = 0, as z = R + 1/x solves load/(z - 1) + (1 - load)/z = x; the root without cancellation
  const double root = std::sqrt((1 - x) * (1 - x) + 4 * x * load);
  const double value = x <= 1 ? 2 * load / (1 - x + root) : (x - 1 + root) / (2 * x);
  return {value, value * (1 - value) / root};
}

}  // namespace

RetrievalState pseudo_inverse_retrieval(double load, double temperature) {
  expects(load >= 0 && temperature >= 0, "load and temperature not negative");
  if (load >= 1) return no_state;
  if (temperature == 0) return {1, 1, 0};
  const auto excess = [&](double m) {
    return std::tanh(m * (1 - reaction((1 - m * m) / temperature, load).value) / temperature) - m;
  };
  // the largest zero: from m = 1, where the excess is negative, down to where it first is not
  double high = 1;
  double low = 1;
  for (int i = 1; i <= 1000 && low == 1; ++i) {
    const double m = 1 - i * 1e-3;
    if (m > 0 && excess(m) >= 0) {
      low = m;
    } else {
      high = m;
    }
  }
  if (low == 1) return no_state;
  for (int step = 0; step < 60; ++step) {
    const double middle = low + (high - low) / 2;
    (excess(middle) >= 0 ? low : high) = middle;
  }
  const double m = low + (high - low) / 2;
  const double x = (1 - m * m) / temperature;
  if (x * x * reaction(x, load).slope >= 1) return no_state;
  return {m, m * m, 0};
}

}  // namespace rankwise::federated
