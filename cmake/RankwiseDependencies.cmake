# Every dependency, found in place; nothing is downloaded. Also installed and used by RankwiseConfig.cmake.
# SPDX-License-Identifier: MIT

# rankwise_missing(NAME PACKAGE HINT): stops with one message that says what to install or which variable to set; inside
# find_package(rankwise) it leaves this file instead, and whoever asked decides whether that is an error.
macro(rankwise_missing name package hint)
  string(CONCAT rankwise_message "Rankwise needs ${name}, which was not found.\n"
                "  Debian/Ubuntu: apt-get install ${package}\n"
                "  Elsewhere: load the module that provides it, or set -D${hint}=/its/prefix")
  if(NOT RANKWISE_MISSING_IS_NOT_FOUND)
    message(FATAL_ERROR "${rankwise_message}")
  endif()
  set(rankwise_FOUND FALSE)
  set(rankwise_NOT_FOUND_MESSAGE "${rankwise_message}")
  set(RANKWISE_DEPENDENCIES_FOUND FALSE)
  return()
endmacro()

set(RANKWISE_DEPENDENCIES_FOUND TRUE)
find_package(Threads REQUIRED)
find_package(MPI 3.1 COMPONENTS C QUIET)
if(NOT MPI_C_FOUND OR NOT TARGET MPI::MPI_C)
  rankwise_missing("MPI (3.1 or later)" "libopenmpi-dev openmpi-bin" "MPI_ROOT")
endif()

find_package(HDF5 1.10 COMPONENTS C HL QUIET)
if(NOT HDF5_FOUND)
  rankwise_missing("HDF5 (1.10 or later, with its high-level library)" "libhdf5-dev" "HDF5_ROOT")
endif()

find_package(Eigen3 3.3 QUIET NO_MODULE)
if(NOT TARGET Eigen3::Eigen)
  rankwise_missing("Eigen (3.3 or later)" "libeigen3-dev" "Eigen3_ROOT")
endif()

find_package(Boost 1.74 QUIET COMPONENTS program_options)
if(NOT TARGET Boost::program_options)
  rankwise_missing("Boost.Program_options (1.74 or later)" "libboost-program-options-dev" "Boost_ROOT")
endif()
find_path(BOOST_MATH_INCLUDE_DIR boost/math/distributions/students_t.hpp HINTS ${Boost_INCLUDE_DIRS})
if(NOT BOOST_MATH_INCLUDE_DIR)
  rankwise_missing("Boost.Math" "libboost-math-dev" "Boost_ROOT")
endif()

find_package(ZLIB QUIET)
if(NOT TARGET ZLIB::ZLIB)
  rankwise_missing("zlib" "zlib1g-dev" "ZLIB_ROOT")
endif()

# OpenBLAS is preferred by name, so that Debian's alternatives cannot switch the numbers between two runs.
# CMake's modules look below LAPACK_ROOT and BLAS_ROOT only: one variable for the user shall move header and library.
foreach(variable LAPACK_ROOT BLAS_ROOT)
  if(NOT ${variable} AND NOT DEFINED ENV{${variable}})
    set(${variable} ${OpenBLAS_ROOT} $ENV{OpenBLAS_ROOT})
  endif()
endforeach()
if(NOT BLA_VENDOR)
  set(BLA_VENDOR OpenBLAS)
  find_package(LAPACK QUIET)
  unset(BLA_VENDOR)
endif()
if(NOT TARGET LAPACK::LAPACK)
  find_package(LAPACK QUIET)
endif()
find_path(LAPACKE_INCLUDE_DIR lapacke.h HINTS ${OpenBLAS_ROOT} ENV OpenBLAS_ROOT PATH_SUFFIXES include include/openblas openblas)
find_path(CBLAS_INCLUDE_DIR cblas.h HINTS ${OpenBLAS_ROOT} ENV OpenBLAS_ROOT
          PATH_SUFFIXES include include/openblas openblas ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-pthread ${CMAKE_LIBRARY_ARCHITECTURE})
if(NOT TARGET LAPACK::LAPACK OR NOT LAPACKE_INCLUDE_DIR OR NOT CBLAS_INCLUDE_DIR)
  rankwise_missing("LAPACK with its C interfaces (lapacke.h, cblas.h)" "libopenblas-dev liblapacke-dev" "OpenBLAS_ROOT")
endif()
# OpenBLAS of the cluster world carries LAPACKE inside; Debian ships it as a library of its own.
include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_INCLUDES ${LAPACKE_INCLUDE_DIR})
set(CMAKE_REQUIRED_LIBRARIES LAPACK::LAPACK)
set(CMAKE_REQUIRED_QUIET ON)
check_cxx_source_compiles("#include <lapacke.h>
int main() { double a = 1, w = 0; return LAPACKE_dsyev(LAPACK_COL_MAJOR, 'N', 'L', 1, &a, 1, &w); }" RANKWISE_LAPACKE_INSIDE_LAPACK)
unset(CMAKE_REQUIRED_INCLUDES)
unset(CMAKE_REQUIRED_LIBRARIES)
unset(CMAKE_REQUIRED_QUIET)
if(NOT RANKWISE_LAPACKE_INSIDE_LAPACK)
  find_library(LAPACKE_LIBRARY lapacke HINTS ${OpenBLAS_ROOT} ENV OpenBLAS_ROOT PATH_SUFFIXES lib lib64)
  if(NOT LAPACKE_LIBRARY)
    rankwise_missing("the LAPACKE library" "liblapacke-dev" "OpenBLAS_ROOT")
  endif()
endif()

if(NOT TARGET rankwise_dependencies)
  add_library(rankwise_dependencies INTERFACE IMPORTED)
  target_include_directories(rankwise_dependencies INTERFACE ${LAPACKE_INCLUDE_DIR}
                             ${CBLAS_INCLUDE_DIR} ${BOOST_MATH_INCLUDE_DIR})
  target_link_libraries(rankwise_dependencies INTERFACE ${LAPACKE_LIBRARY} LAPACK::LAPACK MPI::MPI_C Boost::program_options
                        ZLIB::ZLIB Threads::Threads Eigen3::Eigen)
  if(TARGET hdf5::hdf5)
    target_link_libraries(rankwise_dependencies INTERFACE hdf5::hdf5_hl hdf5::hdf5)
  else()
    target_include_directories(rankwise_dependencies INTERFACE ${HDF5_INCLUDE_DIRS})
    target_link_libraries(rankwise_dependencies INTERFACE ${HDF5_C_HL_LIBRARIES} ${HDF5_C_LIBRARIES})
  endif()
endif()
