// A replica's federation, round by round. SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "images.hpp"
#include "model.hpp"

namespace rankwise::experiments::hopfield {

/// The federation of one replica: who takes part in a round, what each client sees, its batch. Called by every member of
/// the team. `settings`, `context`, `archetypes` and `images` must outlive it.
class Rounds {
 public:
  /// archetypes: K x N. `images` where clients hold images, else none.
  Rounds(const Settings& settings, run::Context& context, std::int64_t replica, const linalg::SignMatrix& archetypes,
         const LocalImages* images = nullptr);

  /// The next round; its outcome at root, nothing elsewhere.
  std::optional<federated::RoundOutcome> next();
  /// What the server sent last; the same on every member.
  [[nodiscard]] const linalg::SignMatrix& memory() const { return federation_.memory(); }

 private:
  /// Mixtures of round t, one for each entry of the clients' factors; empty: nothing is seen.
  [[nodiscard]] std::vector<std::vector<double>> seen_in(std::int64_t t) const;
  [[nodiscard]] federated::Batch batch_of(std::int64_t client, std::int64_t t, const std::vector<double>& mixture) const;

  const Settings& s_;
  run::Context& context_;
  std::int64_t replica_;
  const linalg::SignMatrix& archetypes_;
  const LocalImages* images_;
  std::vector<std::vector<double>> mixtures_;  ///< per round
  Attendance attendance_;
  federated::Federation federation_;
  std::int64_t t_ = 0;
};

}  // namespace rankwise::experiments::hopfield
