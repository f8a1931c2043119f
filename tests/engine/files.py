# Files made by the probe: whole, refused, running, killed. SPDX-License-Identifier: MIT
"""For the tests that look at files more than at processes; argument 1 is the build's bin folder."""
import os
import signal
import subprocess

from probe import INFO, PROBE, digest, wait_until
from support import BIN, attribute, run

MERGE = os.path.join(BIN, "rankwise-merge")


def ran(*arguments, code=0, **options):
    """The finished probe, whose exit code is `code`."""
    done = run(arguments, program=PROBE, **options)
    assert done.returncode == code, f"{arguments}: exit code {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    return done


def made(folder, name, *arguments, code=0, **options):
    """The path of a file that the probe has made."""
    path = os.path.join(folder, name)
    ran("--output", path, "--quiet", *arguments, code=code, **options)
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


def started(folder, name, *arguments):
    """A probe that runs in the background, and the path of its file."""
    path = os.path.join(folder, name)
    command = [PROBE, "--output", path, "--quiet"] + [str(a) for a in arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), path


def journal_has(path, size):
    return os.path.exists(path + ".journal") and os.path.getsize(path + ".journal") >= size


def killed(folder, name, journal_bytes, *arguments):
    """The path of a file whose run was killed once its journal had `journal_bytes`."""
    process, path = started(folder, name, *arguments)
    try:
        wait_until(lambda: process.poll() is not None or journal_has(path, journal_bytes), 30, "the journal")
        assert process.poll() is None, f"{name}: the run ended before it could be killed"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert attribute(path, "status") == "running"
    return path


def fnv1a(text):
    """64 bits, as in rankwise/core/text.hpp."""
    state = 0xCBF29CE484222325
    for byte in text.encode():
        state = (state ^ byte) * 0x100000001B3 & (1 << 64) - 1
    return state


__all__ = ["INFO", "MERGE", "PROBE", "digest", "fnv1a", "journal_has", "killed", "made", "ran", "refused", "started", "wait_until"]
