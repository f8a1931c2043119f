// The public headers of the mpi floor, seen by a floor that does not know mpi.h. SPDX-License-Identifier: MIT
#include "rankwise/mpi/comm.hpp"
#include "rankwise/mpi/session.hpp"
#include "rankwise/mpi/team.hpp"
#ifdef MPI_VERSION
#error "a public header of the mpi floor leaks mpi.h"
#endif

#include <doctest/doctest.h>

#include <type_traits>

using namespace rankwise::mpi;

TEST_CASE("a session is one of a kind, a team moves, a communicator is a shared handle") {
  CHECK_FALSE(std::is_copy_constructible_v<Session>);
  CHECK_FALSE(std::is_move_constructible_v<Session>);
  CHECK_FALSE(std::is_copy_constructible_v<Team>);
  CHECK(std::is_nothrow_move_constructible_v<Team>);
  CHECK(std::is_copy_constructible_v<Comm>);
}
