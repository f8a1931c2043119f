#!/usr/bin/env bash
# What Team and Comm say they send is what MPI is given, byte for byte.
# SPDX-License-Identifier: MIT
# Arguments: BIN MPIRUN PROGRAM INTERPOSER
set -u
mpirun=$2 program=$3
# the loader divides LD_PRELOAD at blanks, but not LD_LIBRARY_PATH
preload=(LD_PRELOAD="$(basename "$4")" LD_LIBRARY_PATH="$(dirname "$4")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}")
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
for ranks in 1 2 3 4 7; do
  rm -f "$folder"/*
  timeout 30 "$mpirun" --oversubscribe -n "$ranks" env "${preload[@]}" RANKWISE_TRAFFIC_FILE="$folder/counted" \
    "$program" "$folder/stated" || exit 1
  sort "$folder/counted" >"$folder/counted.sorted"
  sort "$folder/stated" >"$folder/stated.sorted"
  [ "$(wc -l <"$folder/counted")" -eq "$ranks" ] || { echo "not one line per rank of $ranks"; exit 1; }
  diff "$folder/stated.sorted" "$folder/counted.sorted" || { echo "stated (<) is not counted (>) on $ranks ranks"; exit 1; }
  if [ "$ranks" -gt 1 ] && grep -q 'p2p_bytes 0 ' "$folder/counted"; then echo "a rank sent nothing"; exit 1; fi
  sed "s/^/of $ranks: /" "$folder/counted.sorted"
done
