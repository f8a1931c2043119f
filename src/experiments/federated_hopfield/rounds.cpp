// SPDX-License-Identifier: MIT
#include "rounds.hpp"

#include <algorithm>
#include <map>

#include "rankwise/random/distributions.hpp"

namespace rankwise::experiments::hopfield {

using random::Purpose;

Rounds::Rounds(const Settings& settings, run::Context& context, std::int64_t replica, const linalg::SignMatrix& archetypes,
               const LocalImages* images)
    : s_(settings),
      context_(context),
      replica_(replica),
      archetypes_(archetypes),
      images_(images),
      mixtures_(mixtures(s_.schedule, s_.rounds, [&](std::int64_t t) { return context.stream(Purpose::schedule, replica, 0, t); })),
      attendance_(s_.participation, s_.clients),
      federation_(context.team, s_.clients, static_cast<Eigen::Index>(s_.neurons), s_.federation) {}

std::vector<std::vector<double>> Rounds::seen_in(std::int64_t t) const {
  std::vector<std::vector<double>> seen;
  for (std::size_t entry = 0; entry < std::max<std::size_t>(1, s_.factors.size()); ++entry) {
    seen.push_back(client_mixture(mixtures_[static_cast<std::size_t>(t)], s_.factors, static_cast<std::int64_t>(entry)));
  }
  return seen;
}

federated::Batch Rounds::batch_of(std::int64_t client, std::int64_t t, const std::vector<double>& mixture) const {
  auto classes = context_.stream(Purpose::class_counts, replica_, client, t);
  auto counts = random::multinomial(classes, s_.batch_sizes[client], mixture);
  const auto stream = context_.stream(Purpose::flips, replica_, client, t);
  auto examples = s_.images ? image_batch(*images_, counts, client, s_.clients, stream)
                            : noisy_batch(archetypes_, counts, s_.qualities[client], stream);
  return {std::move(examples), std::move(counts), s_.kinds[client]};
}

std::optional<federated::RoundOutcome> Rounds::next() {
  const std::int64_t t = t_++;
  std::map<std::int64_t, std::vector<std::vector<double>>> seen;  // by round: late clients look back
  const auto entry_of = [&](std::int64_t round, std::int64_t client) -> const std::vector<double>& {
    auto& entries = seen[round];
    if (entries.empty()) entries = seen_in(round);
    return entries[static_cast<std::size_t>(client) % entries.size()];
  };
  (void)entry_of(t, 0);
  const bool all_see = std::none_of(seen[t].begin(), seen[t].end(), [](const auto& mixture) { return mixture.empty(); });
  const auto sent = attendance_.round(
      t, [&](std::int64_t client) { return context_.stream(Purpose::participation, replica_, client, t); },
      [&](std::int64_t client) { return !entry_of(t, client).empty(); }, all_see);
  const auto batch = [&](std::int64_t client, std::int64_t round) {
    if (client % 4096 == 0) context_.poll();  // a round of a million clients takes a while
    return batch_of(client, round, entry_of(round, client));
  };
  return federation_.round(t, batch, sent, context_.stream(Purpose::factoriser, replica_, 0, t));
}

}  // namespace rankwise::experiments::hopfield
