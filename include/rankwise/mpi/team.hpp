// The ranks that do one task together, never waiting for the dead. SPDX-License-Identifier: MIT
// MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "rankwise/mpi/comm.hpp"

namespace rankwise::mpi {

/// Kinds of messages inside a task; part of the MPI tag and of the byte counts. Never renumber.
enum class Channel : std::uint8_t {
  operators = 0,  ///< what a client sends up: low-rank operators, spectra
  patterns = 1,   ///< what root sends down
  metrics = 2,    ///< diagnostics that no protocol needs
  control = 3     ///< end of task, failures
};
inline constexpr std::size_t channel_count = 4;

/// Another member of the team failed; thrown from every receive and send that would otherwise wait for it.
struct TeamFailed : Error {
  explicit TeamFailed(const std::string& message) : Error(ExitCode::failed, message) {}
};

/// What this rank sent. The payload counts on its channel; the rest on `control`: the 24-byte header of every message,
/// failures, reports and verdicts. So the sum of `sent` is every byte that this rank gave to MPI for the team.
struct Traffic {
  std::uint64_t sent[channel_count] = {};  ///< bytes
  /// Sends by channel; on `control` the MPI messages without payload. A send of up to 3 KiB is one MPI message with its
  /// header inside, a longer one a header (counted on `control`) and pieces of 16 MiB (together counted once).
  std::uint64_t messages[channel_count] = {};
};

/// How a task ended, the same on every member.
struct TaskOutcome {
  bool done = true;
  int failed_rank = -1;            ///< lowest team rank that failed
  std::string message;             ///< its text, at most 4 KiB
  ExitCode code = ExitCode::done;  ///< of its exception: an Error's own, else `failed`
};

/// Used by one thread at a time. Teams on different communicators are independent: several may live side by side, in
/// one process too, each with a thread of its own.
class Team {
 public:
  /// A team of all ranks of `comm` (collective; duplicates the communicator).
  explicit Team(const Comm& comm);
  ~Team();
  Team(Team&&) noexcept;
  Team& operator=(Team&&) noexcept;

  [[nodiscard]] int rank() const;
  [[nodiscard]] int size() const;
  [[nodiscard]] bool is_root() const { return rank() == 0; }

  /// Runs one task on all members: `body` on each, then an agreement. If `body` throws anywhere (anything derived from
  /// std::exception), every member's pending receive and send throws TeamFailed, the messages still under way are
  /// taken in and dropped, and all members return the same outcome. The team is fit for the next task afterwards.
  /// What a finished task sent and nobody received is dropped too. InternalError, MpiError and anything that is not a
  /// std::exception leave run_task instead, and must end the job: the team cannot be used again.
  TaskOutcome run_task(const std::function<void()>& body);

  /// Throws TeamFailed if another member has failed: for bodies that compute for long without a message.
  void poll();

  /// Point-to-point, inside run_task only, to another member, on any channel but `control`; any length. Messages
  /// between two members on one channel arrive in order, and channels do not wait for each other at the receiver.
  /// A send returns when the buffer may be reused: a long one only once the receiver takes it in.
  void send(int to, Channel channel, std::span<const std::byte> bytes);
  [[nodiscard]] Bytes receive(int from, Channel channel);

  template <typename T>
  requires std::is_trivially_copyable_v<T>
  void send_values(int to, Channel channel, std::span<const T> values) { send(to, channel, std::as_bytes(values)); }
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] std::vector<T> receive_values(int from, Channel channel) {
    return values_of<T>(receive(from, channel));
  }

  /// Root's bytes on every member, along a fixed binomial tree.
  [[nodiscard]] Bytes broadcast(Bytes bytes, Channel channel);
  /// At root: every member's bytes in rank order (directly to root); elsewhere empty.
  [[nodiscard]] std::vector<Bytes> gather(std::span<const std::byte> bytes, Channel channel);

  /// Bytes as values; throws InternalError when the length is not a multiple of sizeof(T).
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] static std::vector<T> values_of(const Bytes& bytes);

  [[nodiscard]] const Traffic& traffic() const;  ///< since construction or the last reset
  void reset_traffic();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Throws InternalError: a message's length does not fit the type.
[[noreturn]] void wrong_message_length(std::size_t bytes, std::size_t element);

template <typename T>
requires std::is_trivially_copyable_v<T> std::vector<T> Team::values_of(const Bytes& bytes) {
  if (bytes.size() % sizeof(T) != 0) wrong_message_length(bytes.size(), sizeof(T));
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!bytes.empty()) __builtin_memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace rankwise::mpi
