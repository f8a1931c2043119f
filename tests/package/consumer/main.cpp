// A user's program: a few results of three floors, with known answers. SPDX-License-Identifier: MIT
#include <cstdio>

#include "rankwise/core/text.hpp"
#include "rankwise/core/version.hpp"
#include "rankwise/linalg/matrix.hpp"
#include "rankwise/random/stream.hpp"

int main() {
  std::printf("version %s\n", rankwise::version().version.c_str());
  std::printf("text %s\n", rankwise::to_text(0.1).c_str());

  rankwise::random::Stream stream({1, 2}, rankwise::random::Purpose::archetypes, 3);
  std::printf("word %016llx\n", static_cast<unsigned long long>(stream.word()));

  // The library allocates the result and this program frees it: both must agree on Eigen's alignment.
  rankwise::linalg::Matrix matrix(2, 2);
  matrix << 2, 1, 1, 2;
  const rankwise::linalg::SymmetricEigen eigen = rankwise::linalg::symmetric_eigen(matrix);
  std::printf("eigenvalues %.6f %.6f\n", eigen.values(0), eigen.values(1));
  return 0;
}
