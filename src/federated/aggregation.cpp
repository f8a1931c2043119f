// SPDX-License-Identifier: MIT
#include "rankwise/federated/aggregation.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "rankwise/core/contract.hpp"

namespace rankwise::federated {

namespace {

/// The sum of operators that come one after another, merged in the tree of tree_split() level by level: neighbours once
/// `width` of a level have come, the rest at the end, where one that is alone goes up a level.
class LevelMerger {
 public:
  LevelMerger(std::int64_t width, Eigen::Index operator_rank)
      : width_(static_cast<std::size_t>(width)), operator_rank_(operator_rank), levels_(1) {}

  void push(WeightedOperator message) {
    levels_[0].push_back(std::move(message));
    for (std::size_t level = 0; level < levels_.size() && levels_[level].size() == width_; ++level) merge_level(level);
  }

  [[nodiscard]] WeightedOperator finish() && {
    for (std::size_t level = 0; level + 1 < levels_.size() || levels_[level].size() > 1; ++level) merge_level(level);
    return std::move(levels_.back().at(0));
  }

 private:
  void merge_level(std::size_t level) {
    std::vector<WeightedOperator> pairs = std::move(levels_[level]);
    levels_[level].clear();
    if (level + 1 == levels_.size()) levels_.emplace_back();
    std::vector<linalg::LowRankOperator> operators;
    for (auto& message : pairs) operators.push_back(std::move(message.op));
    operators = linalg::merge_neighbours(std::move(operators), operator_rank_);
    for (std::size_t i = 0; i < operators.size(); ++i) {
      const WeightedOperator& a = pairs[2 * i];
      const bool is_pair = 2 * i + 1 < pairs.size();
      levels_[level + 1].push_back({std::move(operators[i]), a.examples + (is_pair ? pairs[2 * i + 1].examples : 0),
                                    a.weight + (is_pair ? pairs[2 * i + 1].weight : 0)});
    }
  }

  std::size_t width_;
  Eigen::Index operator_rank_;
  std::vector<std::vector<WeightedOperator>> levels_;  ///< of each what waits for its neighbours; below width_
};

class Aggregator {
 public:
  Aggregator(mpi::Team& team, const Placement& placement, Eigen::Index operator_rank, Eigen::Index dimension,
             const ClientOperators& make)
      : team_(team),
        placement_(placement),
        operator_rank_(operator_rank),
        dimension_(dimension),
        width_(merge_width(dimension, operator_rank)),
        make_(make) {}

  /// Sum over all chunks, on the rank of chunk 0; nothing elsewhere. `rank_of` says where a chunk's leaves are to be
  /// found.
  template <typename RankOf>
  std::optional<WeightedOperator> sum(const RankOf& rank_of) {
    // All that is here first, messages then: a rank that waited for a message in the middle of its clients, or for one
    // of its own to be taken, would keep the others idle.
    const auto make_own = [&](std::int64_t begin, std::int64_t end) { own_.push_back(own_chunks(begin, end)); };
    walk(0, placement_.chunks(), rank_of, make_own, [](std::int64_t, std::int64_t) {});
    std::size_t next = 0;
    std::vector<std::optional<WeightedOperator>> sums;  // of the subtrees walked through so far that are here
    walk(
        0, placement_.chunks(), rank_of,
        [&](std::int64_t, std::int64_t) { sums.emplace_back(std::move(own_[next++])); },
        [&](std::int64_t begin, std::int64_t middle) {
          const int owner = rank_of(begin);
          const int owner_right = rank_of(middle);
          if (owner_right != team_.rank()) {
            if (owner == team_.rank())
              sums.emplace_back(from_wire(team_.receive(owner_right, mpi::Channel::operators), dimension_));
          } else if (owner != team_.rank()) {
            team_.send(owner, mpi::Channel::operators, to_wire(*sums.back()));
            sums.pop_back();
          }
          if (owner != team_.rank()) return;
          const WeightedOperator right = std::move(*sums.back());
          sums.pop_back();
          WeightedOperator& left = *sums.back();
          left = {linalg::merge(left.op, right.op, operator_rank_), left.examples + right.examples,
                  left.weight + right.weight};
        });
    if (sums.empty()) return std::nullopt;
    return std::move(sums.back());
  }

