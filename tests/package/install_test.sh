#!/usr/bin/env bash
# Installs the build tree, moves it, and builds a user's program on it. SPDX-License-Identifier: MIT
# usage: install_test.sh BIN CMAKE [FLAGS], with RANKWISE_SOURCE and RANKWISE_BUILD set
set -euo pipefail
bin=$1 cmake=$2 flags=${3:-}
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Under the sanitizers: what Open MPI never frees is not what is tested here.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0}

quietly "$cmake" --install "$RANKWISE_BUILD" --prefix "$work/first"
# An installed tree may be moved, also to a path with a space.
mv "$work/first" "$work/second place"
prefix="$work/second place"
! grep -rlF -e "$RANKWISE_BUILD" -e "$RANKWISE_SOURCE" "$prefix" --include='*.cmake' ||
  fail "a path of the build is in the package"
! find "$prefix" -path '*/src/*' | grep . || fail "internal files are installed"

# Other -m flags than the library's: memory of the one must be safe to free in the other.
consumer=("$cmake" "${same_choices[@]}" -S "$RANKWISE_SOURCE/tests/package/consumer" -B "$work/build"
  -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS=-march=native $flags" "-Drankwise_ROOT=$prefix")
quietly "${consumer[@]}"
quietly "$cmake" --build "$work/build"
version=$(sed -n 's/^project(rankwise VERSION \([0-9.]*\).*/\1/p' "$RANKWISE_SOURCE/CMakeLists.txt")
# The word is numpy.random.Philox(key=[1, 2]) at counter (0, 0, 1<<32, 3).
expected="version $version
text 0.1
word 53ed2d7342712a65
eigenvalues 3.000000 1.000000"
output=$("$work/build/consumer") || fail "the consumer ended with code $?"
[ "$output" = "$expected" ] || fail "the consumer printed
$output
instead of
$expected"

# The experiment of docs/new_experiment.md as a project of its own: the same bits as inside this tree.
cp -r "$RANKWISE_SOURCE/tests/example/spiked_wigner" "$work/own"
quietly "$cmake" "${same_choices[@]}" -S "$work/own" -B "$work/own/build" -DCMAKE_BUILD_TYPE=Release \
  "-DCMAKE_CXX_FLAGS=$flags" "-Drankwise_ROOT=$prefix"
quietly "$cmake" --build "$work/own/build"
sweep=(--quick --spike "0.5,2" --quiet --verify)
quietly "$work/own/build/rankwise-spiked-wigner" "${sweep[@]}" --output "$work/outside.h5"
quietly "$RANKWISE_BUILD/test-bin/rankwise-spiked-wigner" "${sweep[@]}" --output "$work/inside.h5"
digest_of() { "$prefix/bin/rankwise-info" "$1" | sed -n 's/^digest: //p'; }
inside=$(digest_of "$work/inside.h5") outside=$(digest_of "$work/outside.h5")
[ -n "$inside" ] || fail "rankwise-info tells no digest"
[ "$inside" = "$outside" ] || fail "inside this tree the example gives $inside, outside $outside"
quietly "${RANKWISE_PYTHON:-python3}" "$prefix/bin/rankwise-plot" "$work/outside.h5"
[ -s "$work/outside.png" ] || fail "no picture of the example"

# A missing dependency is find_package's to report: an error only where the package is required.
if "${consumer[@]}" -DCMAKE_DISABLE_FIND_PACKAGE_HDF5=ON >"$work/log" 2>&1; then fail "found without HDF5"; fi
for text in "Rankwise needs HDF5" "apt-get install libhdf5-dev"; do
  grep -qF "$text" "$work/log" || {
    cat "$work/log"
    fail "'$text' is not in the message of find_package without HDF5"
  }
done

for program in "$bin"/rankwise-*; do
  [ -e "$program" ] || continue
  installed="$prefix/bin/$(basename "$program")"
  [ -x "$installed" ] || fail "$installed is not there"
  quietly "$installed" --help
done
for script in "$RANKWISE_SOURCE"/analysis/rankwise-*; do
  [ -e "$script" ] || continue
  installed="$prefix/bin/$(basename "$script")"
  [ -x "$installed" ] || fail "$installed is not there"
  (cd "$work" && quietly "${RANKWISE_PYTHON:-python3}" "$installed" --help)
done
