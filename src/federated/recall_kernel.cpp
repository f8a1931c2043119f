// SPDX-License-Identifier: MIT
#include "federated/recall_kernel.hpp"

#include "rankwise/core/lanes.hpp"

namespace rankwise::federated {

namespace {

// The loops are written once; the compiler makes vectors of them for each instruction set below.
[[gnu::always_inline]] inline std::int32_t product(const std::int16_t* row, const std::int16_t* overlaps,
                                                   std::size_t width) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < width; ++i) sum += static_cast<std::int32_t>(row[i]) * overlaps[i];
  return sum;
}
[[gnu::always_inline]] inline double product(const double* row, const double* overlaps, std::size_t width) {
  double sum[16] = {};
  for (std::size_t i = 0; i < width; i += 16) {
    for (std::size_t l = 0; l < 16; ++l) sum[l] += row[i + l] * overlaps[i + l];
  }
  for (std::size_t l = 0; l < 8; ++l) sum[l] += sum[l + 8];
  for (std::size_t l = 0; l < 4; ++l) sum[l] += sum[l + 4];
  return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}
template <typename Number>
[[gnu::always_inline]] inline void add(Number* overlaps, const Number* row, int factor, std::size_t width) {
  const auto f = static_cast<Number>(factor);
  for (std::size_t i = 0; i < width; ++i) overlaps[i] = static_cast<Number>(overlaps[i] + f * row[i]);
}

std::int32_t product16_plain(const std::int16_t* a, const std::int16_t* b, std::size_t n) { return product(a, b, n); }
double product64_plain(const double* a, const double* b, std::size_t n) { return product(a, b, n); }
void add16_plain(std::int16_t* a, const std::int16_t* b, int f, std::size_t n) { add(a, b, f, n); }
void add64_plain(double* a, const double* b, int f, std::size_t n) { add(a, b, f, n); }
constexpr RecallKernel plain{product16_plain, product64_plain, add16_plain, add64_plain};

#if defined(RANKWISE_LANES_X86)
#define RANKWISE_TARGET gnu::target("avx2")
[[RANKWISE_TARGET]] std::int32_t product16_avx2(const std::int16_t* a, const std::int16_t* b, std::size_t n) {
  return product(a, b, n);
}
[[RANKWISE_TARGET]] double product64_avx2(const double* a, const double* b, std::size_t n) { return product(a, b, n); }
[[RANKWISE_TARGET]] void add16_avx2(std::int16_t* a, const std::int16_t* b, int f, std::size_t n) { add(a, b, f, n); }
[[RANKWISE_TARGET]] void add64_avx2(double* a, const double* b, int f, std::size_t n) { add(a, b, f, n); }
constexpr RecallKernel avx2{product16_avx2, product64_avx2, add16_avx2, add64_avx2};
#undef RANKWISE_TARGET

#define RANKWISE_TARGET gnu::target("avx512f,avx512bw,prefer-vector-width=512")
[[RANKWISE_TARGET]] std::int32_t product16_avx512(const std::int16_t* a, const std::int16_t* b, std::size_t n) {
  return product(a, b, n);
}
[[RANKWISE_TARGET]] double product64_avx512(const double* a, const double* b, std::size_t n) {
  return product(a, b, n);
}
[[RANKWISE_TARGET]] void add16_avx512(std::int16_t* a, const std::int16_t* b, int f, std::size_t n) { add(a, b, f, n); }
[[RANKWISE_TARGET]] void add64_avx512(double* a, const double* b, int f, std::size_t n) { add(a, b, f, n); }
constexpr RecallKernel avx512{product16_avx512, product64_avx512, add16_avx512, add64_avx512};
#undef RANKWISE_TARGET
#endif

const RecallKernel& widest() {
#if defined(RANKWISE_LANES_X86)
  if (allows(InstructionSet::avx512) && __builtin_cpu_supports("avx512bw")) return avx512;
  if (allows(InstructionSet::avx2)) return avx2;
#endif
  return plain;
}

}  // namespace

const RecallKernel& recall_kernel() {
  static const RecallKernel& kernel = widest();
  return kernel;
}

}  // namespace rankwise::federated