 private:
  /// The subtrees of this rank, from the left: own(begin, end) for each whose leaves are all here, and after both
  /// halves of one that it shares with others join(begin, middle).
  template <typename RankOf, typename Own, typename Join>
  void walk(std::int64_t begin, std::int64_t end, const RankOf& rank_of, const Own& own, const Join& join) {
    const int me = team_.rank();
    // ranks are contiguous in chunks: a rank has leaves in a range iff it lies between the owners of its ends
    if (me < rank_of(begin) || rank_of(end - 1) < me) return;
    if (rank_of(begin) == rank_of(end - 1)) {
      own(begin, end);
      return;
    }
    const std::int64_t middle = tree_split(begin, end);
    walk(begin, middle, rank_of, own, join);
    walk(middle, end, rank_of, own, join);
    join(begin, middle);
  }

  /// Chunks whose clients are all here. A chunk of one client is that client.
  WeightedOperator own_chunks(std::int64_t begin, std::int64_t end) {
    const Placement::Range all{placement_.clients_of_chunk(begin).begin, placement_.clients_of_chunk(end - 1).end};
    if (all.size() == end - begin) return clients(all);
    LevelMerger merger(width_, operator_rank_);
    for (std::int64_t chunk = begin; chunk < end; ++chunk) merger.push(clients(placement_.clients_of_chunk(chunk)));
    return std::move(merger).finish();
  }

  WeightedOperator clients(Placement::Range range) {
    LevelMerger merger(width_, operator_rank_);
    for (std::int64_t first = range.begin; first < range.end; first += width_) {
      for (auto& message : make_({first, std::min(range.end, first + width_)})) merger.push(std::move(message));
    }
    return std::move(merger).finish();
  }

  mpi::Team& team_;
  const Placement& placement_;
  Eigen::Index operator_rank_;
  Eigen::Index dimension_;
  std::int64_t width_;
  const ClientOperators& make_;
  std::vector<WeightedOperator> own_;  ///< sums of this rank's subtrees, from the left
};

}  // namespace

std::optional<WeightedOperator> aggregate(mpi::Team& team, const Placement& placement, Aggregation how,
                                          Eigen::Index operator_rank, Eigen::Index dimension, Wire wire,
                                          const ClientOperators& make, const IsSent& is_sent) {
  const auto sends = [&](std::int64_t client) { return !is_sent || is_sent(client); };
  const int me = team.rank();
  const auto mine = placement.clients_on(me);
  if (how == Aggregation::tree) {
    if (mine.size() == 0 && !team.is_root()) return std::nullopt;
    const ClientOperators received = [&](Placement::Range clients) {
      auto messages = make(clients);
      for (auto& message : messages) message = through_wire(std::move(message), wire);
      return messages;
    };
    Aggregator aggregator(team, placement, operator_rank, dimension, received);
    return aggregator.sum([&](std::int64_t c) { return placement.rank_of_chunk(c); });
  }
  const std::int64_t block = merge_width(dimension, operator_rank);
  std::vector<WeightedOperator> all;
  const auto make_mine = [&](const auto& take) {
    for (std::int64_t first = mine.begin; first < mine.end; first += block) {
      auto messages = make({first, std::min(mine.end, first + block)});
      for (std::size_t i = 0; i < messages.size(); ++i) take(first + static_cast<std::int64_t>(i), std::move(messages[i]));
    }
  };
  if (!team.is_root()) {
    make_mine([&](std::int64_t client, WeightedOperator message) {
      if (sends(client)) team.send(0, mpi::Channel::operators, to_wire(message, wire));
    });
    return std::nullopt;
  }
  make_mine([&](std::int64_t, WeightedOperator message) { all.push_back(through_wire(std::move(message), wire)); });
  for (std::int64_t c = mine.end; c < placement.clients(); ++c) {
    if (sends(c)) {
      all.push_back(from_wire(team.receive(placement.rank_of_client(c), mpi::Channel::operators), dimension, wire));
    } else {
      all.push_back({linalg::zero_operator(dimension), 0, 0});
    }
  }
  const ClientOperators stored = [&all](Placement::Range range) {
    std::vector<WeightedOperator> part;
    for (std::int64_t c = range.begin; c < range.end; ++c) part.push_back(std::move(all[static_cast<std::size_t>(c)]));
    return part;
  };
  Aggregator aggregator(team, placement, operator_rank, dimension, stored);
  return aggregator.sum([](std::int64_t) { return 0; });
}

std::int64_t merge_width(Eigen::Index dimension, Eigen::Index operator_rank) {
  constexpr Eigen::Index side_by_side = 12;  // so that two of them make a small eigenproblem
  return operator_rank <= side_by_side && dimension <= 4096 ? 16 : 2;
}

double gather_memory(std::int64_t clients, Eigen::Index dimension, Eigen::Index operator_rank) {
  return static_cast<double>(clients) * static_cast<double>(wire_bytes(dimension, operator_rank));
}

}  // namespace rankwise::federated
