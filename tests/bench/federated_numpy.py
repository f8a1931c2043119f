# A client's part of a federated round in numpy, beside this code. SPDX-License-Identifier: MIT
"""A client's part of a federated round: numpy dense, numpy low-rank and this code, on the same sizes in one call.

Usage: federated_numpy.py PATH/TO/bench_federated_round [rounds]

Prints a markdown table of milliseconds of processor time for one round of all clients (medians; one BLAS thread):
generate the batches, sign agreement with the memory, the leading eigenpairs.
dense: the N x N operator of each client by a matrix product, numpy.linalg.eigh of all of it.
low-rank: the smaller Gram matrix, numpy.linalg.eigh of that, the signs from the product all the same.
"""
import os
import subprocess
import sys
import time

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
import numpy as np  # noqa: E402  (after the number of threads is set)

QUALITY, ARCHETYPES, PAIRS = 0.9, 3, 11


def batch(rng, archetypes, examples):
    """examples x N of +-1 in single precision."""
    shown = archetypes[rng.integers(0, len(archetypes), examples)]
    return np.where(rng.random(shown.shape) < (1 - QUALITY) / 2, -shown, shown).astype(np.float32)


def agreement(operator, memory):
    """Share of pairs i < j whose signs agree in both, ties left out."""
    product = np.sign(operator) * np.sign(memory)
    np.fill_diagonal(product, 0)
    decided = np.count_nonzero(product)
    return np.count_nonzero(product > 0) / decided


def dense(x, memory):
    operator = (x.T @ x).astype(np.float64) / x.size
    share = agreement(operator, memory)
    values, vectors = np.linalg.eigh(operator)
    return share, values[: -PAIRS - 1 : -1], vectors[:, : -PAIRS - 1 : -1]


def low_rank(x, memory):
    examples, neurons = x.shape
    product = x.T @ x
    share = agreement(product, memory)
    k = min(PAIRS, examples)
    small = (product if neurons <= examples else x @ x.T).astype(np.float64) / x.size
    values, vectors = np.linalg.eigh(small)
    values, vectors = values[: -k - 1 : -1], vectors[:, : -k - 1 : -1]
    if neurons > examples:
        vectors = x.T @ vectors / np.sqrt(values * x.size)
    return share, values, vectors


def milliseconds(work, rounds):
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(1e3 * (time.process_time() - start))
    return float(np.median(times))


def main():
    bench = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    own = {}
    for line in subprocess.run([bench, "--lines"], check=True, capture_output=True, text=True).stdout.splitlines():
        size, rest = line.split(" ", 1)
        stage, value = rest.rsplit(" ", 1)
        own.setdefault(tuple(int(part) for part in size.split("/")), {})[stage] = float(value)
    print("| N | L | M_c | numpy generate | numpy dense | numpy low-rank | this code | dense / this | low-rank / this |")
    print("|---|---|---|---|---|---|---|---|---|")
    rng = np.random.default_rng(1)
    for (neurons, clients, examples), stages in own.items():
        archetypes = rng.choice(np.array([-1, 1], np.int8), (ARCHETYPES, neurons))
        memory = archetypes.T.astype(np.float64) @ archetypes
        repeats = rounds if neurons * examples > 10000 else 20 * rounds
        generate = clients * milliseconds(lambda: batch(rng, archetypes, examples), repeats)
        of_dense = clients * milliseconds(lambda: dense(batch(rng, archetypes, examples), memory), repeats)
        of_low_rank = clients * milliseconds(lambda: low_rank(batch(rng, archetypes, examples), memory), repeats)
        ours = clients * stages["client"]
        print(f"| {neurons} | {clients} | {examples} | {generate:.4g} | {of_dense:.4g} | {of_low_rank:.4g} | {ours:.4g} |"
              f" {of_dense / ours:.0f} | {of_low_rank / ours:.0f} |", flush=True)


if __name__ == "__main__":
    main()
