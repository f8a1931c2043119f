# Files put together by --merge, for the tests of it. SPDX-License-Identifier: MIT
import os
import shutil

import h5py
from files import made, ran, refused

SWEEP = ("--scale", "1,2", "--shift", "0,1", "--width", 2, "--replicas", 5)


def merged(folder, *files, code=0, name="merged.h5", ranks=None):
    """The path of the files put together, and what was said."""
    path = os.path.join(folder, name)
    done = ran("--merge", *files, "--output", path, "--overwrite", code=code, ranks=ranks)
    return path, done.stdout + done.stderr


def not_merged(folder, files, code, words, *options):
    """Refused with these words, nothing written."""
    before = set(os.listdir(folder))
    refused(["--merge", *files, "--output", os.path.join(folder, "refused.h5"), *options], code, words)
    assert set(os.listdir(folder)) == before, set(os.listdir(folder)) - before


def slices(folder, count, *sweep):
    return [made(folder, f"slice{i}of{count}.h5", *sweep, "--slice", f"{i}/{count}") for i in range(1, count + 1)]


def changed(folder, file, name, change):
    """A copy of the file in which `change` has been at work."""
    path = os.path.join(folder, name)
    shutil.copy(file, path)
    with h5py.File(path, "r+") as copy:
        change(copy)
    return path


__all__ = ["SWEEP", "changed", "merged", "not_merged", "slices"]
