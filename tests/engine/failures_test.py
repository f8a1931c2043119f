#!/usr/bin/env python3
"""Tasks that fail: recorded with their text, the rest goes on, exit code 1, --resume tries them again.
SPDX-License-Identifier: MIT
"""
import os
import subprocess
import sys
import time

import h5py
import numpy as np
from probe import INFO, arrays, attribute, digest, gone, main, probe, probe_ok, resumed, run, scratch, start, wait_for_records

SWEEP = ["--replicas", "6", "--scale", "1,2", "--shift", "0,1"]  # 2 families of 2 points each


def tasks(path):
    with h5py.File(path, "r") as file:
        group = file["tasks"]
        return {name: group[name].asstr()[...] if h5py.check_string_dtype(group[name].dtype) else group[name][...] for name in group}


def whole(folder):
    path = os.path.join(folder, "whole.h5")
    probe_ok(SWEEP + ["--output", path])
    return path


def test_a_failed_task_is_recorded_and_tried_again():
    with scratch() as folder:
        good = whole(folder)
        texts = {"throw": "struck on purpose", "usage": "a parameter that only the task can refuse", "nan": "'mean_square' is nan", "inf": "'mean_square' is inf"}
        for kind, text in texts.items():
            for ranks in (None, 1, 2, 3):
                path = os.path.join(folder, f"{kind}{ranks}.h5")
                done = probe(SWEEP + ["--fault", f"{kind}@2:4", "--output", path], ranks=ranks)
                assert done.returncode == 1, f"{kind} on {ranks}: exit code {done.returncode}\n{done.stderr}"
                assert text in done.stderr and "1 of 14 tasks failed" in done.stderr, done.stderr
                t = tasks(path)
                failed = np.flatnonzero(t["done"] == 0)
                assert len(failed) == 1 and text in t["failure"][failed[0]], t["failure"]
                assert (t["point"][failed[0]], t["first_replica"][failed[0]]) == (2, 4)
                a, b = arrays(path), arrays(good)
                stored = a["simulation/stored"]
                assert (stored == 0).sum() == 2 and (stored[2:, 4] == 0).all(), stored  # both points of the family
                assert np.isnan(a["simulation/mean_square"][2:, 4]).all() and (a["simulation/positive"][2:, 4] == -2**63).all()
                for name in ("mean_square", "values", "positive"):
                    assert a[f"simulation/{name}"][stored == 1].tobytes() == b[f"simulation/{name}"][stored == 1].tobytes(), name
                assert (a["statistics/mean_square/count"] == [6, 6, 5, 5]).all(), a["statistics/mean_square/count"]
                assert attribute(path, "status") == "failed"
                info = run([path], program=INFO)
                assert info.returncode == 1 and text in info.stdout, info.stdout
                again = probe_ok(SWEEP + ["--output", path, "--resume"], ranks=2)
                assert resumed(again.stdout) == (13, 14), again.stdout
                assert digest(path) == digest(good) and attribute(path, "status") == "complete"
                if kind != "throw":
                    break


def test_any_member_of_a_team_may_throw():
    with scratch() as folder:
        good = whole(folder)
        for size in (2, 3):
            for member in range(size):
                path = os.path.join(folder, f"team{size}{member}.h5")
                begin = time.monotonic()
                done = probe(SWEEP + ["--fault", f"throw@0:1:{member}", "--output", path, "--ranks-per-task", size], ranks=2 * size)
                assert time.monotonic() - begin < 15, "a team waited for a member that failed"
                assert done.returncode == 1, f"exit code {done.returncode}\n{done.stderr}"
                t = tasks(path)
                assert (t["done"] == 0).sum() == 1
                team = t["rank"][np.flatnonzero(t["done"] == 0)[0]]
                assert f"failed on rank {team + member}: " in done.stderr, done.stderr
                probe_ok(SWEEP + ["--output", path, "--resume"], ranks=3)
                assert digest(path) == digest(good)


def test_fail_fast_starts_no_task_after_the_first_failure():
    with scratch() as folder:
        for ranks in (None, 2):
            path = os.path.join(folder, f"fast{ranks}.h5")
            done = probe(["--replicas", "40", "--work", "20", "--fault", "throw@0:3", "--fail-fast", "--output", path], ranks=ranks)
            assert done.returncode == 1, f"exit code {done.returncode}\n{done.stderr}"
            t = tasks(path)
            assert (t["done"] == 1).sum() < 12, f"{(t['done'] == 1).sum()} tasks were done"
            assert attribute(path, "status") == "interrupted"
            probe_ok(["--replicas", "40", "--work", "20", "--output", path, "--resume"], ranks=2)
            assert attribute(path, "status") == "complete"


