// Which client lives on which rank. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

namespace rankwise::federated {

/// Clients come in fixed chunks of ceil(L/1024) consecutive clients, so that the shape of every sum depends on L alone;
/// chunk j of n lives on rank floor(j R / n) of a team of R ranks.
class Placement {
 public:
  /// clients >= 1, ranks >= 1; else InternalError.
  Placement(std::int64_t clients, int ranks);

  struct Range {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    [[nodiscard]] std::int64_t size() const { return end - begin; }
  };
  [[nodiscard]] std::int64_t clients() const { return clients_; }
  [[nodiscard]] std::int64_t chunks() const { return chunks_; }
  [[nodiscard]] int rank_of_chunk(std::int64_t chunk) const;
  [[nodiscard]] std::int64_t chunk_of_client(std::int64_t client) const { return client / chunk_size_; }
  [[nodiscard]] int rank_of_client(std::int64_t client) const { return rank_of_chunk(chunk_of_client(client)); }
  [[nodiscard]] Range clients_of_chunk(std::int64_t chunk) const;
  [[nodiscard]] Range chunks_on(int rank) const;
  [[nodiscard]] Range clients_on(int rank) const;
  /// Clients on every rank.
  [[nodiscard]] std::vector<std::int64_t> counts() const;

 private:
  std::int64_t clients_;
  std::int64_t chunk_size_;
  std::int64_t chunks_;
  int ranks_;
};

/// Where a binary tree over [begin, end), end - begin >= 2, divides: the left half is the largest power of two below the
/// size. Left subtrees are complete, so sums over more clients extend those over fewer.
[[nodiscard]] std::int64_t tree_split(std::int64_t begin, std::int64_t end);

}  // namespace rankwise::federated
