# Accuracy against the bytes of a client's operator. SPDX-License-Identifier: MIT
"""The figure of a federated run that sweeps operator_rank, and perhaps wire and quality."""
import matplotlib.pyplot as plt
import numpy as np

from ..results import progress

COLOURS = plt.rcParams["axes.prop_cycle"].by_key()["color"]
MARKERS = {"float64": "o", "float32": "s"}


def swept(results):
    return [name for name, column in results.points().items() if name != "id" and len({str(value) for value in column}) > 1]


def fits(results):
    """At least three ranks, and nothing varies but rank, wire and quality."""
    names = swept(results)
    return set(names) <= {"operator_rank", "wire", "quality"} and len(set(results.points()["operator_rank"])) >= 3


def curves(results, points):
    """(quality, wire) -> bytes, 1 - magnetisation of round 0 with its error, and what theory leaves, by rising bytes."""
    columns = results.points()
    magnetisation = results.read("/simulation/magnetisation")[:, :, 0, :]
    theory = results.read("/theory/magnetisation")[:, :, 0, :]
    sent = results.read("/simulation/bytes_sent")
    found = {}
    for point in points:
        replicas = results.replicas_with("magnetisation", point)
        per_replica = magnetisation[point][replicas].mean(axis=1)
        error = per_replica.std(ddof=1) / np.sqrt(len(replicas)) if len(replicas) > 1 else 0.0
        row = (float(sent[point, replicas[0], 0, 0]), 1 - per_replica.mean(), error, 1 - np.nanmean(theory[point][replicas]))
        found.setdefault((float(columns["quality"][point]), str(columns["wire"][point])), []).append(row)
    return {key: np.array(sorted(rows)) for key, rows in sorted(found.items())}


def draw(results, points):
    figure, axes = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
    qualities = []
    for (quality, wire), rows in curves(results, points).items():
        if quality not in qualities:
            qualities.append(quality)
        colour = COLOURS[qualities.index(quality) % len(COLOURS)]
        filled = wire == "float64"
        axes.errorbar(rows[:, 0], rows[:, 1], yerr=rows[:, 2], fmt=MARKERS.get(wire, "^") + "-", markersize=5, linewidth=0.8, capsize=2,
                      color=colour, markerfacecolor=colour if filled else "white", label=f"r = {quality:g}, {wire}")
        if filled or len(results.points()["wire"]) == 1:
            axes.axhline(rows[:, 3].mean(), linestyle="--", linewidth=1.2, color=colour, label=f"r = {quality:g}, theory, all eigenpairs")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("bytes of a client's operator")
    axes.set_ylabel("1 $-$ mean magnetisation, round 0")
    axes.legend(fontsize=8)
    axes.set_title(f"accuracy against bytes: operator rank and wire\n{progress(results, points)} (bars: standard error over replicas)", fontsize=9)
    return figure
