// Messages between the members of a team during a task. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>
#include <exception>
#include <new>

#include "mpi/team_impl.hpp"
#include "rankwise/core/contract.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::mpi {

Team::Impl::Impl(const Comm& parent)
    : comm(parent.duplicate()),
      handle(comm.native().handle),
      rank(comm.rank()),
      size(comm.size()),
      piece_bytes(std::min(comm.native().piece_bytes, team_piece)),
      head_in(sizeof(Header) + inline_bytes) {
  head_out.reserve(sizeof(Header) + inline_bytes);
}

int Team::Impl::tag(Kind kind) const { return static_cast<int>(kind) + kinds * static_cast<int>(task % task_tags); }

void Team::Impl::check_peer(int peer) const {
  expects(peer >= 0 && peer < size && peer != rank, "a message goes to another member of the team");
}

void Team::Impl::check_channel(Channel channel) const {
  expects(in_task, "a team talks inside run_task");
  expects(static_cast<std::size_t>(channel) < channel_count && channel != Channel::control,
          "a payload has a channel other than control");
}

void Team::Impl::throw_if_told() const {
  if (told) throw TeamFailed(*told);
}

bool Team::Impl::probe(Kind kind, int source, MPI_Status& status) const {
  int found = 0;
  checked(MPI_Iprobe(source, tag(kind), handle, &found, &status), "MPI_Iprobe");
  return found != 0;
}

void Team::Impl::send_to(std::span<const int> peers, Channel channel, std::span<const std::byte> bytes) {
  throw_if_told();
  const Header header{protocol_version, static_cast<std::uint32_t>(channel), task, bytes.size()};
  const bool is_long = bytes.size() > inline_bytes;
  head_out.resize(sizeof(Header) + (is_long ? 0 : bytes.size()));
  std::memcpy(head_out.data(), &header, sizeof(Header));
  if (!is_long && !bytes.empty()) std::memcpy(head_out.data() + sizeof(Header), bytes.data(), bytes.size());

  const std::size_t pieces = is_long ? (bytes.size() + piece_bytes - 1) / piece_bytes : 0;
  std::vector<MPI_Request> heads(peers.size(), MPI_REQUEST_NULL);
  std::vector<bool> taken_by(peers.size(), false);
  std::vector<MPI_Request> transfers;
  transfers.reserve(is_long ? peers.size() * pieces : 0);
  constexpr auto control = static_cast<std::size_t>(Channel::control);
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const int to = peers[i];
    // A long message's head is sent synchronously: once that is complete, the receiver is at it.
    checked((is_long ? MPI_Issend : MPI_Isend)(head_out.data(), to_count(head_out.size()), MPI_BYTE, to,
                                               tag(Kind::message), handle, &heads[i]),
            is_long ? "MPI_Issend" : "MPI_Isend");
    ++sent[static_cast<std::size_t>(to)];
    traffic.sent[header.channel] += bytes.size();
    ++traffic.messages[header.channel];
    traffic.sent[control] += sizeof(Header);
    if (is_long) ++traffic.messages[control];
  }

  // The buffer is the caller's, so that even a send that nobody wants any more is waited for: its receiver drops it
  // as soon as it hears of the failure or ends its body. This member drops meanwhile what others send to it.
  Backoff backoff;
  for (;;) {
    std::size_t waiting_heads = 0;
    for (std::size_t i = 0; i < peers.size(); ++i) {
      if (taken_by[i]) continue;
      taken_by[i] = complete({&heads[i], 1});
      if (!taken_by[i]) ++waiting_heads;
      if (taken_by[i] && is_long) post_pieces(peers[i], bytes, transfers);
    }
    const bool transferred = complete(transfers);
    if (transferred && waiting_heads == 0) break;
    if (look_for_failure()) drop_arrivals();
    backoff.pause(transferred && !dropping ? Waiting::for_a_rank : Waiting::for_a_transfer);
  }
  throw_if_told();
}

void Team::Impl::post_pieces(int to, std::span<const std::byte> bytes, std::vector<MPI_Request>& requests) const {
  for (std::size_t start = 0; start < bytes.size(); start += piece_bytes) {
    const auto part = bytes.subspan(start, std::min(piece_bytes, bytes.size() - start));
    checked(
        MPI_Isend(part.data(), to_count(part.size()), MPI_BYTE, to, tag(Kind::piece), handle, &requests.emplace_back()),
        "MPI_Isend");
  }
}

Bytes Team::Impl::receive(int from, Channel channel) {
  throw_if_told();
  auto& queue = waiting[{from, channel}];
  Backoff backoff;
  for (;;) {
    if (!queue.empty()) {
      Bytes bytes = std::move(queue.front());
      queue.pop_front();
      return bytes;
    }
    if (const auto header = take_head(from)) {
      Bytes bytes = take_payload(from, header->length);
      const auto arrived = static_cast<Channel>(header->channel);
      if (arrived == channel) return bytes;
      waiting[{from, arrived}].push_back(std::move(bytes));
      continue;
    }
    if (look_for_failure()) throw_if_told();
    backoff.pause(dropping ? Waiting::for_a_transfer : Waiting::for_a_rank);
  }
}

