// Payloads and choices that every rank can work out for itself. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include "rankwise/mpi/comm.hpp"

namespace rankwise::test {

/// splitmix64 (Steele, Lea and Flood, OOPSLA 2014): the mpi floor does not see the random one.
class Choices {
 public:
  explicit Choices(std::uint64_t seed) : state_(seed) {}
  std::uint64_t word() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }
  /// In [0, n); the bias of the remainder does not matter here.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(word() % n); }
  int rank(int size) { return static_cast<int>(below(static_cast<std::size_t>(size))); }

 private:
  std::uint64_t state_;
};

/// `size` bytes that depend on every part of `key`.
inline mpi::Bytes payload(std::uint64_t key, std::size_t size) {
  Choices choices(key);
  mpi::Bytes bytes(size);
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    const std::uint64_t word = choices.word();
    __builtin_memcpy(bytes.data() + at, &word, 8);
  }
  for (; at < size; ++at) bytes[at] = static_cast<std::byte>(choices.word() & 0xffU);
  return bytes;
}

}  // namespace rankwise::test
