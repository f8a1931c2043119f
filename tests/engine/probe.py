# The probe, an experiment for tests of the engine, and what every test of this folder does. SPDX-License-Identifier: MIT
"""Argument 2, or RANKWISE_PROBE, is the probe program; argument 1 the build's bin folder, as in tests/cli/support.py."""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
# pylint: disable=wrong-import-position
from support import BIN, attribute, run  # noqa: E402

PROBE = os.path.abspath(sys.argv[2] if len(sys.argv) > 2 else os.environ["RANKWISE_PROBE"])
NAME = os.path.basename(PROBE)
INFO = os.path.join(BIN, "rankwise-info")
MERGE = os.path.join(BIN, "rankwise-merge")


def probe(*arguments, code=0, **options):
    """The finished probe, whose exit code is `code`."""
    done = run(arguments, program=PROBE, **options)
    assert done.returncode == code, f"{arguments}: exit code {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    return done


def made(folder, name, *arguments, code=0, **options):
    """The path of a file that the probe has made."""
    path = os.path.join(folder, name)
    probe("--output", path, "--quiet", *arguments, code=code, **options)
    return path


def refused(arguments, code, words, program=PROBE, **options):
    """Leaves with `code` and one message that holds every one of `words`."""
    done = run(arguments, program=program, **options)
    name = os.path.basename(program)
    messages = [line for line in done.stderr.splitlines() if line.startswith(name + ": ")]
    assert done.returncode == code, f"{arguments}: exit code {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    assert len(messages) == 1, f"{arguments}: messages {messages}\n{done.stderr}"
    missing = [word for word in words if word not in done.stderr]
    assert not missing, f"{arguments}: '{done.stderr}' lacks {missing}"
    return done


def digest(path):
    return attribute(path, "digest")


def started(folder, name, *arguments):
    """A probe that runs in the background, and the path of its file."""
    path = os.path.join(folder, name)
    command = [PROBE, "--output", path, "--quiet"] + [str(a) for a in arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), path


def wait_for(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.02)


def killed(folder, name, journal_bytes, *arguments):
    """The path of a file whose run was killed once its journal had `journal_bytes`."""
    process, path = started(folder, name, *arguments)
    journal = path + ".journal"
    try:
        wait_for(lambda: process.poll() is not None or (os.path.exists(journal) and os.path.getsize(journal) >= journal_bytes), "the journal")
        assert process.poll() is None, f"{name}: the run ended before it could be killed"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert attribute(path, "status") == "running"
    return path


__all__ = ["INFO", "MERGE", "NAME", "PROBE", "digest", "killed", "made", "probe", "refused", "started", "wait_for"]
