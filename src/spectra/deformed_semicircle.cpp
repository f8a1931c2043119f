// Free convolution of a law of diagonal entries with a semicircle. SPDX-License-Identifier: MIT
#include "rankwise/spectra/deformed_semicircle.hpp"

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/special_functions/log1p.hpp>
#include <cmath>
#include <complex>
#include <numbers>
#include <optional>
#include <utility>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/spectra/faddeeva.hpp"
#include "spectra/falling_root.hpp"

namespace rankwise::spectra {
namespace {

using std::numbers::pi;
using std::numbers::sqrt2;

constexpr double a = std::numbers::sqrt3;  // half the width of the uniform law
const double root_half_pi = std::sqrt(pi / 2);

/// 1 - t cot t on [0, pi/2]; the continued fraction of the tangent, as there is nothing in it to cancel.
double one_minus_t_cot_t(double t) {
  double fraction = 0;
  for (int k = 21; k >= 5; k -= 2) fraction = t * t / (k - fraction);
  return t * t / (3 - fraction);
}

/// 1 - atan(t)/t for |t| <= 1, likewise.
double atan_deficit(double t) {
  double fraction = 0;
  for (int k = 24; k >= 2; --k) fraction = k * k * t * t / (2 * k + 1 + fraction);
  const double q = t * t / (3 + fraction);
  return q / (1 + q);
}

}  // namespace

DeformedSemicircle::DeformedSemicircle(DiagonalLaw diagonal, double sigma2) : diagonal_(diagonal), sigma2_(sigma2) {
  expects(sigma2 >= 1e-20 && sigma2 <= 1e20, "the variance of the semicircle lies in [1e-20, 1e20]");
  if (diagonal == DiagonalLaw::gaussian) return;
  w_edge_ = std::sqrt(a * a + sigma2);
  // w_e - a = sigma2 / (w_e + a), so (w_e + a) / (w_e - a) = ((w_e + a) / sigma)^2 = 1 + 2 a (w_e + a) / sigma2.
  const double green = std::log1p(2 * a * ((w_edge_ + a) / sigma2)) / (2 * a);
  upper_ = w_edge_ + sigma2 * green;
  widening_ = sigma2 / a * (1 / (w_edge_ + a) + green);
}

// The uniform law. G0(w) = log((w + a)/(w - a)) / 2a has Im G0 = -psi/2a, psi the angle under which [-a, a] is seen
// from w. So v = sigma2 psi / 2a, the density is psi / (2 pi a), and that psi is an inscribed angle, u^2 + v^2 - 2 a v
// cot psi = a^2, becomes with d^2 = w_e^2 - u^2
//     (1 - psi cot psi) + sigma2 psi^2 / 4a^2 = d^2 / sigma2:
// no branch to choose and nothing that cancels at any sigma2. Everything is a function of the angle, u = w_e
// cos(angle), d = w_e sin(angle).

DeformedSemicircle::Opening DeformedSemicircle::opening(double distance2) const {
  const double target = distance2 / sigma2_;
  const double quadratic = sigma2_ / (4 * a * a);
  if (target <= 1 + quadratic * pi * pi / 4) {
    // (1 - psi cot psi) / psi^2 rises from 1/3 to 4/pi^2 on [0, pi/2]. The widening by 1e-15 is for rounding.
    const double low = std::sqrt(target / (4 / (pi * pi) + quadratic)) * (1 - 1e-15);
    const double high = std::min(pi / 2, std::sqrt(target / (1.0 / 3 + quadratic)) * (1 + 1e-15));
    const double psi =
        falling_root([&](double t) { return target - one_minus_t_cot_t(t) - quadratic * t * t; }, low, high);
    return {psi, pi - psi};
  }
  // epsilon = pi - psi, the equation times sin(epsilon)
  const auto excess = [&](double epsilon) {
    const double psi = pi - epsilon;
    return psi * std::cos(epsilon) - (target - 1 - quadratic * psi * psi) * std::sin(epsilon);
  };
  const double epsilon = falling_root(excess, 0, pi / 2);
  return {pi - epsilon, epsilon};
}

DeformedSemicircle::Place DeformedSemicircle::uniform_place(double angle) const {
  const double u = w_edge_ * std::cos(angle);
  const double d2 = w_edge_ * w_edge_ * std::sin(angle) * std::sin(angle);
  const double psi = opening(d2).angle;
  const double v = sigma2_ * (psi / (2 * a));
  const double beyond =
      sigma2_ < 1 ? (sigma2_ - d2) / (u + a) : u - a;  // u - a, whose rounding is felt at small v only
  const double log_ratio = std::log1p(4 * u * a / (beyond * beyond + v * v)) / 2;
  return {u, v, u + sigma2_ * (log_ratio / (2 * a)), psi / (2 * pi * a), beyond};
}

double DeformedSemicircle::uniform_tail(const Place& place) const {
  const double t = place.v / (place.u + a);
  if (place.beyond > place.v && place.v < 1) {  // near the edge, where arcs would cancel
    return place.v * (atan_deficit(place.v / place.beyond) - atan_deficit(t)) / (2 * pi * a);
  }
  // E arg(w - h) - sigma2 pi density Re G0 = (arg(w - a) + arg(w + a)) / 2 - u psi / 2a
  return (std::atan2(place.v, place.beyond) + std::atan(t)) / (2 * pi) - place.u * place.density;
}

// The normal law, G0(w) = -i sqrt(pi/2) faddeeva(w / sqrt 2).

double DeformedSemicircle::gaussian_height(double u) const {
  const double sigma = std::sqrt(sigma2_);
  // v = sigma2 sqrt(pi/2) Re faddeeva, which is above exp(-u^2/2) erfcx(v / sqrt 2) and below sigma / sigma2.
  const double y = sigma / sqrt2;
  const double erfcx_below = 2 / (std::sqrt(pi) * (y + std::sqrt(y * y + 2)));
  // Below e^-600 the height is 0 to all that matters; falling_root then gives that bound.
  const double low = std::max(-600.0, std::log(sigma2_ * root_half_pi * erfcx_below) - u * u / 2 - 1e-12);
  const auto excess = [&](double log_v) {
    return std::log(sigma2_ * root_half_pi * faddeeva({u / sqrt2, std::exp(log_v) / sqrt2}).real()) - log_v;
  };
  return std::exp(falling_root(excess, low, std::log(sigma)));
}

DeformedSemicircle::Place DeformedSemicircle::gaussian_place(double u) const {
  const double v = gaussian_height(u);
  const double shift = sigma2_ * root_half_pi * faddeeva({u / sqrt2, v / sqrt2}).imag();
  return {u, v, u + shift, v / (pi * sigma2_), 0};
}

double DeformedSemicircle::gaussian_tail(const Place& place) {
  const auto [u, v] = std::pair(place.u, place.v);
  double angle = 0;  // E arg(w - h) / pi
  if (std::hypot(u, v) >= 9) {
    // E log(w - h) = log w - sum (2k-1)!! / (2k w^2k), asymptotic: from 9 on the least term is below 1e-17
    const std::complex<double> inverse = 1.0 / (std::complex<double>(u, v) * std::complex<double>(u, v));
    std::complex<double> power = inverse;
    angle = std::atan2(v, u);
    for (int k = 1; k <= 40; ++k) {
      const std::complex<double> term = power / (2.0 * k);
      angle -= term.imag();
      if (std::abs(term) < 1e-18) break;
      power *= (2.0 * k + 1) * inverse;
    }
    angle /= pi;
  } else {
    const auto green = [v = v](double at) { return root_half_pi / pi * faddeeva({at / sqrt2, v / sqrt2}).real(); };
    const int panels = static_cast<int>(std::ceil(u));
    angle = 0.5;
    for (int i = 0; i < panels; ++i) {
      angle -= boost::math::quadrature::gauss<double, 15>::integrate(green, u * i / panels, u * (i + 1) / panels);
    }
  }
  return std::clamp(angle - place.density * (place.x - u), 0.0, 0.5);
}

std::optional<DeformedSemicircle::Place> DeformedSemicircle::place_of(double distance) const {
  expects(!std::isnan(distance), "a law is asked for at a number");
  if (diagonal_ == DiagonalLaw::uniform) {
    if (distance >= upper_) return std::nullopt;
    return uniform_place(falling_root([&](double t) { return uniform_place(t).x - distance; }, 0, pi / 2));
  }
  const double sigma = std::sqrt(sigma2_);
  if (distance > 40 + 3 * sigma) return std::nullopt;
  // x - u is between 0 and sigma, as |G| <= 1 / sigma.
  return gaussian_place(falling_root([&](double u) { return distance - gaussian_place(u).x; },
                                     std::max(0.0, distance - sigma), distance));
}

double DeformedSemicircle::tail(const Place& place) const {
  return diagonal_ == DiagonalLaw::uniform ? uniform_tail(place) : gaussian_tail(place);
}

double DeformedSemicircle::density(double x) const {
  const std::optional<Place> place = place_of(std::abs(x));
  return place ? place->density : 0;
}

double DeformedSemicircle::cdf(double x) const {
  const std::optional<Place> place = place_of(std::abs(x));
  const double beyond = place ? tail(*place) : 0;
  return x < 0 ? beyond : 1 - beyond;
}

std::vector<LawPoint> DeformedSemicircle::table(double tolerance) const {
  expects(tolerance >= 1e-12 && tolerance <= 0.1, "the tolerance of a table lies in [1e-12, 0.1]");
  const bool uniform = diagonal_ == DiagonalLaw::uniform;
  const double last = std::hypot(9.0, std::sqrt(sigma2_));
  // From the lower end, s = 0, to the middle, s = 1. Of the uniform law the distance from the edge is a smooth function
  // of the angle, on the scale of sigma where that is small.
  const auto lower_half = [&](double s) -> LawPoint {
    const Place place = uniform ? uniform_place(pi / 2 * s) : gaussian_place(last * (1 - s));
    return {-place.x, place.density, tail(place)};
  };
  std::vector<LawPoint> points{lower_half(0)};
  // An interval is halved until the cubic meets the distribution function in the middle and at both quarters.
  const auto refine = [&](const auto& self, double s, const LawPoint& from, double t, const LawPoint& to,
                          int depth) -> void {
    const double middle = s + (t - s) / 2;
    const LawPoint between = lower_half(middle);
    const auto off = [&](const LawPoint& p) {
      return std::abs(interpolated_cdf(from, to, p.x) - p.cdf) > tolerance / 2;
    };
    // Beyond the shoulder of a Gaussian diagonal's law x all but stops: there the parameter's middle says nothing.
    const double share = (between.x - from.x) / (to.x - from.x);
    const bool fine = depth == 40 || to.cdf - from.cdf < tolerance ||
                      (depth >= 5 && share > 0.1 && share < 0.9 && !off(between) && !off(lower_half(s + (t - s) / 4)) &&
                       !off(lower_half(t - (t - s) / 4)));
    if (fine) {
      points.push_back(to);
      return;
    }
    if (points.size() > 1000000) throw NumericalError(concat("no table to ", tolerance, " for sigma2 = ", sigma2_));
    self(self, s, from, middle, between, depth + 1);
    self(self, middle, between, t, to, depth + 1);
  };
  LawPoint centre = lower_half(1);
  centre.x = 0;
  centre.cdf = 0.5;
  refine(refine, 0, points.front(), 1, centre, 0);
  // Rounding may let neighbours in the far tails fall together.
  std::vector<LawPoint> rising;
  for (const LawPoint& p : points) {
    if (rising.empty() || (p.x > rising.back().x && p.cdf >= rising.back().cdf)) rising.push_back(p);
  }
  for (std::size_t i = rising.size() - 1; i-- > 0;) {
    rising.push_back({-rising[i].x, rising[i].density, 1 - rising[i].cdf});
  }
  return rising;
}

double DeformedSemicircle::divergence() const {
  expects(diagonal_ == DiagonalLaw::uniform, "only a law of bounded support has a divergence from uniformity");
  // KL = E_U [delta - log(1 + delta)] with 1 + delta = 2 upper density, as E_U delta = 0: terms of one sign. With
  // s = d^2 + v^2, dx/du = (s^2 + 4 u^2 v^2) / (4 u^2 v^2 - s (sigma2 - s)), and du = d along the angle.
  const auto integrand = [&](double angle) {
    const double u = w_edge_ * std::cos(angle);
    const double d = w_edge_ * std::sin(angle);
    const auto [psi, epsilon] = opening(d * d);
    const double v = sigma2_ * (psi / (2 * a));
    // In units of sigma2, lest squares of squares leave the range.
    const double s = (d / sigma2_) * d + v * (v / sigma2_);
    const double uv = 4 * u * u * (v / sigma2_) * (v / sigma2_);
    const double delta = widening_ * (psi / pi) - epsilon / pi;
    const double excess = delta > -0.99 ? -boost::math::log1pmx(delta) : delta - std::log((1 + widening_) * (psi / pi));
    return excess * d * (s * s + uv) / (uv - s * (1 - s));
  };
  // Panels shrink towards the edge, first to its layer of width sigma and then on, for the logarithm at its end.
  const double layer = std::min(1.0, std::sqrt(sigma2_) / w_edge_);
  double sum = 0;
  for (double high = pi / 2; high > 1e-6 * layer; high /= 4) {
    const double low = high / 4 > 1e-6 * layer ? high / 4 : 0;
    sum += boost::math::quadrature::gauss<double, 20>::integrate(integrand, low, high);
  }
  return sum / upper_;
}

}  // namespace rankwise::spectra
