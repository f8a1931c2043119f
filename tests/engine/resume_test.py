#!/usr/bin/env python3
"""Going on with a file: more values, points and replicas keep every old value bit for bit; anything else is refused and
the file is not touched.
SPDX-License-Identifier: MIT
"""
import os
import sys

import h5py
from probe import arrays, attribute, digest, main, probe, probe_ok, resumed, run, run_ok, scratch

SWEEP = {"size": "16", "width": "4", "scale": "1,2", "shift": "0,1", "replicas": "6"}


def options(**changes):
    return [word for name, value in {**SWEEP, **changes}.items() for word in (f"--{name.replace('_', '-')}", str(value))]


def values_by_point(path, names=("values", "mean_square", "positive", "prefix", "hole")):
    """Bits of every replica of every point, by content identity; without the padding to the longest point."""
    found = {}
    data = arrays(path)
    for p, identity in enumerate(data["points/id"]):
        for r, stored in enumerate(data["simulation/stored"][p]):
            if stored:
                size = data["points/size"][p]
                found[identity, r] = {name: data[f"simulation/{name}"][p, r, ..., :size].tobytes()
                                      if data[f"simulation/{name}"].ndim > 2 else data[f"simulation/{name}"][p, r].tobytes() for name in names}
    return found


def test_extensions_equal_a_fresh_run_and_keep_old_values():
    extensions = {
        "reordered": dict(scale="2,1", shift="1,0"),
        "added_setting": dict(scale="1,2,3"),
        "inserted_setting": dict(scale="0.5,1,1.5,2"),
        "added_axis": dict(shift="-1,0,0.5,1"),
        "range_that_contains_them": dict(scale="1:3:3"),
        "more_replicas_within_the_block": dict(replicas="8"),
        "more_replicas": dict(replicas="13"),
        "all_at_once": dict(scale="3,1,2", shift="0,1,2", replicas="11"),
        "added_law": dict(size="16,24"),
    }
    with scratch() as folder:
        for name, changes in extensions.items():
            path, fresh = os.path.join(folder, f"{name}.h5"), os.path.join(folder, f"{name}_fresh.h5")
            probe_ok(options(output=path), ranks=2)
            before = values_by_point(path)
            done = probe_ok(options(output=path, **changes) + ["--resume"], ranks=3)
            x, y = resumed(done.stdout)
            assert (x == y) == (name == "reordered"), f"{name}: resumed {x} of {y}"
            after = values_by_point(path)
            lost = [key for key in before if key not in after or before[key] != after[key]]
            assert not lost, f"{name}: {len(lost)} old values changed"
            probe_ok(options(output=fresh, **changes))
            assert digest(path) == digest(fresh), f"{name}: not what a fresh run gives"
            assert attribute(path, "status") == "complete"


def test_a_changed_configuration_is_refused_with_both_values():
    cases = {
        "law": (dict(size="24"), ["--size", "16", "24"]),
        "two laws": (dict(size="24", width="2"), ["--size", "16", "24", "--width", "4", "2"]),
        "setting": (dict(scale="1,3"), ["--scale", "1,2", "1,3"]),
        "fewer axis values": (dict(shift="0"), ["--shift", "0,1"]),
        "fewer replicas": (dict(replicas="5"), ["--replicas", "6", "5"]),
        "seed": (dict(seed="2"), ["--seed", "1", "2"]),
        "spectra": (dict(spectra="full"), ["--spectra", "aggregate", "full"]),
        "zip": (dict(zip="scale,shift"), ["points: 2 of the file's 4"]),
    }
    with scratch() as folder:
        path = os.path.join(folder, "kept.h5")
        probe_ok(options(output=path))
        before = open(path, "rb").read()
        for name, (changes, words) in cases.items():
            for ranks in (None, 2):
                done = probe(options(output=path, **changes) + ["--resume"], ranks=ranks)
                assert done.returncode == 2, f"{name}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
                assert all(word in done.stderr for word in words), f"{name}: {done.stderr}"
                assert open(path, "rb").read() == before, f"{name}: the file was touched"
                assert sorted(os.listdir(folder)) == ["kept.h5"], os.listdir(folder)
        wrong_mode = run(["--mode", "baseline", "--quick", "--resume", "--output", path])
        assert wrong_mode.returncode == 2 and "federated_hopfield" in wrong_mode.stderr and "probe" in wrong_mode.stderr, wrong_mode.stderr
        both = probe(options(output=path) + ["--resume", "--overwrite"])
        assert both.returncode == 2 and "--overwrite" in both.stderr
        neither = probe(options(output=path))
        assert neither.returncode == 2 and "--resume" in neither.stderr and open(path, "rb").read() == before


