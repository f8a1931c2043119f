#!/usr/bin/env python3
"""One federation of many small clients (N = 256, M_c = 16, K = 3): time and memory against clients and ranks.

usage: federated_scaling.py BUILD PICTURE.png [LARGEST]

Runs the whole program: 1000, 10000, ... LARGEST clients (default a million) for one and for five rounds on two ranks, and
100000 clients on 1, 2, 4 and 8 ranks (more than the cores: processor time counts). Prints two tables and draws them. A
round of many follows from the difference: it has a memory to compare with, the first has none.

SPDX-License-Identifier: MIT
"""
import os

for word in ("OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"):
    os.environ[word] = "1"
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402

import h5py  # noqa: E402
import matplotlib  # noqa: E402

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

program = os.path.join(sys.argv[1], "bin/rankwise-federated-hopfield")
picture = sys.argv[2]
largest = int(sys.argv[3]) if len(sys.argv) > 3 else 1000000


def run(clients, rounds, ranks):
    """Wall seconds of the task, processor seconds of all ranks, largest peak memory in MiB, digest."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "f.h5")
        began = time.monotonic()
        subprocess.run(["mpirun", "--oversubscribe", "-n", str(ranks), program, "--mode", "baseline", "--neurons", "256", "--batch-size", "16",
                        "--clients", str(clients), "--rounds", str(rounds), "--replicas", "1", "--quiet", "--output", path], check=True)
        wall = time.monotonic() - began
        with h5py.File(path, "r") as file:
            provenance = file["provenance"]
            least = file["simulation/magnetisation"][...].min()
            assert least > 0.99, f"{clients} clients: magnetisation {least}"
            return wall, float(provenance["cpu_seconds"][...].sum()), float(provenance["peak_memory"][...].max()) / 2**20, file.attrs["digest"]


def main():
    clients = [10**power for power in range(3, 10) if 10**power <= largest]
    once = {count: run(count, 1, 2) for count in clients}
    five = {count: run(count, 5, 2) for count in clients}
    print("Two ranks; a later round: a quarter of what five rounds take beyond one\n")
    print("| clients | wall s, one round | wall s, five rounds | processor us a client, first round | later rounds | peak MiB a rank |")
    print("|---|---|---|---|---|---|")
    later = {}
    for count in clients:
        later[count] = (five[count][1] - once[count][1]) / 4
        print(f"| {count} | {once[count][0]:.2f} | {five[count][0]:.2f} | {1e6 * once[count][1] / count:.1f} | {1e6 * later[count] / count:.1f} |"
              f" {max(once[count][2], five[count][2]):.0f} |", flush=True)
    some = min(100000, largest)
    by_ranks = {ranks: run(some, 2, ranks) for ranks in (1, 2, 4, 8)}
    assert len({entry[3] for entry in by_ranks.values()}) == 1, "the digest depends on the number of ranks"
    print(f"\n{some} clients, two rounds; one digest\n\n| ranks | processor s, all ranks | over one rank | peak MiB a rank |\n|---|---|---|---|")
    for ranks, entry in by_ranks.items():
        print(f"| {ranks} | {entry[1]:.2f} | {entry[1] / by_ranks[1][1]:.3f} | {entry[2]:.0f} |")

    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
    left.loglog(clients, [once[c][0] for c in clients], "o-", label="one round, start and file included")
    left.loglog(clients, [five[c][0] for c in clients], "s-", label="five rounds")
    left.loglog(clients, [later[c] / 2 for c in clients], "k--", linewidth=1, label="a later round: processor time / 2")
    left.set_xlabel("clients")
    left.set_ylabel("wall time on two ranks [s]")
    left.legend(fontsize=8)
    middle.semilogx(clients, [max(once[c][2], five[c][2]) for c in clients], "o-")
    middle.set_ylim(0, 1.25 * max(max(once[c][2], five[c][2]) for c in clients))
    middle.set_xlabel("clients")
    middle.set_ylabel("peak memory of a rank [MiB]")
    right.plot(list(by_ranks), [entry[1] for entry in by_ranks.values()], "o-")
    right.set_xscale("log", base=2)
    right.set_xticks(list(by_ranks), [str(ranks) for ranks in by_ranks])
    right.set_ylim(0, 1.25 * max(entry[1] for entry in by_ranks.values()))
    right.set_xlabel("ranks (oversubscribed beyond the cores)")
    right.set_ylabel(f"processor time of all ranks [s]\n{some} clients, two rounds")
    figure.suptitle("one federation of small clients (N = 256, $M_c$ = 16, K = 3)", fontsize=11)
    figure.savefig(picture, dpi=80)


main()
