# Sweeps: which points and tasks there are, who shares random numbers. SPDX-License-Identifier: MIT
import os
import re

from files import digest, fnv1a, made, ran, refused
from support import arrays, main, np, same_bits, scratch


def points(folder, name, *arguments):
    """/points of a run without replicas."""
    found = arrays(made(folder, name, "--replicas", 0, *arguments), ["points"])
    return {path.removeprefix("points/"): values for path, values in found.items()}


def tasks(path):
    found = arrays(path, ["tasks"])
    keys = zip(found["tasks/kind"], found["tasks/family"].tolist(), found["tasks/first_replica"].tolist())
    return [(kind.decode(), family, first) for kind, family, first in keys]


def values(path):
    return arrays(path, ["simulation"])["simulation/values"]


def test_lists_and_ranges():
    with scratch() as folder:
        of_list = points(folder, "list.h5", "--scale", "3,0.5,1", "--size", "16,4")
        assert of_list["scale"].tolist() == [0.5, 1, 3] * 2, of_list
        assert of_list["size"].tolist() == [4] * 3 + [16] * 3, of_list
        assert of_list["point"].tolist() == list(range(6))
        linear = points(folder, "linear.h5", "--shift=-0.7:0.9:9")["shift"]
        assert linear.tolist() == [-0.7 + (0.9 - -0.7) * i / 8 for i in range(8)] + [0.9], linear.tolist()
        logarithmic = points(folder, "log.h5", "--scale", "0.1:10:5:log")["scale"]
        assert logarithmic.tolist() == [0.1 * (10 / 0.1) ** (i / 4) for i in range(4)] + [10], logarithmic.tolist()
        falling = points(folder, "falling.h5", "--shift", "1:-1:5")["shift"]
        assert falling.tolist() == [-1, -0.5, 0, 0.5, 1], falling.tolist()
        mixed = points(folder, "mixed.h5", "--size", "100,10:30:3")["size"]
        assert mixed.tolist() == [10, 20, 30, 100] and mixed.dtype == np.int64, mixed


def test_ranges_that_make_no_sense():
    for bad, words in (("1:2", "start:stop:count"), ("1:2:1", "[2, 1000000]"), ("1:2:x", "start:stop:count"), ("0:1:3:log", "start > 0"),
                       ("1:2:3:lin", "start:stop:count"), ("1,1", "twice"), ("1:2:2,2", "twice"), ("1,,2", "1,,2")):
        refused(["--scale", bad], 2, ["--scale", bad, words])
    refused(["--scale", "1:20:2"], 2, ["--scale", "'20'", "[0.1, 10]"])
    refused(["--size", "4:7:3"], 2, ["--size", "5.5", "an integer"])


def test_zip():
    with scratch() as folder:
        pair = points(folder, "pair.h5", "--zip", "scale,shift", "--scale", "2,1,3", "--shift", "5,6,5", "--size", "4,8")
        got = list(zip(pair["size"].tolist(), pair["scale"].tolist(), pair["shift"].tolist()))
        assert got == [(n, s, h) for n in (4, 8) for s, h in ((1, 6), (2, 5), (3, 5))], got
        two = points(folder, "two.h5", "--zip", "scale,shift/size,work", "--scale", "1,2", "--shift", "3,4", "--size", "8,9,10", "--work", "0:1:3")
        got = list(zip(*(two[name].tolist() for name in ("size", "work", "scale", "shift"))))
        assert got == [(n, w, s, h) for n, w in ((8, 0), (9, 0.5), (10, 1)) for s, h in ((1, 3), (2, 4))], got
        # a point is its content, whatever pairs it
        alone = points(folder, "alone.h5", "--scale", 2, "--shift", 5, "--size", 8)
        assert alone["id"][0] in pair["id"], (alone["id"], pair["id"])


