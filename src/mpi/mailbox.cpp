// SPDX-License-Identifier: MIT
#include "rankwise/mpi/mailbox.hpp"

#include <algorithm>
#include <deque>
#include <list>
#include <utility>
#include <vector>

#include "mpi/native.hpp"
#include "rankwise/core/contract.hpp"

namespace rankwise::mpi {

namespace {

constexpr int kinds = 64;
constexpr int more = kinds;                    ///< added to the tag of every piece but the last
constexpr std::size_t long_bytes = 64 * 1024;  ///< above, MPI needs both sides to move the bytes

}  // namespace

struct Mailbox::Impl {
  struct Incoming {
    MPI_Request request = MPI_REQUEST_NULL;
    int from = 0;
    int tag = 0;
    Bytes bytes;
  };
  struct Outgoing {
    std::vector<MPI_Request> requests;
    Bytes bytes;
  };

  explicit Impl(const Comm& parent)
      : comm(parent.duplicate()),
        handle(comm.native().handle),
        piece_bytes(comm.native().piece_bytes),
        partial(static_cast<std::size_t>(comm.size())) {}

  /// Starts to receive whatever has been announced.
  void accept() {
    for (;;) {
      int found = 0;
      MPI_Status status;
      checked(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, handle, &found, &status), "MPI_Iprobe");
      if (found == 0) return;
      int count = 0;
      checked(MPI_Get_count(&status, MPI_BYTE, &count), "MPI_Get_count");
      Incoming& in = incoming.emplace_back();
      in.from = status.MPI_SOURCE;
      in.tag = status.MPI_TAG;
      in.bytes.resize(static_cast<std::size_t>(count));
      checked(MPI_Irecv(in.bytes.data(), count, MPI_BYTE, in.from, in.tag, handle, &in.request), "MPI_Irecv");
    }
  }

  /// Moves what has arrived to the queue of whole messages, in the order of arrival for each sender.
  void collect() {
    std::vector<int> waiting;  // senders with an earlier message still under way
    for (auto in = incoming.begin(); in != incoming.end();) {
      const bool behind = std::find(waiting.begin(), waiting.end(), in->from) != waiting.end();
      if (behind || !complete({&in->request, 1})) {
        waiting.push_back(in->from);
        ++in;
        continue;
      }
      Bytes& so_far = partial[static_cast<std::size_t>(in->from)];
      if (so_far.empty()) {
        so_far = std::move(in->bytes);
      } else {
        so_far.insert(so_far.end(), in->bytes.begin(), in->bytes.end());
      }
      if (in->tag < more) whole.push_back({in->from, static_cast<std::uint8_t>(in->tag), std::exchange(so_far, {})});
      in = incoming.erase(in);
    }
  }

  Comm comm;
  MPI_Comm handle;
  std::size_t piece_bytes;
  std::list<Incoming> incoming;  // addresses must not move
  std::list<Outgoing> outgoing;
  std::vector<Bytes> partial;  // by sender: the pieces that have come
  std::deque<Message> whole;
};

Mailbox::Mailbox(const Comm& comm) : impl_(std::make_unique<Impl>(comm)) {}
Mailbox::~Mailbox() = default;

void Mailbox::send(int to, std::uint8_t kind, Bytes bytes) {
  Impl& it = *impl_;
  expects(kind < kinds && to >= 0 && to < it.comm.size(), "a message has a kind and a receiver");
  Impl::Outgoing& out = it.outgoing.emplace_back();
  out.bytes = std::move(bytes);
  const std::size_t size = out.bytes.size();
  std::size_t start = 0;
  do {
    const std::size_t n = std::min(it.piece_bytes, size - start);
    const int tag = kind + (start + n < size ? more : 0);
    checked(
        MPI_Isend(out.bytes.data() + start, to_count(n), MPI_BYTE, to, tag, it.handle, &out.requests.emplace_back()),
        "MPI_Isend");
    start += n;
  } while (start < size);
}

std::optional<Mailbox::Message> Mailbox::poll() {
  Impl& it = *impl_;
  it.accept();
  it.collect();
  if (it.whole.empty()) return std::nullopt;
  Message message = std::move(it.whole.front());
  it.whole.pop_front();
  return message;
}

bool Mailbox::all_sent() {
  impl_->outgoing.remove_if([](Impl::Outgoing& out) { return complete(out.requests); });
  return impl_->outgoing.empty();
}

bool Mailbox::transferring() const {
  return !impl_->incoming.empty() ||
         std::any_of(impl_->outgoing.begin(), impl_->outgoing.end(),
                     [](const Impl::Outgoing& out) { return out.bytes.size() > long_bytes; });
}

}  // namespace rankwise::mpi
