# Running the real programs and looking at their files. SPDX-License-Identifier: MIT
"""Shared by the Python tests: argument 1 of every test is the build's bin folder."""
import os
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


__all__ = ["BIN", "PROGRAM", "SOURCE", "arrays", "attribute", "differences", "main", "np", "run", "run_ok", "same_bits", "scratch"]
