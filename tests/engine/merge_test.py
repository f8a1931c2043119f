# Files of slices, overlaps, other sweeps and killed runs put together. SPDX-License-Identifier: MIT
import os
import shutil

import h5py
from files import MERGE, PROBE, digest, killed, made, ran, refused
from merging import SWEEP, changed, merged, not_merged, slices
from support import PROGRAM, arrays, attribute, main, run, run_ok, same_bits, scratch


def test_slices_make_one_file():
    with scratch() as folder:
        whole = made(folder, "whole.h5", *SWEEP)
        parts = slices(folder, 4, *SWEEP)
        assert len({digest(path) for path in parts + [whole]}) == 5
        for files, ranks in ((parts, None), (parts[::-1], None), (parts, 3)):
            path, said = merged(folder, *files, ranks=ranks)
            assert digest(path) == digest(whole), (files, ranks)
            assert attribute(path, "status") == "complete" and attribute(path, "slice") == "1/1"
            assert "merged 4 files: 4 points, 5 replicas" in said, said
        tasks = arrays(path, ["tasks"])
        assert (tasks["tasks/done"] == 1).all() and sorted(set(tasks["tasks/session"].tolist())) == [0, 1, 2, 3]
        provenance = arrays(path, ["provenance"])
        lines = [line.decode() for line in provenance["provenance/session_command_line"]]
        assert len(lines) == 5 and "--slice 3/4" in lines[2] and "--merge" in lines[4], lines
        sources = attribute(path, "merged_from").split("\n")
        assert sources == [f"slice{i}of4.h5 (digest {digest(p)})" for i, p in enumerate(parts, 1)], sources


def test_equal_overlaps_count_once():
    with scratch() as folder:
        whole = made(folder, "whole.h5", *SWEEP)
        first, second = slices(folder, 2, *SWEEP)
        for files in ((first, first, second), (whole, whole)):
            assert digest(merged(folder, *files)[0]) == digest(whole), files
        # points in common, replicas and counts included
        few = made(folder, "few.h5", *SWEEP[2:], "--scale", "1,2")
        more = made(folder, "more.h5", *SWEEP[2:], "--scale", "2,0.5")
        all_three = made(folder, "three.h5", *SWEEP[2:], "--scale", "0.5,1,2")
        assert digest(merged(folder, few, more)[0]) == digest(merged(folder, more, few)[0]) == digest(all_three)
        # a file may be replaced by the whole that it is a part of
        shutil.copy(first, os.path.join(folder, "grown.h5"))
        grown, _ = merged(folder, os.path.join(folder, "grown.h5"), second, name="grown.h5")
        assert digest(grown) == digest(whole)


def test_a_part_of_what_is_there_adds_nothing():
    """All its replicas have been counted: its counts are not needed."""
    with scratch() as folder:
        whole = made(folder, "whole.h5", *SWEEP)
        first, second = slices(folder, 2, *SWEEP)
        few = made(folder, "few.h5", *SWEEP[:-1], 3)
        for part in (first, second, few):
            assert digest(merged(folder, whole, part)[0]) == digest(whole), part
        assert digest(merged(folder, first, second, first, second)[0]) == digest(whole)


def test_gaps_are_told_and_filled():
    with scratch() as folder:
        whole = made(folder, "whole.h5", *SWEEP)
        parts = slices(folder, 4, *SWEEP)
        path, said = merged(folder, parts[0], parts[2], code=1)
        assert attribute(path, "status") == "interrupted"
        stored = arrays(path, ["simulation", "theory"])
        assert "not in any of the files" in said, said
        for point, (scale, shift) in enumerate(((1, 0), (1, 1), (2, 0), (2, 1))):
            lacks = 5 - int(stored["simulation/stored"][point].sum())
            theory = "" if stored["theory/stored"][point] else ", no theory"
            assert lacks > 0
            assert f"point {point} [scale={scale}, shift={shift}]: {lacks} of 5 replicas{theory}\n" in said + "\n", (point, lacks, said)
        ran("--output", path, "--resume", *SWEEP)
        assert digest(path) == digest(whole) and attribute(path, "status") == "complete"
        assert digest(merged(folder, *parts)[0]) == digest(whole)


def test_failed_tasks():
    """What failed in one file is missing, its reason told, until another file has it."""
    with scratch() as folder:
        whole = made(folder, "whole.h5", *SWEEP)
        failed = made(folder, "failed.h5", *SWEEP, "--fault", "throw@0:2", code=1)
        path, said = merged(folder, failed, code=1)
        assert "point 0 [scale=1, shift=0]: 2 of 5 replicas\n" in said and "point 2" not in said, said
        assert attribute(path, "status") == "failed"
        assert [text for text in arrays(path, ["tasks"])["tasks/failure"] if text] == [b"struck on purpose"]
        ran("--output", path, "--resume", *SWEEP)
        same = arrays(path, ["simulation", "statistics", "derived"])
        assert all(same_bits(values, same[name]) for name, values in arrays(whole, ["simulation", "statistics", "derived"]).items())


def test_parameters_of_analysis_may_differ():
    """They change no value and no identity: files made with others are still of one run."""
    with scratch() as folder:
        whole = made(folder, "whole.h5", *SWEEP)
        first = made(folder, "first.h5", *SWEEP, "--slice", "1/2", "--nap", 1)
        second = made(folder, "second.h5", *SWEEP, "--slice", "2/2", "--fault", "throw@9:9")
        path, _ = merged(folder, first, second)
        groups = ("simulation", "theory", "statistics", "derived", "claims")
        found = arrays(path, groups)
        assert all(same_bits(values, found[name]) for name, values in arrays(whole, groups).items())
        third = made(folder, "third.h5", "--scale", 4, *SWEEP[2:], "--fault", "throw@9:9")
        path, _ = merged(folder, whole, third)
        ran("--output", path, "--resume", *SWEEP[2:], "--scale", "1,2,4")


