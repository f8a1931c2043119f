#!/usr/bin/env bash
# A real SLURM of one node on the loopback address, for tests: own key, ports, state; nothing outside its folder.
#
# usage: one_node.sh up FOLDER [OWNER]    prints the SLURM_CONF to export; OWNER: a process id, 'down' follows its end
#        one_node.sh down FOLDER          cancels what runs, then stops the daemons
#
# Needs slurmctld, slurmd, munged (Debian: slurm-wlm munge); root, or every job runs as the user who calls it.
# It claims RANKWISE_SLURM_CPUS (default 8) whatever the machine has, so that small jobs can overlap.
# Exit code: 0 done; 1 a daemon did not start (the end of its log is shown); 2 usage; 77 SLURM is not installed.
# SPDX-License-Identifier: MIT
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
die() {
  printf 'one_node.sh: %s\n' "${*:2}" >&2
  exit "$1"
}
[ $# -ge 2 ] || die 2 "usage: one_node.sh up FOLDER [OWNER] | down FOLDER"
command=$1 owner=${3:-}
mkdir -p "$2"
folder=$(cd "$2" && pwd -P)
export SLURM_CONF=$folder/slurm.conf

# is_alive PID: not when only its parent has not yet noted its end.
is_alive() { kill -0 "$1" 2>/dev/null && ! grep -qs '^State:.Z' "/proc/$1/status"; }
is_running() { [ -s "$folder/$1.pid" ] && is_alive "$(cat "$folder/$1.pid")"; }

# until_true SECONDS COMMAND...
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}
nothing_runs() { [ -z "$(squeue -h -o %i -t running,completing,suspended,configuring)" ]; }
is_idle() { sinfo -h -o %T | grep -qx idle; }
has_ended() { ! is_running "$1"; }

stop_daemon() {
  is_running "$1" || return 0
  kill "$(cat "$folder/$1.pid")" 2>/dev/null || true
  until_true 10 has_ended "$1" || kill -KILL "$(cat "$folder/$1.pid")" 2>/dev/null || true
}
stop() {
  if is_running slurmctld; then
    # shellcheck disable=SC2046  # one word per job
    scancel $(squeue -h -o %A | sort -u) 2>/dev/null || true
    until_true 20 nothing_runs || true
  fi
  stop_daemon slurmd
  stop_daemon slurmctld
  stop_daemon munged
}

# Below those that the kernel gives to outgoing connections; whether one is free shows when a daemon takes it.
choose_ports() {
  local port=$((20000 + RANDOM % 12000))
  sed -i "s/^SlurmctldPort=.*/SlurmctldPort=$port/; s/^SlurmdPort=.*/SlurmdPort=$((port + 1))/" "$SLURM_CONF"
}
# The daemons leave before or after they have opened their port; sinfo would wait for minutes for one that is gone.
daemons_answer() {
  choose_ports
  slurmctld || return 1
  until_true 5 is_running slurmctld || return 1
  slurmd || return 1
  until_true 5 is_running slurmd || return 1
  local end=$((SECONDS + 30))
  until is_idle; do
    if ! is_running slurmctld || ! is_running slurmd || [ $SECONDS -ge $end ]; then return 1; fi
    sleep 0.1
  done
}

start() {
  local user=$1 host cpus=${RANKWISE_SLURM_CPUS:-8} attempt
  host=$(hostname -s)
  mkdir -p "$folder"/{state,spool,log,munge}
  chmod 755 "$folder" "$folder/munge"
  dd if=/dev/urandom of="$folder/munge/key" bs=128 count=1 status=none
  chmod 600 "$folder/munge/key"
  munged --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" --pid-file="$folder/munged.pid" \
    --log-file="$folder/log/munged.log" --seed-file="$folder/munge/seed" ||
    die 1 "munged did not start: $(tail -n 3 "$folder/log/munged.log" 2>/dev/null)"
  # proctrack and task: containers often have no usable cgroups. KillWait: from SIGTERM to SIGKILL.
  cat >"$SLURM_CONF" <<CONF
ClusterName=rankwise
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
SlurmctldPort=
SlurmdPort=
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2,batch_sched_delay=1
MpiDefault=none
ReturnToService=2
MailProg=/bin/true
JobRequeue=1
KillWait=10
MinJobAge=1200
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=${RANKWISE_SLURM_MEGABYTES:-16000} State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
  for attempt in 1 2 3; do
    if daemons_answer; then return 0; fi
    stop_daemon slurmd
    stop_daemon slurmctld
  done
  grep -hE 'error|fatal' "$folder"/log/*.log | tail -n 10 >&2
  die 1 "the node did not become idle in $attempt attempts (errors from $folder/log are above)"
}

case $command in
  up)
    for tool in slurmctld slurmd munged sbatch; do
      command -v $tool >/dev/null || die 77 "there is no $tool (Debian: apt-get install slurm-wlm munge)"
    done
    ! is_running slurmctld || die 2 "already up in $folder"
    trap stop EXIT
    start "$(id -un)"
    trap - EXIT
    # In a session of its own: an interrupt from the terminal must not reach it.
    if [ -n "$owner" ]; then setsid "$BASH" "${BASH_SOURCE[0]}" follow "$folder" "$owner" </dev/null >/dev/null 2>&1 & fi
    echo "$SLURM_CONF"
    ;;
  down) stop ;;
  follow) # should the owner be killed, nobody else would stop the daemons
    while is_alive "$owner" && is_running munged; do sleep 1; done
    stop
    ;;
  *) die 2 "unknown command '$command'; known: up, down" ;;
esac
