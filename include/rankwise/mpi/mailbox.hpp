// Messages between any two ranks that nobody waits for. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "rankwise/mpi/comm.hpp"

namespace rankwise::mpi {

/// What the engine says between tasks, on a communicator of its own. Used by one thread of each rank (the service
/// thread), which polls: MPI's own waiting would spin on a core that computes.
class Mailbox {
 public:
  struct Message {
    int from = 0;
    std::uint8_t kind = 0;
    Bytes bytes;
  };

  /// Collective: duplicates the communicator.
  explicit Mailbox(const Comm& comm);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// Returns at once; the bytes are kept until MPI has sent them. `kind` is below 64. Messages between two ranks arrive
  /// in order. Of any length: above 2^30 bytes they go in pieces.
  void send(int to, std::uint8_t kind, Bytes bytes);
  /// The next message that has arrived whole, or nothing. Throws MpiError.
  [[nodiscard]] std::optional<Message> poll();
  /// Nothing that this rank sent is still on its way out.
  [[nodiscard]] bool all_sent();
  /// A message is being received, or a long one sent: bytes move only while this rank keeps polling.
  [[nodiscard]] bool transferring() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rankwise::mpi
