// Communicators and checked calls. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <vector>

#include "rankwise/core/error.hpp"
#include "rankwise/core/packing.hpp"

namespace rankwise::mpi {

using rankwise::Bytes;

/// An MPI call failed: names the call, MPI's text and the place.
struct MpiError : Error {
  MpiError(const char* call, const std::string& text, std::source_location where);
};

/// An owning communicator, freed with the last handle. Collective calls outside of tasks; within tasks a Team talks.
class Comm {
 public:
  struct Native;  // holds the MPI_Comm; defined inside the mpi floor
  explicit Comm(std::shared_ptr<Native> native);

  [[nodiscard]] int rank() const;
  [[nodiscard]] int size() const;
  [[nodiscard]] Comm duplicate() const;
  /// The ranks that name the same colour >= 0, ordered by rank.
  [[nodiscard]] Comm split(int colour) const;

  void barrier() const;
  /// Root's bytes on every rank; of any length, sent in pieces below 2^30.
  [[nodiscard]] Bytes broadcast(Bytes bytes, int root = 0) const;
  [[nodiscard]] std::string broadcast(const std::string& text, int root = 0) const;
  /// At root: every rank's bytes in rank order; elsewhere empty.
  [[nodiscard]] std::vector<Bytes> gather(std::span<const std::byte> bytes, int root = 0) const;
  /// At root: every rank's text in rank order; elsewhere empty.
  [[nodiscard]] std::vector<std::string> gather(const std::string& text, int root = 0) const;
  /// The largest over all ranks (exact, integers).
  [[nodiscard]] std::int64_t maximum(std::int64_t value) const;

  [[nodiscard]] const Native& native() const { return *native_; }

 private:
  std::shared_ptr<Native> native_;
};

}  // namespace rankwise::mpi
