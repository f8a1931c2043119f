#!/usr/bin/env bash
# From a fresh checkout to a picture: dependencies, build, one federated experiment on real images, plot.
#
# usage: jobs/quickstart.sh [--no-install] [--ranks N] [--help]
#
#   --no-install  leave the system's packages alone
#   --ranks N     spread the five clients over N ranks (default: 5, one rank per client); same numbers for every N
#
# Works from any directory, and again: what is there is reused, results/quickstart.* are replaced.
# Exit code: 0 done; 1 a step failed; 2 usage; else the code of the experiment.
# SPDX-License-Identifier: MIT
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$root/jobs/lib.sh"

# The main job: three clothes of Fashion-MNIST as archetypes, five clients that see noisy copies of two
# qualities, twelve rounds.
program=rankwise-federated-hopfield
main_job=(--mode structured --dataset fashion-mnist --clients 5 --quality "0.6,0.8" --overwrite)

install=yes ranks=5
while [ $# -gt 0 ]; do
  case $1 in
    --no-install) install=no ;;
    --ranks)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die 2 "--ranks needs a whole number >= 1, got '${2:-}'"
      ranks=$2
      shift
      ;;
    --ranks=*)
      ranks=${1#--ranks=}
      [[ $ranks =~ ^[1-9][0-9]*$ ]] || die 2 "--ranks needs a whole number >= 1, got '$ranks'"
      ;;
    --help | -h) usage_of "${BASH_SOURCE[0]}" && exit 0 ;;
    *) die 2 "unknown option '$1'; known: --no-install --ranks --help" ;;
  esac
  shift
done

prepare_release "$root" "$install"

allow_mpirun
mpirun_words=()
mpirun_command "$root/build/release" "$ranks" || die 1 "no mpirun found"
mkdir -p "$root/results"
cd "$root"
run=("${mpirun_words[@]}" "build/release/bin/$program" "${main_job[@]}" --output results/quickstart.h5)
say "running: ${run[*]}"
code=0
"${run[@]}" || code=$?
if [ $code -ne 0 ]; then die $code "the experiment ended with exit code $code (its message is above)"; fi

say "plotting"
python=$(python_with h5py numpy matplotlib) ||
  die 1 "no python3 with h5py, numpy and matplotlib (set RANKWISE_PYTHON to one); results/quickstart.h5 is complete"
"$python" analysis/rankwise-plot results/quickstart.h5 -o results/quickstart.png || die 1 "the plot failed"
say "done: results/quickstart.h5 and results/quickstart.png in $root"
