// Preloaded into an MPI program, counts what every rank gives to MPI. SPDX-License-Identifier: MIT
// At MPI_Finalize each rank appends one line to the file named by RANKWISE_TRAFFIC_FILE:
//   rank r p2p_bytes N p2p_messages M collective_bytes C
// p2p: every send, its whole buffer. Collectives: what this rank contributes: the buffer at the root of a broadcast or
// scatter, the rank's own part of a gather, reduction or all-to-all. Persistent sends and one-sided communication,
// which it would miss, end the program.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <fcntl.h>
#include <mpi.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace {

std::atomic<long long> p2p_bytes{0};
std::atomic<long long> p2p_messages{0};
std::atomic<long long> collective_bytes{0};

long long bytes_of(long long count, MPI_Datatype type) {
  int size = 0;
  PMPI_Type_size(type, &size);
  return count * size;
}

void count_send(int count, MPI_Datatype type, int to) {
  if (to == MPI_PROC_NULL) return;
  p2p_bytes += bytes_of(count, type);
  ++p2p_messages;
}

int size_of(MPI_Comm comm) {
  int size = 0;
  PMPI_Comm_size(comm, &size);
  return size;
}

bool is_root(int root, MPI_Comm comm) {
  int rank = -1;
  PMPI_Comm_rank(comm, &rank);
  return rank == root;
}

void count_part(const void* buffer, long long count, MPI_Datatype type) {
  if (buffer != MPI_IN_PLACE) collective_bytes += bytes_of(count, type);
}

/// A reduction in place still contributes its buffer.
void count_reduction(int count, MPI_Datatype type) { collective_bytes += bytes_of(count, type); }

long long total(const int* counts, MPI_Comm comm) {
  long long sum = 0;
  for (int r = 0; r < size_of(comm); ++r) sum += counts[r];
  return sum;
}

[[noreturn]] void cannot_count(const char* call) {
  std::fprintf(stderr, "traffic interposer: %s is not counted\n", call);
  PMPI_Abort(MPI_COMM_WORLD, 3);
  std::abort();
}

void write_line() {
  const char* name = std::getenv("RANKWISE_TRAFFIC_FILE");
  if (name == nullptr) return;
  int rank = -1;
  PMPI_Comm_rank(MPI_COMM_WORLD, &rank);
  std::array<char, 160> line{};
  const int length =
      std::snprintf(line.data(), line.size(), "rank %d p2p_bytes %lld p2p_messages %lld collective_bytes %lld\n", rank,
                    p2p_bytes.load(), p2p_messages.load(), collective_bytes.load());
  // One write in append mode, so that the lines of several ranks do not mix.
  const int file = open(name, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (file < 0 || write(file, line.data(), static_cast<std::size_t>(length)) != length) {
    std::perror("traffic interposer");
    PMPI_Abort(MPI_COMM_WORLD, 4);
  }
  close(file);
}

}  // namespace

