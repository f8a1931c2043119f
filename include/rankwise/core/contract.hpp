// Checks of what one piece of code promises another. SPDX-License-Identifier: MIT
#pragma once

#include <source_location>

namespace rankwise {

/// Throws InternalError naming `promise` and the place of the call when `holds` is false. For programming errors;
/// what a user can get wrong is a UsageError with the parameter's name.
void expects(bool holds, const char* promise, std::source_location where = std::source_location::current());

}  // namespace rankwise
