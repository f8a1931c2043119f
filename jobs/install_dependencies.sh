#!/usr/bin/env bash
# Installs what Rankwise needs and this machine lacks, on Debian 12 and later or Ubuntu 22.04 and later.
#
# usage: jobs/install_dependencies.sh [--tests] [--dry-run] [--yes] [--help]
#
#   --tests    also what only the tests need
#   --dry-run  say what is missing and install nothing
#   --yes      do not ask before using sudo
#
# Where nothing is missing it needs neither root nor network. Elsewhere (no apt-get) it says which modules to load.
# Exit code: 0 everything is there; 1 something is missing and was not installed; 2 usage, or something to be provided
# by hand.
# SPDX-License-Identifier: MIT
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$root/jobs/lib.sh"

build=(g++ cmake ninja-build git openmpi-bin libopenmpi-dev libeigen3-dev libhdf5-dev libboost-program-options-dev
  libboost-math-dev libopenblas-dev liblapacke-dev zlib1g-dev)
analysis=(python3 python3-h5py python3-numpy python3-matplotlib)
data=(dataset-fashion-mnist)
tests=(doctest-dev librandom123-dev shellcheck slurm-wlm munge)
test_analysis=(python3-xarray python3-netcdf4 python3-h5netcdf)

with_tests=no dry_run=no yes=no
for argument in "$@"; do
  case $argument in
    --tests) with_tests=yes ;;
    --dry-run) dry_run=yes ;;
    --yes | -y) yes=yes ;;
    --help | -h) usage_of "${BASH_SOURCE[0]}" && exit 0 ;;
    *) die 2 "unknown option '$argument'; known: --tests --dry-run --yes --help" ;;
  esac
done

# Without a package manager the libraries are CMake's to find (it names each it misses); the tools can be looked for.
without_apt() {
  local tool absent=()
  for tool in c++ cmake mpirun mpicc; do
    command -v "$tool" >/dev/null || absent+=("$tool")
  done
  python_with h5py numpy matplotlib >/dev/null || absent+=("python3 with h5py, numpy and matplotlib")
  cat <<'TEXT'
No apt-get here, so nothing is installed. On a cluster, load modules that provide
  a C++20 compiler (GCC 12 or later), CMake 3.22 or later, ninja (optional), an MPI 3.1 library,
  HDF5 1.10 or later with its high-level library, Eigen 3.3 or later, Boost 1.74 or later,
  OpenBLAS (or another LAPACK) with LAPACKE and CBLAS, zlib, and for the pictures Python 3 with h5py, numpy, matplotlib.
  For the tests also doctest, Random123, and xarray, netCDF4 and h5netcdf for that Python.
CMake names each library it does not find, and the variable that points to it.
TEXT
  if [ ${#absent[@]} -gt 0 ]; then
    printf 'Not found on the PATH:'
    printf ' [%s]' "${absent[@]}"
    printf '\n'
    exit 2
  fi
  say "compiler, cmake, mpirun and python are there"
  exit 0
}
if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then without_apt; fi

# A tool counts whatever put it on the PATH; libraries must be packages, since CMake looks where packages put them.
declare -A tool_of=([cmake]=cmake [ninja-build]=ninja [git]=git [g++]=g++ [python3]=python3 [shellcheck]=shellcheck
  [slurm-wlm]=slurmctld [munge]=munged)
is_there() {
  local tool=${tool_of[$1]:-}
  if [ -n "$tool" ] && command -v "$tool" >/dev/null; then return 0; fi
  [ "$(dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | sort -u)" = installed ]
}

missing=()
# add_missing GROUP PACKAGES...: appends what is not there, and says so by group.
add_missing() {
  local group=$1 package absent=()
  shift
  for package in "$@"; do
    is_there "$package" || absent+=("$package")
  done
  if [ ${#absent[@]} -gt 0 ]; then
    printf '   %-9s %s\n' "$group:" "${absent[*]}"
    missing+=("${absent[@]}")
  fi
}
say "looking for the packages that Rankwise needs"
add_missing build "${build[@]}"
modules=(h5py numpy matplotlib)
if [ "$with_tests" = yes ]; then
  modules+=(xarray netCDF4 h5netcdf)
  analysis+=("${test_analysis[@]}")
  add_missing tests "${tests[@]}"
fi
if ! python_with "${modules[@]}" >/dev/null; then add_missing analysis "${analysis[@]}"; fi
add_missing data "${data[@]}"

if [ ${#missing[@]} -eq 0 ]; then
  say "all dependencies are installed; nothing to do"
  exit 0
fi
by_hand="apt-get install --no-install-recommends ${missing[*]}"
if [ "$dry_run" = yes ]; then
  say "missing: ${#missing[@]} (nothing was installed: --dry-run)"
  exit 1
fi

as_root=()
if [ "$(id -u)" -eq 0 ]; then
  say "installing: ${missing[*]}"
else
  command -v sudo >/dev/null || die 1 "installing needs root and there is no sudo; ask an administrator for: $by_hand"
  say "with sudo, apt-get will install (and what these depend on): ${missing[*]}"
  as_root=(sudo)
  if [ -t 0 ]; then
    if [ "$yes" = no ]; then
      read -r -p "   Go on? [y/N] " answer || answer=n
      case $answer in
        y | Y | yes) ;;
        *) die 1 "nothing was installed; by hand: sudo $by_hand" ;;
      esac
    fi
  else
    as_root+=(-n)  # nobody can type a password here: fail instead of waiting for one
  fi
fi
# Waits for another apt (a fresh Ubuntu runs one by itself) instead of failing at its lock.
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@"; }

# One dead third-party source must not stop an installation that does not need it; a dead network shows below.
say "refreshing the package lists"
refreshed=yes
apt -o APT::Update::Error-Mode=any update || refreshed=no

unknown=()
for package in "${missing[@]}"; do
  apt-cache show --no-all-versions "$package" >/dev/null 2>&1 || unknown+=("$package")
done
if [ ${#unknown[@]} -gt 0 ] && [ "$refreshed" = no ]; then
  die 1 "'apt-get update' failed (its message is above: network, proxy, rights?), and the package lists do not hold:" \
    "${unknown[*]}; by hand: $by_hand"
elif [ ${#unknown[@]} -gt 0 ]; then
  die 1 "this machine's package sources do not offer: ${unknown[*]} (Debian 12 or later has them in 'main', Ubuntu" \
    "22.04 or later in 'universe': sudo add-apt-repository universe)"
fi
apt install -y --no-install-recommends "${missing[@]}" ||
  die 1 "apt-get could not install: ${missing[*]} (its message is above); by hand, as root: $by_hand"

still=()
for package in "${missing[@]}"; do
  is_there "$package" || still+=("$package")
done
if [ ${#still[@]} -gt 0 ]; then die 1 "apt-get said it was done, but these are still missing: ${still[*]}"; fi
say "installed: ${missing[*]}"
