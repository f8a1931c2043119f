#!/usr/bin/env bash
# jobs/install_dependencies.sh on made-up machines: a PATH of stand-ins that write down what they are asked.
# usage: install_dependencies_test.sh BIN, with RANKWISE_SOURCE set
# SPDX-License-Identifier: MIT
set -euo pipefail
: "${RANKWISE_SOURCE:?}"
script=$RANKWISE_SOURCE/jobs/install_dependencies.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  printf 'FAILED: %s\n--- output\n%s\n--- calls\n%s\n' "$*" "$output" "$(cat "$work/calls")" >&2
  exit 1
}
stand_in() {
  printf '#!/bin/bash\n%s\n' "$2" >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}

# new_machine USER_ID TOOLS...: real text tools, stand-ins for the rest; no package is installed.
new_machine() {
  local tool uid=$1
  shift
  rm -rf "${work:?}/bin" "$work/installed"
  mkdir -p "$work/bin" "$work/installed"
  : >"$work/calls"
  for tool in bash env sed sort dirname cat; do ln -s "$(command -v $tool)" "$work/bin/$tool"; done
  stand_in id "echo $uid"
  stand_in python3 'exit 1'
  for tool in "$@"; do stand_in "$tool" 'exit 0'; done
}
# with_apt: dpkg-query looks into a folder, apt-get install puts files there.
with_apt() {
  # shellcheck disable=SC2016  # the dollars are meant for the stand-ins
  {
    stand_in dpkg-query '[ -e "'"$work"'/installed/${@: -1}" ] && echo installed'
    stand_in apt-cache 'case " '"${unoffered:-}"' " in *" ${@: -1} "*) exit 100 ;; esac'
    stand_in apt-get 'echo "apt-get $*" >>"'"$work"'/calls"
case "$*" in
  *update) exit '"${update_code:-0}"' ;;
  *install*) [ '"${install_code:-0}"' = 0 ] || exit '"${install_code:-0}"'
    for word in "$@"; do : >"'"$work"'/installed/$word"; done ;;
esac'
    stand_in sudo 'echo "sudo $*" >>"'"$work"'/calls"; [ '"${sudo_code:-0}"' = 0 ] || exit 1
[ "$1" != -n ] || shift
exec "$@"'
  }
}
# run EXPECTED_CODE ARGUMENTS...
run() {
  local expected=$1 code=0
  shift
  output=$(PATH="$work/bin" RANKWISE_PYTHON="" RANKWISE_DEBIAN_PYTHON=none bash "$script" "$@" 2>&1 </dev/null) ||
    code=$?
  [ "$code" = "$expected" ] || fail "exit code $code instead of $expected"
}
says() { case $output in *"$1"*) ;; *) fail "does not say: $1" ;; esac; }
says_not() { case $output in *"$1"*) fail "says: $1" ;; esac; }
calls() { grep -qF -e "$1" "$work/calls" || fail "no call of: $1"; }

# Root installs what is missing, in one go, by name; then there is nothing to do and nothing is called.
new_machine 0 cmake g++ git
with_apt
run 0
says "build:"
calls "apt-get -q -o DPkg::Lock::Timeout=120 install -y --no-install-recommends ninja-build openmpi-bin libopenmpi-dev"
calls "python3-h5py"
calls "dataset-fashion-mnist"
! grep -qE 'sudo|doctest|xarray| cmake| git' "$work/calls" || fail "installs what is there, or was not asked for"
: >"$work/calls"
run 0
says "nothing to do"
[ ! -s "$work/calls" ] || fail "nothing is missing, yet something was called"

# The tests need more; a dry run says so and calls nothing.
run 1 --tests --dry-run
says "doctest-dev"
says "python3-xarray"
says_not "libhdf5-dev"
[ ! -s "$work/calls" ] || fail "a dry run called something"
run 0 --tests
calls "install -y --no-install-recommends doctest-dev librandom123-dev shellcheck slurm-wlm munge"

# Somebody else needs sudo, and is told the names first.
new_machine 1000 cmake g++ git ninja python3
with_apt
run 0
case $output in *"with sudo, apt-get will install"*libhdf5-dev*"refreshing"*) ;; *) fail "names come before sudo" ;; esac
calls "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get"

# No right to sudo, no sudo at all, no network, a package nobody offers, an installation that breaks.
new_machine 1000
sudo_code=1 unoffered=g++ with_apt
run 1
says "'apt-get update' failed"
says "by hand: apt-get install --no-install-recommends g++"
rm "$work/bin/sudo"
run 1
says "there is no sudo"
new_machine 0
update_code=100 with_apt
run 0
new_machine 0
unoffered=dataset-fashion-mnist with_apt
run 1
says "do not offer: dataset-fashion-mnist"
new_machine 0
install_code=100 with_apt
run 1
says "could not install"

# No apt: what to provide, and whether the tools are there.
new_machine 1000 c++ mpicc
run 2
says "load modules that provide"
says "[cmake] [mpirun] [python3 with h5py, numpy and matplotlib]"
new_machine 1000 c++ mpicc cmake mpirun
stand_in python3 'exit 0'
run 0
says "are there"

run 2 --frobnicate
says "unknown option '--frobnicate'"
run 0 --help
says "usage: jobs/install_dependencies.sh"
