# Running the probe (tests/run/probe.cpp) or another program, killing it, and looking at what is left. SPDX-License-Identifier: MIT
"""Shared by the tests of the engine; argument 1 of every test is the build's bin folder."""
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from support import MPIRUN, PROGRAM, arrays, attribute, differences, main, run, run_ok, scratch  # noqa: E402,F401

PROBE = os.environ.get("RANKWISE_PROBE", "")
INFO = os.path.join(os.path.abspath(sys.argv[1]), "rankwise-info")
ALL = os.environ.get("RANKWISE_ALL") == "1"


def probe(arguments, ranks=None, **options):
    return run(arguments, ranks=ranks, program=PROBE, **options)


def probe_ok(arguments, ranks=None, **options):
    return run_ok(arguments, ranks=ranks, program=PROBE, **options)


def digest(path):
    return attribute(path, "digest")


def start(arguments, ranks=None, environment=None, program=PROBE):
    """A job in the background, in a session of its own; stdout and stderr go into one pipe."""
    command = [program] + [str(a) for a in arguments]
    if ranks is not None:
        forwarded = [word for name in (environment or {}) for word in ("-x", name)]
        command = [MPIRUN, "--oversubscribe", "-n", str(ranks)] + forwarded + command
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
                            env={**os.environ, **(environment or {})})


def processes(word, program=PROBE):
    """Process ids of the ranks that have `word` on their command line, by age."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words and words[0].decode() == program and word.encode() in words:
            found.append(int(entry.name))
    return sorted(found)


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.005)


def wait_for_records(path, job=None, more_than=200):
    """Until the journal holds more than its header."""
    def there():
        assert job is None or job.poll() is None, f"the job ended early: {job.communicate()[0]}"
        try:
            return os.path.getsize(path + ".journal") > more_than
        except OSError:
            return False
    wait_until(there, 30, "the first record in the journal")


def kill_all(word, job, program=PROBE):
    for pid in processes(word, program):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    try:
        os.kill(job.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def gone(word, program=PROBE):
    """Waits for the last rank to be gone; the lock on the journal goes with it."""
    wait_until(lambda: not processes(word, program), 20, f"the end of all ranks of {word}")


def resumed(output):
    """X and Y of the line "resumed: X of Y tasks", or None."""
    found = re.search(r"resumed: (\d+) of (\d+) tasks", output)
    return (int(found[1]), int(found[2])) if found else None