def test_zip_refusals():
    with scratch() as folder:
        refused(["--zip", "scale,shift", "--scale", "1,2", "--shift", "1,2,3"], 2, ["--scale (2 values)", "--shift (3 values)"], cwd=folder)
        refused(["--zip", "scale,shfit"], 2, ["--zip", "'shfit'", "no parameter"], cwd=folder)
        refused(["--zip", "scale,seed"], 2, ["--zip", "'seed'", "no parameter"], cwd=folder)
        refused(["--zip", "scale,shift,scale"], 2, ["--zip", "scale", "twice"], cwd=folder)
        refused(["--zip", "scale,shift/size,scale"], 2, ["--zip", "scale", "twice"], cwd=folder)
        refused(["--zip", "scale"], 2, ["--zip", "'scale'", "two parameters"], cwd=folder)
        refused(["--zip", "scale,"], 2, ["--zip", "no parameter"], cwd=folder)
        # the same pair twice is two points of one identity
        refused(["--zip", "scale,shift", "--scale", "1,1", "--shift", "2,2"], 2, ["identity"], cwd=folder)
        assert os.listdir(folder) == [], os.listdir(folder)


def test_slices_partition_the_tasks():
    sweep = ("--scale", "1,2", "--shift", "0,1,2", "--width", 2, "--replicas", 5)
    with scratch() as folder:
        whole = made(folder, "whole.h5", *sweep)
        everything = tasks(whole)
        # two families: theory of each, blocks 0-1, 2-3, 4
        assert len(everything) == 2 * (1 + 3) == len(set(everything)), everything
        stored = np.zeros((6, 5), np.int64)
        parts = []
        for i in (1, 2, 3):
            path = made(folder, f"{i}.h5", *sweep, "--slice", f"{i}/3")
            parts.append(tasks(path))
            mask = arrays(path, ["simulation"])["simulation/stored"]
            stored += mask
            present = values(path)[mask == 1]
            assert same_bits(present, values(whole)[mask == 1]), f"slice {i}"
            assert np.isnan(values(path)[mask == 0]).all()
        assert (stored == 1).all(), stored
        assert sorted(sum(parts, [])) == sorted(everything), parts
        assert max(map(len, parts)) - min(map(len, parts)) <= 1, parts
        for bad in ("0/3", "4/3", "1", "1/", "/3", "a/b", "-1/3", "1/3/5", "1.5/3", "1/0", ""):
            refused(["--slice", bad], 2, ["--slice", f"'{bad}'", "1 <= i <= n"], cwd=folder)


def test_who_shares_numbers_and_tasks():
    with scratch() as folder:
        # an axis: the same task, the same numbers
        axis = made(folder, "axis.h5", "--shift", "0,1,2.5", "--replicas", 3)
        assert len(tasks(axis)) == 1 + 3, tasks(axis)
        shifted = values(axis)
        assert same_bits(shifted[1], shifted[0] + 1) and same_bits(shifted[2], shifted[0] + 2.5)
        # a setting: a task of its own, the same numbers
        setting = made(folder, "setting.h5", "--scale", "1,2", "--replicas", 3)
        assert len(tasks(setting)) == 2 * (1 + 3), tasks(setting)
        scaled = values(setting)
        assert same_bits(scaled[1], 2 * scaled[0]) and same_bits(scaled[0], shifted[0])
        assert not (scaled[0] == 0).any() and len(np.unique(scaled[0])) == scaled[0].size
        # a parameter of analysis: no trace in numbers nor identity
        slow = made(folder, "nap.h5", "--nap", 1, "--replicas", 3)
        assert same_bits(values(slow)[0], scaled[0])
        assert arrays(slow, ["points"])["points/id"] == arrays(setting, ["points"])["points/id"][0]
        # law parameters and the seed: other numbers
        reference = scaled[0].ravel()
        for option, value in (("--size", 9), ("--width", 2), ("--seed", 2)):
            other = values(made(folder, f"law{option}.h5", option, value, "--replicas", 3)).ravel()
            assert not np.isin(other, reference).any(), f"{option} {value} draws the same numbers"


