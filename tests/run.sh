#!/usr/bin/env bash
# Every test: dependencies, build, ctest. The last lines are ctest's own summary.
#
# usage: tests/run.sh [--no-install] [--all] [-L LABEL] [-R REGEX] [-LE LABEL] [-E REGEX] [--help]
#
#   --no-install   leave the system's packages alone
#   --all          also the tests that take minutes or need more than one host (RANKWISE_ALL=1)
#   -L -R -LE -E   passed on to ctest: by label or by name, or all but those
#
# Works from any directory. Exit code: 0 every test passed; 1 the build failed; 2 usage; 8 some test failed.
# SPDX-License-Identifier: MIT
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR/../jobs source=lib.sh
. "$root/jobs/lib.sh"

install=yes selection=()
while [ $# -gt 0 ]; do
  case $1 in
    --no-install) install=no ;;
    --all) export RANKWISE_ALL=1 ;;
    -L | -R | -LE | -E)
      [ -n "${2:-}" ] || die 2 "$1 needs a regular expression"
      selection+=("$1" "$2")
      shift
      ;;
    --help | -h) usage_of "${BASH_SOURCE[0]}" && exit 0 ;;
    *) die 2 "unknown option '$1'; known: --no-install --all -L -R -LE -E --help" ;;
  esac
  shift
done

if [ "$install" = yes ]; then
  "$root/jobs/install_dependencies.sh" --tests ||
    die $? "the dependencies are not complete; to go on without: --no-install"
fi
say "building into build/release"
configure_release "$root" -- -DRANKWISE_BUILD_TESTS=ON || die 1 "cmake could not configure (its message is above)"
build_release "$root" || die 1 "the build failed (the first error is above)"

allow_mpirun
say "testing"
# twice the cores of a small machine: half of the tests wait for programs more than they compute
exec ctest --test-dir "$root/build/release" --output-on-failure --no-tests=error -j4 "${selection[@]}"
