#!/usr/bin/env bash
# Every figure of one experiment, ours and the paper's, with a table of all claims.
#
# usage: jobs/reproduce.sh EXPERIMENT [--full] [--only NAME] [--ranks N] [--no-install] [--help]
#
#   EXPERIMENT    federated_hopfield or persistence
#   --full        the size that the documentation quotes; else the reduced one, which takes minutes
#   --only NAME   one figure: jobs/figures/NAME.ini; may be given several times
#   --ranks N     MPI ranks (default: one per core); same numbers for every N
#   --no-install  leave the system's packages alone
#
# Reads jobs/figures/*.ini of the experiment; a line '# reduced: OPTIONS' there holds what the reduced size changes.
# Writes results/EXPERIMENT/reduced (or full): a results file and a picture per figure, and claims.txt. What is there is
# kept and only completed, so that a run that was stopped goes on; files of another version of the program are refused:
# remove the folder then.
# Exit code: 0 all claims hold; 1 a claim or a step failed; 2 usage; 75 stopped early, to be gone on with.
# SPDX-License-Identifier: MIT
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$root/jobs/lib.sh"

experiment="" size=reduced install=yes ranks=$(physical_cores) only=()
while [ $# -gt 0 ]; do
  case $1 in
    --full) size=full ;;
    --no-install) install=no ;;
    --only | --ranks)
      [ -n "${2:-}" ] || die 2 "$1 needs a value"
      if [ "$1" = --only ]; then only+=("$2"); else ranks=$2; fi
      shift
      ;;
    --help | -h) usage_of "${BASH_SOURCE[0]}" && exit 0 ;;
    -*) die 2 "unknown option '$1'; known: --full --only --ranks --no-install --help" ;;
    *)
      [ -z "$experiment" ] || die 2 "one experiment at a time, got '$experiment' and '$1'"
      experiment=$1
      ;;
  esac
  shift
done
[[ $ranks =~ ^[1-9][0-9]*$ ]] || die 2 "--ranks needs a whole number >= 1, got '$ranks'"
case $experiment in
  federated_hopfield) program=rankwise-federated-hopfield prefix=federated_ ;;
  persistence) program=rankwise-persistence prefix=persistence_ ;;
  "") die 2 "which experiment? federated_hopfield or persistence" ;;
  *) die 2 "unknown experiment '$experiment'; known: federated_hopfield persistence" ;;
esac
figures=()
for config in "$root/jobs/figures/$prefix"*.ini; do
  name=$(basename "$config" .ini)
  if [ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $name "* ]]; then figures+=("$name"); fi
done
for name in "${only[@]}"; do
  [[ " ${figures[*]} " == *" $name "* ]] || die 2 "--only '$name': no jobs/figures/$name.ini of $experiment"
done

prepare_release "$root" "$install"
python=$(python_with h5py numpy matplotlib) ||
  die 1 "no python3 with h5py, numpy and matplotlib (set RANKWISE_PYTHON to one)"

allow_mpirun
mpirun_words=()
mpirun_command "$root/build/release" "$ranks" || die 1 "no mpirun found"
folder=results/$experiment/$size
mkdir -p "$root/$folder"
cd "$root"
failed=0
for name in "${figures[@]}"; do
  options=()
  if [ "$size" = reduced ]; then
    read -r -a options <<<"$(sed -n 's/^# reduced: //p' "jobs/figures/$name.ini")"
  fi
  run=("${mpirun_words[@]}" "build/release/bin/$program" --config "jobs/figures/$name.ini" "${options[@]}"
    --output "$folder/$name.h5" --resume --quiet --verify)
  say "$name: ${run[*]}"
  start=$SECONDS code=0
  "${run[@]}" || code=$?
  case $code in
    0 | 1) failed=$((failed > code ? failed : code)) ;;
    *) die $code "$name ended with exit code $code (its message is above); the same command goes on with it" ;;
  esac
  "$python" analysis/rankwise-plot "$folder/$name.h5" -o "$folder/$name.png" || die 1 "the picture of $name failed"
  say "$name: $((SECONDS - start)) s"
done

# the claims of all figures, as rankwise-info prints them
for name in "${figures[@]}"; do
  echo "$name"
  { build/release/bin/rankwise-info "$folder/$name.h5" || true; } | sed -n '/^claims:/,/^[^ c]/{/^  /p}'
done >"$folder/claims.txt"
cat "$folder/claims.txt"
passed=$(grep -c '| pass$' "$folder/claims.txt" || true)
broken=$(grep -c '| fail$' "$folder/claims.txt" || true)
say "$passed claims hold, $broken do not; $folder/claims.txt, pictures beside it"
exit "$failed"