extern "C" {

int MPI_Finalize() {
  write_line();
  return PMPI_Finalize();
}

// ---- point-to-point
int MPI_Send(const void* b, int n, MPI_Datatype t, int to, int tag, MPI_Comm c) {
  count_send(n, t, to);
  return PMPI_Send(b, n, t, to, tag, c);
}
int MPI_Bsend(const void* b, int n, MPI_Datatype t, int to, int tag, MPI_Comm c) {
  count_send(n, t, to);
  return PMPI_Bsend(b, n, t, to, tag, c);
}
int MPI_Ssend(const void* b, int n, MPI_Datatype t, int to, int tag, MPI_Comm c) {
  count_send(n, t, to);
  return PMPI_Ssend(b, n, t, to, tag, c);
}
int MPI_Rsend(const void* b, int n, MPI_Datatype t, int to, int tag, MPI_Comm c) {
  count_send(n, t, to);
  return PMPI_Rsend(b, n, t, to, tag, c);
}
int MPI_Isend(const void* b, int n, MPI_Datatype t, int to, int tag, MPI_Comm c, MPI_Request* r) {
  count_send(n, t, to);
  return PMPI_Isend(b, n, t, to, tag, c, r);
}
int MPI_Ibsend(const void* b, int n, MPI_Datatype t, int to, int tag, MPI_Comm c, MPI_Request* r) {
  count_send(n, t, to);
  return PMPI_Ibsend(b, n, t, to, tag, c, r);
}
int MPI_Issend(const void* b, int n, MPI_Datatype t, int to, int tag, MPI_Comm c, MPI_Request* r) {
  count_send(n, t, to);
  return PMPI_Issend(b, n, t, to, tag, c, r);
}
int MPI_Irsend(const void* b, int n, MPI_Datatype t, int to, int tag, MPI_Comm c, MPI_Request* r) {
  count_send(n, t, to);
  return PMPI_Irsend(b, n, t, to, tag, c, r);
}
int MPI_Sendrecv(const void* b, int n, MPI_Datatype t, int to, int tag, void* rb, int rn, MPI_Datatype rt, int from,
                 int rtag, MPI_Comm c, MPI_Status* s) {
  count_send(n, t, to);
  return PMPI_Sendrecv(b, n, t, to, tag, rb, rn, rt, from, rtag, c, s);
}
int MPI_Sendrecv_replace(void* b, int n, MPI_Datatype t, int to, int tag, int from, int rtag, MPI_Comm c,
                         MPI_Status* s) {
  count_send(n, t, to);
  return PMPI_Sendrecv_replace(b, n, t, to, tag, from, rtag, c, s);
}

// ---- from one to all
int MPI_Bcast(void* b, int n, MPI_Datatype t, int root, MPI_Comm c) {
  if (is_root(root, c)) count_part(b, n, t);
  return PMPI_Bcast(b, n, t, root, c);
}
int MPI_Ibcast(void* b, int n, MPI_Datatype t, int root, MPI_Comm c, MPI_Request* r) {
  if (is_root(root, c)) count_part(b, n, t);
  return PMPI_Ibcast(b, n, t, root, c, r);
}
int MPI_Scatter(const void* b, int n, MPI_Datatype t, void* rb, int rn, MPI_Datatype rt, int root, MPI_Comm c) {
  if (is_root(root, c)) count_part(b, static_cast<long long>(n) * size_of(c), t);
  return PMPI_Scatter(b, n, t, rb, rn, rt, root, c);
}
int MPI_Iscatter(const void* b, int n, MPI_Datatype t, void* rb, int rn, MPI_Datatype rt, int root, MPI_Comm c,
                 MPI_Request* r) {
  if (is_root(root, c)) count_part(b, static_cast<long long>(n) * size_of(c), t);
  return PMPI_Iscatter(b, n, t, rb, rn, rt, root, c, r);
}
int MPI_Scatterv(const void* b, const int* ns, const int* at, MPI_Datatype t, void* rb, int rn, MPI_Datatype rt,
                 int root, MPI_Comm c) {
  if (is_root(root, c)) count_part(b, total(ns, c), t);
  return PMPI_Scatterv(b, ns, at, t, rb, rn, rt, root, c);
}
int MPI_Iscatterv(const void* b, const int* ns, const int* at, MPI_Datatype t, void* rb, int rn, MPI_Datatype rt,
                  int root, MPI_Comm c, MPI_Request* r) {
  if (is_root(root, c)) count_part(b, total(ns, c), t);
  return PMPI_Iscatterv(b, ns, at, t, rb, rn, rt, root, c, r);
}

// ---- from all to one or all
int MPI_Gather(const void* b, int n, MPI_Datatype t, void* rb, int rn, MPI_Datatype rt, int root, MPI_Comm c) {
  count_part(b, n, t);
  return PMPI_Gather(b, n, t, rb, rn, rt, root, c);
}
int MPI_Igather(const void* b, int n, MPI_Datatype t, void* rb, int rn, MPI_Datatype rt, int root, MPI_Comm c,
                MPI_Request* r) {
  count_part(b, n, t);
  return PMPI_Igather(b, n, t, rb, rn, rt, root, c, r);
}
int MPI_Gatherv(const void* b, int n, MPI_Datatype t, void* rb, const int* rns, const int* at, MPI_Datatype rt,
                int root, MPI_Comm c) {
  count_part(b, n, t);
  return PMPI_Gatherv(b, n, t, rb, rns, at, rt, root, c);
}
int MPI_Igatherv(const void* b, int n, MPI_Datatype t, void* rb, const int* rns, const int* at, MPI_Datatype rt,
                 int root, MPI_Comm c, MPI_Request* r) {
  count_part(b, n, t);
  return PMPI_Igatherv(b, n, t, rb, rns, at, rt, root, c, r);
}
int MPI_Allgather(const void* b, int n, MPI_Datatype t, void* rb, int rn, MPI_Datatype rt, MPI_Comm c) {
  count_part(b, n, t);
  return PMPI_Allgather(b, n, t, rb, rn, rt, c);
}
int MPI_Iallgather(const void* b, int n, MPI_Datatype t, void* rb, int rn, MPI_Datatype rt, MPI_Comm c,
                   MPI_Request* r) {
  count_part(b, n, t);
  return PMPI_Iallgather(b, n, t, rb, rn, rt, c, r);
}
int MPI_Allgatherv(const void* b, int n, MPI_Datatype t, void* rb, const int* rns, const int* at, MPI_Datatype rt,
                   MPI_Comm c) {
  count_part(b, n, t);
  return PMPI_Allgatherv(b, n, t, rb, rns, at, rt, c);
}
int MPI_Iallgatherv(const void* b, int n, MPI_Datatype t, void* rb, const int* rns, const int* at, MPI_Datatype rt,
                    MPI_Comm c, MPI_Request* r) {
  count_part(b, n, t);
  return PMPI_Iallgatherv(b, n, t, rb, rns, at, rt, c, r);
}
int MPI_Alltoall(const void* b, int n, MPI_Datatype t, void* rb, int rn, MPI_Datatype rt, MPI_Comm c) {
  count_part(b, static_cast<long long>(n) * size_of(c), t);
  return PMPI_Alltoall(b, n, t, rb, rn, rt, c);
}
int MPI_Ialltoall(const void* b, int n, MPI_Datatype t, void* rb, int rn, MPI_Datatype rt, MPI_Comm c, MPI_Request* r) {
  count_part(b, static_cast<long long>(n) * size_of(c), t);
  return PMPI_Ialltoall(b, n, t, rb, rn, rt, c, r);
}
int MPI_Alltoallv(const void* b, const int* ns, const int* at, MPI_Datatype t, void* rb, const int* rns, const int* rat,
                  MPI_Datatype rt, MPI_Comm c) {
  if (b != MPI_IN_PLACE) count_part(b, total(ns, c), t);
  return PMPI_Alltoallv(b, ns, at, t, rb, rns, rat, rt, c);
}
int MPI_Ialltoallv(const void* b, const int* ns, const int* at, MPI_Datatype t, void* rb, const int* rns,
                   const int* rat, MPI_Datatype rt, MPI_Comm c, MPI_Request* r) {
  if (b != MPI_IN_PLACE) count_part(b, total(ns, c), t);
  return PMPI_Ialltoallv(b, ns, at, t, rb, rns, rat, rt, c, r);
}

// ---- reductions
int MPI_Reduce(const void* b, void* rb, int n, MPI_Datatype t, MPI_Op op, int root, MPI_Comm c) {
  count_reduction(n, t);
  return PMPI_Reduce(b, rb, n, t, op, root, c);
}
int MPI_Ireduce(const void* b, void* rb, int n, MPI_Datatype t, MPI_Op op, int root, MPI_Comm c, MPI_Request* r) {
  count_reduction(n, t);
  return PMPI_Ireduce(b, rb, n, t, op, root, c, r);
}
int MPI_Allreduce(const void* b, void* rb, int n, MPI_Datatype t, MPI_Op op, MPI_Comm c) {
  count_reduction(n, t);
  return PMPI_Allreduce(b, rb, n, t, op, c);
}
int MPI_Iallreduce(const void* b, void* rb, int n, MPI_Datatype t, MPI_Op op, MPI_Comm c, MPI_Request* r) {
  count_reduction(n, t);
  return PMPI_Iallreduce(b, rb, n, t, op, c, r);
}
int MPI_Reduce_scatter(const void* b, void* rb, const int* ns, MPI_Datatype t, MPI_Op op, MPI_Comm c) {
  collective_bytes += bytes_of(total(ns, c), t);
  return PMPI_Reduce_scatter(b, rb, ns, t, op, c);
}
int MPI_Reduce_scatter_block(const void* b, void* rb, int n, MPI_Datatype t, MPI_Op op, MPI_Comm c) {
  collective_bytes += bytes_of(static_cast<long long>(n) * size_of(c), t);
  return PMPI_Reduce_scatter_block(b, rb, n, t, op, c);
}
int MPI_Scan(const void* b, void* rb, int n, MPI_Datatype t, MPI_Op op, MPI_Comm c) {
  count_reduction(n, t);
  return PMPI_Scan(b, rb, n, t, op, c);
}
int MPI_Exscan(const void* b, void* rb, int n, MPI_Datatype t, MPI_Op op, MPI_Comm c) {
  count_reduction(n, t);
  return PMPI_Exscan(b, rb, n, t, op, c);
}

// ---- what would escape the counting
int MPI_Send_init(const void*, int, MPI_Datatype, int, int, MPI_Comm, MPI_Request*) { cannot_count("MPI_Send_init"); }
int MPI_Bsend_init(const void*, int, MPI_Datatype, int, int, MPI_Comm, MPI_Request*) { cannot_count("MPI_Bsend_init"); }
int MPI_Ssend_init(const void*, int, MPI_Datatype, int, int, MPI_Comm, MPI_Request*) { cannot_count("MPI_Ssend_init"); }
int MPI_Rsend_init(const void*, int, MPI_Datatype, int, int, MPI_Comm, MPI_Request*) { cannot_count("MPI_Rsend_init"); }
int MPI_Win_create(void*, MPI_Aint, int, MPI_Info, MPI_Comm, MPI_Win*) { cannot_count("MPI_Win_create"); }
int MPI_Win_allocate(MPI_Aint, int, MPI_Info, MPI_Comm, void*, MPI_Win*) { cannot_count("MPI_Win_allocate"); }
int MPI_Win_allocate_shared(MPI_Aint, int, MPI_Info, MPI_Comm, void*, MPI_Win*) {
  cannot_count("MPI_Win_allocate_shared");
}
int MPI_Win_create_dynamic(MPI_Info, MPI_Comm, MPI_Win*) { cannot_count("MPI_Win_create_dynamic"); }

}  // extern "C"
