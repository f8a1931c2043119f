#!/usr/bin/env bash
# jobs/slurm/submit.sh and the jobs it makes, with stand-ins for SLURM, mpirun and the program that note what they get.
# usage: submit_test.sh BIN, with RANKWISE_SOURCE set
# SPDX-License-Identifier: MIT
set -euo pipefail
: "${RANKWISE_SOURCE:?}"
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
source="$work/the source" installed="$work/an installation" here="$work/called & here" calls="$work/calls"
mkdir -p "$source/build/release/bin" "$installed/bin" "$installed/share/rankwise" "$here" "$work/bin"
cp -r "$RANKWISE_SOURCE/jobs" "$source/"
cp -r "$RANKWISE_SOURCE/jobs" "$installed/share/rankwise/"
: >"$source/CMakeLists.txt"
output="" name=rankwise-federated-hopfield

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
  program='case " $* " in
  *" --describe "*) if grep -q wrong "$2"; then echo "stand-in: unknown parameter" >&2; exit 2; fi; exit "${DESCRIBE_CODE:-0}" ;;
esac
printf "program" >>"$CALLS"; printf " [%s]" "$@" >>"$CALLS"; echo >>"$CALLS"
echo "${DONE_AFTER:-2}" >"$WORK/done"
if [ -n "${KILL:-}" ]; then kill "-$KILL" "$(cat "$WORK/script.pid")"; sleep 0.2; fi
exit "${PROGRAM_CODE:-0}"'
  stand_in "$source/build/release/bin/$name" "$program"
  stand_in "$installed/bin/$name" "$program"
  for folder in "$source/build/release/bin" "$installed/bin"; do
    stand_in "$folder/rankwise-info" '[ ! -e "$WORK/done" ] || echo "tasks: $(cat "$WORK/done") of 9 done"'
  done
  stand_in "$work/bin/sbatch" 'echo "sbatch $*" >>"$CALLS"; n=$(ls "$WORK" | grep -c "^script[0-9]*$")
cat >"$WORK/script$n"; echo "$((40 + n));the_cluster"; exit "${SBATCH_CODE:-0}"'
  stand_in "$work/bin/nproc" 'echo 8'
  stand_in "$work/bin/mpirun" 'echo "mpirun $1 $2 $3 ROOT=${OMPI_ALLOW_RUN_AS_ROOT:-}" >>"$CALLS"; shift 2
if [ "$1" = --bind-to ]; then shift 2; fi
trap "echo told >>\"$CALLS\"" USR1; "$@" & wait $!; code=$?; [ $code -le 128 ] || { wait $!; code=$?; }; exit $code'
  stand_in "$work/bin/srun" 'echo "srun $1 $2" >>"$CALLS"
while [[ $1 == -* ]]; do shift; done
"$@"'
  stand_in "$work/bin/squeue" 'echo "squeue $*" >>"$CALLS"; echo "${LEFT:-1:02:03}"'
  stand_in "$work/bin/scontrol" 'echo "scontrol $*" >>"$CALLS"; exit "${SCONTROL_CODE:-0}"'
}
# run EXPECTED_CODE [NAME=VALUE...] COMMAND...: from the folder of the user.
run() {
  local expected=$1 code=0
  shift
  : >"$calls"
  output=$(cd "$here" && env PATH="$work/bin:$PATH" CALLS="$calls" WORK="$work" "$@" 2>&1 </dev/null) || code=$?
  [ "$code" = "$expected" ] || fail "exit code $code instead of $expected: $*"
}
says() { case $output in *"$1"*) ;; *) fail "does not say: $1" ;; esac; }
says_not() { case $output in *"$1"*) fail "says: $1" ;; esac; }
calls() { grep -qF -e "$1" "$calls" || fail "no call of: $1"; }
no_call() { ! grep -qF -e "$1" "$calls" || fail "a call of: $1"; }
submit="$installed/share/rankwise/jobs/slurm/submit.sh"
hopfield=("$submit" federated-hopfield run.ini)
printf 'mode = baseline\n' >"$here/run.ini"

