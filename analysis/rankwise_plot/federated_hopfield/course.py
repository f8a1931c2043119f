# Figures of the modes drift, novelty and attacker: what happens round by round. SPDX-License-Identifier: MIT
"""A column per point: magnetisation (and Khat) above, weights of fresh data in the middle, exposure below."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from ..plain import spread
from ..results import progress
from .rounds import mean_over_replicas

COLOURS = plt.rcParams["axes.prop_cycle"].by_key()["color"]
MOST_POINTS = 4
MOST_LINES = 8   # archetypes or clients in a panel


def band(values):
    """Mean over replicas (first axis), least and largest."""
    mean = mean_over_replicas(values)
    return mean, np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)


def groups_of(columns, point, archetypes):
    """Archetypes that belong together: old and new ones of a ramp, else each alone."""
    if columns["schedule"][point] == "ramp":
        old = int(columns["old_archetypes"][point])
        return [("old archetypes", np.arange(old)), ("new archetypes", np.arange(old, archetypes))]
    return [(f"archetype {mu}", np.array([mu])) for mu in spread(range(archetypes), MOST_LINES)]


def draw_magnetisation(axes, results, point, groups):
    replicas = results.replicas_with("magnetisation", point)
    rounds = int(results.points()["rounds"][point])
    measured = results.read("/simulation/magnetisation")[point][replicas, :rounds]
    theory = results.read("/theory/magnetisation")[point][replicas, :rounds]
    t = np.arange(rounds)
    for i, (name, members) in enumerate(groups):
        mean, low, high = band(measured[:, :, members].reshape(len(replicas), rounds, -1).transpose(0, 2, 1).reshape(-1, rounds))
        colour = COLOURS[i % len(COLOURS)]
        axes.fill_between(t, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(t, mean, "o", markersize=max(3, 7 - 2 * i), color=colour, label=name)  # those behind stay visible
        axes.plot(t, mean_over_replicas(theory[:, :, members].mean(axis=2)), "--", linewidth=1.2, color=colour)
    axes.plot([], [], "--", color="grey", label="theory")
    axes.set_ylabel(r"magnetisation $m_\mu$")
    low = np.nanmin(measured)
    axes.set_ylim(-0.05 if low < 0.85 else min(0.98, low - 0.01), 1.05 if low < 0.85 else 1.003)
    axes.legend(fontsize=7, loc="center left")


def draw_khat(axes, results, point):
    replicas = results.replicas_with("khat", point)
    rounds = int(results.points()["rounds"][point])
    mean, low, high = band(results.read("/simulation/khat")[point][replicas, :rounds].astype(float))
    t = np.arange(rounds)
    axes.fill_between(t, low, high, color="k", alpha=0.12, linewidth=0, step="mid")
    axes.step(t, mean, where="mid", color="k", linewidth=1.2, label=r"$\hat K$")
    axes.set_ylim(0, max(high.max(), len(results.read("/simulation/archetype"))) + 1)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel(r"effective rank $\hat K$")
    axes.legend(fontsize=7, loc="lower right")


def qualities_of(columns, point, clients):
    text = str(columns["client_qualities"][point])
    return np.array([float(part) for part in text.split("/")]) if "/" in text else np.full(clients, float(columns["quality"][point]))


def draw_weights(axes, results, point):
    """One line for all clients of one quality."""
    columns = results.points()
    replicas = results.replicas_with("w", point)
    rounds = int(columns["rounds"][point])
    w = results.read("/simulation/w")[point][replicas, :rounds]
    clients = min(int(columns["clients"][point]), w.shape[2])
    qualities = qualities_of(columns, point, clients)
    least = 1.0
    for i, r in enumerate(spread(list(dict.fromkeys(qualities)), MOST_LINES)):
        members = np.flatnonzero(qualities == r) if len(qualities) == clients else np.arange(clients)
        mean, low, high = band(w[:, :, members].transpose(0, 2, 1).reshape(-1, rounds))
        axes.fill_between(np.arange(rounds), low, high, color=COLOURS[i % len(COLOURS)], alpha=0.15, linewidth=0)
        axes.plot(np.arange(rounds), mean, "o-", markersize=3, linewidth=1, color=COLOURS[i % len(COLOURS)], label=f"clients of r = {r:g}")
        least = min(least, np.nanmin(mean))
    if 0 < least < 0.02:
        axes.set_yscale("log")
        axes.set_ylim(least / 3, 2)
    else:
        axes.set_ylim(-0.05, 1.05)
    axes.set_ylabel("weight w of fresh data")
    axes.legend(fontsize=7)


def draw_exposure(axes, results, point, groups):
    replicas = results.replicas_with("exposure", point)
    rounds = int(results.points()["rounds"][point])
    exposure = mean_over_replicas(results.read("/simulation/exposure")[point][replicas, :rounds])
    for i, (_, members) in enumerate(groups):
        axes.plot(np.arange(rounds), exposure[:, members].sum(axis=1), "o-", markersize=max(2, 5 - 1.5 * i), linewidth=1, color=COLOURS[i % len(COLOURS)])
    axes.set_ylim(-0.05, 1.05)
    axes.set_ylabel("exposure" + (", summed" if any(len(members) > 1 for _, members in groups) else ""))


def draw(results, points):
    shown = points[:MOST_POINTS]
    columns = results.points()
    archetypes = len(results.read("/simulation/archetype"))
    figure, grid = plt.subplots(4, len(shown), squeeze=False, sharex="col", layout="constrained", figsize=(max(6.4, 4.6 * len(shown) + 1), 10.5),
                                height_ratios=(3, 1.6, 2, 1.6))
    for column, point in enumerate(shown):
        groups = groups_of(columns, point, archetypes)
        draw_magnetisation(grid[0, column], results, point, groups)
        draw_khat(grid[1, column], results, point)
        draw_weights(grid[2, column], results, point)
        draw_exposure(grid[3, column], results, point, groups)
        grid[0, column].set_title(results.label(point) or f"mode {results.mode}", fontsize=10)
        grid[3, column].set_xlabel("round")
        grid[3, column].xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.suptitle(f"federated Hopfield model, {results.mode}: {progress(results, points)}\n(markers: means, bands: least to largest of all replicas, colours of the exposure as above)",
                    fontsize=9)
    if len(points) > MOST_POINTS:
        figure.text(0.01, 0.002, f"{MOST_POINTS} of {len(points)} points; choose others with --points", fontsize=8)
    return figure
