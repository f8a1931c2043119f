# rankwise-info on files in every state. SPDX-License-Identifier: MIT
import os
import re
import shutil

import h5py
from files import INFO, digest, journal_has, killed, made, ran, refused, started, wait_until
from support import attribute, main, run, scratch

SWEEP = ("--scale", "1,2", "--shift", "0,1", "--replicas", 3)


def info(*paths, code=0):
    """What rankwise-info says."""
    done = run(paths, program=INFO)
    assert done.returncode == code, f"exit code {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def lacking(said, *words):
    missing = [word for word in words if word not in said]
    assert not missing, f"no {missing} in\n{said}"


def test_complete():
    with scratch() as folder:
        path = made(folder, "whole.h5", *SWEEP)
        said = info(path)
        lacking(said, f"{path}: probe, mode probe\n", "status: complete\n", "tasks: 8 of 8 done\n", f"digest: {digest(path)}\n", "points: 4\n",
                "program: rankwise-probe ", "  replicas = 3\n", "  scale = 1,2\n", "  spectra = aggregate\n", " 1 ranks, ",
                f"  rankwise-probe --output {path} --quiet --scale 1,2", "mean square [scale=2, shift=1] | ")
        assert len(re.findall(r"\| pass$", said, re.M)) == 4, said
        assert "missing" not in said and "session 1" not in said and "slice" not in said, said


def test_interrupted_and_resumed():
    with scratch() as folder:
        path = made(folder, "stopped.h5", *SWEEP, "--nap", 10000, "--time-budget", 1, code=75)
        assert attribute(path, "status") == "interrupted"
        said = info(path, code=1)
        lacking(said, "status: interrupted\n", "tasks: 2 of 8 done\n", "missing (6 tasks):\n", "  replicas from 1 of point 0: not run\n")
        assert "theory of point" not in said and "failed" not in said, said
        ran("--output", path, "--resume", *SWEEP)
        said = info(path)
        lacking(said, "status: complete\n", "tasks: 8 of 8 done\n", "session 1: ", " --resume --scale 1,2")
        assert said.count("\nsession ") == 2, said


def test_failed():
    with scratch() as folder:
        path = made(folder, "failed.h5", *SWEEP, "--fault", "throw@2:1", code=1)
        said = info(path, code=1)
        lacking(said, "status: failed\n", "tasks: 7 of 8 done\n", "missing (1 tasks):\n", "  replicas from 1 of point 2: failed: struck on purpose\n",
                "  fault = throw@2:1\n")


def test_slices():
    with scratch() as folder:
        path = made(folder, "slice.h5", *SWEEP, "--slice", "2/3")
        lacking(info(path), "status: complete\n", "slice: 2/3 of the tasks\n", "tasks: 3 of 3 done\n")


def test_killed():
    """A file that says `running` without a job is interrupted; what its journal holds is done."""
    with scratch() as folder:
        path = killed(folder, "killed.h5", 4000, *SWEEP, "--work", 150)
        said = info(path, code=1)
        done, all_of_them, in_journal = map(int, re.search(r"tasks: (\d+) of (\d+) done, (\d+) of them in ", said).groups())
        assert 3 <= done == in_journal < all_of_them == 8, said
        lacking(said, "status: interrupted\n", f"of them in {path}.journal\n", "(of the file without its journal)\n", "to (no end), ",
                f"missing ({8 - done} tasks):\n")
        assert "theory" not in said.split("missing (")[1], said
        # a torn tail counts for nothing, another run's journal neither
        with open(path + ".journal", "r+b") as journal:
            journal.truncate(os.path.getsize(path + ".journal") - 1)
        lacking(info(path, code=1), f"tasks: {done - 1} of 8 done, {done - 1} of them in ")
        other = made(folder, "other.h5", *SWEEP)
        shutil.copy(path + ".journal", other + ".journal")
        lacking(info(other), "status: complete\n", "tasks: 8 of 8 done\n")
        os.remove(path + ".journal")
        lacking(info(path, code=1), "status: interrupted\n", "tasks: 0 of 8 done\n", "  theory of point 0: not run\n")


