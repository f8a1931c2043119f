# Shell functions shared by the scripts of jobs/ and tests/. Source it; it defines, it runs nothing.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash

say() { printf '== %s\n' "$*"; }

# die CODE MESSAGE...: one message on stderr, then the end. Codes as for the programs: 1 failed, 2 usage.
die() {
  local code=$1
  shift
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit "$code"
}

# usage_of FILE: its leading comment block, from line 2 up to the license line.
usage_of() { sed -n '2,/^# SPDX/{/^# SPDX/d;s/^# \{0,1\}//;p}' "$1"; }

logical_cores() { nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1; }

# Cores without hyperthreads, within what this process may use: what mpirun counts as slots.
physical_cores() {
  local cores allowed
  allowed=$(logical_cores)
  cores=$(lscpu -p=core,socket 2>/dev/null | grep -v '^#' | sort -u | wc -l) || cores=0
  if [ "$cores" -lt 1 ] || [ "$cores" -gt "$allowed" ]; then cores=$allowed; fi
  echo "$cores"
}

# Compilers at once: one per core, but no more than memory allows at about 1.5 GB each.
build_jobs() {
  local cores memory
  cores=$(logical_cores)
  memory=$(awk '/^MemAvailable:/ {print int($2 / 1500000)}' /proc/meminfo 2>/dev/null) || memory=""
  if [ -n "$memory" ] && [ "$memory" -lt "$cores" ]; then cores=$memory; fi
  if [ "$cores" -lt 1 ]; then cores=1; fi
  echo "$cores"
}

cached_value() { sed -n "s/^$2:[A-Z]*=//p" "$1/CMakeCache.txt" 2>/dev/null || true; }

# configure_release ROOT [FIRST_TIME_OPTIONS... [-- OPTIONS...]]: build/release of ROOT by its preset. What stands
# before -- is given only when the folder is new, so that it overrides no later choice of the user.
configure_release() {
  local root=$1 build=$1/build/release home
  shift
  local first=() always=()
  while [ $# -gt 0 ] && [ "$1" != "--" ]; do
    first+=("$1")
    shift
  done
  if [ $# -gt 0 ]; then
    shift
    always=("$@")
  fi
  home=$(cached_value "$build" CMAKE_HOME_DIRECTORY)
  if [ -n "$home" ] && ! [ "$home" -ef "$root" ]; then
    say "build/release was configured for $home: configuring it anew"
    rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles"
    home=""
  fi
  if [ -z "$home" ]; then
    if command -v ninja >/dev/null; then always+=(-G Ninja); fi
  else
    first=()
  fi
  (cd "$root" && cmake --preset release "${first[@]}" "${always[@]}")
}

build_release() { cmake --build "$1/build/release" --parallel "$(build_jobs)"; }

# python_with MODULES...: the first of $RANKWISE_PYTHON, python3 and Debian's own that imports them all. (A test puts
# another name in the place of Debian's.)
python_with() {
  local candidate modules
  modules=$(printf ', %s' "$@")
  for candidate in "${RANKWISE_PYTHON:-}" python3 "${RANKWISE_DEBIAN_PYTHON:-/usr/bin/python3}"; do
    if [ -n "$candidate" ] && "$candidate" -c "import ${modules#, }" >/dev/null 2>&1; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

# allow_mpirun: Open MPI refuses root unless told twice; in a container root is the usual user.
allow_mpirun() {
  if [ "$(id -u)" -eq 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
}

# mpirun_command BUILD RANKS: fills the array mpirun_words with the launcher of the MPI that BUILD was made with.
mpirun_command() {
  local launcher
  launcher=$(cached_value "$1" MPIEXEC_EXECUTABLE)
  if ! [ -x "$launcher" ]; then launcher=$(command -v mpirun || command -v mpiexec) || return 1; fi
  mpirun_words=("$launcher")
  if [ "$2" -gt "$(physical_cores)" ] && "$launcher" --version 2>/dev/null | grep -qiE 'open ?(mpi|rte)'; then
    mpirun_words+=(--oversubscribe)
  fi
  mpirun_words+=(-n "$2")
}

# prepare_release ROOT INSTALL: dependencies (INSTALL is yes or no) and build/release of ROOT without tests, or the end.
prepare_release() {
  if [ "$2" = yes ]; then
    "$1/jobs/install_dependencies.sh" || die $? "the dependencies are not complete; to go on without: --no-install"
  fi
  say "building into build/release"
  configure_release "$1" -DRANKWISE_BUILD_TESTS=OFF || die 1 "cmake could not configure (its message is above)"
  build_release "$1" || die 1 "the build failed (the first error is above)"
}
