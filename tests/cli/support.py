# Running the real programs and looking at their files. SPDX-License-Identifier: MIT
"""Shared by the Python tests: argument 1 of every test is the build's bin folder."""
import os
import re
import subprocess
import sys
import tempfile

import h5py
import numpy as np

BIN = os.path.abspath(sys.argv[1])
PROGRAM = os.path.join(BIN, "rankwise-federated-hopfield")
SOURCE = os.environ["RANKWISE_SOURCE"]
MPIRUN = os.environ.get("MPIRUN", "mpirun")
# groups that the digest covers: they must not depend on ranks
DIGESTED = ("points", "simulation", "theory", "statistics", "derived", "claims")


def run(arguments, ranks=None, environment=None, timeout=240, program=PROGRAM, cwd=None):
    """The finished process, with stdout and stderr as text; under mpirun when ranks is given."""
    command = [program] + [str(a) for a in arguments]
    if ranks is not None:
        forwarded = [word for name in (environment or {}) for word in ("-x", name)]
        command = [MPIRUN, "--oversubscribe", "-n", str(ranks)] + forwarded + command
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, cwd=cwd,
                          env={**os.environ, **(environment or {})}, check=False)


def run_ok(arguments, **options):
    done = run(arguments, **options)
    assert done.returncode == 0, f"{arguments}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def arrays(path, groups=DIGESTED):
    """Every data set below the groups, by path."""
    found = {}
    with h5py.File(path, "r") as file:
        for group in groups:
            file[group].visititems(
                lambda name, item, group=group: found.__setitem__(f"{group}/{name}", item[...])
                if isinstance(item, h5py.Dataset) else None)
    return found


def attribute(path, name, group="/"):
    with h5py.File(path, "r") as file:
        return file[group].attrs[name]


def same_bits(a, b):
    """Equal type, shape and bits; strings by value."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype == object:
        return bool((a == b).all())
    return a.tobytes() == b.tobytes()


def differences(a, b, ignore=()):
    """Paths whose arrays differ between two dictionaries of arrays()."""
    assert a.keys() == b.keys(), a.keys() ^ b.keys()
    return [path for path in a if path not in ignore and not same_bits(a[path], b[path])]


def code_blocks(page, language):
    """The fenced blocks of a page of the documentation."""
    with open(os.path.join(SOURCE, page), encoding="utf-8") as file:
        fences = re.findall(r"^```(\w*)\n(.*?)^```$", file.read(), re.M | re.S)
    return [text for name, text in fences if name == language]


def shape(line):
    """The line with numbers, digests and identities blanked: last bits differ between processors."""
    line = re.sub(r"digest(:?) [0-9a-f]{16}", r"digest\1", line)
    line = re.sub(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?", "#", line)
    return re.sub(r"\s+", " ", line).strip()


def same_output(printed, expected):
    """As pasted into the documentation: the same but for numbers, and the verdicts literally."""
    printed, expected = printed.strip().splitlines(), expected.strip().splitlines()
    assert [shape(line) for line in printed] == [shape(line) for line in expected], "\n".join(printed)
    verdicts = [[line.split("|")[-1].strip() for line in lines if "|" in line] for lines in (printed, expected)]
    assert verdicts[0] == verdicts[1], "\n".join(printed)


def commands(block):
    """("command", "what it prints") of a block with lines "$ command"."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.M)
    assert not parts[0].strip(), f"text before the first command: {parts[0]}"
    return list(zip(parts[1::2], parts[2::2]))


def run_command(command, folder, path, code=0):
    """A line of the documentation in the shell, `path` before the PATH; stdout."""
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=240, cwd=folder, check=False,
                          env={**os.environ, "PATH": os.pathsep.join(list(path) + [os.environ["PATH"]])})
    assert done.returncode == code, f"{command}: exit code {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def scratch():
    """A temporary folder, removed at the end."""
    return tempfile.TemporaryDirectory(prefix="rankwise-test-")


def main(tests):
    """Runs test functions, prints one line each, exits 1 when any failed."""
    failed = 0
    for test in tests:
        try:
            test()
            print(f"ok    {test.__name__}", flush=True)
        except AssertionError as error:
            failed += 1
            print(f"FAIL  {test.__name__}: {error}", flush=True)
    print(f"{len(tests) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


__all__ = ["BIN", "PROGRAM", "SOURCE", "arrays", "attribute", "code_blocks", "commands", "differences", "main", "np", "run", "run_command",
           "run_ok", "same_bits", "same_output", "scratch", "shape"]
