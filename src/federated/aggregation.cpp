// SPDX-License-Identifier: MIT
#include "rankwise/federated/aggregation.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "rankwise/core/contract.hpp"

namespace rankwise::federated {

namespace {

class Aggregator {
 public:
  Aggregator(mpi::Team& team, const Placement& placement, Eigen::Index operator_rank, Eigen::Index dimension,
             const ClientOperators& make)
      : team_(team), placement_(placement), operator_rank_(operator_rank), dimension_(dimension), make_(make) {}

  /// Sum over chunks [begin, end), on the rank of chunk `begin`; nothing elsewhere. Called by every rank with a chunk in
  /// that range. `rank_of` says where a chunk's leaves are to be found.
  template <typename RankOf>
  std::optional<WeightedOperator> chunks(std::int64_t begin, std::int64_t end, const RankOf& rank_of) {
    const int me = team_.rank();
    if (end - begin == 1) return clients(placement_.clients_of_chunk(begin));
    const std::int64_t middle = tree_split(begin, end);
    const int owner = rank_of(begin);
    const int owner_right = rank_of(middle);
    std::optional<WeightedOperator> left;
    std::optional<WeightedOperator> right;
    // ranks are contiguous in chunks: a rank has leaves in a range iff it lies between the owners of its ends
    if (owner <= me && me <= rank_of(middle - 1)) left = chunks(begin, middle, rank_of);
    if (owner_right <= me && me <= rank_of(end - 1)) right = chunks(middle, end, rank_of);
    if (me == owner) {
      if (owner_right != me) right = from_wire(team_.receive(owner_right, mpi::Channel::operators), dimension_);
      return merged(*left, *right);
    }
    if (me == owner_right) team_.send(owner, mpi::Channel::operators, to_wire(*right));
    return std::nullopt;
  }

 private:
  /// Level by level: neighbours are merged once merge_width() of a level have come. At the end the rest is merged from
  /// below, where one that is alone goes up a level. This is the tree of tree_split().
  WeightedOperator clients(Placement::Range range) {
    const std::int64_t width = merge_width(dimension_, operator_rank_);
    std::vector<std::vector<WeightedOperator>> levels(1);
    const auto merge_level = [&](std::size_t level) {
      auto next = merged_neighbours(std::move(levels[level]));
      levels[level].clear();
      if (level + 1 == levels.size()) levels.emplace_back();
      for (auto& sum : next) levels[level + 1].push_back(std::move(sum));
    };
    for (std::int64_t first = range.begin; first < range.end; first += width) {
      for (auto& message : make_({first, std::min(range.end, first + width)})) levels[0].push_back(std::move(message));
      for (std::size_t level = 0; level < levels.size() && static_cast<std::int64_t>(levels[level].size()) == width; ++level) merge_level(level);
    }
    for (std::size_t level = 0; level + 1 < levels.size() || levels[level].size() > 1; ++level) merge_level(level);
    return std::move(levels.back().at(0));
  }

  std::vector<WeightedOperator> merged_neighbours(std::vector<WeightedOperator> level) const {
    std::vector<linalg::LowRankOperator> operators;
    for (auto& message : level) operators.push_back(std::move(message.op));
    operators = linalg::merge_neighbours(std::move(operators), operator_rank_);
    std::vector<WeightedOperator> next;
    for (std::size_t i = 0; i < operators.size(); ++i) {
      const WeightedOperator& a = level[2 * i];
      const bool is_pair = 2 * i + 1 < level.size();
      next.push_back({std::move(operators[i]), a.examples + (is_pair ? level[2 * i + 1].examples : 0),
                      a.weight + (is_pair ? level[2 * i + 1].weight : 0)});
    }
    return next;
  }

  WeightedOperator merged(const WeightedOperator& a, const WeightedOperator& b) const {
    return {linalg::merge(a.op, b.op, operator_rank_), a.examples + b.examples, a.weight + b.weight};
  }

  mpi::Team& team_;
  const Placement& placement_;
  Eigen::Index operator_rank_;
  Eigen::Index dimension_;
  const ClientOperators& make_;
};

}  // namespace

std::optional<WeightedOperator> aggregate(mpi::Team& team, const Placement& placement, Aggregation how,
                                          Eigen::Index operator_rank, Eigen::Index dimension, Wire wire, const ClientOperators& make) {
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
    return aggregator.chunks(0, placement.chunks(), [&](std::int64_t c) { return placement.rank_of_chunk(c); });
  }
  const std::int64_t block = merge_width(dimension, operator_rank);
  std::vector<WeightedOperator> all;
  const auto make_mine = [&](const auto& take) {
    for (std::int64_t first = mine.begin; first < mine.end; first += block) {
      for (auto& message : make({first, std::min(mine.end, first + block)})) take(std::move(message));
    }
  };
  if (!team.is_root()) {
    make_mine([&](WeightedOperator message) { team.send(0, mpi::Channel::operators, to_wire(message, wire)); });
    return std::nullopt;
  }
  make_mine([&](WeightedOperator message) { all.push_back(through_wire(std::move(message), wire)); });
  for (std::int64_t c = mine.end; c < placement.clients(); ++c) {
    all.push_back(from_wire(team.receive(placement.rank_of_client(c), mpi::Channel::operators), dimension, wire));
  }
  const ClientOperators stored = [&all](Placement::Range range) {
    std::vector<WeightedOperator> part;
    for (std::int64_t c = range.begin; c < range.end; ++c) part.push_back(std::move(all[static_cast<std::size_t>(c)]));
    return part;
  };
  Aggregator aggregator(team, placement, operator_rank, dimension, stored);
  return aggregator.chunks(0, placement.chunks(), [](std::int64_t) { return 0; });
}

std::int64_t merge_width(Eigen::Index dimension, Eigen::Index operator_rank) {
  constexpr Eigen::Index side_by_side = 12;  // so that two of them make a small eigenproblem
  return operator_rank <= side_by_side && dimension <= 4096 ? 16 : 2;
}

double gather_memory(std::int64_t clients, Eigen::Index dimension, Eigen::Index operator_rank) {
  return static_cast<double>(clients) * static_cast<double>(wire_bytes(dimension, operator_rank));
}

}  // namespace rankwise::federated
