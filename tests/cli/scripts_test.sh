#!/usr/bin/env bash
# jobs/quickstart.sh, tests/run.sh and .ci/run, with stand-ins for cmake, ctest, mpirun that note what they get.
# usage: scripts_test.sh BIN, with RANKWISE_SOURCE set
# SPDX-License-Identifier: MIT
set -euo pipefail
: "${RANKWISE_SOURCE:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root="$work/a path with blanks"
mkdir -p "$root/tests" "$root/analysis" "$work/bin"
cp -r "$RANKWISE_SOURCE/jobs" "$RANKWISE_SOURCE/.ci" "$root/"
cp "$RANKWISE_SOURCE/tests/run.sh" "$root/tests/"
calls="$work/calls"

fail() {
  printf 'FAILED: %s\n--- output\n%s\n--- calls\n%s\n' "$*" "$output" "$(cat "$calls")" >&2
  exit 1
}
stand_in() {
  printf '#!/bin/bash\n%s\n' "$2" >"$1"
  chmod +x "$1"
}
# shellcheck disable=SC2016  # the dollars are meant for the stand-ins
{
  stand_in "$work/bin/cmake" 'echo "cmake $*" >>"$CALLS"
if [ "$1" = --preset ]; then mkdir -p build/release/bin
  printf "CMAKE_HOME_DIRECTORY:INTERNAL=%s\n" "$PWD" >build/release/CMakeCache.txt
  printf "MPIEXEC_EXECUTABLE:FILEPATH=%s\n" "$LAUNCHER" >>build/release/CMakeCache.txt
  printf "#!/bin/bash\nexit ${PROGRAM_CODE:-0}\n" >build/release/bin/rankwise-federated-hopfield
  printf "#!/bin/bash\n%s\n" "printf \"claims:\\n  a | 1 | 1 | pass\\n  b | 2 | 1 | fail\\nx\\n\"" >build/release/bin/rankwise-info
  chmod +x build/release/bin/rankwise-federated-hopfield build/release/bin/rankwise-info
else exit "${BUILD_CODE:-0}"; fi'
  stand_in "$work/bin/ctest" 'echo "ctest $* ALL=${RANKWISE_ALL:-}" >>"$CALLS"
echo "the summary"; exit "${CTEST_CODE:-0}"'
  stand_in "$work/bin/launcher" 'if [ "$1" = --version ]; then echo "mpirun (Open MPI) 4.1.4"; exit; fi
echo "launcher $* ROOT=${OMPI_ALLOW_RUN_AS_ROOT:-}" >>"$CALLS"
while [ $# -gt 0 ] && [[ $1 != build/* ]]; do shift; done
exec "$1"'
  stand_in "$work/bin/ninja" 'exit 0'
  stand_in "$work/bin/python" 'echo "python $*" >>"$CALLS"'
}
# run EXPECTED_CODE [NAME=VALUE...] SCRIPT ARGUMENTS...: from another directory.
run() {
  local expected=$1 code=0
  shift
  : >"$calls"
  output=$(cd "$work" && env PATH="$work/bin:$PATH" CALLS="$calls" LAUNCHER="$work/bin/launcher" \
    RANKWISE_PYTHON="$work/bin/python" "$@" 2>&1 </dev/null) || code=$?
  [ "$code" = "$expected" ] || fail "exit code $code instead of $expected: $*"
}
says() { case $output in *"$1"*) ;; *) fail "does not say: $1" ;; esac; }
calls() { grep -qF -e "$1" "$calls" || fail "no call of: $1"; }
no_call() { ! grep -qF -e "$1" "$calls" || fail "a call of: $1"; }
quickstart="$root/jobs/quickstart.sh" tests="$root/tests/run.sh"

# Quickstart, the first time and again: the same, but the folder keeps its generator and its options.
run 0 "$quickstart" --no-install
calls "cmake --preset release -DRANKWISE_BUILD_TESTS=OFF -G Ninja"
calls "-n 5 build/release/bin/rankwise-federated-hopfield --mode structured"
calls "--clients 5"
calls "python analysis/rankwise-plot results/quickstart.h5 -o results/quickstart.png"
[ -d "$root/results" ] || fail "no folder for the results"
if [ "$(id -u)" -eq 0 ]; then calls "ROOT=1"; fi
run 0 "$quickstart" --no-install
calls "cmake --preset release"
no_call "-G Ninja"
no_call "-DRANKWISE_BUILD_TESTS=OFF"

