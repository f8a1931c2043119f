// Messages that nobody waits for. SPDX-License-Identifier: MIT
#include "rankwise/mpi/mailbox.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "mpi/native.hpp"
#include "mpi/payload.hpp"
#include "mpi/world.hpp"
#include "rankwise/core/error.hpp"

using rankwise::InternalError;
using rankwise::mpi::Bytes;
using rankwise::mpi::Comm;
using rankwise::mpi::Mailbox;
using rankwise::test::Choices;
using rankwise::test::payload;
using rankwise::test::with_pieces;
using rankwise::test::world;

namespace {

/// Size, kind and content of the n-th message between two ranks, known to both.
struct Plan {
  std::size_t size;
  std::uint8_t kind;
  Bytes bytes;
};
Plan plan(int from, int to, std::size_t n) {
  const std::uint64_t key = 1000003U * static_cast<std::uint64_t>(from * 64 + to) + n;
  Choices choices(key);
  constexpr std::size_t sizes[] = {0, 1, 100, 4096, 70000, 300000};
  const std::size_t size = sizes[choices.below(6)];
  return {size, static_cast<std::uint8_t>(choices.below(64)), payload(key, size)};
}

void exchange(const Comm& comm, std::size_t messages) {
  Mailbox mailbox(comm);
  const int ranks = comm.size();
  std::vector<std::size_t> heard(static_cast<std::size_t>(ranks), 0);
  std::size_t sent = 0;
  std::size_t all = 0;
  while (all < messages * static_cast<std::size_t>(ranks) || !mailbox.all_sent()) {
    if (sent < messages) {  // to all, itself included, while earlier ones are under way
      for (int to = 0; to < ranks; ++to) {
        Plan p = plan(comm.rank(), to, sent);
        mailbox.send(to, p.kind, std::move(p.bytes));
      }
      ++sent;
    }
    while (const auto message = mailbox.poll()) {
      std::size_t& n = heard[static_cast<std::size_t>(message->from)];
      const Plan expected = plan(message->from, comm.rank(), n++);
      CHECK(message->kind == expected.kind);
      CHECK(message->bytes == expected.bytes);
      ++all;
    }
    if (sent == messages) std::this_thread::sleep_for(std::chrono::microseconds(50));  // ranks may share a core
  }
  CHECK_FALSE(mailbox.transferring());
  comm.barrier();
  CHECK_FALSE(mailbox.poll().has_value());
}

}  // namespace

TEST_CASE("a mailbox keeps the order of each sender, whatever the sizes") { exchange(world(), 30); }

TEST_CASE("long messages go in pieces") { exchange(with_pieces(5000), 6); }

TEST_CASE("two mailboxes side by side do not hear each other") {
  Mailbox a(world());
  Mailbox b(world());
  const int rank = world().rank();
  a.send(rank, 1, payload(1, 10));
  b.send(rank, 2, payload(2, 20));
  for (auto [mailbox, kind] : {std::pair{&b, 2}, std::pair{&a, 1}}) {
    std::optional<Mailbox::Message> message;
    while (!message) message = mailbox->poll();
    CHECK(message->kind == kind);
  }
  while (!a.all_sent() || !b.all_sent()) std::this_thread::yield();
}

TEST_CASE("a wrong receiver or kind is a broken promise") {
  Mailbox mailbox(world());
  CHECK_THROWS_AS(mailbox.send(world().size(), 1, {}), InternalError);
  CHECK_THROWS_AS(mailbox.send(-1, 1, {}), InternalError);
  CHECK_THROWS_AS(mailbox.send(0, 64, {}), InternalError);
}
