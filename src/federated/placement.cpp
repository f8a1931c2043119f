// SPDX-License-Identifier: MIT
#include "rankwise/federated/placement.hpp"

#include <algorithm>
#include <bit>

#include "rankwise/core/contract.hpp"

namespace rankwise::federated {

namespace {
constexpr std::int64_t most_chunks = 1024;
std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
}  // namespace

Placement::Placement(std::int64_t clients, int ranks)
    : clients_(clients), chunk_size_(divide_up(clients, most_chunks)), chunks_(0), ranks_(ranks) {
  expects(clients >= 1 && ranks >= 1, "a federation has clients and ranks");
  chunks_ = divide_up(clients_, chunk_size_);
}

int Placement::rank_of_chunk(std::int64_t chunk) const { return static_cast<int>(chunk * ranks_ / chunks_); }

Placement::Range Placement::clients_of_chunk(std::int64_t chunk) const {
  return {chunk * chunk_size_, std::min(clients_, (chunk + 1) * chunk_size_)};
}

Placement::Range Placement::chunks_on(int rank) const {
  // chunk j is here iff rank <= j R / n < rank + 1
  return {divide_up(rank * chunks_, ranks_), divide_up((rank + 1) * chunks_, ranks_)};
}

Placement::Range Placement::clients_on(int rank) const {
  const Range chunks = chunks_on(rank);
  return {std::min(clients_, chunks.begin * chunk_size_), std::min(clients_, chunks.end * chunk_size_)};
}

std::vector<std::int64_t> Placement::counts() const {
  std::vector<std::int64_t> counts;
  for (int rank = 0; rank < ranks_; ++rank) counts.push_back(clients_on(rank).size());
  return counts;
}

std::int64_t tree_split(std::int64_t begin, std::int64_t end) {
  expects(end - begin >= 2, "a tree node divides at least two leaves");
  return begin + static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(end - begin - 1)));
}

}  // namespace rankwise::federated
