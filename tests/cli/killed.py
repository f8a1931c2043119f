# Runs that are killed on purpose. SPDX-License-Identifier: MIT
import os
import signal
import subprocess
import sys
import time

from support import MPIRUN, SOURCE

sys.path.insert(0, os.path.join(SOURCE, "analysis"))
from rankwise_plot.results import Results  # noqa: E402


def family_of(pid):
    """A process and its descendants: mpirun gives each rank a process group of its own."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [pid] + [p for child in file.read().split() for p in family_of(int(child))]


def kill_when(enough, path, arguments, program=os.environ.get("RANKWISE_PROBE"), ranks=None):
    """Starts a job, looks at its file while it runs, and kills it with all its ranks once enough(results)."""
    command = ([MPIRUN, "--oversubscribe", "-n", str(ranks)] if ranks else []) + [program] + arguments + ["--output", path]
    job = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    before = os.stat(path).st_ino if os.path.exists(path) else None
    seen, end = -1, time.time() + 60
    try:
        while time.time() < end:
            assert job.poll() is None, f"{arguments}: ended before it was killed: {job.stderr.read().decode()}"
            if os.path.exists(path) and os.stat(path).st_ino != before:
                results = Results(path)
                assert results.overlay.tasks >= seen, "a journal that is only appended to became shorter"
                seen = results.overlay.tasks
                if enough(results):
                    return
            time.sleep(0.01)
        raise AssertionError(f"{arguments}: not enough after a minute, {seen} tasks")
    finally:
        if job.poll() is None:
            for pid in reversed(family_of(job.pid)):
                os.kill(pid, signal.SIGKILL)
        job.wait()
        job.stderr.close()
