#!/usr/bin/env bash
# Submits an experiment to SLURM: a job that stops before its time limit, is requeued and goes on, until it is done.
# SPDX-License-Identifier: MIT
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$here/../lib.sh"

usage() {
  cat <<'TEXT'
Submits an experiment to SLURM: a job that stops before its time limit, is requeued and goes on, until it is done.

usage: submit.sh EXPERIMENT CONFIG [options] [-- SBATCH_OPTIONS...]

  EXPERIMENT           for example federated-hopfield: the program rankwise-federated-hopfield
  CONFIG               file of 'name = value' lines, the program's --config; the job uses a copy beside the output,
                       so that it may be changed for the next job
  --output F.h5        default: what CONFIG says, else EXPERIMENT.h5, with underscores, in the current directory
  --ntasks N           MPI ranks; default 1
  --nodes N            on so many nodes
  --time HH:MM:SS      limit of one start, in any of SLURM's notations; default: the partition's
  --array N            N jobs that do a slice of the tasks each, and one that then merges their files into F.h5;
                       N%K: at most K of them at a time
  --form mpirun|srun   what starts the ranks; default mpirun; srun needs SLURM's plugin pmix (srun --mpi=list)
  --partition P        as for sbatch
  --account A          as for sbatch
  --job-name X         default: EXPERIMENT
  --signal-lead S      seconds before the limit at which the run is asked to stop, half of which it gets to end its
                       tasks; default 120
  --program PATH       default: that of the build or the installation which holds this script, else of the PATH
  --dry-run            print the filled script(s), submit nothing

What follows -- goes to sbatch: -- --mem=4G --qos=long. Logs are written to the current directory.
Exit code: 0 submitted; 1 sbatch failed; 2 usage; 4 a folder cannot be written.
TEXT
}

