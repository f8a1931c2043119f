// One replica of the mode retrieval: patterns, couplings, cues, recall. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "model.hpp"
#include "rankwise/random/distributions.hpp"
#include "retrieval.hpp"
#include "rounds.hpp"

namespace rankwise::experiments::hopfield {

namespace {

using linalg::SignMatrix;
using random::Purpose;
using run::Point;

/// What the server of a federation remembers after its last round, the same on every member of the team.
SignMatrix reconstruct(const Settings& s, const SignMatrix& archetypes, run::Context& context, std::int64_t replica) {
  Rounds federation(s, context, replica, archetypes);
  for (std::int64_t t = 0; t < s.rounds; ++t) {
    context.poll();
    (void)federation.next();
  }
  const SignMatrix& memory = federation.memory();
  return memory.rows() > 0 ? memory : SignMatrix(0, archetypes.columns());
}

/// The stored pattern nearest to an archetype, with the sign that makes them alike.
struct Nearest {
  std::size_t row = 0;
  std::int64_t product = 0;  ///< with the archetype; 0 where nothing is stored
};

std::vector<Nearest> nearest_patterns(const SignMatrix& memory, const SignMatrix& archetypes) {
  std::vector<Nearest> found(archetypes.rows());
  if (memory.rows() == 0) return found;
  const auto products = memory.overlaps(archetypes);
  for (Eigen::Index mu = 0; mu < products.cols(); ++mu) {
    Nearest& best = found[static_cast<std::size_t>(mu)];
    for (Eigen::Index nu = 0; nu < products.rows(); ++nu) {
      const std::int64_t product = products(nu, mu);
      if (std::abs(product) > std::abs(best.product)) best = {static_cast<std::size_t>(nu), product};
    }
  }
  return found;
}

/// A recall in numbers, as it travels to root.
struct Outcome {
  double overlap;
  double memory_overlap;
  double sweeps;
  double flips;
  double converged;
};

class Replica {
 public:
  Replica(const run::Family& family, run::Context& context, std::int64_t replica)
      : family_(family),
        context_(context),
        replica_(replica),
        cues_(static_cast<std::size_t>(family.front().integer("cues"))),
        archetypes_(random_archetypes(context.stream(Purpose::archetypes, replica),
                                      family.front().integer("archetypes"), family.front().integer("neurons"))),
        memory_(is_reconstructed(family.front())
                    ? reconstruct(settings_of(family.front(), family.front().integer("archetypes")), archetypes_,
                                  context, replica)
                    : archetypes_),
        nearest_(nearest_patterns(memory_, archetypes_)),
        couplings_(memory_, coupling_of(family.front())) {}

  void run(run::Sink& sink) {
    const auto size = static_cast<std::size_t>(context_.team.size());
    std::vector<Outcome> own;
    for (auto cue = static_cast<std::size_t>(context_.team.rank()); cue < cues_; cue += size) recall_from(cue, own);
    const auto parts = context_.team.gather(std::as_bytes(std::span(own)), mpi::Channel::operators);
    if (!context_.team.is_root()) return;
    std::vector<Outcome> all(cues_ * family_.points.size());
    for (std::size_t rank = 0; rank < parts.size(); ++rank) {
      const auto outcomes = mpi::Team::values_of<Outcome>(parts[rank]);
      for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const std::size_t cue = rank + size * (i / family_.points.size());
        all.at(cue * family_.points.size() + i % family_.points.size()) = outcomes[i];
      }
    }
    for (std::size_t p = 0; p < family_.points.size(); ++p) write(sink, p, all);
  }

