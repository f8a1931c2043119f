// Contract checks. SPDX-License-Identifier: MIT
#include "rankwise/core/error.hpp"

#include "rankwise/core/contract.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise {

void expects(bool holds, const char* promise, std::source_location where) {
  if (holds) return;
  std::string file = where.file_name();
  file = file.substr(file.find_last_of('/') + 1);
  throw InternalError(concat("broken promise: ", promise, " (", file, ":", where.line(), ")"));
}

}  // namespace rankwise
