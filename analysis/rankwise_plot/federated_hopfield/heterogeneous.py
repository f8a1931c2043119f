# Figure of the mode heterogeneous. SPDX-License-Identifier: MIT
"""Outlier and overlap of archetype 0 beside theory for each case and weighting, and what weightings gain over equal weights."""
import matplotlib.pyplot as plt
import numpy as np

from ..plain import spread
from ..results import progress

COLOURS = {"equal": "tab:blue", "optimal": "tab:orange", "inverse_variance": "tab:green"}
MARKERS = {"equal": "o", "optimal": "s", "inverse_variance": "D"}
CASE = ("neurons", "archetypes", "clients", "batch_size", "client_batch_sizes", "quality", "client_qualities", "client_exposures", "level", "cushion")
MOST_CASES = 6


def cases(results, points):
    """Points that differ in their weights alone: [(label, {weights: point})]."""
    columns = results.points()
    groups = {}
    for p in points:
        groups.setdefault(tuple(str(columns[name][p]) for name in CASE), {})[str(columns["client_weights"][p])] = p
    found = []
    for number, (key, members) in enumerate(groups.items()):
        value = dict(zip(CASE, key))
        def of(listed, common, value=value):
            return value[common] if value[listed] == "auto" else value[listed]
        exposures = "1/K" if value["client_exposures"] == "auto" else value["client_exposures"]
        text = (f"({chr(97 + number)})  N = {value['neurons']}\nM = {of('client_batch_sizes', 'batch_size')}\n"
                f"r = {of('client_qualities', 'quality')}\n" + rf"$\pi$ = {exposures}")
        found.append((text, members))
    return found


def of_replicas(results, group, name, point):
    return results.read(f"/{group}/{name}")[point][results.replicas(point)]


def mean_error(values):
    return values.mean(), values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0


def draw_measured(axes, results, shown, name, label):
    """Measured (markers) beside theory (bars) at the place of each case."""
    for weights, colour in COLOURS.items():
        shift = 0.24 * (list(COLOURS).index(weights) - 1)
        place = [c for c, (_, members) in enumerate(shown) if weights in members]
        if not place:
            continue
        here = [shown[c][1][weights] for c in place]
        mean, error = np.array([mean_error(of_replicas(results, "simulation", name, p)) for p in here]).T
        theory = np.array([of_replicas(results, "theory", name, p).mean() for p in here])
        x = np.array(place) + shift
        axes.errorbar(x, mean, yerr=error, fmt=MARKERS[weights], color=colour, markersize=5, capsize=3, label=weights.replace("_", " "))
        axes.hlines(theory, x - 0.1, x + 0.1, color="k", linewidth=1.3, label="theory" if weights == list(COLOURS)[0] else None)
    axes.set_xticks(range(len(shown)), [text for text, _ in shown], fontsize=7)
    axes.set_xlim(-0.6, len(shown) - 0.4)
    axes.set_ylabel(label)
    axes.legend(fontsize=8)


def gains(results, members, weights, group):
    """Overlap less that under equal weights in the same replica."""
    both = np.intersect1d(results.replicas(members[weights]), results.replicas(members["equal"]))
    overlap = results.read(f"/{group}/spike_overlap")
    return overlap[members[weights]][both] - overlap[members["equal"]][both]


def draw_gain(axes, results, shown):
    for weights in ("optimal", "inverse_variance"):
        shift = 0.14 * (1 if weights == "inverse_variance" else -1)
        place = [c for c, (_, members) in enumerate(shown) if weights in members and "equal" in members]
        if not place:
            continue
        mean, error = np.array([mean_error(gains(results, shown[c][1], weights, "simulation")) for c in place]).T
        theory = np.array([gains(results, shown[c][1], weights, "theory").mean() for c in place])
        x = np.array(place) + shift
        axes.errorbar(x, mean, yerr=error, fmt=MARKERS[weights], color=COLOURS[weights], markersize=5, capsize=3,
                      label=weights.replace("_", " ") + " less equal")
        axes.hlines(theory, x - 0.09, x + 0.09, color="k", linewidth=1.3, label="theory" if weights == "optimal" else None)
    axes.axhline(0, color="0.6", linewidth=0.8)
    axes.set_xticks(range(len(shown)), [text.split("  ")[0] for text, _ in shown], fontsize=8)
    axes.set_xlim(-0.6, len(shown) - 0.4)
    axes.set_ylabel("gain in squared overlap, replica by replica")
    if axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize=8)


def draw(results, points):
    found = cases(results, points)
    shown = spread(found, MOST_CASES)
    figure, axes = plt.subplots(1, 3, figsize=(5.6 + 3.0 * len(shown), 5), layout="constrained", width_ratios=[3, 3, 2])
    draw_measured(axes[0], results, shown, "spike_outlier", r"outlier $N\lambda$ of archetype 0")
    draw_measured(axes[1], results, shown, "spike_overlap", "squared overlap with archetype 0")
    draw_gain(axes[2], results, shown)
    figure.suptitle(f"federated Hopfield model, heterogeneous clients: {progress(results, points)} (bars: standard error)", fontsize=10)
    if len(found) > len(shown):
        figure.supxlabel(f"{len(found) - len(shown)} of {len(found)} cases left out; choose others with --points", fontsize=8, x=0.01, ha="left")
    return figure
