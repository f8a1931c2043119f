// The communicator that the cases of an MPI test program run on. SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "mpi/native.hpp"
#include "rankwise/mpi/comm.hpp"

namespace rankwise::test {

/// All ranks of the test job. Every rank runs every case.
const mpi::Comm& world();

/// A duplicate of world() whose messages go in pieces of at most so many bytes.
inline mpi::Comm with_pieces(std::size_t piece) {
  MPI_Comm copy = MPI_COMM_NULL;
  mpi::checked(MPI_Comm_dup(world().native().handle, &copy), "MPI_Comm_dup");
  return mpi::Comm(std::make_shared<mpi::Comm::Native>(copy, piece));
}

}  // namespace rankwise::test
