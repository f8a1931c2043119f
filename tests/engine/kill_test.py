#!/usr/bin/env python3
"""kill -9 at random and at chosen instants: the file opens, nothing that was recorded is lost, a resumed run has the
undisturbed digest on any number of ranks, and does not pay again for what was done.
SPDX-License-Identifier: MIT
"""
import os
import random
import signal
import sys
import time

import h5py
from probe import ALL, INFO, arrays, digest, gone, kill_all, main, probe, probe_ok, processes, resumed, run, scratch, start, wait_for_records

INTERPOSER = os.environ["RANKWISE_KILL_INTERPOSER"]
SEED = int(os.environ.get("RANKWISE_TEST_SEED", "20260314"))
WORK = ["--replicas", "60", "--width", "2", "--scale", "1,2", "--work", "10", "--size", "400"]  # 120 x 10 ms


def cpu(path):
    with h5py.File(path, "r") as file:
        return float(file["provenance/cpu_seconds"][:].sum())


def undisturbed(folder):
    """Path of the whole run, made once."""
    path = os.path.join(folder, "whole.h5")
    if not os.path.exists(path):
        probe_ok(WORK + ["--output", path], ranks=2)
    return path


def check_file(path):
    """F opens by itself, and rankwise-info reads F and journal."""
    with h5py.File(path, "r") as file:
        assert file.attrs["status"] in ("running", "complete"), file.attrs["status"]
    info = run([path], program=INFO)
    assert info.returncode in (0, 1), info.stderr


def resume_and_compare(path, whole, ranks, at_least=1, check_cpu=True):
    check_file(path)
    done = probe_ok(WORK + ["--output", path, "--resume"], ranks=ranks)
    x, y = resumed(done.stdout)
    assert x >= at_least, f"resumed only {x} of {y} tasks"
    assert digest(path) == digest(whole), f"another digest after {x} of {y}"
    assert not os.path.exists(path + ".journal") and not os.path.exists(path + ".part"), os.listdir(os.path.dirname(path))
    if check_cpu and x < y:
        bound = (1 - x / y + 0.1) * cpu(whole)
        assert cpu(path) <= bound, f"resumed {x} of {y} tasks in {cpu(path):.2f} s of CPU, allowed {bound:.2f}, the whole took {cpu(whole):.2f}"
    return x, y


def test_kill_at_random_instants():
    kills = 100 if ALL else 10
    chance = random.Random(SEED)
    seen = []
    with scratch() as folder:
        whole = undisturbed(folder)
        for i in range(kills):
            path = os.path.join(folder, f"killed{i}.h5")
            ranks = chance.choice([1, 2, 3])
            job = start(WORK + ["--output", path], ranks=ranks)
            wait_for_records(path, job)
            time.sleep(chance.uniform(0, 0.8))
            victim = chance.choice(["rank", "mpirun", "all"])
            there = processes(path)
            try:
                if victim == "all":
                    kill_all(path, job)
                elif victim == "mpirun":
                    os.kill(job.pid, signal.SIGKILL)
                elif there:
                    os.kill(chance.choice(there), signal.SIGKILL)
            except ProcessLookupError:
                pass  # it was quicker
            output = job.communicate(timeout=30)[0]
            gone(path)
            other = chance.choice([n for n in (1, 2, 3, 4) if n != ranks])
            try:
                x, y = resume_and_compare(path, whole, other)
            except AssertionError as error:
                raise AssertionError(f"kill {i} of {victim}, {ranks} then {other} ranks: {error}\n{output[-2000:]}") from None
            seen.append(x / y)
            os.remove(path)
    print(f"      {kills} kills, done when killed: {min(seen):.0%} to {max(seen):.0%}")


def at_instant(folder, whole, name, instant, ranks, at_least, check_cpu=False):
    path = os.path.join(folder, f"{name}.h5")
    done = probe(WORK + ["--output", path], ranks=ranks, environment={"LD_PRELOAD": INTERPOSER, "RANKWISE_KILL_AT": instant})
    assert done.returncode != 0, f"{instant}: the job was not killed"
    gone(path)
    return resume_and_compare(path, whole, 3 - ranks, at_least, check_cpu)