declare -A given=([form]=mpirun [ntasks]=1 [signal_lead]=120)
known=(--form --ntasks --nodes --time --array --partition --account --output --job-name --signal-lead --program)
dry_run=no words=() extra=()
while [ $# -gt 0 ]; do
  option=$1
  shift
  case $option in
    --help | -h) usage && exit 0 ;;
    --dry-run) dry_run=yes ;;
    --)
      extra=("$@")
      break
      ;;
    -*)
      name=${option%%=*}
      case " ${known[*]} " in
        *" $name "*) ;;
        *) die 2 "unknown option '$name'; known: ${known[*]} --dry-run --help, and -- before options of sbatch" ;;
      esac
      if [ "$name" != "$option" ]; then
        value=${option#*=}
      else
        value=${1-}
        [ $# -eq 0 ] || shift
      fi
      case $value in "" | --*) die 2 "$name needs a value, got '$value'" ;; esac
      name=${name#--}
      given[${name//-/_}]=$value
      ;;
    *) words+=("$option") ;;
  esac
done
[ ${#words[@]} -eq 2 ] || die 2 "EXPERIMENT and CONFIG are needed, got ${#words[@]} words: ${words[*]} (see --help)"

# check_count OPTION VALUE HIGHEST
check_count() {
  if ! [[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || [ "$2" -gt "$3" ]; then die 2 "$1 '$2': a whole number from 1 to $3 is allowed"; fi
}
# check_word OPTION VALUE: SLURM's names; with others its patterns and lines could be misread.
check_word() {
  if ! [[ $2 =~ ^[A-Za-z0-9][A-Za-z0-9_.,+-]*$ ]]; then die 2 "$1 '$2': letters, digits and _ . , + - are allowed"; fi
}
# seconds_of TIME: minutes, M:S, H:M:S, D-H, D-H:M or D-H:M:S; nothing when it is none of these.
seconds_of() {
  local days=0 rest=$1 p=(0 0 0)
  if [[ $1 =~ ^[0-9]{1,4}-[0-9]{1,4}(:[0-9]{1,2}){0,2}$ ]]; then
    days=${1%%-*} rest=${1#*-}
    IFS=: read -r -a p <<<"$rest:0:0"
  elif [[ $1 =~ ^[0-9]{1,7}(:[0-9]{1,2}){0,2}$ ]]; then
    case $rest in
      *:*:*) ;;
      *:*) rest=0:$rest ;;
      *) rest=0:$rest:0 ;;
    esac
    IFS=: read -r -a p <<<"$rest"
  else
    return 0
  fi
  echo $((86400 * 10#$days + 3600 * 10#${p[0]} + 60 * 10#${p[1]} + 10#${p[2]}))
}

experiment=${words[0]#rankwise-}
experiment=${experiment//_/-}
[[ $experiment =~ ^[a-z0-9][a-z0-9-]*$ ]] || die 2 "EXPERIMENT '${words[0]}': a name like federated-hopfield is needed"
form=${given[form]} lead=${given[signal_lead]} array=${given[array]-} limit=${given[time]-}
case $form in mpirun | srun) ;; *) die 2 "--form '$form': mpirun or srun is allowed" ;; esac
check_count --ntasks "${given[ntasks]}" 1000000
check_count --signal-lead "$lead" 65535
[ "$lead" -ge 2 ] || die 2 "--signal-lead '1': a second is too short"
if [ -n "${given[nodes]-}" ]; then check_count --nodes "${given[nodes]}" "${given[ntasks]}"; fi
slices=${array%%%*}
if [ -n "$array" ]; then
  check_count --array "$slices" 1000000
  if [ "$array" != "$slices" ]; then check_count "--array $slices%K: K" "${array#*%}" 1000000; fi
fi
given[job_name]=${given[job_name]-$experiment}
for name in partition account job_name; do
  if [ -n "${given[$name]-}" ]; then check_word "--${name//_/-}" "${given[$name]}"; fi
done
if [ -n "$limit" ]; then
  seconds=$(seconds_of "$limit")
  [ -n "$seconds" ] || die 2 "--time '$limit': HH:MM:SS, D-HH:MM:SS or another of SLURM's notations is allowed"
  [ "$seconds" -gt "$lead" ] ||
    die 2 "--time '$limit': of these $seconds s --signal-lead takes $lead; give more time or a shorter lead"
fi
for word in "${extra[@]}"; do
  case $word in
    -a* | --array | --array=*) die 2 "'$word' stands before --, for the slices and the merge depend on it" ;;
    --signal | --signal=* | --wrap | --wrap=* | --parsable | --no-requeue | -o* | --output | --output=* | --open-mode*)
      die 2 "'$word': submit.sh sets this itself (see --dry-run)"
      ;;
    *$'\n'*) die 2 "'$word': no line breaks are allowed" ;;
  esac
done

config=${words[1]}
[ -f "$config" ] || die 2 "CONFIG '$config': there is no such file"
[ -r "$config" ] || die 2 "CONFIG '$config' cannot be read"

program=${given[program]-}
# From jobs/slurm of the source to its build; from share/rankwise/jobs/slurm of an installation to its programs.
place=$here/../../../../bin
if [ -f "$here/../../CMakeLists.txt" ]; then place=$here/../../build/release/bin; fi
place=$(readlink -m "$place")
if [ -n "$program" ]; then
  if ! [ -f "$program" ] || ! [ -x "$program" ]; then die 2 "--program '$program': no program"; fi
else
  program=$place/rankwise-$experiment
  if ! [ -f "$program" ] || ! [ -x "$program" ]; then
    program=$(command -v "rankwise-$experiment") ||
      die 2 "EXPERIMENT '${words[0]}': there is no program rankwise-$experiment in $place, nor on the PATH"
  fi
fi
program=$(readlink -f "$program")

in_config=$(sed -n 's/[[:space:]]*#.*//; s/[[:space:]]*$//; s/^[[:space:]]*output[[:space:]]*=[[:space:]]*//p' "$config")
output=${given[output]-${in_config:-${experiment//-/_}.h5}}
folder=$(cd "$(dirname "$output")" 2>/dev/null && pwd) || die 2 "--output '$output': there is no such folder"
if [ -d "$output" ] || [[ $output == */ ]]; then die 2 "--output '$output' is a folder"; fi
output=${folder%/}/$(basename "$output")
[ -w "$folder" ] || die 4 "'$folder' cannot be written; that is where the output would go"
[ -w . ] || die 4 "'$PWD' cannot be written; that is where the logs would go"
if [ -n "$array" ] && [ -e "$output" ]; then
  die 2 "--output '$output' exists, and the merged file would replace it: move it away or choose another name"
fi

# A mistake in the configuration is found here and not after hours in the queue. Where MPI does not work on this host
# (some clusters' login nodes), the job finds it.
code=0
message=$("$program" --config "$config" --resume --describe 2>&1 >/dev/null </dev/null) || code=$?
if [ $code -eq 2 ]; then die 2 "CONFIG '$config' is refused by the program: $message"; fi

launcher=$(cached_value "$(dirname "$program")/.." MPIEXEC_EXECUTABLE)
[ -x "$launcher" ] || launcher=mpirun
copy=${output%.h5}.submitted.ini

# quoted_option WORD: as one word of an #SBATCH line.
quoted_option() {
  local word=$1
  if ! [[ $word =~ ^[A-Za-z0-9_=,.:/%+@-]+$ ]]; then
    word=${word//\\/\\\\}
    word="\"${word//\"/\\\"}\""
  fi
  printf ' %s' "$word"
}
options=""
for name in partition account time; do
  if [ -n "${given[$name]-}" ]; then options+=" --$name=${given[$name]}"; fi
done
for word in "${extra[@]}"; do options+=$(quoted_option "$word"); done

# filled TEMPLATE BLOCKS OPTIONS: the template with these of its blocks (#[name] to #[end]) and the values of this job.
declare -A value=([job_name]=${given[job_name]} [ntasks]=${given[ntasks]} [array]=1-$array [slices]=$slices
  [grace]=$((lead / 2)) [signal]=USR1@$lead [log]=%x-%j.out)
if [ "$form" = mpirun ]; then value[signal]=B:USR1@$lead; fi
if [ -n "$array" ]; then value[log]=%x-%A_%a.out; fi
declare -A path=([program]=$program [info]=${program%/*}/rankwise-info [config]=$copy [output]=$output [mpirun]=$launcher)
for name in "${!path[@]}"; do printf -v "value[$name]" %q "${path[$name]}"; done
filled() {
  local text name
  text=$(awk -v kept=" $2 " '
    /^#\[end\]$/ { skip = 0; next }
    /^#\[[a-z]+\]$/ { skip = !index(kept, " " substr($0, 3, length($0) - 3) " "); next }
    !skip && (options != "" || $0 != "#SBATCH @options@")' options="$3" "$here/$1")
  value[options]=${3# }
  for name in "${!value[@]}"; do text=${text//@$name@/"${value[$name]}"}; done
  printf '%s\n' "$text"
}
run_script=$(filled run.sbatch "$form${array:+ array}" "${given[nodes]:+ --nodes=${given[nodes]}}$options")
merge_script=$(filled merge.sbatch "$form" "$options")

if [ "$dry_run" = yes ]; then
  printf '%s\n' "$run_script"
  if [ -n "$array" ]; then
    printf '\n%s\n\n%s\n' "# ---- and when all of its elements are done (sbatch --dependency=afterok:JOB):" "$merge_script"
  fi
  exit 0
fi
command -v sbatch >/dev/null || die 1 "there is no sbatch here; to look at the job without SLURM: --dry-run"
[ "$config" -ef "$copy" ] || cp "$config" "$copy" || die 4 "'$copy' cannot be written"
job=$(sbatch --parsable <<<"$run_script") || die 1 "sbatch refused the job (its message is above)"
job=${job%%;*} # a cluster's name may follow
if [ -z "$array" ]; then
  say "job $job, log ${given[job_name]}-$job.out, output $output"
  exit 0
fi
merge=$(sbatch --parsable --dependency="afterok:$job" <<<"$merge_script") ||
  die 1 "sbatch refused the merge (its message is above); job $job makes the slices all the same"
say "job $job with $slices elements, logs ${given[job_name]}-${job}_*.out, slices ${output%.h5}.slice-*-of-$slices.h5"
say "job ${merge%%;*} merges them, log ${given[job_name]}-merge-${merge%%;*}.out, output $output"