# What a user can get wrong: code 2, one message that names it, and nothing is submitted or written.
refused() {
  local text=$1
  shift
  run 2 "$@"
  says "$text"
  [ "$(wc -l <<<"$output")" -eq 1 ] || fail "more than one line"
  no_call sbatch
  [ "$(ls "$here")" = run.ini ] || fail "left something: $(ls "$here")"
}
refused "EXPERIMENT and CONFIG are needed, got 0" "$submit"
refused "got 3 words: a b c" "$submit" a b c
refused "unknown option '--frobnicate'; known: --form" "${hopfield[@]}" --frobnicate
refused "unknown option '-n'" "${hopfield[@]}" -n 4
refused "--ntasks needs a value, got ''" "${hopfield[@]}" --ntasks
refused "--ntasks needs a value, got '--nodes'" "${hopfield[@]}" --ntasks --nodes 2
refused "--ntasks '0': a whole number from 1" "${hopfield[@]}" --ntasks 0
refused "--ntasks '2x'" "${hopfield[@]}" --ntasks=2x
refused "--nodes '3': a whole number from 1 to 2" "${hopfield[@]}" --nodes 3 --ntasks 2
refused "--form 'mpiexec': mpirun or srun" "${hopfield[@]}" --form mpiexec
refused "--time 'tomorrow'" "${hopfield[@]}" --time tomorrow
refused "--time '00:02:00': of these 120 s --signal-lead takes 120" "${hopfield[@]}" --time 00:02:00
refused "--time '1': of these 60 s" "${hopfield[@]}" --time 1
refused "--time '0-1': of these 3600 s --signal-lead takes 3600" "${hopfield[@]}" --time 0-1 --signal-lead 3600
refused "--time '59:59': of these 3599 s" "${hopfield[@]}" --time 59:59 --signal-lead 3600
refused "'--signal=USR1': submit.sh sets this itself" "${hopfield[@]}" --time 1-0 -- --signal=USR1
refused "--signal-lead '1'" "${hopfield[@]}" --signal-lead 1
refused "--array '0'" "${hopfield[@]}" --array 0
refused "--array 4%K: K '0'" "${hopfield[@]}" --array 4%0
refused "--partition 'a b'" "${hopfield[@]}" --partition "a b"
refused "--job-name 'a/b'" "${hopfield[@]}" --job-name a/b
refused "--output 'nowhere/x.h5': there is no such folder" "${hopfield[@]}" --output nowhere/x.h5
refused "--output '..' is a folder" "${hopfield[@]}" --output ..
refused "CONFIG 'walk.ini': there is no such file" "$submit" federated-hopfield walk.ini
refused "no program rankwise-feredated-hopfield in $installed/bin" "$submit" feredated-hopfield run.ini
refused "EXPERIMENT '../x'" "$submit" ../x run.ini
refused "--program 'run.ini': no program" "${hopfield[@]}" --program run.ini
refused "'--array=3' stands before --" "${hopfield[@]}" -- --array=3
refused "'-o': submit.sh sets this itself" "${hopfield[@]}" -- -o log
printf 'wrong = 1\n' >"$work/wrong.ini"
refused "wrong.ini' is refused by the program: stand-in: unknown parameter" "$submit" federated-hopfield "$work/wrong.ini"
run 0 "$submit" --help
says "usage: submit.sh EXPERIMENT CONFIG"

# A dry run prints the job and does nothing; what bash and shellcheck say of it.
run 0 "${hopfield[@]}" --dry-run --form srun --ntasks 4 --nodes 2 --time 01:30:00 -- --mem=4G --comment='a "b" \c'
for line in "#SBATCH --job-name=federated-hopfield" "#SBATCH --ntasks=4" "#SBATCH --signal=USR1@120" "--stop-grace 60" \
  '#SBATCH --nodes=2 --time=01:30:00 --mem=4G "--comment=a \"b\" \\c"' "--output=%x-%j.out" "srun --mpi=pmix"; do
  says "$line"
done
for text in mpirun SLICE slices @ '#['; do
  if [ "$text" = @ ]; then [[ ! $output =~ @[a-z_]+@ ]] || fail "a name is left"; else says_not "$text"; fi
done
no_call sbatch
[ "$(ls "$here")" = run.ini ] || fail "a dry run leaves something"
run 0 "${hopfield[@]}" --dry-run --array 8%2 --signal-lead 300 --output deep.h5
for line in "#SBATCH --signal=B:USR1@300" "--stop-grace 150" "#SBATCH --array=1-8%2" "--output=%x-%A_%a.out" \
  "#SBATCH --kill-on-invalid-dep=yes" "--merge" "--dependency=afterok:JOB"; do
  says "$line"
done
if command -v shellcheck >/dev/null; then shellcheck -e SC2317 - <<<"$output" || fail "shellcheck, an array's jobs"; fi

# job EXPECTED_CODE [NAME=VALUE...]: what was submitted last, run as SLURM would.
job() {
  local expected=$1
  shift
  # shellcheck disable=SC2016  # the dollars are meant for the job's shell
  run "$expected" SLURM_JOB_ID=41 SLURM_NTASKS=4 SLURM_JOB_NODELIST=node "$@" \
    bash -c 'echo $$ >"$WORK/script.pid"; exec bash "$WORK/script0"'
}
forget() { rm -f "$work"/script* "$work/done"; }