def test_a_rank_that_dies_ends_the_job_and_loses_little():
    with scratch() as folder:
        good = whole(folder)
        for kind, codes in (("exit", None), ("abort", None), ("kill", None), ("internal", {3})):
            for size, member in ((1, 0), (2, 1)):
                path = os.path.join(folder, f"{kind}{size}.h5")
                begin = time.monotonic()
                done = probe(SWEEP + ["--fault", f"{kind}@2:4:{member}", "--output", path, "--ranks-per-task", size, "--work", "2"], ranks=2)
                assert time.monotonic() - begin < 15, f"{kind}: the others hung"
                assert done.returncode not in (0, 1) if codes is None and kind != "exit" else done.returncode != 0, done.returncode
                assert codes is None or done.returncode in codes, f"{kind}: exit code {done.returncode}\n{done.stderr}"
                gone(path)
                assert attribute(path, "status") == "running"  # nobody was left to say more
                info = run([path], program=INFO)
                assert info.returncode == 1 and "status: interrupted" in info.stdout, info.stdout
                again = probe_ok(SWEEP + ["--output", path, "--resume", "--work", "2"], ranks=3)
                assert resumed(again.stdout)[0] > 0, again.stdout
                probe_ok(SWEEP + ["--output", os.path.join(folder, "w2.h5"), "--work", "2", "--overwrite"])
                assert digest(path) == digest(os.path.join(folder, "w2.h5")) and digest(path) != digest(good)  # work is a setting


def fill(path, megabytes):
    """Writes zeros until the disk is full."""
    try:
        with open(path, "wb", buffering=0) as file:
            for _ in range(megabytes * 16):
                file.write(b"\0" * (1 << 16))
    except OSError:
        pass


def test_a_full_disk_keeps_what_was_written():
    with scratch() as folder:
        disk = os.path.join(folder, "disk")
        os.mkdir(disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], capture_output=True, check=False).returncode == 0
        if not mounted:
            print("      skipped: mounting a tmpfs needs root", flush=True)
            return
        try:
            path = os.path.join(disk, "full.h5")
            ballast = os.path.join(disk, "ballast")
            big = ["--replicas", "40", "--size", "4000", "--spectra", "full", "--output"]
            other = os.path.join(folder, "other.h5")
            probe_ok(big + [other])
            # a need that is known beforehand
            done = probe(["--replicas", "400", "--size", "40000", "--output", path], ranks=2)
            assert done.returncode == 4 and "free" in done.stderr, f"exit code {done.returncode}\n{done.stderr}"
            assert not os.listdir(disk), os.listdir(disk)
            # full while it runs, and full when the file is put together at the end
            for when, megabytes in (("running", 64), ("end", 0)):
                job = start(big + [path, "--nap", "50"], ranks=2)
                wait_for_records(path, job)
                fill(ballast, megabytes)
                output = job.communicate(timeout=60)[0]
                assert job.returncode == 4 and "no space left" in output, f"{when}: exit code {job.returncode}\n{output}"
                gone(path)
                assert attribute(path, "status") == "running"
                os.remove(ballast)
                subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
                again = probe_ok(big + [path, "--resume"], ranks=2)
                x, y = resumed(again.stdout)
                assert (x == y) == (when == "end") and x > 0, f"{when}: {x} of {y}"
                assert digest(path) == digest(other)
                os.remove(path)
                subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
        finally:
            subprocess.run(["umount", disk], check=False)


def test_changed_bits_of_old_replicas_are_noticed():
    with scratch() as folder:
        path = os.path.join(folder, "changed.h5")
        probe_ok(["--replicas", "6", "--width", "4", "--output", path])
        with h5py.File(path, "r+") as file:
            file["simulation/mean_square"][0, 5] += 1e-9
        done = probe(["--replicas", "8", "--width", "4", "--output", path, "--resume"])  # block 4..7 is done anew
        assert done.returncode == 1 and "differs from the value in the file" in done.stderr, f"{done.returncode}: {done.stderr}"
        assert "replica 5" in done.stderr and "mean_square" in done.stderr, done.stderr
        assert (arrays(path)["simulation/stored"][0] == [1] * 6 + [0] * 2).all(), "nothing of the block was replaced"


def test_an_analysis_that_throws_costs_no_results():
    with scratch() as folder:
        path = os.path.join(folder, "analysis.h5")
        done = probe(SWEEP + ["--fault", "analysis@0:99", "--output", path], ranks=2)
        assert done.returncode == 3 and "no analysis, on purpose" in done.stderr, f"{done.returncode}: {done.stderr}"
        assert attribute(path, "status") == "complete" and "no analysis" in attribute(path, "analysis_error")
        data = arrays(path)
        assert data["simulation/stored"].all() and len(data["claims/name"]) == 0, "the results stand"
        info = run([path], program=INFO)
        assert info.returncode == 1 and "analysis failed: no analysis" in info.stdout, info.stdout
        again = probe_ok(SWEEP + ["--output", path, "--resume"])
        assert resumed(again.stdout) == (14, 14) and digest(path) == digest(whole(folder))


if __name__ == "__main__":
    sys.exit(main([test_a_failed_task_is_recorded_and_tried_again, test_any_member_of_a_team_may_throw,
                   test_fail_fast_starts_no_task_after_the_first_failure, test_a_rank_that_dies_ends_the_job_and_loses_little,
                   test_a_full_disk_keeps_what_was_written, test_changed_bits_of_old_replicas_are_noticed,
                   test_an_analysis_that_throws_costs_no_results]))
