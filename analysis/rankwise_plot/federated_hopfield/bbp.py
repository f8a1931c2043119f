# Figure of the mode bbp. SPDX-License-Identifier: MIT
"""Outlier and overlap against the strength of the signal with theory's lines, and how often each rank cut finds it; all from
replicas, so that a run that goes on is drawn as well."""
import matplotlib.pyplot as plt
import numpy as np

from ..plain import spread
from ..results import progress

MARKERS = "osD^v<>p"
CUTS = {"mp": ("tab:blue", "mp, edge with cushion"), "tw": ("tab:orange", "tw, at a level"), "shuffle": ("tab:green", "shuffle, at a level")}
MOST_CURVES = 6
NOT_A_CURVE = ("id", "strength_ratio", "quality", "batch_size", "aspect_ratio")


def curves(results, points):
    """Points that differ in their strength alone, by aspect ratio: [(label, points by strength)]."""
    columns = results.points()
    others = [name for name in columns if name not in NOT_A_CURVE and len(set(map(str, columns[name][points]))) > 1]
    groups = {}
    for p in points:
        rest = "".join(f", {name.replace('_', ' ')} = {columns[name][p]}" for name in others)
        groups.setdefault((float(columns["aspect_ratio"][p]), rest), []).append(p)
    found = []
    for (q, rest), members in sorted(groups.items()):
        order = np.argsort(columns["strength_ratio"][members], kind="stable")
        found.append((f"q = {q:.3g}{rest}", np.array(members)[order]))
    return found


def theory_lines(q, ratios, archetypes, neurons):
    """Outlier and squared overlap of the closed forms at kappa = ratio sqrt(q), noise level from r^2 = kappa/(kappa + N/K)."""
    kappa = ratios * np.sqrt(q)
    noise = 1 - kappa / (kappa + neurons / archetypes)
    visible = ratios > 1
    safe = np.where(visible, kappa, 1)
    outlier = noise * np.where(visible, (1 + safe) * (1 + q / safe), (1 + np.sqrt(q)) ** 2)
    overlap = np.where(visible, (1 - q / safe**2) / (1 + q / safe), 0)
    return outlier, overlap


def mean_of(results, name, p):
    """Over replicas, of the mean over archetypes: value and standard error."""
    values = results.read(f"/simulation/{name}")[p][results.replicas(p)]
    values = values.reshape(len(values), -1)
    values = np.nanmean(values, axis=1)
    return values.mean(), values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0


def draw_against_strength(axes, results, shown, name, symbol):
    columns = results.points()
    for i, (label, points) in enumerate(shown):
        x = columns["strength_ratio"][points]
        p = points[0]
        dense = np.linspace(0, 1.03 * x.max(), 400)
        q = columns["neurons"][p] / (columns["batch_size"][p] * columns["clients"][p])
        line = theory_lines(q, dense, columns["archetypes"][p], columns["neurons"][p])[name == "overlap"]
        mean, error = np.array([mean_of(results, name, point) for point in points]).T
        axes.plot(dense, line, "-", color=f"C{i}", linewidth=1)
        axes.errorbar(x, mean, yerr=error, fmt=MARKERS[i % len(MARKERS)], color=f"C{i}", markersize=4, capsize=2, label=label)
    axes.axvline(1, color="0.6", linewidth=0.8, linestyle=":")
    axes.plot([], [], "-", color="0.4", linewidth=1, label="theory")
    axes.tick_params(labelsize=9)
    axes.set_xlabel(r"signal over threshold $\kappa/\sqrt{q}$")
    axes.set_ylabel(symbol)
    axes.legend(fontsize=7, loc="upper left")


def detection(results, points, cut):
    """Share of replicas with at least K eigenvalues above the cut, and its binomial standard error."""
    columns = results.points()
    rate, error = [], []
    for p in points:
        found = results.read(f"/simulation/detected_{cut}")[p][results.replicas(p)] >= columns["archetypes"][p]
        rate.append(found.mean())
        error.append(np.sqrt(rate[-1] * (1 - rate[-1]) / len(found)))
    return np.array(rate), np.array(error)


def draw_detection(axes, results, label, points, last):
    columns = results.points()
    x = columns["strength_ratio"][points]
    for cut, (colour, name) in CUTS.items():
        rate, error = detection(results, points, cut)
        axes.errorbar(x, rate, yerr=error, fmt="o-", color=colour, markersize=3, capsize=2, linewidth=0.8, label=name)
    level = float(columns["level"][points[0]])
    axes.axhline(level, color="k", linewidth=0.8, linestyle="--", label=f"level {level:g}")
    axes.axvline(1, color="0.6", linewidth=0.8, linestyle=":")
    axes.set_ylim(-0.06, 1.08)
    axes.set_ylabel("detected", fontsize=8)
    axes.set_title(label, fontsize=8, loc="left", pad=2)
    if last:
        axes.set_xlabel(r"signal over threshold $\kappa/\sqrt{q}$")
    else:
        axes.tick_params(labelbottom=False)


def draw(results, points):
    found = curves(results, points)
    shown = spread(found, MOST_CURVES)
    figure = plt.figure(figsize=(15, 5.4), layout="constrained")
    grid = figure.add_gridspec(1, 3)
    draw_against_strength(figure.add_subplot(grid[0]), results, shown, "outlier", r"largest eigenvalue $N\lambda$")
    draw_against_strength(figure.add_subplot(grid[1]), results, shown, "overlap", "squared overlap with the archetype")
    chosen = spread(shown, 4)
    right = grid[2].subgridspec(len(chosen), 1)
    first = None
    for row, (label, members) in enumerate(chosen):
        axes = figure.add_subplot(right[row], sharex=first)
        first = first or axes
        draw_detection(axes, results, label, members, row + 1 == len(chosen))
        if row == 0:
            axes.legend(fontsize=6.5, loc="center right")
    columns = results.points()
    sizes = sorted(set(int(n) for n in columns["neurons"][points]))
    figure.suptitle(f"federated Hopfield model, bbp: N = {', '.join(map(str, sizes))}, {progress(results, points)} "
                    "(bars: standard error; lines left: closed forms of large N; right: share of replicas detected by each cut)", fontsize=10)
    if len(found) > len(shown):
        figure.supxlabel(f"{len(found) - len(shown)} of {len(found)} curves left out; choose others with --points", fontsize=8, x=0.01, ha="left")
    return figure
