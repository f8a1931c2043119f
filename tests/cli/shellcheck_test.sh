#!/usr/bin/env bash
# Every shell script of the tree is clean under shellcheck. SPDX-License-Identifier: MIT
# usage: shellcheck_test.sh BIN, with RANKWISE_SOURCE set; skipped (77) where there is no shellcheck
set -euo pipefail
: "${RANKWISE_SOURCE:?}"
command -v shellcheck >/dev/null || {
  echo "SKIPPED: no shellcheck (apt-get install shellcheck)"
  exit 77
}

# It must be able to find something, and to follow what a script sources.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2016  # the dollar is meant for the script that is written
printf '#!/usr/bin/env bash\nrm $1\n' >"$work/bad.sh"
if shellcheck -x "$work/bad.sh" >/dev/null; then
  echo "FAILED: shellcheck finds nothing wrong with an unquoted argument"
  exit 1
fi

cd "$RANKWISE_SOURCE"
scripts=()
while IFS= read -r -d '' file; do
  case $file in
    *.sh | *.sbatch | *.slurm) scripts+=("$file") ;;
    *) if head -c 64 "$file" | head -n 1 | grep -qE '^#!.*\b(bash|sh)\b'; then scripts+=("$file"); fi ;;
  esac
done < <(find .ci analysis cmake docs drivers jobs tests -type f -print0 | sort -z)
echo "${#scripts[@]} scripts"
[ ${#scripts[@]} -ge 8 ] || {
  echo "FAILED: that is too few to be this project"
  exit 1
}
shellcheck -x "${scripts[@]}"
