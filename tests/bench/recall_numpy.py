# Recall in numpy, beside this code. SPDX-License-Identifier: MIT
"""Nanoseconds of an update of one neuron at temperature 0: numpy with N x N couplings (a field is looked up, a flip changes all of
them), numpy with the K overlaps, and this code.

Usage: recall_numpy.py PATH/TO/bench_recall [neurons]
"""
import os
import re
import subprocess
import sys
import time

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
import numpy as np  # noqa: E402  (after the number of threads is set)

RECALLS = 5


def cue_of(rng, pattern):
    state = pattern.copy()
    state[rng.permutation(len(state))[:3 * len(state) // 10]] *= -1
    return state


def dense(rng, couplings, state):
    field = couplings @ state
    updates = 0
    for _ in range(100):
        flips = 0
        for i in rng.permutation(len(state)):
            if field[i] * state[i] < 0:
                field -= 2 * state[i] * couplings[i]
                state[i] = -state[i]
                flips += 1
        updates += len(state)
        if flips == 0:
            break
    return updates


def by_overlaps(rng, rows, diagonal, state):
    overlaps = rows.T @ state
    updates = 0
    for _ in range(100):
        flips = 0
        for i in rng.permutation(len(state)):
            if (rows[i] @ overlaps - diagonal[i] * state[i]) * state[i] < 0:
                overlaps -= 2 * state[i] * rows[i]
                state[i] = -state[i]
                flips += 1
        updates += len(state)
        if flips == 0:
            break
    return updates


def nanoseconds(work):
    updates, start = 0, time.process_time()
    for _ in range(RECALLS):
        updates += work()
    return 1e9 * (time.process_time() - start) / updates


def main():
    bench, neurons = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    rng = np.random.default_rng(1)
    print("| coupling | K | numpy dense | numpy overlaps | this code | dense / this | overlaps / this |")
    print("|---|---|---|---|---|---|---|")
    text = subprocess.run([bench, str(neurons)], check=True, capture_output=True, text=True).stdout
    for coupling, k, own in re.findall(r"(\w+) K=(\d+) T=0: ([\d.]+) ns", text):
        k, own = int(k), float(own)
        xi = rng.choice([-1.0, 1.0], (k, neurons))
        rows = xi.T / np.sqrt(neurons) if coupling == "hebb" else np.linalg.qr(xi.T)[0]
        couplings = rows @ rows.T
        diagonal = couplings.diagonal().copy()
        np.fill_diagonal(couplings, 0)
        full = nanoseconds(lambda: dense(rng, couplings, cue_of(rng, xi[0])))
        thin = nanoseconds(lambda: by_overlaps(rng, rows, diagonal, cue_of(rng, xi[0])))
        print(f"| {coupling} | {k} | {full:.0f} | {thin:.0f} | {own:.1f} | {full / own:.0f} | {thin / own:.0f} |", flush=True)


if __name__ == "__main__":
    main()