# Submitted from an installation that cannot be written, with blanks in every path.
chmod -R a-w "$installed"
for form in mpirun srun; do
  forget
  run 0 "${hopfield[@]}" --form $form --ntasks 4
  says "job 40, log federated-hopfield-40.out, output $here/federated_hopfield.h5"
  calls "sbatch --parsable"
  cmp "$here/run.ini" "$here/federated_hopfield.submitted.ini" || fail "no copy of the configuration"
  common="[--config] [$here/federated_hopfield.submitted.ini] [--resume] [--stop-grace] [60] [--output] [$here/federated_hopfield.h5]"

  job 0
  calls "program $common [--time-budget] [1:02:03]"
  calls "squeue -h -j 41 -o %L"
  no_call scontrol
  if [ $form = mpirun ]; then
    calls "mpirun -n 4 --bind-to ROOT=$([ "$(id -u)" -ne 0 ] || echo 1)"
    job 0 SLURM_CPUS_ON_NODE=8 # confined to its cores, or alone on the node
    no_call "--bind-to"
  else
    calls "srun --mpi=pmix --kill-on-bad-exit=0"
  fi
  for left in UNLIMITED INVALID NOT_SET "slurm_load_jobs error"; do
    job 0 LEFT="$left"
    no_call time-budget
  done
  job 0 LEFT=2-01:02:03
  calls "[--time-budget] [2-01:02:03]"

  for code in 1 2 3 4 134; do
    rm -f "$work/done"
    job $code PROGRAM_CODE=$code
    no_call scontrol
  done
  rm -f "$work/done"
  job 75 PROGRAM_CODE=75
  calls "scontrol requeue 41"
  job 75 PROGRAM_CODE=75 DONE_AFTER=3 SCONTROL_CODE=1
  says "it cannot be requeued; the same submission again goes on"
  job 75 PROGRAM_CODE=75 DONE_AFTER=3
  no_call scontrol
  says "not requeued: no task was done"
  # Cancelled: a requeue would bring it back.
  job 75 PROGRAM_CODE=75 DONE_AFTER=4 KILL=TERM
  no_call scontrol
done
# A signal of SLURM's to the script does not make it leave without the program's code.
forget
run 0 "${hopfield[@]}"
job 75 PROGRAM_CODE=75 KILL=USR1
calls "told"
calls "scontrol requeue 41"

# An array: each element has its name and its file, the merge waits for all, and gets all.
forget
run 0 "${hopfield[@]}" --array 3 --output sum.h5 --account physics --ntasks 2
says "job 40 with 3 elements, logs federated-hopfield-40_*.out, slices $here/sum.slice-*-of-3.h5"
says "job 41 merges them, log federated-hopfield-merge-41.out, output $here/sum.h5"
calls "sbatch --parsable --dependency=afterok:40"
grep -q -- --account=physics "$work/script1" || fail "the merge has no account"
job 75 PROGRAM_CODE=75 SLURM_ARRAY_JOB_ID=39 SLURM_ARRAY_TASK_ID=2
calls "[--slice] [2/3] [--output] [$here/sum.slice-2-of-3.h5]"
calls "squeue -h -j 39_2 -o %L"
calls "scontrol requeue 39_2"
mv "$work/script1" "$work/script0"
job 0
calls "program [--merge] [$here/sum.slice-1-of-3.h5] [$here/sum.slice-2-of-3.h5] [$here/sum.slice-3-of-3.h5] [--output] [$here/sum.h5] [--overwrite]"
: >"$here/sum.h5"
run 2 "${hopfield[@]}" --array 3 --output sum.h5
says "exists, and the merged file would replace it"

# The program: of the build, of the PATH, given; and where MPI does not work on the login node.
forget
run 0 "$source/jobs/slurm/submit.sh" rankwise-federated_hopfield run.ini
grep -qF "$(printf %q "$source/build/release/bin/$name")" "$work/script0" || fail "not the program of the build"
rm "$source/build/release/bin/$name"
run 2 "$source/jobs/slurm/submit.sh" federated-hopfield run.ini
says "in $source/build/release/bin, nor on the PATH"
forget
run 0 PATH="$installed/bin:$work/bin:$PATH" "$source/jobs/slurm/submit.sh" federated-hopfield run.ini
forget
run 0 DESCRIBE_CODE=1 "$source/jobs/slurm/submit.sh" federated-hopfield run.ini --program "../an installation/bin/$name"
grep -qF "$(printf %q "$installed/bin/$name")" "$work/script0" || fail "not the program that was given"
ln -s "$submit" "$work/bin/submit-by-link"
run 0 "$work/bin/submit-by-link" federated-hopfield run.ini

# The name in the configuration; the command line wins over it.
printf ' output= from config.h5 # a comment\n' >>"$here/run.ini"
run 0 "${hopfield[@]}"
says "output $here/from config.h5"
run 0 "${hopfield[@]}" --output given.h5
says "output $here/given.h5"

# What SLURM or the file system refuses.
run 1 SBATCH_CODE=1 "${hopfield[@]}"
says "sbatch refused the job"
if [ "$(id -u)" -ne 0 ]; then
  chmod a-w "$here"
  run 4 "${hopfield[@]}"
  says "cannot be written"
fi