def test_kill_in_the_middle_of_an_append():
    with scratch() as folder:
        whole = undisturbed(folder)
        # write 1 is the magic, 2 the header, then one for every record
        for count, where, least in ((6, "half", 3), (6, "after", 4), (40, "half", 37)):
            x, _ = at_instant(folder, whole, f"append{count}{where}", f"append:{count}:{where}", 2, least)
            assert x == least, f"{x} tasks in a journal that was cut after {least}"


def test_kill_around_the_final_rename():
    with scratch() as folder:
        whole = undisturbed(folder)
        # rename 1 publishes the empty file, rename 2 the final one
        for instant in ("rename:2:before", "rename:2:after", "remove:1:before", "part:9:half"):
            x, y = at_instant(folder, whole, instant.replace(":", "_"), instant, 1, 1)
            assert x == y, f"{instant}: {x} of {y} tasks were kept"


def test_kill_before_the_first_file_is_there():
    with scratch() as folder:
        path = os.path.join(folder, "early.h5")
        done = probe(WORK + ["--output", path], ranks=2, environment={"LD_PRELOAD": INTERPOSER, "RANKWISE_KILL_AT": "rename:1:before"})
        assert done.returncode != 0 and not os.path.exists(path), "killed before the file was there"
        gone(path)
        probe_ok(WORK + ["--output", path, "--resume"], ranks=2)  # as templates do: without a file it starts
        assert digest(path) == digest(undisturbed(folder)), "another digest"


def test_kill_while_resuming():
    with scratch() as folder:
        whole = undisturbed(folder)
        path = os.path.join(folder, "twice.h5")
        first = {"LD_PRELOAD": INTERPOSER, "RANKWISE_KILL_AT": "append:12:half"}
        assert probe(WORK + ["--output", path], ranks=2, environment=first).returncode != 0
        gone(path)
        # rename 1 of a resumed run publishes what file and journal held; then the journal begins anew
        for instant in ("rename:1:before", "rename:1:after", "append:1:after", "append:9:half"):
            again = {"LD_PRELOAD": INTERPOSER, "RANKWISE_KILL_AT": instant}
            done = probe(WORK + ["--output", path, "--resume"], ranks=2, environment=again)
            assert done.returncode != 0, f"{instant}: the job was not killed"
            gone(path)
            check_file(path)
        resume_and_compare(path, whole, 1, at_least=9 + 6, check_cpu=False)


def test_values_of_a_killed_run_are_those_of_the_whole():
    with scratch() as folder:
        whole = undisturbed(folder)
        path = os.path.join(folder, "part.h5")
        assert probe(WORK + ["--output", path], ranks=2, environment={"LD_PRELOAD": INTERPOSER, "RANKWISE_KILL_AT": "append:20:half"}).returncode != 0
        gone(path)
        done = probe(WORK + ["--output", path, "--resume", "--time-budget", "0.001"], ranks=2)  # what file and journal hold, assembled
        assert done.returncode == 75, f"exit code {done.returncode}: {done.stderr}"
        there, all_of_it = arrays(path), arrays(whole)
        stored = there["simulation/stored"]
        assert 0 < stored.sum() < stored.size, stored.sum()
        for name in ("values", "mean_square", "positive", "prefix"):
            a, b = there[f"simulation/{name}"], all_of_it[f"simulation/{name}"]
            assert a[stored == 1].tobytes() == b[stored == 1].tobytes(), name
        assert (there["simulation/positive"][stored == 0] == -2**63).all(), "a missing replica is never a zero"


if __name__ == "__main__":
    sys.exit(main([test_kill_in_the_middle_of_an_append, test_kill_around_the_final_rename, test_kill_before_the_first_file_is_there,
                   test_kill_while_resuming, test_values_of_a_killed_run_are_those_of_the_whole, test_kill_at_random_instants]))
