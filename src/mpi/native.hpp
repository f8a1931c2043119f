// MPI itself, inside the mpi floor only: the handle behind Comm and the checked call. SPDX-License-Identifier: MIT
#pragma once

// Some MPI libraries still add their withdrawn C++ bindings to mpi.h; only the C interface is wanted.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <span>

#include "mpi/backoff.hpp"
#include "rankwise/mpi/comm.hpp"

namespace rankwise::mpi {

/// MPI counts are int: longer messages go in pieces of at most this many bytes.
inline constexpr std::size_t largest_piece = std::size_t{1} << 30;

/// Owns an MPI_Comm.
struct Comm::Native {
  /// Takes ownership and makes errors on it return. Tests lower `piece` to see messages of many pieces.
  explicit Native(MPI_Comm owned, std::size_t piece = largest_piece);
  /// Freeing is collective: not while an exception unwinds, when the other ranks may be elsewhere.
  ~Native();
  Native(const Native&) = delete;
  Native& operator=(const Native&) = delete;

  MPI_Comm handle;
  std::size_t piece_bytes;
  int rank = 0;
  int size = 0;

 private:
  int exceptions_;  // in flight at construction
};

/// The one gate for MPI calls: `checked(MPI_Barrier(c), "MPI_Barrier")` throws MpiError when the call failed.
void checked(int code, const char* call, std::source_location where = std::source_location::current());

/// A size as MPI's count; throws InternalError when it does not fit.
[[nodiscard]] int to_count(std::size_t size);

/// True once all `requests` are complete; they are null then.
[[nodiscard]] bool complete(std::span<MPI_Request> requests);

/// Waits for all `requests`. For operations that cannot depend on a member that fails.
void wait_all(std::span<MPI_Request> requests, Waiting waiting);

}  // namespace rankwise::mpi
