// SPDX-License-Identifier: MIT
#include "rankwise/core/version.hpp"

#include "rankwise_git.hpp"

namespace rankwise {

const Version& version() {
  static const Version it{RANKWISE_VERSION, RANKWISE_GIT_COMMIT, RANKWISE_GIT_DIRTY, RANKWISE_COMPILER, RANKWISE_FLAGS};
  return it;
}

}  // namespace rankwise