def test_zipped_slices():
    sweep = ("--zip", "scale,shift", "--scale", "1,2,3", "--shift", "0,1,0", "--replicas", 2)
    with scratch() as folder:
        parts = slices(folder, 3, *sweep)
        assert digest(merged(folder, *parts)[0]) == digest(made(folder, "whole.h5", *sweep))
        other = made(folder, "other.h5", *sweep[:5], "4,5,6", *sweep[6:])
        not_merged(folder, (parts[0], other), 2, ["zip", "same lists", "shift", "0,1,0", "4,5,6"])


def test_other_sweeps_make_a_union():
    with scratch() as folder:
        low = made(folder, "low.h5", "--scale", "0.5:1:2", "--shift", "0,2", "--replicas", 3)
        high = made(folder, "high.h5", "--scale", "4,2", "--shift", "2,0", "--replicas", 3)
        whole = made(folder, "whole.h5", "--scale", "0.5,1,2,4", "--shift", "0,2", "--replicas", 3)
        assert digest(merged(folder, low, high)[0]) == digest(merged(folder, high, low)[0]) == digest(whole)
        # what the product has and no file is a gap, and so are replicas that only some have
        corner = made(folder, "corner.h5", "--scale", "8", "--shift", "5", "--replicas", 4)
        path, said = merged(folder, low, corner, code=1)
        points = arrays(path, ["points"])
        assert points["points/scale"].tolist() == [0.5] * 3 + [1] * 3 + [8] * 3 and points["points/shift"].tolist() == [0, 2, 5] * 3
        lacks = (4 - arrays(path, ["simulation"])["simulation/stored"].sum(axis=1)).tolist()
        assert lacks == [1, 1, 4, 1, 1, 4, 4, 4, 0], lacks
        for point, lack in enumerate(lacks):
            assert (f"point {point} [" in said) == (lack > 0), said
        ran("--output", path, "--resume", "--scale", "0.5,1,8", "--shift", "0,2,5", "--replicas", 4)
        assert digest(path) == digest(made(folder, "square.h5", "--scale", "0.5,1,8", "--shift", "0,2,5", "--replicas", 4))


def test_a_killed_run_counts_with_its_journal():
    sweep = SWEEP + ("--work", 40)
    with scratch() as folder:
        whole = made(folder, "whole.h5", *sweep)
        first = killed(folder, "first.h5", 6000, *sweep, "--slice", "1/2")
        with h5py.File(first, "r") as file:
            assert file["simulation/stored"][...].sum() == 0
        second = made(folder, "second.h5", *sweep, "--slice", "2/2")
        path, said = merged(folder, first, second, code=1)
        only_second = int(arrays(second, ["simulation"])["simulation/stored"].sum())
        both = int(arrays(path, ["simulation"])["simulation/stored"].sum())
        assert only_second < both < 4 * 5, (only_second, both, said)
        assert os.path.exists(first + ".journal")
        shutil.copy(first, os.path.join(folder, "again.h5"))
        shutil.copy(first + ".journal", os.path.join(folder, "again.h5.journal"))
        assert digest(merged(folder, first, second, os.path.join(folder, "again.h5"), code=1, name="twice.h5")[0]) == digest(path)
        ran("--output", path, "--resume", *sweep)
        assert digest(path) == digest(whole)
        # a value of the journal that differs from another file's
        other = changed(folder, whole, "other.h5", lambda f: f["simulation/values"].__setitem__((slice(None), slice(None), 5), 9.0))
        not_merged(folder, (other, first), 4, ["first.h5.journal", "values of point", "replica", "differs"])


def test_rankwise_merge_starts_the_program():
    with scratch() as folder:
        whole = made(folder, "whole.h5", *SWEEP)
        first, second = slices(folder, 2, *SWEEP)
        path = os.path.join(folder, "merged.h5")
        search = {"PATH": os.path.dirname(PROBE) + ":" + os.environ["PATH"]}
        refused([first, second, "--output", path], 4, ["cannot start rankwise-probe", first, "PATH"], program=MERGE)
        assert not os.path.exists(path)
        run_ok([first, second, "--output", path], program=MERGE, environment=search)
        assert digest(path) == digest(whole)
        for arguments, code in (([first, second, "--output", path], 2), ([first, "--output", path, "--overwrite"], 1),
                                ([first, second, "--output", path, "--overwrite", "--quiet"], 0)):
            done = run(arguments, program=MERGE, environment=search)
            assert done.returncode == code, (arguments, done.returncode, done.stderr)
        # a real experiment's program lies beside it
        federation = ["--mode", "baseline", "--quick", "--replicas", 4]
        parts = [os.path.join(folder, f"federation{i}.h5") for i in (1, 2)]
        for i, part in enumerate(parts, 1):
            run_ok(federation + ["--output", part, "--slice", f"{i}/2"])
        together, direct = (os.path.join(folder, name) for name in ("together.h5", "direct.h5"))
        run_ok(parts + ["--output", together], program=MERGE)
        run_ok(federation + ["--output", direct])
        assert digest(together) == digest(direct) and attribute(together, "program") == os.path.basename(PROGRAM)


main([value for name, value in list(globals().items()) if name.startswith("test_")])
