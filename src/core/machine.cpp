// SPDX-License-Identifier: MIT
#include "rankwise/core/machine.hpp"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

#include "rankwise/core/text.hpp"
#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#include <malloc.h>
#endif

// OpenBLAS's own switches, absent from every other BLAS: weak, so that their absence is a null pointer.
extern "C" {
__attribute__((weak)) char* openblas_get_corename(void);
__attribute__((weak)) char* openblas_get_config(void);
__attribute__((weak)) int openblas_get_num_threads(void);
__attribute__((weak)) void openblas_set_num_threads(int);
}

namespace rankwise {

std::string Fingerprint::text() const {
  return concat("blas core ", blas_core, ", ", blas_threads, " blas thread", blas_threads == 1 ? "" : "s", ", ", c_library,
                ", fma ", fma ? "yes" : "no");
}

Fingerprint fingerprint() {
  Fingerprint it;
  it.blas_core = openblas_get_corename != nullptr ? concat("OpenBLAS ", openblas_get_corename()) : "unknown";
  it.blas_threads = openblas_get_num_threads != nullptr ? openblas_get_num_threads() : 1;
#if defined(__GLIBC__)
  it.c_library = concat("glibc ", gnu_get_libc_version());
#else
  it.c_library = "unknown";
#endif
#if defined(__x86_64__)
  it.fma = __builtin_cpu_supports("fma") != 0;
#endif
  return it;
}

std::string blas_library() { return openblas_get_config != nullptr ? trim(openblas_get_config()) : "BLAS unknown"; }

void use_one_blas_thread() {
  if (openblas_set_num_threads != nullptr) openblas_set_num_threads(1);
}

void keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int most_kept = 64 << 20;
  constexpr int largest_reused = 16 << 20;
  (void)mallopt(M_TRIM_THRESHOLD, most_kept);
  (void)mallopt(M_MMAP_THRESHOLD, largest_reused);
#endif
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double wall_seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::size_t peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

std::size_t usable_memory() {
  std::ifstream info("/proc/meminfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("MemAvailable:")) continue;
    std::size_t kib = 0;
    if (std::sscanf(line.c_str(), "MemAvailable: %zu", &kib) == 1) return kib * 1024;
  }
  return static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
}

std::string utc_time() {
  const time_t now = time(nullptr);
  tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

}  // namespace rankwise
