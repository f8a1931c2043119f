// What a Team is inside: messages of numbered tasks, and the agreement that ends each. SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mpi/backoff.hpp"
#include "mpi/native.hpp"
#include "rankwise/mpi/team.hpp"

namespace rankwise::mpi {

/// Every MPI message of a team: the lower part of its tag. The upper part is the number of the task, so that a message
/// can only match in the task it belongs to: a member is at most one task ahead of another, and tasks that share a tag
/// are `task_tags` apart.
enum class Kind : int {
  message = 0,  ///< Header, then the payload if it is short
  piece = 1,    ///< the payload of a long message, in order, sent once the receiver has begun to take it in
  failed = 2,   ///< "my body threw": number of the task, text
  report = 3,   ///< end of a member's body, to root
  verdict = 4   ///< root's answer: the outcome, and what each member has still to take in
};
inline constexpr int kinds = 8;
inline constexpr std::uint64_t task_tags = 4096;  // 8 x 4096 tags: the least that MPI guarantees

/// In front of every payload.
struct Header {
  std::uint32_t version;
  std::uint32_t channel;
  std::uint64_t task;
  std::uint64_t length;  ///< of the payload in bytes
};
static_assert(std::is_trivially_copyable_v<Header> && sizeof(Header) == 24);
inline constexpr std::uint32_t protocol_version = 0x52570001;

/// Payloads up to this many bytes travel with their header, copied once: with it they stay below the eager limit of
/// shared memory (4 KiB in Open MPI), so that such a send never waits for the receiver.
inline constexpr std::size_t inline_bytes = 3 << 10;
/// Longer payloads go in pieces of at most this size, far below what MPI could count: a message that nobody wants any
/// more is dropped through a buffer of one piece.
inline constexpr std::size_t team_piece = std::size_t{16} << 20;
/// Failure texts are cut to this many bytes, never inside a UTF-8 character.
inline constexpr std::size_t longest_text = 4096;
[[nodiscard]] std::string shortened(std::string text);

/// One member's account of a task, for root.
struct Report {
  enum class Status : std::uint32_t { fine, failed, told };  // told: left because another member failed
  Status status = Status::fine;
  ExitCode code = ExitCode::done;
  std::string message;
};

/// Invariants that keep every member from waiting for ever, as long as each body ends when its receives and sends end:
/// 1. A send that has begun is finished, and a message whose header was taken in is taken in whole, failure or not.
/// 2. A member that knows of a failure, or has finished its body, takes in and drops whatever is sent to it, piece by
///    piece: it never waits for one message, since its sender may be waiting for this member to go on with a send.
/// 3. A member whose body throws tells all the others before it does anything else.
/// 4. Nobody leaves run_task before root has heard of all, and then only with everything sent to it taken in.
struct Team::Impl {
  explicit Impl(const Comm& parent);

  // ---- messages (team_messages.cpp)
  [[nodiscard]] int tag(Kind kind) const;
  void check_channel(Channel channel) const;
  void check_peer(int peer) const;
  void throw_if_told() const;
  void send_to(std::span<const int> peers, Channel channel, std::span<const std::byte> bytes);
  void post_pieces(int to, std::span<const std::byte> bytes, std::vector<MPI_Request>& requests) const;
  Bytes receive(int from, Channel channel);
  /// Takes in the start of the next message of this task from `source` (set, if it was MPI_ANY_SOURCE), if it has
  /// arrived and nothing is being dropped. A short payload is in `head_in` then.
  std::optional<Header> take_head(int& source);
  Bytes take_payload(int from, std::size_t length);
  /// Takes in and drops whatever has arrived; never waits. True if there was something.
  bool drop_arrivals();
  void start_drop(int from, std::size_t length);
  bool drop_is_over();
  bool probe(Kind kind, int source, MPI_Status& status) const;
  /// A control message that has arrived, with its sender.
  std::optional<std::pair<int, Bytes>> take_control(Kind kind, int source);
  void send_control(Kind kind, int to, const Bytes& bytes);  // `bytes` stay in place until the task has ended
  bool control_is_sent();
  /// Takes in "failed" messages; true once this member knows of a failure.
  bool look_for_failure();

  // ---- the end of a task (team_agreement.cpp)
  void begin_task();
  TaskOutcome end_task(const Report& mine);
  void announce_failure(const std::string& text);
  Bytes packed_report(const Report& report) const;
  TaskOutcome judge(const Report& mine);
  TaskOutcome hear_verdict(const Report& mine);
  void take_in_the_rest();

  Comm comm;
  MPI_Comm handle;
  int rank;
  int size;
  std::size_t piece_bytes;
  Traffic traffic;
  std::uint64_t task = 0;
  bool in_task = false;
  bool broken = false;  // an internal error left run_task: nothing is known about the others

  // Of the running task.
  std::optional<std::string> told;                               // what the first "failed" message said
  std::vector<std::uint64_t> sent;                               // messages to each member
  std::vector<std::uint64_t> taken;                              // messages from each member
  std::map<std::pair<int, Channel>, std::deque<Bytes>> waiting;  // taken in while another channel was asked for
  std::uint64_t notices_taken = 0;
  std::uint64_t notices_due = 0;   // from the verdict
  std::vector<std::uint64_t> due;  // from the verdict: messages from each member

  /// A long message that nobody wants any more. One at a time: pieces of two messages look alike.
  struct Drop {
    int from;
    std::size_t left;  // bytes for which no receive has been posted
    MPI_Request request = MPI_REQUEST_NULL;
    Bytes scratch;
  };
  std::optional<Drop> dropping;

  // Buffers.
  Bytes head_out;
  Bytes head_in;
  std::vector<MPI_Request> control_requests;
  std::deque<Bytes> control_out;
};

}  // namespace rankwise::mpi
