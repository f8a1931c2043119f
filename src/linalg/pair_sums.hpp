// pair_sums() with the instruction set chosen; internal, for tests and benches. SPDX-License-Identifier: MIT
#pragma once

#include "linalg/xor_popcount.hpp"
#include "rankwise/linalg/sign_matrix.hpp"

namespace rankwise::linalg {

[[nodiscard]] PairSums pair_sums(const CountVariant& variant, const SignMatrix& x, const SignMatrix& y);

}  // namespace rankwise::linalg
