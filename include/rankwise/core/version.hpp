// Which code this is. SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace rankwise {

struct Version {
  std::string version;   ///< of the project, e.g. "0.1.0"
  std::string commit;    ///< git commit of the source, "unknown" outside a checkout
  bool dirty = false;    ///< tracked files differed from that commit
  std::string compiler;  ///< name and version
  std::string flags;     ///< build type and compiler flags
};

[[nodiscard]] const Version& version();

}  // namespace rankwise
