// SPDX-License-Identifier: MIT
#include "rankwise/federated/placement.hpp"

#include <doctest/doctest.h>

#include <functional>

using rankwise::federated::Placement;
using rankwise::federated::tree_split;

TEST_CASE("every client lives on exactly one rank, in order, and chunk j of n on rank floor(j R / n)") {
  for (const std::int64_t clients : {1, 2, 3, 5, 9, 100, 1024, 1025, 2500, 1000000}) {
    for (const int ranks : {1, 2, 3, 4, 5, 7, 9, 64}) {
      const Placement p(clients, ranks);
      CHECK(p.chunks() == (clients <= 1024 ? clients : (clients + (clients + 1023) / 1024 - 1) / ((clients + 1023) / 1024)));
      CHECK(p.chunks() <= 1024);
      std::int64_t next = 0;
      std::int64_t sum = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        const auto here = p.clients_on(rank);
        if (here.size() > 0) CHECK(here.begin == next);
        next += here.size();
        sum += p.counts()[static_cast<std::size_t>(rank)];
        for (std::int64_t j = p.chunks_on(rank).begin; j < p.chunks_on(rank).end; ++j) {
          CHECK(p.rank_of_chunk(j) == rank);
          CHECK(p.rank_of_chunk(j) == j * ranks / p.chunks());
          CHECK(p.rank_of_client(p.clients_of_chunk(j).begin) == rank);
          CHECK(p.clients_of_chunk(j).size() > 0);
        }
      }
      CHECK(next == clients);
      CHECK(sum == clients);
    }
  }
}

TEST_CASE("L clients on L ranks are one per rank") {
  CHECK(Placement(5, 5).counts() == std::vector<std::int64_t>{1, 1, 1, 1, 1});
  CHECK(Placement(5, 7).counts() == std::vector<std::int64_t>{1, 1, 1, 0, 1, 1, 0});
}

TEST_CASE("a tree's left half is the largest power of two below its size") {
  CHECK(tree_split(0, 2) == 1);
  CHECK(tree_split(0, 3) == 2);
  CHECK(tree_split(0, 4) == 2);
  CHECK(tree_split(10, 15) == 14);
  CHECK(tree_split(0, 1000) == 512);
}
