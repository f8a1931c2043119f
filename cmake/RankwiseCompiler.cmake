# Warnings and floating-point rules, on private interface targets. SPDX-License-Identifier: MIT
add_library(rankwise_warnings INTERFACE)
target_compile_options(rankwise_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wunused -Wnull-dereference -Wdouble-promotion -Wformat=2
  $<$<BOOL:${RANKWISE_WERROR}>:-Werror>)
# GCC 12 sees overlapping copies in every concatenation of std::string (GCC bug 105651, fixed in 13).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(rankwise_warnings INTERFACE -Wno-restrict)
endif()
if(RANKWISE_SANITIZE)
  target_compile_options(rankwise_warnings INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer)
endif()

# The same source must give the same bits on every x86-64: no contraction to FMA, never -ffast-math.
add_library(rankwise_floating_point INTERFACE)
target_compile_options(rankwise_floating_point INTERFACE -ffp-contract=off)
