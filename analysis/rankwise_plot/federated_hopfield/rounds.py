# Figure of the modes baseline and structured. SPDX-License-Identifier: MIT
"""Magnetisation against round, spectrum against the bulk edge, and reconstructed images."""
import warnings

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from ..results import progress

MOST_POINTS = 4
COLOURS = plt.rcParams["axes.prop_cycle"].by_key()["color"]


def mean_over_replicas(values):
    """Mean along the first axis without NaN; all-NaN entries stay NaN without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmean(values, axis=0)


def draw_magnetisation(axes, results, point):
    mean, error = results.mean("magnetisation")
    error = np.nan_to_num(error)  # a single replica has no error bar
    rounds_here = int(results.points()["rounds"][point])
    archetypes = results.read("/simulation/archetype")
    theory = mean_over_replicas(results.read("/theory/magnetisation")[point])
    rounds = np.arange(rounds_here)
    shown = len(archetypes) if len(archetypes) <= 6 else 6
    for mu in range(shown):
        colour = COLOURS[mu % len(COLOURS)]
        # a small shift keeps equal points of different archetypes apart
        shift = (mu - (shown - 1) / 2) * 0.08
        axes.errorbar(rounds + shift, mean[point, :rounds_here, mu], yerr=error[point, :rounds_here, mu], fmt="o",
                      markersize=4, capsize=2, color=colour, label=f"archetype {mu}")
        axes.plot(rounds, theory[:rounds_here, mu], linestyle="--", linewidth=1.2, color=colour)
    axes.plot([], [], linestyle="--", color="grey", label="theory")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("round")
    axes.set_ylabel(r"magnetisation $m_\mu$")
    low = np.nanmin(mean[point, :rounds_here]) if np.isfinite(mean[point, :rounds_here]).any() else 0
    axes.set_ylim(min(0.9, max(-0.05, low - 0.1)), 1.02)
    axes.legend(fontsize=7, loc="lower right")


def draw_spectrum(axes, results, point):
    columns = results.points()
    rounds = int(columns["rounds"][point])
    n = int(columns["neurons"][point])
    replicas = results.replicas_with("eigenvalues", point)
    values = n * results.read("/simulation/eigenvalues")[point][replicas, :rounds]
    edge = results.read("/theory/edge")[point][replicas, :rounds]
    cut = results.read("/simulation/cut")[point][replicas, :rounds]
    outlier = results.read("/theory/outlier")[point][replicas, :rounds]
    last = rounds - 1
    component = np.arange(values.shape[2]) + 1
    for t, colour, name in ((0, "0.6", "round 0"), (last, "k", f"round {last}")):
        mean = values[:, t].mean(axis=0)
        spread = values[:, t].std(axis=0, ddof=1) if len(replicas) > 1 else np.zeros_like(mean)
        visible = mean > 0
        axes.errorbar(component[visible], mean[visible], yerr=spread[visible], fmt="o", markersize=4, capsize=2,
                      color=colour, label=f"{name} (bars: spread of replicas)")
        predicted = mean_over_replicas(outlier[:, t])
        axes.plot(np.arange(len(predicted)) + 1, predicted, "_", markersize=16, markeredgewidth=1.5, color="tab:red",
                  label="outlier, theory" if t == last else None)
        if last == 0:
            break
    if np.isfinite(edge[:, 0]).any():
        axes.axhline(np.nanmean(edge[:, 0]), color="tab:blue", linewidth=1.2, label="bulk edge, round 0")
        if last > 0:
            axes.axhline(np.nanmean(edge[:, last]), color="tab:blue", linestyle=":", linewidth=1.2, label=f"bulk edge, round {last}")
    if columns["rank_cut"][point] == "mp" and np.isfinite(cut[:, last]).any():
        axes.axhline(np.nanmean(cut[:, last]), color="tab:orange", linestyle="-.", linewidth=1, label=f"cut, round {last}")
    if (values[:, [0, last]] > 0).any():
        axes.set_yscale("log")
    else:
        axes.text(0.5, 0.5, "no operator arrived in these rounds", ha="center", fontsize=9, color="0.4", transform=axes.transAxes)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("eigenvalue, largest first")
    axes.set_ylabel(r"$N\lambda$ of the server's operator")
    axes.legend(fontsize=7)


def draw_images(grid, figure, results, point):
    shape = tuple(int(v) for v in results.attribute("input_image_shape", "/provenance").split("/"))
    replicas = results.replicas_with("true_archetypes", point)
    replica = int(replicas[0])
    truth = results.read("/simulation/true_archetypes")[point, replica].astype(int)
    specimen = results.read("/simulation/specimen")[point, replica]
    found = int(results.read("/simulation/archetypes_length")[point, replica])
    patterns = results.read("/simulation/archetypes")[point, replica][:found].astype(int)
    titles = ("noisy example", "true archetype", "reconstruction")
    for mu, archetype in enumerate(truth):
        overlaps = patterns @ archetype / archetype.size if found else np.zeros(0)
        best = int(np.argmax(np.abs(overlaps))) if found else None
        rebuilt = None if best is None else patterns[best] * np.sign(overlaps[best])
        for column, picture in enumerate((specimen[mu], archetype, rebuilt)):
            axes = figure.add_subplot(grid[mu, column])
            axes.set_xticks([])
            axes.set_yticks([])
            if mu == 0:
                axes.set_title(titles[column], fontsize=9)
            if picture is None:
                axes.text(0.5, 0.5, "none", ha="center", va="center", transform=axes.transAxes)
                continue
            axes.imshow(np.asarray(picture).reshape(shape), cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
            if column == 2:
                axes.text(0.97, 0.04, f"m = {abs(overlaps[best]):.3f}", fontsize=7, ha="right", va="bottom",
                          transform=axes.transAxes, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})


def draw(results, points, total):
    """A figure of these points, a column each; up to four of the `total` where nobody has chosen any."""
    if total is not None:
        points = points[:MOST_POINTS]
    images = results.has("/simulation/specimen")
    classes = len(results.read("/simulation/archetype")) if images else 0
    heights = [3, 3] + ([1.75 * classes] if images else [])
    figure = plt.figure(figsize=(5.4 * len(points), sum(heights) + 1), layout="constrained")
    grid = figure.add_gridspec(len(heights), len(points), height_ratios=heights)
    for column, point in enumerate(points):
        axes = figure.add_subplot(grid[0, column])
        draw_magnetisation(axes, results, point)
        axes.set_title(results.label(point) or f"mode {results.mode}", fontsize=10)
        draw_spectrum(figure.add_subplot(grid[1, column]), results, point)
        if images:
            draw_images(grid[2, column].subgridspec(classes, 3, wspace=0, hspace=0), figure, results, point)
    figure.suptitle(f"federated Hopfield model, {results.mode} (markers: simulation, bars: standard error)\n"
                    f"{progress(results, points)}", fontsize=9)
    if total is not None and total > MOST_POINTS:
        figure.text(0.01, 0.005, f"{MOST_POINTS} of {total} points; choose others with --points", fontsize=8)
    return figure
