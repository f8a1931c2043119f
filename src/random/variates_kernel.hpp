// Variates of a row of replicas for every instruction set; internal. SPDX-License-Identifier: MIT
//
// A lane kernel, see rankwise/core/lanes.hpp.
#pragma once

#include "core/lane_math.hpp"
#include "random/variates.hpp"

namespace rankwise::random {
namespace {

using Math = LaneMath;
using Vec = Math::Vec;

void uniform_row(const std::uint64_t* words, double* out) {
  for (std::size_t w = 0; w < replica_lanes; w += Math::width)
    Math::store(out + w, Math::uniform(Math::load_bits(words + w)));
}

void normal_rows(const std::uint64_t* words0, const std::uint64_t* words1, double* out0, double* out1) {
  for (std::size_t w = 0; w < replica_lanes; w += Math::width) {
    const Vec radius = Isa::square_root(-2.0 * Math::log(Math::uniform(Math::load_bits(words0 + w))));
    Vec sine, cosine;
    Math::sine_cosine(Math::uniform(Math::load_bits(words1 + w)), sine, cosine);
    Math::store(out0 + w, radius * cosine);
    Math::store(out1 + w, radius * sine);
  }
}

void exponential_row(const std::uint64_t* words, double* out) {
  for (std::size_t w = 0; w < replica_lanes; w += Math::width)
    Math::store(out + w, -Math::log(Math::uniform(Math::load_bits(words + w))));
}

/// log u < x^2/2 + d (1 - v + log v), v = (1 + c x)^3.
std::uint32_t gamma_row(const double* normal, const std::uint64_t* words, const double* d_row, const double* c_row,
                        double* out) {
  std::uint32_t accepted = 0;
  for (std::size_t w = 0; w < replica_lanes; w += Math::width) {
    const Vec x = Math::load(normal + w);
    const Vec d = Math::load(d_row + w);
    const Vec base = 1.0 + Math::load(c_row + w) * x;
    const Math::Bits positive = base > 0;
    const Vec cube = base * base * base;
    const Vec v = positive ? cube : Vec{} + 1.0;
    const Vec bound = 0.5 * (x * x) + d * ((1.0 - v) + Math::log(v));
    const Math::Bits good = positive & (Math::log(Math::uniform(Math::load_bits(words + w))) < bound);
    Math::store(out + w, d * v);
    for (std::size_t k = 0; k < Math::width; ++k) {
      if (good[k] != 0) accepted |= std::uint32_t{1} << (w + k);  // GCC 12 loses k in a conditional expression here
    }
  }
  return accepted;
}

}  // namespace
}  // namespace rankwise::random
