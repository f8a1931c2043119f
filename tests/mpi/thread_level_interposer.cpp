// Preloaded into a program, grants it less than MPI_THREAD_MULTIPLE. SPDX-License-Identifier: MIT
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

extern "C" int MPI_Init_thread(int* argc, char*** argv, int /*required*/, int* provided) {
  const int code = PMPI_Init_thread(argc, argv, MPI_THREAD_SERIALIZED, provided);
  if (*provided > MPI_THREAD_SERIALIZED) *provided = MPI_THREAD_SERIALIZED;
  return code;
}
