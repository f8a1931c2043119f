#!/usr/bin/env bash
# Configures a user's project that holds Rankwise as a part of it. SPDX-License-Identifier: MIT
# usage: subdirectory_test.sh BIN CMAKE, with RANKWISE_SOURCE and RANKWISE_BUILD set
set -euo pipefail
cmake=$2
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

quietly "$cmake" "${same_choices[@]}" -S "$RANKWISE_SOURCE/tests/package/subdirectory" -B "$work/build" \
  "-DRANKWISE_SOURCE=$RANKWISE_SOURCE"
# A target that the user's folder cannot see would become a library to link by that name.
! grep -rlE -e '-l(rankwise_|Eigen3|hdf5::|MPI::)' "$work/build" --include='build.ninja' --include='link.txt' ||
  fail "an imported target is not visible in the user's project"
grep -rq 'consumer' "$work/build" --include='build.ninja' --include='Makefile2' || fail "the consumer was not generated"
! grep -rlF 'file(INSTALL' "$work/build" --include=cmake_install.cmake ||
  fail "Rankwise installs itself with the user's project unasked"
