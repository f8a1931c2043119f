// Collectives, pieces, splits and checked calls. SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>

#include "mpi/native.hpp"
#include "mpi/payload.hpp"
#include "mpi/world.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/mpi/session.hpp"

using rankwise::concat;
using rankwise::InternalError;
using rankwise::mpi::Bytes;
using rankwise::mpi::Comm;
using rankwise::mpi::MpiError;
using rankwise::test::payload;
using rankwise::test::with_pieces;
using rankwise::test::world;

namespace {

constexpr std::array<std::size_t, 4> sizes{0, 1, 1000, 5 << 20};

void check_broadcast(const Comm& comm, std::size_t size, int root) {
  const Bytes expected = payload(static_cast<std::uint64_t>(root) + 7 * size, size);
  const Bytes received = comm.broadcast(comm.rank() == root ? expected : payload(99, 17), root);
  CHECK(received == expected);
}

/// Rank r gives (r + 1) times the size, so that the ranks run dry in different rounds.
void check_gather(const Comm& comm, std::size_t size, int root) {
  const auto part = [size](int rank) {
    return payload(static_cast<std::uint64_t>(rank), size * static_cast<std::size_t>(rank + 1));
  };
  const std::vector<Bytes> gathered = comm.gather(part(comm.rank()), root);
  if (comm.rank() != root) {
    CHECK(gathered.empty());
    return;
  }
  CHECK(gathered.size() == static_cast<std::size_t>(comm.size()));
  for (int r = 0; r < comm.size(); ++r) CHECK(gathered[static_cast<std::size_t>(r)] == part(r));
}

}  // namespace

TEST_CASE("broadcast gives root's bytes to every rank, whatever the size and the root") {
  for (const std::size_t size : sizes) {
    for (int root = 0; root < world().size(); ++root) check_broadcast(world(), size, root);
  }
}

TEST_CASE("gather gives every rank's bytes to root in rank order") {
  for (const std::size_t size : sizes) {
    for (int root = 0; root < world().size(); ++root) check_gather(world(), size / 4, root);
  }
}

TEST_CASE("messages above the largest piece arrive whole") {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{64}, std::size_t{1000}}) {
    const Comm comm = with_pieces(piece);
    for (const std::size_t size : {piece - 1, piece, piece + 1, 5 * piece, 5 * piece + 2}) {
      check_broadcast(comm, size, comm.size() - 1);
      check_gather(comm, size, comm.size() - 1);
    }
  }
}

TEST_CASE("a communicator refuses pieces that MPI cannot count") {
  CHECK_THROWS_AS(with_pieces(0), InternalError);
  CHECK_THROWS_AS(with_pieces((std::size_t{1} << 30) + 1), InternalError);
  CHECK_THROWS_AS((void)rankwise::mpi::to_count(std::size_t{1} << 31), InternalError);
  CHECK(rankwise::mpi::to_count((std::size_t{1} << 31) - 1) == std::numeric_limits<int>::max());
}

TEST_CASE("texts travel like bytes, NUL and UTF-8 included") {
  const std::string text = std::string("nul\0, then \xc3\xa9", 13);
  CHECK(world().broadcast(world().rank() == 0 ? text : std::string("else")) == text);
  CHECK(world().broadcast(std::string()).empty());
  const auto texts = world().gather(concat("rank ", world().rank()));
  if (world().rank() == 0) {
    for (int r = 0; r < world().size(); ++r) CHECK(texts[static_cast<std::size_t>(r)] == concat("rank ", r));
  } else {
    CHECK(texts.empty());
  }
}

TEST_CASE("maximum is exact over the whole range of int64") {
  using Limits = std::numeric_limits<std::int64_t>;
  const bool last = world().rank() == world().size() - 1;
  CHECK(world().maximum(world().rank()) == world().size() - 1);
  CHECK(world().maximum(last ? Limits::max() : Limits::max() - 1) == Limits::max());
  CHECK(world().maximum(last ? Limits::min() + 1 : Limits::min()) == Limits::min() + 1);
}

TEST_CASE("split groups ranks by colour in rank order; duplicates do not share traffic") {
  const int rank = world().rank();
  const Comm part = world().split(rank % 2);
  CHECK(part.rank() == rank / 2);
  CHECK(part.size() == (world().size() + 1 - rank % 2) / 2);
  CHECK(part.broadcast(concat("colour ", rank % 2)) == concat("colour ", rank % 2));
  CHECK_THROWS_AS((void)world().split(-1), InternalError);

  const Comm copy = world().duplicate();
  CHECK(copy.rank() == rank);
  CHECK(copy.size() == world().size());
  if (world().size() < 2) return;
  // The message on the copy is sent first, and must not be what the original receives.
  int value = 0;
  if (rank == 0) {
    const std::array<int, 2> values{1, 2};
    rankwise::mpi::checked(MPI_Send(&values[0], 1, MPI_INT, 1, 5, copy.native().handle), "MPI_Send");
    rankwise::mpi::checked(MPI_Send(&values[1], 1, MPI_INT, 1, 5, world().native().handle), "MPI_Send");
  } else if (rank == 1) {
    rankwise::mpi::checked(MPI_Recv(&value, 1, MPI_INT, 0, 5, world().native().handle, MPI_STATUS_IGNORE), "MPI_Recv");
    CHECK(value == 2);
    rankwise::mpi::checked(MPI_Recv(&value, 1, MPI_INT, 0, 5, copy.native().handle, MPI_STATUS_IGNORE), "MPI_Recv");
    CHECK(value == 1);
  }
}

TEST_CASE("an MPI call that fails becomes an MpiError that names call, reason and place") {
  const auto send_to_nobody = [](const Comm& comm) -> std::string {
    try {
      const int value = 1;
      rankwise::mpi::checked(MPI_Send(&value, 1, MPI_INT, comm.size(), 0, comm.native().handle), "MPI_Send");
    } catch (const MpiError& e) {
      CHECK(e.exit_code() == rankwise::ExitCode::internal);
      return e.what();
    }
    return "no error";
  };
  for (const Comm& comm : {world(), world().duplicate(), world().split(0)}) {
    const std::string text = send_to_nobody(comm);
    CHECK(text.find("MPI_Send failed: ") == 0);
    CHECK(text.find("MPI_ERR_RANK") != std::string::npos);
    CHECK(text.find("comm_test.cpp:") != std::string::npos);
  }
}

TEST_CASE("communicators that an exception unwinds are left alone, and the ranks go on together") {
  // Freeing is collective: rank 0 alone loses its duplicate to an exception.
  try {
    const Comm copy = world().duplicate();
    if (world().rank() == 0) throw std::runtime_error("unwind");
    CHECK(copy.size() == world().size());
  } catch (const std::runtime_error&) {
    CHECK(world().rank() == 0);
  }
  CHECK(world().maximum(world().rank()) == world().size() - 1);
}

TEST_CASE("a second session is refused, and the library tells its version") {
  int argc = 0;
  char** argv = nullptr;
  CHECK_THROWS_AS(rankwise::mpi::Session(argc, argv), InternalError);
  const std::string version = rankwise::mpi::Session::library_version();
  CHECK(version.size() > 4);
  CHECK(version.find('\n') == std::string::npos);
}
