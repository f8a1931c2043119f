# What must not be put together: other values, other runs, counts that cannot be told apart. SPDX-License-Identifier: MIT
import os

import h5py
from files import MERGE, PROBE, digest, killed, made, refused, started, wait_until
from merging import SWEEP, changed, merged, not_merged
from support import arrays, main, np, run, run_ok, scratch


def test_unequal_overlaps_are_refused():
    with scratch() as folder:
        whole = made(folder, "whole.h5", *SWEEP)
        longest = int(arrays(whole)["simulation/prefix_length"][1].argmax())

        def tamper(data_set, place, delta):
            def change(file):
                values = file[data_set]
                values[place] = values[place] + delta
            return change
        cases = (("simulation/values", (1, 3, 2), 1e-15, ["values of point 1", "scale=1", "shift=1", "replica 3"]),
                 ("simulation/hole", (2, 1), 1.0, []),
                 ("simulation/positive", (3, 4), 1, ["positive of point 3", "scale=2", "replica 4"]),
                 ("simulation/prefix_length", (1, longest), -1, ["prefix of point 1", f"replica {longest}"]),
                 ("simulation/signs", (2, 1), 1, ["signs of point 2"]),
                 ("simulation/levels_level_sums", (0, 7), -1, ["levels_level_sums of point 0"]),
                 ("theory/mean_square", (3,), 1e-12, ["mean_square of point 3"]))
        for data_set, place, delta, words in cases:
            other = changed(folder, whole, "other.h5", tamper(data_set, place, delta))
            if not words:  # NaN + 1 is NaN with the same bits
                merged(folder, whole, other)
                continue
            for files in ((whole, other), (other, whole)):
                not_merged(folder, files, 4, words + [files[1], "differs"])


def test_counts_that_cannot_be_told_apart():
    with scratch() as folder:
        # one file has replicas 1 and 3, the other 0 and 3
        sweep = ("--replicas", 4, "--scale", 2)
        one = made(folder, "one.h5", *sweep, "--slice", "1/2")
        two = made(folder, "two.h5", *sweep, "--slice", "2/3")
        stored = [arrays(path, ["simulation"])["simulation/stored"].tolist() for path in (one, two)]
        assert stored == [[[0, 1, 0, 1]], [[1, 0, 0, 1]]], stored
        for files in ((one, two), (two, one)):
            not_merged(folder, files, 4, ["signs of point 0", "cannot be told apart"])


def test_counts_of_a_journal_cannot_be_told_apart():
    """A file has replicas 4 and 5 of a block; the journal of another the whole block, 4 to 7."""
    sweep = ("--width", 4, "--work", 60, "--spectra", "none")
    with scratch() as folder:
        six = made(folder, "six.h5", *sweep, "--replicas", 6)
        longer = killed(folder, "longer.h5", 2500, *sweep, "--replicas", 16)
        for files in ((six, longer), (longer, six)):
            path = os.path.join(folder, "merged.h5")
            done = run(["--merge", *files, "--output", path, "--overwrite"], program=PROBE)
            if done.returncode == 4 and "cannot be told apart" in done.stderr and not os.path.exists(path):
                continue
            assert done.returncode in (0, 1), done.stderr
            data = arrays(path)
            counted = data["simulation/signs"][0]
            true = [(data["simulation/values"][0] < 0).sum(), (data["simulation/values"][0] > 0).sum()]
            assert counted.tolist() == true, f"{[os.path.basename(f) for f in files]}: {counted} numbers counted, but {true} are there"


def test_other_runs_are_refused():
    with scratch() as folder:
        file = made(folder, "file.h5", *SWEEP)
        seed = made(folder, "seed.h5", *SWEEP, "--seed", 7)
        not_merged(folder, (file, seed), 2, ["--merge", seed, file, "--seed", "7", "1"])
        for name, words in (("mode", ["--mode", "probe", "other"]), ("experiment", ["experiment", "probe", "other"])):
            other = changed(folder, file, f"{name}.h5", lambda f, name=name: f.attrs.__setitem__(name, "other"))
            not_merged(folder, (file, other), 2, words + [other])
        version = changed(folder, file, "version.h5", lambda f: f.attrs.modify("stream_version", np.int64(9)))
        not_merged(folder, (file, version), 2, ["stream version", "9", "1"])
        not_merged(folder, (version,), 2, ["stream version", "9", "1"])
        schema = changed(folder, file, "schema.h5", lambda f: f.attrs.modify("schema_version", np.int64(1)))
        not_merged(folder, (file, schema), 2, [schema, "schema version 1"])
        foreign = os.path.join(folder, "foreign.h5")
        run_ok(["--mode", "baseline", "--quick", "--replicas", 1, "--output", foreign])
        not_merged(folder, (file, foreign), 2, [foreign, "rankwise-federated-hopfield", "rankwise-probe"])
        full = made(folder, "full.h5", *SWEEP, "--spectra", "full")
        not_merged(folder, (file, full), 2, ["spectra", "aggregate", "full"])
        zipped = made(folder, "zipped.h5", *SWEEP, "--zip", "scale,shift")
        not_merged(folder, (file, zipped), 2, ["zip", zipped, file])


def test_usage():
    with scratch() as folder:
        file = made(folder, "file.h5", *SWEEP)
        taken = made(folder, "taken.h5", "--replicas", 1)
        before = digest(taken)
        refused(["--merge", file, "--output", taken], 2, [taken, "exists", "--overwrite"])
        assert digest(taken) == before
        refused(["--merge", file], 2, ["--merge", "--output"])
        refused(["--merge"], 2, ["--merge", "needs a value"])
        not_merged(folder, (file,), 2, ["--seed", "--merge"], "--seed", 1)
        not_merged(folder, (file,), 2, ["--scale", "--merge"], "--scale", 2)
        not_merged(folder, (file, os.path.join(folder, "nowhere.h5")), 4, ["nowhere.h5"])
        text = os.path.join(folder, "text.h5")
        with open(text, "w", encoding="utf-8") as out:
            out.write("no HDF5\n")
        not_merged(folder, (file, text), 4, ["text.h5"])
        with h5py.File(os.path.join(folder, "other.h5"), "w") as out:
            out["x"] = 1
        not_merged(folder, (os.path.join(folder, "other.h5"), file), 4, ["other.h5", "no results file"])
        refused(["--merge", file, "--output", os.path.join(folder, "no", "such.h5")], 4, ["such.h5"])


def test_a_running_job_keeps_its_file():
    with scratch() as folder:
        file = made(folder, "file.h5", *SWEEP)
        process, path = started(folder, "live.h5", "--work", 200, "--replicas", 20)
        try:
            wait_until(lambda: os.path.exists(path), 30, "the first file")
            refused(["--merge", file, "--output", path, "--overwrite"], 4, [path, "another job is writing it"])
        finally:
            process.kill()
            process.wait()


def test_rankwise_merge_usage():
    with scratch() as folder:
        for arguments, code in (([], 2), (["--output", "x.h5"], 2), (["--help"], 0)):
            done = run(arguments, program=MERGE, cwd=folder)
            assert done.returncode == code and "rankwise-merge A.h5 B.h5 ... --output C.h5" in done.stdout, (arguments, done)
        refused(["nowhere.h5", "--output", "x.h5"], 4, ["nowhere.h5", "no such file"], program=MERGE, cwd=folder)
        assert os.listdir(folder) == []


main([value for name, value in list(globals().items()) if name.startswith("test_")])
