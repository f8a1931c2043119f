# What the package tests share. Source it. SPDX-License-Identifier: MIT
# shellcheck shell=bash
: "${RANKWISE_SOURCE:?}" "${RANKWISE_BUILD:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

cached() { sed -n "s/^$1:[A-Z]*=//p" "$RANKWISE_BUILD/CMakeCache.txt"; }

# The compilers and the places of dependencies that the tested build was given.
same_choices=("-DCMAKE_C_COMPILER=$(cached CMAKE_C_COMPILER)" "-DCMAKE_CXX_COMPILER=$(cached CMAKE_CXX_COMPILER)"
  -G "$(cached CMAKE_GENERATOR)")
while IFS= read -r choice; do
  same_choices+=("-D$choice")
done < <(grep -v :INTERNAL= "$RANKWISE_BUILD/CMakeCache.txt" |
  grep -E "^([A-Za-z0-9]+_ROOT|HDF5_PREFER_PARALLEL|BLA_VENDOR|CMAKE_PREFIX_PATH):.*=.+")

# quietly COMMAND...: its output only when it fails.
quietly() {
  "$@" >"$work/log" 2>&1 || {
    cat "$work/log"
    fail "$*"
  }
}
