#!/usr/bin/env python3
"""Who does what when: idle time, waits, teams, many ranks, and the same file from all of them.
SPDX-License-Identifier: MIT
"""
import os
import sys

import h5py
import numpy as np
from probe import arrays, differences, digest, main, probe_ok, run_ok, scratch


class Tasks:
    """Columns of /tasks; one row per task of the last session."""

    def __init__(self, path):
        with h5py.File(path, "r") as file:
            group = file["tasks"]
            self.start, self.seconds, self.rank = (group[name][:] for name in ("start", "seconds", "rank"))
            self.simulate = group["kind"].asstr()[:] == "simulate"
        self.end = self.start + self.seconds

    def idle(self, rank):
        """Share of the time until the last task of all ends that this rank spends outside of tasks."""
        return 1 - self.seconds[self.rank == rank].sum() / self.end.max()

    def longest_wait(self, rank):
        order = np.argsort(self.start[self.rank == rank])
        start, end = self.start[self.rank == rank][order], self.end[self.rank == rank][order]
        return max(np.concatenate(([start[0]], start[1:] - end[:-1])))


def attempts(measure, allowed, times=4):
    """The first measurement within what is allowed: other processes of this machine may take a core for a while, but
    never make the engine better than it is. All measurements are shown."""
    seen = []
    for _ in range(times):
        seen.append(measure())
        if all(value <= limit for value, limit in zip(seen[-1], allowed)):
            break
    else:
        raise AssertionError(f"measured {seen}, allowed {allowed}")
    print("      " + "; ".join(", ".join(f"{value:.4f}" for value in values) for values in seen), flush=True)


def test_idle_time_of_an_unbalanced_sweep():
    work = ",".join(f"{10 * 100 ** (i / 19):.3f}" for i in range(20))  # 10 ms to 1 s
    with scratch() as folder:
        path = os.path.join(folder, "unbalanced.h5")

        def measure():
            probe_ok(["--work", work, "--replicas", "2", "--output", path, "--overwrite"], ranks=2)
            tasks = Tasks(path)
            return [tasks.idle(0), tasks.idle(1)]
        attempts(measure, [0.03, 0.03])


def test_nobody_waits_while_root_computes():
    # one task of 2 s, which root takes since it is the first, and 300 of 5 ms for the other rank
    scales = ",".join(f"{1 + i / 1000:.3f}" for i in range(301))
    work = ",".join(["2000"] + ["5"] * 300)
    with scratch() as folder:
        path = os.path.join(folder, "long.h5")

        def measure():
            probe_ok(["--zip", "work,scale", "--work", work, "--scale", scales, "--replicas", "1", "--output", path, "--overwrite"], ranks=2)
            tasks = Tasks(path)
            long = np.argmax(tasks.seconds)
            assert tasks.seconds[long] > 1.9 and tasks.rank[long] == 0, "root has the long task"
            assert (tasks.rank[tasks.simulate] == 1).sum() >= 290, "the other rank has the rest"
            return [tasks.longest_wait(1)]
        attempts(measure, [0.05])


def test_any_number_of_ranks_and_any_team_gives_the_same_file():
    sweep = ["--replicas", "24", "--width", "2", "--scale", "1,2,3", "--shift", "0,1", "--work", "2", "--size", "50"]
    with scratch() as folder:
        whole = os.path.join(folder, "whole.h5")
        probe_ok(sweep + ["--output", whole])
        reference = arrays(whole)
        for ranks in (1, 2, 3, 4, 7):
            for size in ("1", "2", "3", "all"):
                path = os.path.join(folder, f"{ranks}of{size}.h5")
                probe_ok(sweep + ["--output", path, "--ranks-per-task", size], ranks=ranks)
                assert differences(reference, arrays(path)) == [] and digest(path) == digest(whole), f"{ranks} ranks, teams of {size}"
                tasks = Tasks(path)
                width = ranks if size == "all" else int(size)
                roots = list(range(0, ranks, width))
                assert set(tasks.rank) <= set(roots), f"tasks on {set(tasks.rank)}, roots of teams are {roots}"
                if ranks in (2, 4) and size == "1":
                    share = [(tasks.rank == r).mean() for r in range(ranks)]
                    assert min(share) >= 0.1, f"shares of the tasks: {share}"


def test_one_rank_without_mpirun_is_the_same():
    with scratch() as folder:
        with_mpirun, without = os.path.join(folder, "a.h5"), os.path.join(folder, "b.h5")
        probe_ok(["--output", with_mpirun], ranks=1)
        probe_ok(["--output", without])
        assert digest(with_mpirun) == digest(without)


def test_64_oversubscribed_ranks():
    sweep = ["--replicas", "200", "--work", "5", "--size", "50"]
    with scratch() as folder:
        many, one = os.path.join(folder, "many.h5"), os.path.join(folder, "one.h5")
        probe_ok(sweep + ["--output", one], ranks=2)
        probe_ok(sweep + ["--output", many], ranks=64)
        assert digest(many) == digest(one)
        ranks = np.unique(Tasks(many).rank)
        assert len(ranks) > 32, f"only {len(ranks)} of 64 ranks had a task"


def test_teams_of_a_federation_side_by_side():
    with scratch() as folder:
        sweep = ["--mode", "baseline", "--quick", "--replicas", "6", "--clients", "4"]
        digests = set()
        for ranks, size in ((None, "all"), (4, "all"), (4, "1"), (4, "2"), (3, "2")):
            path = os.path.join(folder, f"f{ranks}{size}.h5")
            done = run_ok(sweep + ["--output", path, "--ranks-per-task", size], ranks=ranks)
            digests.add(digest(path))
            if size == "2" and ranks == 4:
                assert "4 clients on 2 ranks (2 per rank); rank 0 of each of 2 teams aggregates" in done.stdout, done.stdout
                with h5py.File(path, "r") as file:
                    assert list(file["provenance/clients"][:]) == [2, 2, 2, 2]
        assert len(digests) == 1, digests


if __name__ == "__main__":
    sys.exit(main([test_any_number_of_ranks_and_any_team_gives_the_same_file, test_one_rank_without_mpirun_is_the_same,
                   test_teams_of_a_federation_side_by_side, test_64_oversubscribed_ranks, test_idle_time_of_an_unbalanced_sweep,
                   test_nobody_waits_while_root_computes]))