def test_a_root_parameter_may_change():
    with scratch() as folder:
        path = os.path.join(folder, "root.h5")
        probe_ok(options(output=path))
        done = probe_ok(options(output=path, nap="1") + ["--resume"])
        x, y = resumed(done.stdout)
        assert x == y, f"{x} of {y}: a parameter of root never reruns a task"


def test_another_machine_or_schema():
    with scratch() as folder:
        path = os.path.join(folder, "other.h5")
        probe_ok(options(output=path))
        with h5py.File(path, "r+") as file:
            machines = file["provenance/session_machine"]
            machines[0] = "0.1.0 (commit abc), blas core Haswell"
        before = open(path, "rb").read()
        done = probe(options(output=path, replicas="9") + ["--resume"])
        assert done.returncode == 2 and "Haswell" in done.stderr and "--allow-other-machine" in done.stderr, done.stderr
        assert open(path, "rb").read() == before
        probe_ok(options(output=path, replicas="9") + ["--resume", "--allow-other-machine"])
        with h5py.File(path, "r") as file:
            sessions = file["provenance/session_machine"].asstr()[:]
            assert len(sessions) == 2 and "Haswell" in sessions[0] and "Haswell" not in sessions[1], sessions
            by = file["tasks/session"][:]
            first = file["tasks/first_replica"][:]
            assert (by[first >= 4] == 1).all() and (by[(first < 4)] == 0).all(), "each block says which session did it"
        with h5py.File(path, "r+") as file:
            file.attrs["schema_version"] = 1
        done = probe(options(output=path, replicas="9") + ["--resume"])
        assert done.returncode == 2 and "schema version 1" in done.stderr, done.stderr
        with open(path, "wb") as file:
            file.write(b"no HDF5 at all")
        done = probe(options(output=path) + ["--resume"])
        assert done.returncode == 4 and path in done.stderr, f"{done.returncode}: {done.stderr}"


def test_resume_without_a_file_starts():
    with scratch() as folder:
        path, other = os.path.join(folder, "new.h5"), os.path.join(folder, "plain.h5")
        done = probe_ok(options(output=path) + ["--resume"], ranks=2)
        assert resumed(done.stdout) is None, done.stdout
        probe_ok(options(output=other))
        assert digest(path) == digest(other)


def test_statistics_and_claims_are_made_anew():
    with scratch() as folder:
        path = os.path.join(folder, "tampered.h5")
        probe_ok(options(output=path))
        good = digest(path)
        with h5py.File(path, "r+") as file:
            file["statistics/mean_square/mean"][0] = 17
            file["claims/measured"][0] = 17
        probe_ok(options(output=path) + ["--resume"])
        assert digest(path) == good


def test_federated_hopfield_extends():
    with scratch() as folder:
        path, fresh = os.path.join(folder, "f.h5"), os.path.join(folder, "g.h5")
        sweep = ["--mode", "baseline", "--quick", "--clients", "4"]
        run_ok(sweep + ["--quality", "0.8", "--replicas", "2", "--output", path], ranks=2)
        done = run_ok(sweep + ["--quality", "0.6,0.8", "--replicas", "4", "--output", path, "--resume"], ranks=4)
        assert resumed(done.stdout) == (3, 10), done.stdout
        run_ok(sweep + ["--quality", "0.8,0.6", "--replicas", "4", "--output", fresh], ranks=3)
        assert digest(path) == digest(fresh)


if __name__ == "__main__":
    sys.exit(main([test_extensions_equal_a_fresh_run_and_keep_old_values, test_a_changed_configuration_is_refused_with_both_values,
                   test_a_root_parameter_may_change, test_another_machine_or_schema, test_resume_without_a_file_starts,
                   test_statistics_and_claims_are_made_anew, test_federated_hopfield_extends]))