def test_a_killed_resumption():
    """Tasks of the file and tasks of its journal are counted once."""
    with scratch() as folder:
        path = made(folder, "grown.h5", *SWEEP[:-1], 2)
        process, _ = started(folder, "grown.h5", *SWEEP, "--nap", 1000, "--resume")
        try:
            wait_until(lambda: journal_has(path, 1000), 30, "the journal")
            lacking(info(path, code=1), "status: running\n", "tasks: 7 of 8 done, 1 of them in ")
        finally:
            process.kill()
            process.wait()
        lacking(info(path, code=1), "status: interrupted\n", "tasks: 7 of 8 done, 1 of them in ", "missing (1 tasks):\n")


def test_running():
    with scratch() as folder:
        process, path = started(folder, "live.h5", *SWEEP, "--work", 400)
        try:
            wait_until(lambda: journal_has(path, 1500), 30, "the journal")
            said = info(path, code=1)
            lacking(said, "status: running\n", "of them in ", "session 0: ", " to (no end), ")
            assert process.poll() is None, "the job ended before it was looked at"
            # it takes no lock away and leaves nothing behind
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait()
        lacking(info(path), "status: complete\n", "tasks: 8 of 8 done\n")
        assert os.listdir(folder) == ["live.h5"], os.listdir(folder)


def test_several_files():
    with scratch() as folder:
        whole = made(folder, "whole.h5", *SWEEP)
        part = made(folder, "failed.h5", *SWEEP, "--fault", "throw@0:0", code=1)
        said = info(whole, whole)
        assert said.count("status: complete\n") == 2, said
        for paths in ((whole, part), (part, whole)):
            said = info(*paths, code=1)
            assert [line for line in said.splitlines() if line.startswith("status")].count("status: failed") == 1, said
            assert said.index(paths[0]) < said.index(paths[1])
        nowhere = os.path.join(folder, "nowhere.h5")
        done = refused([whole, nowhere], 4, [nowhere, "no such file"], program=INFO)
        lacking(done.stdout, "status: complete\n")


def test_what_is_no_file_of_ours():
    with scratch() as folder:
        for name, content in (("text.h5", b"no HDF5\n"), ("empty.h5", b"")):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(content)
            refused([path], 4, [path], program=INFO)
        path = os.path.join(folder, "other.h5")
        h5py.File(path, "w").close()
        refused([path], 4, [path, "no results file"], program=INFO)
        refused([os.path.join(folder, "nowhere.h5")], 4, ["nowhere.h5", "no such file"], program=INFO)
        refused([folder], 4, [folder], program=INFO)
        path = made(folder, "whole.h5", *SWEEP)
        with h5py.File(path, "r+") as file:
            del file.attrs["run_id"]
        refused([path], 4, [path, "'run_id'"], program=INFO)
        path = made(folder, "cut.h5", *SWEEP)
        os.truncate(path, os.path.getsize(path) // 2)
        refused([path], 4, [path], program=INFO)
        path = made(folder, "old.h5", *SWEEP)
        with h5py.File(path, "r+") as file:
            file.attrs.modify("schema_version", 1)
        refused([path], 2, [path, "schema version 1"], program=INFO)
        path = made(folder, "journal.h5", *SWEEP)
        with open(path + ".journal", "w", encoding="utf-8") as file:
            file.write("this is no journal\n")
        refused([path], 4, [path + ".journal", "no journal"], program=INFO)


def test_usage():
    done = run([], program=INFO)
    assert done.returncode == 2 and "rankwise-info FILE..." in done.stdout, done
    done = run(["--help"], program=INFO)
    assert done.returncode == 0 and "rankwise-info FILE..." in done.stdout, done
    refused(["--verbose"], 2, ["--verbose"], program=INFO)


main([value for name, value in list(globals().items()) if name.startswith("test_")])
