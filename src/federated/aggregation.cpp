// SPDX-License-Identifier: MIT
#include "rankwise/federated/aggregation.hpp"

#include <map>

#include "rankwise/core/contract.hpp"

namespace rankwise::federated {

namespace {

class Aggregator {
 public:
  Aggregator(mpi::Team& team, const Placement& placement, Eigen::Index operator_rank, Eigen::Index dimension,
             const ClientOperator& leaf)
      : team_(team), placement_(placement), operator_rank_(operator_rank), dimension_(dimension), leaf_(leaf) {}

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
      return merged(std::move(*left), *right);
    }
    if (me == owner_right) team_.send(owner, mpi::Channel::operators, to_wire(*right));
    return std::nullopt;
  }

 private:
  WeightedOperator clients(Placement::Range range) {
    if (range.size() == 1) return leaf_(range.begin);
    const std::int64_t middle = tree_split(range.begin, range.end);
    WeightedOperator left = clients({range.begin, middle});
    return merged(std::move(left), clients({middle, range.end}));
  }

  WeightedOperator merged(WeightedOperator a, const WeightedOperator& b) const {
    return {linalg::merge(a.op, b.op, operator_rank_), a.examples + b.examples, a.weight + b.weight};
  }

  mpi::Team& team_;
  const Placement& placement_;
  Eigen::Index operator_rank_;
  Eigen::Index dimension_;
  const ClientOperator& leaf_;
};

}  // namespace

std::optional<WeightedOperator> aggregate(mpi::Team& team, const Placement& placement, Aggregation how,
                                          Eigen::Index operator_rank, Eigen::Index dimension, const ClientOperator& make) {
  const int me = team.rank();
  const auto mine = placement.clients_on(me);
  if (how == Aggregation::tree) {
    if (mine.size() == 0 && !team.is_root()) return std::nullopt;
    Aggregator aggregator(team, placement, operator_rank, dimension, make);
    return aggregator.chunks(0, placement.chunks(), [&](std::int64_t c) { return placement.rank_of_chunk(c); });
  }
  if (!team.is_root()) {
    for (std::int64_t c = mine.begin; c < mine.end; ++c) team.send(0, mpi::Channel::operators, to_wire(make(c)));
    return std::nullopt;
  }
  std::vector<WeightedOperator> all;
  for (std::int64_t c = 0; c < placement.clients(); ++c) {
    const int rank = placement.rank_of_client(c);
    all.push_back(rank == me ? make(c) : from_wire(team.receive(rank, mpi::Channel::operators), dimension));
  }
  const ClientOperator stored = [&all](std::int64_t c) { return std::move(all[static_cast<std::size_t>(c)]); };
  Aggregator aggregator(team, placement, operator_rank, dimension, stored);
  return aggregator.chunks(0, placement.chunks(), [](std::int64_t) { return 0; });
}

double gather_memory(std::int64_t clients, Eigen::Index dimension, Eigen::Index operator_rank) {
  return static_cast<double>(clients) * static_cast<double>(wire_bytes(dimension, operator_rank));
}

}  // namespace rankwise::federated
