#!/usr/bin/env python3
"""GOE spectra: the whole program beside numpy's dense eigvalsh and beside LAPACK dsterf, and the stages of the program in
every instruction set. Processor time, one thread, medians of rounds in which every way runs once.

usage: spectra.py BUILD [ROUNDS]      (BUILD: build/release, its programs built)

SPDX-License-Identifier: MIT
"""
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import resource  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402

import numpy as np  # noqa: E402

# levels: replicas of the lane-batched program, of the one with dsterf, matrices of numpy
SIZES = {100: (200000, 20000, 400), 1000: (6000, 200, 5), 2000: (1600, 48, 2)}
SETS = ("avx512", "avx2", "portable")
STAGES = ("sample", "solve", "unfold", "statistics")
build = sys.argv[1]
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
program = os.path.join(build, "bin/rankwise-persistence")


def program_cpu(n, replicas, *options):
    """Microseconds of processor time per spectrum of a whole run: start, sampling, statistics, files."""
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, "--mode", "entropy_scaling", "--ensemble", "goe", "--dimension", str(n), "--replicas", str(replicas),
                        "--quiet", "--output", os.path.join(folder, "f.h5"), *options], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1e6 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / replicas


def numpy_cpu(n, matrices):
    """What one would write in Python: dense matrix, eigvalsh, entropy and ratio."""
    draws = np.random.default_rng(n)
    start = time.process_time()
    for _ in range(matrices):
        a = draws.standard_normal((n, n))
        bars = np.diff(np.linalg.eigvalsh((a + a.T) / np.sqrt(2 * n)))
        p = bars / bars.sum()
        _ = -(p * np.log(p)).sum(), (np.minimum(bars[1:], bars[:-1]) / np.maximum(bars[1:], bars[:-1])).mean()
    return 1e6 * (time.process_time() - start) / matrices


def available():
    found = []
    for name in SETS:
        done = subprocess.run([program, "--mode", "entropy_scaling", "--quick", "--dry-run", "--instruction-set", name], capture_output=True, check=False)
        if done.returncode == 0:
            found.append(name)
    return found


def main():
    subprocess.run(["cmake", "--build", build, "--target", "bench_spectrum_stages"], check=True, stdout=subprocess.DEVNULL)
    sets = available()
    times = {}
    stages = {}
    for _ in range(rounds):
        for n, (batched, sterf, dense) in SIZES.items():
            for name in sets:
                times.setdefault((n, name), []).append(program_cpu(n, batched if name != "portable" else batched // 2, "--instruction-set", name))
            times.setdefault((n, "dsterf"), []).append(program_cpu(n, sterf, "--solver", "sterf"))
            times.setdefault((n, "numpy"), []).append(numpy_cpu(n, dense))
        for name in sets:
            lines = subprocess.run([os.path.join(build, "tests/bench/bench_spectrum_stages"), name, *map(str, SIZES)], check=True,
                                   capture_output=True, text=True).stdout.split("\n")
            for line in filter(None, lines):
                n, stage, value = line.split()
                stages.setdefault((int(n), stage, name), []).append(float(value))
    median = {key: statistics.median(values) for key, values in times.items()}
    print("Whole program, microseconds of processor time per spectrum; gain of the widest over the others\n")
    ways = [*sets, "dsterf", "numpy"]
    print("| n | " + " | ".join(ways) + " | dsterf/" + sets[0] + " | numpy/" + sets[0] + " | spectra/s |\n|" + "---|" * (len(ways) + 4))
    for n in SIZES:
        best = median[n, sets[0]]
        print(f"| {n} | " + " | ".join(f"{median[n, way]:.1f}" for way in ways)
              + f" | {median[n, 'dsterf'] / best:.1f} | {median[n, 'numpy'] / best:.0f} | {1e6 / best:.0f} |")
    print("\nStages, microseconds per spectrum (gain over the next narrower set)\n")
    print("| n | stage | " + " | ".join(sets) + " |\n|" + "---|" * (len(sets) + 2))
    for n in SIZES:
        for stage in STAGES:
            of = [statistics.median(stages[n, stage, name]) for name in sets]
            cells = [f"{value:.2f}" + (f" ({of[i + 1] / value:.1f}x)" if i + 1 < len(of) else "") for i, value in enumerate(of)]
            print(f"| {n} | {stage} | " + " | ".join(cells) + " |")


main()
