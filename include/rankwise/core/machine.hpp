// What this process runs on, as far as it can decide bits or costs. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

namespace rankwise {

/// The things outside the source that decide the last bits of a result (docs/schema.md, "Fingerprint").
struct Fingerprint {
  std::string blas_core;   ///< OpenBLAS kernel set, e.g. "SkylakeX"; "unknown" for another BLAS
  int blas_threads = 1;
  std::string c_library;   ///< e.g. "glibc 2.36"
  bool fma = false;        ///< the C library's exp, log, tanh differ with and without it
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] Fingerprint fingerprint();

/// "OpenBLAS 0.3.21 ...", the library's own text, or "BLAS unknown".
[[nodiscard]] std::string blas_library();

/// One thread per rank in OpenBLAS; nothing where another BLAS is linked.
void use_one_blas_thread();

/// Freed memory, up to 64 MiB of it, stays with the process for the next task. By default glibc gives 128 KiB and more
/// back at once, and a task that works in matrices of that size pays page faults for a fifth of its time (measured).
void keep_freed_memory();

[[nodiscard]] std::string host_name();
[[nodiscard]] double cpu_seconds();          ///< user and system time of this process
[[nodiscard]] double wall_seconds();         ///< monotonic
[[nodiscard]] std::size_t peak_memory();     ///< bytes, resident
[[nodiscard]] std::size_t usable_memory();   ///< bytes of this host that a new process could still get
[[nodiscard]] std::string utc_time();        ///< now, ISO 8601

}  // namespace rankwise
