# Object library test_headers: every header, public and internal, compiled as the first thing of a file of its own, twice.
# SPDX-License-Identifier: MIT
file(GLOB_RECURSE headers RELATIVE "${PROJECT_SOURCE_DIR}" CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/*.hpp"
     "${PROJECT_SOURCE_DIR}/src/*.hpp")
# Lane kernels stand behind one of core/isa_*.hpp only, once in a source file for each instruction set.
list(FILTER headers EXCLUDE REGEX "(_kernel|core/lane_math)\\.hpp$")
set(header_sources)
foreach(header IN LISTS headers)
  string(MAKE_C_IDENTIFIER "${header}" name)
  set(source "${CMAKE_CURRENT_BINARY_DIR}/headers/${name}.cpp")
  set(text "#include \"${PROJECT_SOURCE_DIR}/${header}\"\n#include \"${PROJECT_SOURCE_DIR}/${header}\"\n")
  set(old "")
  if(EXISTS "${source}")
    file(READ "${source}" old)
  endif()
  if(NOT old STREQUAL text)
    file(WRITE "${source}" "${text}")
  endif()
  list(APPEND header_sources "${source}")
endforeach()

# Not part of "all" and not linked to the library, so that the test can build it while others run.
add_library(test_headers OBJECT EXCLUDE_FROM_ALL ${header_sources})
target_compile_features(test_headers PRIVATE cxx_std_20)
set_target_properties(test_headers PROPERTIES CXX_EXTENSIONS OFF)
target_compile_options(test_headers PRIVATE -O0)
target_compile_definitions(test_headers PRIVATE $<TARGET_PROPERTY:rankwise,INTERFACE_COMPILE_DEFINITIONS>)
target_include_directories(test_headers PRIVATE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")
target_link_libraries(test_headers PRIVATE rankwise_dependencies rankwise_warnings rankwise_floating_point)
add_test(NAME cli.headers_self_contained
         COMMAND "${CMAKE_COMMAND}" --build "${PROJECT_BINARY_DIR}" --target test_headers --parallel 2)
set_tests_properties(cli.headers_self_contained PROPERTIES LABELS cli TIMEOUT 600 PROCESSORS 2)
