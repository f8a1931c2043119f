// Communicators: collective calls outside of tasks. SPDX-License-Identifier: MIT
#include "rankwise/mpi/comm.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "mpi/native.hpp"
#include "rankwise/core/contract.hpp"

namespace rankwise::mpi {

namespace {

// Above this many bytes all ranks meet before a broadcast, so that none needs to sleep during the transfer.
constexpr std::uint64_t long_broadcast = 64 << 10;

// All collectives are the non-blocking ones: MPI's own waiting spins, which on shared cores steals from the rank that
// the others wait for.
void wait(MPI_Request& request, Waiting waiting = Waiting::for_a_rank) { wait_all({&request, 1}, waiting); }

void broadcast_in_place(const Comm::Native& native, void* data, std::size_t size, int root, Waiting waiting) {
  MPI_Request request = MPI_REQUEST_NULL;
  checked(MPI_Ibcast(data, to_count(size), MPI_BYTE, root, native.handle, &request), "MPI_Ibcast");
  wait(request, waiting);
}

std::vector<std::uint64_t> gather_lengths(const Comm::Native& native, std::uint64_t mine, int root) {
  std::vector<std::uint64_t> lengths(native.rank == root ? static_cast<std::size_t>(native.size) : 0);
  MPI_Request request = MPI_REQUEST_NULL;
  checked(MPI_Igather(&mine, 1, MPI_UINT64_T, lengths.data(), 1, MPI_UINT64_T, root, native.handle, &request),
          "MPI_Igather");
  wait(request);
  return lengths;
}

std::string text_of(const Bytes& bytes) {
  std::string text(bytes.size(), '\0');
  if (!bytes.empty()) __builtin_memcpy(text.data(), bytes.data(), bytes.size());
  return text;
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

}  // namespace

Comm::Comm(std::shared_ptr<Native> native) : native_(std::move(native)) {
  expects(native_ != nullptr, "a communicator has a handle");
}

int Comm::rank() const { return native_->rank; }
int Comm::size() const { return native_->size; }

Comm Comm::duplicate() const {
  MPI_Comm copy = MPI_COMM_NULL;
  checked(MPI_Comm_dup(native_->handle, &copy), "MPI_Comm_dup");
  return Comm(std::make_shared<Native>(copy, native_->piece_bytes));
}

Comm Comm::split(int colour) const {
  expects(colour >= 0, "the colour of a split is not negative");
  MPI_Comm part = MPI_COMM_NULL;
  checked(MPI_Comm_split(native_->handle, colour, native_->rank, &part), "MPI_Comm_split");
  return Comm(std::make_shared<Native>(part, native_->piece_bytes));
}

void Comm::barrier() const {
  MPI_Request request = MPI_REQUEST_NULL;
  checked(MPI_Ibarrier(native_->handle, &request), "MPI_Ibarrier");
  wait(request);
}

Bytes Comm::broadcast(Bytes bytes, int root) const {
  expects(root >= 0 && root < size(), "the root of a broadcast is a rank");
  std::uint64_t length = bytes.size();
  broadcast_in_place(*native_, &length, sizeof(length), root, Waiting::for_a_rank);
  if (rank() != root) bytes.resize(length);
  if (length > long_broadcast) barrier();  // until then root may be alone here
  const Waiting waiting = length > long_broadcast ? Waiting::for_a_transfer : Waiting::for_a_rank;
  for (std::size_t start = 0; start < length; start += native_->piece_bytes) {
    broadcast_in_place(*native_, bytes.data() + start, std::min(native_->piece_bytes, length - start), root, waiting);
  }
  return bytes;
}

std::string Comm::broadcast(const std::string& text, int root) const {
  const auto bytes = bytes_of(text);
  return text_of(broadcast(Bytes(bytes.begin(), bytes.end()), root));
}

std::vector<Bytes> Comm::gather(std::span<const std::byte> bytes, int root) const {
  expects(root >= 0 && root < size(), "the root of a gather is a rank");
  const bool at_root = rank() == root;
  const auto ranks = static_cast<std::size_t>(size());
  const std::vector<std::uint64_t> lengths = gather_lengths(*native_, bytes.size(), root);
  // Each round takes an equal slice of every rank, so that root's counts and displacements stay below one piece.
  const std::size_t slice = std::max<std::size_t>(native_->piece_bytes / ranks, 1);
  const auto longest = static_cast<std::size_t>(maximum(static_cast<std::int64_t>(bytes.size())));

  std::vector<Bytes> gathered(at_root ? ranks : 0);
  for (std::size_t r = 0; r < gathered.size(); ++r) gathered[r].reserve(lengths[r]);
  std::vector<int> counts(gathered.size());
  std::vector<int> starts(gathered.size());
  Bytes round;
  for (std::size_t start = 0; start < longest; start += slice) {
    const auto part = [&](std::size_t length) { return start < length ? std::min(slice, length - start) : 0; };
    if (at_root) {
      std::transform(lengths.begin(), lengths.end(), counts.begin(), [&](auto n) { return to_count(part(n)); });
      std::exclusive_scan(counts.begin(), counts.end(), starts.begin(), 0);
      round.resize(static_cast<std::size_t>(starts.back() + counts.back()));
    }
    MPI_Request request = MPI_REQUEST_NULL;
    checked(MPI_Igatherv(bytes.data() + std::min(start, bytes.size()), to_count(part(bytes.size())), MPI_BYTE,
                         round.data(), counts.data(), starts.data(), MPI_BYTE, root, native_->handle, &request),
            "MPI_Igatherv");
    wait(request, Waiting::for_a_transfer);  // all ranks are here since they agreed on the longest
    for (std::size_t r = 0; r < gathered.size(); ++r) {
      const auto from = round.begin() + starts[r];
      gathered[r].insert(gathered[r].end(), from, from + counts[r]);
    }
  }
  return gathered;
}

std::vector<std::string> Comm::gather(const std::string& text, int root) const {
  const std::vector<Bytes> gathered = gather(bytes_of(text), root);
  std::vector<std::string> texts(gathered.size());
  std::transform(gathered.begin(), gathered.end(), texts.begin(), text_of);
  return texts;
}

std::int64_t Comm::maximum(std::int64_t value) const {
  std::int64_t largest = value;
  MPI_Request request = MPI_REQUEST_NULL;
  checked(MPI_Iallreduce(&value, &largest, 1, MPI_INT64_T, MPI_MAX, native_->handle, &request), "MPI_Iallreduce");
  wait(request);
  return largest;
}

}  // namespace rankwise::mpi
