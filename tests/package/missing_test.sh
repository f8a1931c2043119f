#!/usr/bin/env bash
# Each missing dependency ends the configuration with one message that says what to do. SPDX-License-Identifier: MIT
# usage: missing_test.sh BIN CMAKE, with RANKWISE_SOURCE and RANKWISE_BUILD set
set -euo pipefail
cmake=$2
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# expect PACKAGE NAME DEBIAN VARIABLE: without PACKAGE of CMake the message holds the other three.
expect() {
  local text
  if "$cmake" "${same_choices[@]}" -S "$RANKWISE_SOURCE" -B "$work/build" "-DCMAKE_DISABLE_FIND_PACKAGE_$1=ON" \
    >"$work/log" 2>&1; then
    fail "configured without $1"
  fi
  for text in "Rankwise needs $2" "apt-get install $3" "-D$4="; do
    grep -qF -e "$text" "$work/log" || {
      cat "$work/log"
      fail "'$text' is not in the message for a missing $1"
    }
  done
  # Unset it again: the next one must fail for its own reason.
  sed -i "/^CMAKE_DISABLE_FIND_PACKAGE_/d" "$work/build/CMakeCache.txt"
}
expect MPI "MPI" "libopenmpi-dev" "MPI_ROOT"
expect HDF5 "HDF5" "libhdf5-dev" "HDF5_ROOT"
expect Eigen3 "Eigen" "libeigen3-dev" "Eigen3_ROOT"
expect Boost "Boost.Program_options" "libboost-program-options-dev" "Boost_ROOT"
