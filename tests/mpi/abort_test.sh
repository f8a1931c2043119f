#!/usr/bin/env bash
# A rank that fails outside of a task ends the job: in time, with one message and its exit code.
# SPDX-License-Identifier: MIT
# Arguments: BIN MPIRUN PROGRAM THREAD_LEVEL_INTERPOSER
set -u
mpirun=$2 program=$3
# the loader divides LD_PRELOAD at blanks, but not LD_LIBRARY_PATH
preload=(LD_PRELOAD="$(basename "$4")" LD_LIBRARY_PATH="$(dirname "$4")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}")
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
bad=0
runs=0
slowest=0

complain() {
  echo "FAILED: $1"
  sed 's/^/    /' "$folder/output"
  bad=$((bad + 1))
  [ "$bad" -lt 5 ] || exit 1
}

# expect CODE LINE RANKS ERROR RANK WAITING: the job must end with CODE within 2 s of the throw (the bound that users
# are promised), and say LINE, a pattern, once.
expect() {
  local code=$1 line=$2 ranks=$3 what="$4 on rank $5 of $3, others in $6"
  rm -f "$folder/thrown"
  timeout 10 "$mpirun" --oversubscribe -n "$ranks" "$program" "$4" "$5" "$6" "$folder/thrown" >"$folder/output" 2>&1
  local result=$?
  local end thrown elapsed
  end=$(date +%s%N)
  thrown=$(cat "$folder/thrown" 2>/dev/null || echo 0)
  elapsed=$(((end - thrown) / 1000000))
  [ "$elapsed" -gt "$slowest" ] && slowest=$elapsed
  runs=$((runs + 1))
  [ "$result" -eq "$code" ] || complain "$what: exit code $result instead of $code"
  [ "$elapsed" -lt 2000 ] || complain "$what: ended $elapsed ms after the throw"
  [ "$(grep -c -E -e "$line" "$folder/output")" -eq 1 ] || complain "$what: not one line '$line'"
  [ "$(grep -c -E '^\[rank ' "$folder/output")" -eq 1 ] || complain "$what: not one message of ours"
}

told() { echo "^\\[rank $1 on [^] ]+\\] $2\$"; }

errors=(usage io numerical internal runtime)
codes=(2 4 1 3 3)
number=0
for ranks in 2 3 4; do
  for ((rank = 0; rank < ranks; rank++)); do
    for waiting in barrier receive compute; do
      kind=$((number++ % 5))
      expect "${codes[kind]}" "$(told "$rank" 'the reason, told once')" "$ranks" "${errors[kind]}" "$rank" "$waiting"
    done
  done
done
expect 3 "$(told 1 'out of memory \(.* left on this host\)')" 2 bad_alloc 1 barrier
expect 3 "$(told 0 'unknown exception')" 2 unknown 0 receive
expect 3 "$(told 1 'MPI_Send failed: MPI_ERR_RANK: invalid rank \(abort_program.cpp:[0-9]+\)')" 2 mpi 1 barrier
expect 3 "$(told 2 'the reason, told once')" 3 internal_in_task 2 receive
expect 2 "$(told 1 'the reason, told once')" 3 two_lines 1 return
expect 2 "$(told 0 'the reason, told once')" 1 usage 0 barrier

# Without a throw: what the ranks return. No time is written, so that only code and message count.
returned() {
  local code=$1 line=$2 lines=$3
  shift 3
  timeout 10 "$@" >"$folder/output" 2>&1
  local result=$?
  runs=$((runs + 1))
  [ "$result" -eq "$code" ] || complain "$*: exit code $result instead of $code"
  [ "$(grep -c -E -e "$line" "$folder/output")" -eq "$lines" ] || complain "$*: not $lines lines '$line'"
}
for rank in 0 1 2; do
  returned 3 "$(told 0 'internal error: the ranks return different exit codes, from 0 to 4')" 1 \
    "$mpirun" --oversubscribe -n 3 "$program" codes_differ "$rank" return -
done
returned 75 '^\[rank ' 0 "$mpirun" --oversubscribe -n 3 "$program" codes_agree 0 return -
returned 75 '^\[rank ' 0 "$program" codes_agree 0 return -
returned 2 "$(told 0 'the reason, told once')" 1 "$program" usage 0 return "$folder/thrown"
# A library without threads is refused; every rank may say so before the first of them ends the job.
returned 3 "$(told 0 'the MPI library grants only MPI_THREAD_SERIALIZED; Rankwise needs MPI_THREAD_MULTIPLE: .*')" 1 \
  env "${preload[@]}" "$program" codes_agree 0 return -

[ "$bad" -eq 0 ] || exit 1
echo "$runs jobs ended as they should, the slowest $slowest ms after the throw"