 private:
  /// One archetype from the cues of all points: of the same places the first ones flipped, the same order of updates.
  void recall_from(std::size_t cue, std::vector<Outcome>& outcomes) const {
    const std::size_t n = archetypes_.columns();
    std::vector<std::int8_t> archetype(n);
    for (std::size_t i = 0; i < n; ++i) archetype[i] = static_cast<std::int8_t>(archetypes_(cue, i));
    const auto client = static_cast<std::int64_t>(cue);
    const auto places = federated::random_order(n, context_.stream(Purpose::cue, replica_, client));
    const auto dynamics = context_.stream(Purpose::dynamics, replica_, client);
    const SignMatrix probes = compared_patterns(cue);
    for (const Point& point : family_.points) {
      federated::RecallOptions options;
      options.temperature = point.real("temperature");
      options.sweeps = static_cast<int>(point.integer("sweeps"));
      options.poll = [this] { context_.poll(); };
      auto state = archetype;
      for (std::size_t i = 0; i < static_cast<std::size_t>(flipped_bits(point)); ++i) {
        state[places[i]] = static_cast<std::int8_t>(-state[places[i]]);
      }
      const auto found = federated::recall(couplings_, std::move(state), probes, options, dynamics);
      outcomes.push_back(
          {found.overlaps.at(0), probes.rows() > 1 ? found.overlaps.at(1) : std::numeric_limits<double>::quiet_NaN(),
           static_cast<double>(found.sweeps), static_cast<double>(found.flips), found.converged ? 1.0 : 0.0});
    }
  }

  /// The archetype, and the stored pattern nearest to it.
  [[nodiscard]] SignMatrix compared_patterns(std::size_t cue) const {
    const std::size_t n = archetypes_.columns();
    SignMatrix probes(memory_.rows() > 0 ? 2 : 1, n);
    for (std::size_t i = 0; i < n; ++i) {
      probes.set(0, i, archetypes_(cue, i) > 0);
      if (memory_.rows() == 0) continue;
      const bool is_plus = memory_(nearest_[cue].row, i) > 0;
      probes.set(1, i, is_plus == (nearest_[cue].product >= 0));
    }
    return probes;
  }

  void write(run::Sink& sink, std::size_t p, const std::vector<Outcome>& all) const {
    const Point& point = family_.points[p];
    const auto n = static_cast<std::int64_t>(archetypes_.columns());
    std::vector<double> overlap, memory_overlap, magnetisation;
    std::vector<std::int64_t> success, sweeps, flips, converged;
    for (std::size_t cue = 0; cue < cues_; ++cue) {
      const Outcome& found = all[cue * family_.points.size() + p];
      overlap.push_back(found.overlap);
      memory_overlap.push_back(found.memory_overlap);
      magnetisation.push_back(static_cast<double>(std::abs(nearest_[cue].product)) / static_cast<double>(n));
      // a network without patterns keeps every state, which recalls nothing
      success.push_back(memory_.rows() > 0 && found.overlap >= recalled ? 1 : 0);
      sweeps.push_back(static_cast<std::int64_t>(found.sweeps));
      flips.push_back(static_cast<std::int64_t>(found.flips));
      converged.push_back(static_cast<std::int64_t>(found.converged));
    }
    const auto exact = std::count_if(nearest_.begin(), nearest_.end(),
                                     [n](const Nearest& pattern) { return std::abs(pattern.product) == n; });
    const auto put = [&](const char* name, Array value) { sink.put(name, point, replica_, std::move(value)); };
    put("overlap", Array(std::move(overlap)));
    put("memory_overlap", Array(std::move(memory_overlap)));
    put("magnetisation", Array(std::move(magnetisation)));
    put("success", Array(std::move(success)));
    put("sweeps", Array(std::move(sweeps)));
    put("flips", Array(std::move(flips)));
    put("converged", Array(std::move(converged)));
    put("patterns", Array::scalar(static_cast<std::int64_t>(memory_.rows())));
    put("exact", Array::scalar(static_cast<std::int64_t>(exact)));
  }

  const run::Family& family_;
  run::Context& context_;
  std::int64_t replica_;
  std::size_t cues_;
  SignMatrix archetypes_;
  SignMatrix memory_;
  std::vector<Nearest> nearest_;
  federated::Couplings couplings_;
};

}  // namespace

void RetrievalExperiment::simulate(const run::Family& family, const run::Block& block, run::Sink& sink,
                                   run::Context& context) const {
  for (std::int64_t r = block.first; r < block.first + block.count; ++r) Replica(family, context, r).run(sink);
}

}  // namespace rankwise::experiments::hopfield
