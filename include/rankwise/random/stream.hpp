// Counter-based random numbers: a pure function of what is drawn, never of rank, thread or order.
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace rankwise::random {

/// What a stream is for. Part of the counter: never renumber, never reuse.
enum class Purpose : std::uint32_t {
  archetypes = 1,      ///< the true patterns of a replica
  class_counts = 2,    ///< which archetype each example of a batch shows
  flips = 3,           ///< the noise on the examples
  factoriser = 4,      ///< starting points of a search in the kept span
  matrix = 5,          ///< entries of a random matrix
  bootstrap = 6,       ///< resampling
  schedule = 7,        ///< a class mixture that moves at random
  cue = 8,             ///< corrupted patterns for retrieval
  dynamics = 9,        ///< updates at a temperature
  participation = 10,  ///< who takes part in a round
  noise = 11,          ///< additive noise (privacy, labels)
  attack = 12,         ///< what an attacker sends
  user = 1000          ///< first value for experiments outside this tree
};

/// Key of Philox4x64-10: the seed and a hash of experiment, mode, stream version and law parameters.
struct Key {
  std::uint64_t seed = 0;
  std::uint64_t law = 0;
};

/// A sequence of 64-bit words, cheap to create anywhere. Word 4b+i is word i of the Philox4x64-10 block with
/// counter (b, client, purpose<<32 | round, replica) and the key above (Salmon, Moraes, Dror and Shaw, SC11).
/// numpy gives the same words from numpy.random.Philox(counter=c, key=key).random_raw() when the 256-bit counter c
/// starts one lower, since numpy counts before it draws.
/// Copying a stream copies its position.
class Stream {
 public:
  Stream(Key key, Purpose purpose, std::uint64_t replica, std::uint64_t client = 0, std::uint32_t round = 0);

  /// The next raw word, uniform on all 64 bits.
  std::uint64_t word() {
    if (next_ == 4) refill();
    return buffer_[next_++];
  }
  /// The next `out.size()` raw words.
  void words(std::span<std::uint64_t> out);
  /// As if the next `count` words had been drawn.
  void skip(std::uint64_t count);

 private:
  void refill();

  Key key_;
  std::array<std::uint64_t, 4> counter_;
  std::array<std::uint64_t, 4> buffer_{};
  unsigned next_ = 4;
};

}  // namespace rankwise::random