# Ranks: oversubscribed beyond the cores of any machine, not for one rank.
run 0 "$quickstart" --no-install --ranks 100000
calls "launcher --oversubscribe -n 100000 "
run 0 "$quickstart" --no-install --ranks=1
calls "launcher -n 1 "

# Each step that fails ends it, with a message and its code.
run 1 BUILD_CODE=7 "$quickstart" --no-install
says "the build failed"
no_call "launcher"
run 75 PROGRAM_CODE=75 "$quickstart" --no-install
says "ended with exit code 75"
no_call "rankwise-plot"
run 2 "$quickstart" --ranks 0
says "--ranks needs a whole number >= 1, got '0'"
run 2 "$quickstart" --frobnicate
says "unknown option '--frobnicate'"

# All figures of an experiment: reduced options from the configuration, or none; what fails.
reproduce="$root/jobs/reproduce.sh"
run 0 "$reproduce" federated_hopfield --no-install --ranks 1
calls "launcher -n 1 build/release/bin/rankwise-federated-hopfield --config jobs/figures/federated_drift.ini --output results/federated_hopfield/reduced/federated_drift.h5 --resume --quiet --verify"
calls "--config jobs/figures/federated_wire.ini --replicas 20 --output"
calls "python analysis/rankwise-plot results/federated_hopfield/reduced/federated_drift.h5 -o results/federated_hopfield/reduced/federated_drift.png"
no_call "persistence"
grep -q '^  b | 2 | 1 | fail$' "$root/results/federated_hopfield/reduced/claims.txt" || fail "the table of claims lacks a row"
if grep -q '^x' "$root/results/federated_hopfield/reduced/claims.txt"; then fail "the table of claims holds more than claims"; fi
says "claims hold"
run 0 "$reproduce" federated_hopfield --no-install --full --only federated_wire
calls "--config jobs/figures/federated_wire.ini --output results/federated_hopfield/full/federated_wire.h5"
no_call "federated_drift"
run 1 PROGRAM_CODE=1 "$reproduce" federated_hopfield --no-install --only federated_wire --only federated_drift
calls "federated_wire.png"
run 75 PROGRAM_CODE=75 "$reproduce" federated_hopfield --no-install
says "exit code 75"
run 2 "$reproduce" --no-install
says "which experiment?"
run 2 "$reproduce" federated
says "unknown experiment 'federated'"
run 2 "$reproduce" persistence --only federated_wire
says "--only 'federated_wire'"
run 2 "$reproduce" persistence --ranks two
says "--ranks needs a whole number >= 1, got 'two'"

# A checkout that was moved is configured anew, with the generator of a new folder.
mv "$root" "$work/moved"
mkdir -p "$root" # the old place exists still, with something else in it
quickstart="$work/moved/jobs/quickstart.sh" tests="$work/moved/tests/run.sh"
run 0 "$quickstart" --no-install
says "configuring it anew"
calls "-G Ninja"

# The tests: always with the tests on; ctest comes last and decides.
run 0 "$tests" --no-install
calls "cmake --preset release -DRANKWISE_BUILD_TESTS=ON"
calls "--output-on-failure --no-tests=error -j4 ALL="
[ "${output##*$'\n'}" = "the summary" ] || fail "the last line is not ctest's"
run 0 "$tests" --no-install --all -L unit -R "io|mpi"
calls "-j4 -L unit -R io|mpi ALL=1"
run 8 CTEST_CODE=8 "$tests" --no-install
run 1 BUILD_CODE=7 "$tests" --no-install
no_call "ctest"
run 2 "$tests" --no-install -L
run 2 "$tests" --frobnicate
run 8 CTEST_CODE=8 bash "$work/moved/.ci/run" --no-install
calls "ctest"
for script in "$quickstart" "$tests" "$work/moved/jobs/reproduce.sh"; do
  run 0 "$script" --help
  says "usage: "
  [ ! -s "$calls" ] || fail "--help runs something"
done