def test_identity_is_content():
    with scratch() as folder:
        small = points(folder, "small.h5", "--scale", "2", "--shift", "0.5")
        given = points(folder, "given.h5", "--scale", "2", "--shift", "0.5", "--size", 8, "--width", 1, "--work", 0, "--fault", "none")
        assert small["id"] == given["id"] == np.uint64(fnv1a("probe\nprobe\nscale=2\nshift=0.5\n")), "defaults leave a trace"
        forward = points(folder, "forward.h5", "--scale", "1,2,4", "--shift", "0,0.5")
        backward = points(folder, "backward.h5", "--shift", "0.5,0,1,-1", "--scale", "4,2,1,3")

        def by_value(p):
            return {(s, h): i for s, h, i in zip(p["scale"].tolist(), p["shift"].tolist(), p["id"].tolist())}
        few, many = by_value(forward), by_value(backward)
        assert few.items() <= many.items(), (few, many)
        assert few[2, 0.5] == small["id"][0]
        assert len(set(many.values())) == 16
        # the order of a list changes nothing at all
        one = made(folder, "one.h5", "--scale", "1,2", "--shift", "0,1", "--replicas", 2)
        two = made(folder, "two.h5", "--shift", "1,0", "--scale", "2,1", "--replicas", 2)
        assert digest(one) == digest(two)


def test_dry_run_and_list():
    with scratch() as folder:
        sweep = ("--scale", "1,2", "--shift", "0,1,2", "--width", 4, "--work", 2500, "--replicas", 6, "--size", 1000)
        said = ran("--dry-run", "--output", "x.h5", *sweep, cwd=folder).stdout
        # 2 families: theory and blocks of 4 of 2.5 s each, computed whole
        for words in ("6 points, 6 replicas each, 6 tasks", "work 40 s of one core", "longest task 10 s", "7.8 KiB per rank in a task",
                      "output: x.h5"):
            assert words in said, f"no '{words}' in {said}"
        bound = {}
        for what, before in (("results", ""), ("file", "at most "), ("journal", "journal of at most ")):
            size, unit = re.search(before + r"([\d.]+) (B|KiB|MiB|GiB)" + (" of results" if what == "results" else ""), said).groups()
            bound[what] = float(size) * 1024 ** ["B", "KiB", "MiB", "GiB"].index(unit)
        assert os.listdir(folder) == [], os.listdir(folder)
        said = ran("--list", *sweep, cwd=folder).stdout.splitlines()
        assert len(said) == 7 and said[0].split() == ["point", "|", "scale", "|", "shift"], said
        assert [line.split()[::2] for line in said[1:]] == [[str(3 * i + j), str(i + 1), str(j)] for i in range(2) for j in range(3)], said
        assert os.listdir(folder) == [], os.listdir(folder)
        # what was announced holds
        path = made(folder, "x.h5", *(0 if word == 2500 else word for word in sweep))
        raw = sum(a.nbytes for p, a in arrays(path, ["simulation", "theory"]).items() if a.dtype != np.int8 and a.ndim > 1)
        assert 0.9 * raw < bound["results"] < 1.2 * raw, (raw, bound)
        assert os.path.getsize(path) < bound["file"], (os.path.getsize(path), bound)
        # of a run that is resumed, what remains
        made(folder, "part.h5", "--replicas", 3)
        said = ran("--dry-run", "--resume", "--output", "part.h5", "--replicas", 5, cwd=folder).stdout
        assert "5 replicas each, 6 tasks (4 done already)" in said, said
        assert not os.path.exists(os.path.join(folder, "part.h5.journal"))


def test_blocks_are_computed_whole():
    with scratch() as folder:
        path = made(folder, "six.h5", "--width", 4, "--replicas", 6)
        six = values(path)
        assert six.shape == (1, 6, 8) and np.isfinite(six).all()
        found = arrays(path, ["tasks"])
        assert found["tasks/replicas"].tolist() == [0, 4, 2], found["tasks/replicas"]
        assert found["tasks/first_replica"].tolist() == [0, 0, 4]
        signs = arrays(path, ["simulation"])["simulation/signs"]
        assert signs.sum() == 6 * 8, f"replicas that are not stored were counted: {signs}"
        made(folder, "six.h5", "--width", 4, "--replicas", 9, "--resume")
        nine = values(path)
        assert nine.shape == (1, 9, 8) and same_bits(nine[:, :6], six)
        assert digest(path) == digest(made(folder, "nine.h5", "--width", 4, "--replicas", 9))


main([value for name, value in list(globals().items()) if name.startswith("test_")])
