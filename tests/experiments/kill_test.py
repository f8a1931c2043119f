#!/usr/bin/env python3
"""Every mode of every experiment: kill -9 of all ranks in the middle, resumed on another number of ranks, with other
vector instructions: the digest of a run in one go on one rank.

SPDX-License-Identifier: MIT
"""
import os
import random
import re
import sys
import time

sys.path.insert(0, os.path.join(os.environ["RANKWISE_SOURCE"], "tests/engine"))
from probe import ALL, attribute, gone, kill_all, main, resumed, run, run_ok, scratch, start, wait_for_records  # noqa: E402
from support import BIN  # noqa: E402

SEED = int(os.environ.get("RANKWISE_TEST_SEED", "20261128"))
KILLS = 5 if ALL else 1
# replicas that take some tenths of a second at the size of --quick
PROGRAMS = {"rankwise-persistence": 6000, "rankwise-federated-hopfield": 60}
FEWER = {"longrange": 1500, "rosenzweig_porter": 1500, "universality": 1500, "sampler_check": 1500, "structured": 20, "capacity": 5,
         "bbp": 300, "heterogeneous": 120, "detectability": 80, "retrieval": 30}


def modes(program):
    asked = run(["--output", "/dev/null/none.h5"], program=program)
    return re.search(r"--mode is required: one of (.*)", asked.stderr)[1].split(", ")


def every_mode_survives_a_kill():
    chance = random.Random(SEED)
    seen = []
    for name, replicas in PROGRAMS.items():
        program = os.path.join(BIN, name)
        for mode in modes(program):
            options = ["--mode", mode, "--quick", "--replicas", FEWER.get(mode, replicas)]
            with scratch() as folder:
                whole = os.path.join(folder, "whole.h5")
                began = time.monotonic()
                run_ok([*options, "--quiet", "--output", whole], program=program)
                seconds = time.monotonic() - began
                for i in range(KILLS):
                    path = os.path.join(folder, f"killed{i}.h5")
                    job = start([*options, "--output", path], ranks=2, program=program)
                    try:
                        wait_for_records(path, job)
                        time.sleep(chance.uniform(0, 0.3 * seconds))
                    except AssertionError:
                        pass  # it was quicker
                    kill_all(path, job, program)
                    job.communicate(timeout=60)
                    gone(path, program)
                    done = run_ok([*options, "--output", path, "--resume", "--instruction-set", chance.choice(["auto", "portable"])],
                                  ranks=chance.choice([1, 3, 4]), program=program)
                    assert attribute(path, "digest") == attribute(whole, "digest"), f"{name} {mode}: another digest after {resumed(done.stdout)}"
                    seen.append((mode, resumed(done.stdout)))
    in_the_middle = [entry for entry in seen if entry[1] and 0 < entry[1][0] < entry[1][1]]
    print(seen)
    assert len(in_the_middle) >= 3, seen


main([every_mode_survives_a_kill])
