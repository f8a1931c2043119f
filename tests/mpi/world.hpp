// The communicator that the cases of an MPI test program run on. SPDX-License-Identifier: MIT
#pragma once

#include "rankwise/mpi/comm.hpp"

namespace rankwise::test {

/// All ranks of the test job. Every rank runs every case.
const mpi::Comm& world();

}  // namespace rankwise::test
