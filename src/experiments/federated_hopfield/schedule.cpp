// SPDX-License-Identifier: MIT
#include "schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/random/distributions.hpp"

namespace rankwise::experiments::hopfield {

namespace {

double sum_of(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

/// Sum 1; all zeros stay.
std::vector<double> normalised(std::vector<double> values) {
  const double sum = sum_of(values);
  if (sum > 0) {
    for (double& v : values) v /= sum;
  }
  return values;
}

std::vector<double> dirichlet(random::Stream stream, std::size_t k, double concentration) {
  std::vector<double> p(k);
  // small concentrations underflow to all zeros once in a great while
  for (int attempt = 0; attempt < 1000; ++attempt) {
    for (double& v : p) v = random::gamma(stream, concentration);
    if (sum_of(p) > 0) return normalised(std::move(p));
  }
  throw NumericalError(concat("--concentration '", concentration, "': every draw of a mixture underflows"));
}

std::vector<double> walked(std::vector<double> from, random::Stream stream, double most) {
  std::vector<double> to(from.size());
  for (std::size_t mu = 0; mu < from.size(); ++mu) to[mu] = from[mu] + most * random::normal(stream);
  to = projected_on_simplex(std::move(to));
  double variation = 0;
  for (std::size_t mu = 0; mu < from.size(); ++mu) variation += std::abs(to[mu] - from[mu]) / 2;
  const double step = variation > most ? most / variation : 1;
  for (std::size_t mu = 0; mu < from.size(); ++mu) from[mu] += step * (to[mu] - from[mu]);
  return normalised(std::move(from));
}

/// Of the schedules that are functions of the round alone.
std::vector<double> mixture_at(const Schedule& s, double t) {
  const std::size_t k = s.mixture.size();
  std::vector<double> p(k);
  for (std::size_t mu = 0; mu < k; ++mu) {
    const auto index = static_cast<double>(mu);
    const auto size = static_cast<double>(k);
    switch (s.kind) {
      case ScheduleKind::triangular:
        p[mu] = std::max(0.0, 1 - std::abs(t - s.peaks[mu]) / s.half_width);
        break;
      case ScheduleKind::cyclic:
        p[mu] = 1 + std::cos(2 * std::numbers::pi * (t / static_cast<double>(s.period) - index / size));
        break;
      case ScheduleKind::ramp: {
        const auto old = static_cast<double>(s.old_archetypes);
        const double mass = s.ramp_share * std::clamp((t - s.ramp_start) / s.ramp_length, 0.0, 1.0);
        p[mu] = index < old ? (1 - mass) / old : mass / (size - old);
        break;
      }
      default:
        p[mu] = s.mixture[mu];
        break;
    }
  }
  return normalised(std::move(p));
}

}  // namespace

std::vector<double> projected_on_simplex(std::vector<double> p) {
  expects(!p.empty(), "projected_on_simplex() of one component or more");
  std::vector<double> sorted = p;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  double sum = 0;
  double shift = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    sum += sorted[i];
    const double candidate = (sum - 1) / static_cast<double>(i + 1);
    if (sorted[i] > candidate) shift = candidate;
  }
  for (double& v : p) v = std::max(0.0, v - shift);
  return p;
}

std::vector<std::vector<double>> mixtures(const Schedule& schedule, std::int64_t rounds,
                                          const std::function<random::Stream(std::int64_t round)>& round_stream) {
  std::vector<std::vector<double>> all;
  std::vector<double> now = schedule.mixture;
  for (std::int64_t t = 0; t < rounds; ++t) {
    if (schedule.kind == ScheduleKind::dirichlet) {
      if (t % schedule.period == 0) now = dirichlet(round_stream(t), now.size(), schedule.concentration);
    } else if (schedule.kind == ScheduleKind::random_walk) {
      if (t > 0) now = walked(std::move(now), round_stream(t), schedule.max_variation);
    } else {
      now = mixture_at(schedule, static_cast<double>(t));
    }
    all.push_back(now);
  }
  return all;
}

ClientFactors parse_client_mixtures(const std::string& text, std::int64_t archetypes) {
  const auto refuse = [&](const std::string& part) {
    throw UsageError(concat("--client-mixtures '", text, "': '", part, "'; allowed are archetypes 0 to ", archetypes - 1,
                            " joined by +, a factor > 0 behind @ (0+1@0.5), and / between clients"));
  };
  ClientFactors factors;
  for (const auto& entry : split(text, '/')) {
    auto& own = factors.emplace_back(static_cast<std::size_t>(archetypes), 0.0);
    for (const auto& term : split(entry, '+')) {
      const auto parts = split(term, '@');
      const bool has_factor = parts.size() == 2;
      if (parts.empty() || parts.size() > 2) refuse(term);
      const std::int64_t mu = parse_integer(trim(parts.at(0))).value_or(-1);
      const double factor = has_factor ? parse_real(trim(parts.at(1))).value_or(0) : 1;
      if (mu < 0 || mu >= archetypes || !(factor > 0) || !std::isfinite(factor)) refuse(term);
      double& slot = own[static_cast<std::size_t>(mu)];
      if (slot != 0) refuse(term);  // twice
      slot = factor;
    }
  }
  return factors;
}

std::vector<double> client_mixture(const std::vector<double>& mixture, const ClientFactors& factors, std::int64_t client) {
  std::vector<double> p = mixture;
  if (!factors.empty()) {
    const auto& own = factors[static_cast<std::size_t>(client) % factors.size()];
    for (std::size_t mu = 0; mu < p.size(); ++mu) p[mu] *= own[mu];
    p = normalised(std::move(p));
  }
  return sum_of(p) > 0 ? p : std::vector<double>{};
}

Attendance::Attendance(const Participation& participation, std::int64_t clients) : participation_(participation), clients_(clients) {
  if (participation_.staleness > 0) last_.assign(static_cast<std::size_t>(clients), federated::sends_nothing);
}

federated::SentRounds Attendance::round(std::int64_t t, const std::function<random::Stream(std::int64_t client)>& stream,
                                        const std::function<bool(std::int64_t client)>& sees_something, bool all_see) {
  if (participation_.is_full() && all_see) return {clients_, t};
  std::vector<std::int64_t> sent(static_cast<std::size_t>(clients_), federated::sends_nothing);
  for (std::int64_t c = 0; c < clients_; ++c) {
    if (!all_see && !sees_something(c)) continue;
    auto& mine = sent[static_cast<std::size_t>(c)];
    if (participation_.is_full()) {
      mine = t;
      continue;
    }
    auto words = stream(c);
    const bool joins = random::uniform(words) < participation_.share;
    const bool fails = random::uniform(words) < participation_.dropout;
    const bool is_late = random::uniform(words) < participation_.staleness;
    if (!joins || fails) continue;
    mine = t;
    if (last_.empty()) continue;
    auto& last = last_[static_cast<std::size_t>(c)];
    if (is_late) mine = last;
    last = t;
  }
  return federated::SentRounds(std::move(sent));
}

}  // namespace rankwise::experiments::hopfield