std::optional<Header> Team::Impl::take_head(int& source) {
  MPI_Status status;
  if (!drop_is_over() || !probe(Kind::message, source, status)) return std::nullopt;
  int count = 0;
  checked(MPI_Get_count(&status, MPI_BYTE, &count), "MPI_Get_count");
  const auto arrived = static_cast<std::size_t>(count);
  expects(arrived >= sizeof(Header) && arrived <= head_in.size(), "a message starts with its header");
  source = status.MPI_SOURCE;
  checked(MPI_Recv(head_in.data(), count, MPI_BYTE, source, tag(Kind::message), handle, MPI_STATUS_IGNORE), "MPI_Recv");
  Header header;
  std::memcpy(&header, head_in.data(), sizeof(Header));
  expects(header.version == protocol_version && header.task == task, "a message belongs to the running task");
  expects(header.channel < channel_count, "a message names its channel");
  const bool is_long = header.length > inline_bytes;
  expects(arrived == sizeof(Header) + (is_long ? 0 : header.length), "a header states the length of its message");
  ++taken[static_cast<std::size_t>(source)];
  return header;
}

Bytes Team::Impl::take_payload(int from, std::size_t length) {
  if (length <= inline_bytes) {
    const auto payload = std::span(head_in).subspan(sizeof(Header), length);
    return {payload.begin(), payload.end()};
  }
  Bytes bytes;
  std::vector<MPI_Request> requests;
  try {
    bytes.resize(length);
    requests.reserve((length + piece_bytes - 1) / piece_bytes);
  } catch (const std::exception&) {  // no memory: a failure of this task, and of nothing after it
    start_drop(from, length);
    throw;
  }
  for (std::size_t start = 0; start < length; start += piece_bytes) {
    checked(MPI_Irecv(bytes.data() + start, to_count(std::min(piece_bytes, length - start)), MPI_BYTE, from,
                      tag(Kind::piece), handle, &requests.emplace_back()),
            "MPI_Irecv");
  }
  wait_all(requests, Waiting::for_a_transfer);  // the sender posts every piece now: it cannot fail in between
  return bytes;
}

bool Team::Impl::drop_arrivals() {
  bool any = false;
  int from = MPI_ANY_SOURCE;
  while (const auto header = take_head(from)) {
    if (header->length > inline_bytes) start_drop(from, header->length);
    from = MPI_ANY_SOURCE;
    any = true;
  }
  return any;
}

void Team::Impl::start_drop(int from, std::size_t length) {
  dropping.emplace();
  dropping->from = from;
  dropping->left = length;
  try {
    dropping->scratch.resize(std::min(piece_bytes, length));
  } catch (const std::bad_alloc&) {
    throw InternalError("no memory is left, not even to drop a message");
  }
}

bool Team::Impl::drop_is_over() {
  while (dropping && complete({&dropping->request, 1})) {
    const std::size_t piece = std::min(piece_bytes, dropping->left);
    if (piece == 0) {
      dropping.reset();
      break;
    }
    checked(MPI_Irecv(dropping->scratch.data(), to_count(piece), MPI_BYTE, dropping->from, tag(Kind::piece), handle,
                      &dropping->request),
            "MPI_Irecv");
    dropping->left -= piece;
  }
  return !dropping;
}

std::optional<std::pair<int, Bytes>> Team::Impl::take_control(Kind kind, int source) {
  MPI_Status status;
  if (!probe(kind, source, status)) return std::nullopt;
  int count = 0;
  checked(MPI_Get_count(&status, MPI_BYTE, &count), "MPI_Get_count");
  Bytes bytes(static_cast<std::size_t>(count));
  checked(MPI_Recv(bytes.data(), count, MPI_BYTE, status.MPI_SOURCE, tag(kind), handle, MPI_STATUS_IGNORE), "MPI_Recv");
  return std::pair(status.MPI_SOURCE, std::move(bytes));
}

void Team::Impl::send_control(Kind kind, int to, const Bytes& bytes) {
  checked(MPI_Isend(bytes.data(), to_count(bytes.size()), MPI_BYTE, to, tag(kind), handle,
                    &control_requests.emplace_back()),
          "MPI_Isend");
  traffic.sent[static_cast<std::size_t>(Channel::control)] += bytes.size();
  ++traffic.messages[static_cast<std::size_t>(Channel::control)];
}

bool Team::Impl::control_is_sent() {
  if (control_requests.empty()) return true;
  if (!complete(control_requests)) return false;
  control_requests.clear();
  return true;
}

}  // namespace rankwise::mpi
