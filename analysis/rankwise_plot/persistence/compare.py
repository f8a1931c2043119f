# Figures of discriminate and sampler_check: ensembles told apart. SPDX-License-Identifier: MIT
"""Single spectra, ROC curves and areas under them; samplers against dense matrices."""
import matplotlib.pyplot as plt
import numpy as np

from ..plain import spread
from .shared import COLOURS, LATER, apart, bars, beside, curves, derived, ensemble_name, law, legend, room, size_axis, statistic_name

MOST_PAIRS = 3      # rows of panels
MOST_CLASSES = 4    # in a scatter without pairs
MOST_DOTS = 4000    # of a class
MOST_CHECKS = 14    # rows of a sampler check
BEST = "shape_energy"


def draw_scatter(axes, results, points, labels):
    """PE against the spacing ratio, a dot per spectrum."""
    for i, p in enumerate(points):
        replicas = results.replicas(p)[:MOST_DOTS]
        x, y = (results.read(f"/simulation/{name}")[p, replicas] for name in ("spacing_ratio", "persistence_entropy"))
        # dots of the class drawn last let the others through
        axes.plot(x, y, "o", markersize=3, alpha=0.7 if len(replicas) < 500 else 0.25, color=COLOURS[i % len(COLOURS)],
                  markeredgewidth=0, rasterized=True)
        axes.plot([], [], "o", markersize=4, color=COLOURS[i % len(COLOURS)], label=labels[i])
    axes.set_xlabel(r"spacing ratio $\langle r\rangle$ of a spectrum")
    axes.set_ylabel("persistence entropy of a spectrum")
    axes.set_title(f"n = {results.points()['dimension'][points[0]]}, a dot per matrix", fontsize=9)
    room(axes, above=0.2)
    legend(axes, loc="upper left", ncol=2)


def rows_of(table, negative, positive):
    return np.flatnonzero((table["negative"] == negative) & (table["positive"] == positive))


def draw_roc(axes, results, table, pair, colours, n):
    """The curves at one size, cut off where nothing happens any more."""
    roc = derived(results, "roc")
    rows = rows_of(roc, *pair)
    right, bottom = 0.05, 0.95
    for i in rows_of(table, *pair):
        name = table["statistic"][i]
        here = rows[roc["statistic"][rows] == name]
        false, true = roc["false_positive_rate"][here], roc["true_positive_rate"][here]
        axes.step(false, true, where="post", color=colours[name], linewidth=2 if name == BEST else 1.2,
                  label=f"{statistic_name(name)}: {table['auc'][i]:.4f}")
        right = max(right, false[np.argmax(true >= 0.98)])
        bottom = min(bottom, true[np.searchsorted(false, 0.02, side="right") - 1])
    axes.plot([0, 1], [0, 1], ":", color="0.6", linewidth=1)
    # corners that no curve enters are left out
    axes.set_xlim(-0.02 * right, min(1, 1.1 * right))
    axes.set_ylim(max(0, bottom - 0.6 * (1 - bottom)), 1 + 0.03 * (1 - bottom))
    axes.set_xlabel("false positive rate")
    axes.set_ylabel("true positive rate")
    axes.set_title(f"ROC at n = {n}", fontsize=9)
    legend(axes, loc="lower right", title="area under the curve", title_fontsize=7)


def draw_auc(axes, table, pairs, colours):
    """Areas against the size; the shape energy is the ceiling where it is the best statistic."""
    sizes = sorted(pairs)
    for i, name in enumerate(colours):
        rows = [j for n in sizes for j in rows_of(table, *pairs[n]) if table["statistic"][j] == name]
        if not rows:
            continue
        n, auc = table["dimension"][rows].astype(float), table["auc"][rows]
        label = statistic_name(name)
        if name == BEST and law(axes, n, table["theory"][rows], "k", r"$\Lambda$: exact moments, as if normal", "--"):
            label += " (ceiling)"
        below, above = np.maximum(auc - table["low"][rows], 0), np.maximum(table["high"][rows] - auc, 0)
        bars(axes, apart(n, i, len(colours)), auc, np.array([below, above]), colours[name], label, fmt="o-", linewidth=0.8)
    size_axis(axes, sizes)
    axes.axhline(1, color="0.8", linewidth=0.8, zorder=0)
    axes.set_ylabel("area under the ROC curve")
    axes.set_title("bars: 95 % of the paired bootstrap", fontsize=9)
    beside(axes)


def pairs_of(results, points, notes):
    """(label of the negative, of the positive class) -> {n: (negative, positive)}"""
    table = derived(results, "auc")
    if table is None:
        return None, {}
    named = {p: c.label for c in curves(results, points, "dimension", most=len(points)) for p in c.points}
    found = {}
    for negative, positive, n in zip(table["negative"], table["positive"], table["dimension"]):
        if negative in named and positive in named:
            found.setdefault((named[negative], named[positive]), {})[int(n)] = (int(negative), int(positive))
    shown = spread(list(found), MOST_PAIRS)
    if len(shown) < len(found):
        notes.append(f"{len(shown)} of {len(found)} pairs of classes; choose others with --points")
    return table, {classes: found[classes] for classes in shown}


def draw_discriminate(results, points, notes):
    table, pairs = pairs_of(results, points, notes)
    if not pairs:
        notes.append(LATER if not results.finished else "no pair of classes of one size among these points")
        n = results.points()["dimension"]
        largest = [p for p in points if n[p] == max(n[points])]
        shown = curves(results, largest, "dimension", most=MOST_CLASSES, notes=notes)
        figure, axes = plt.subplots(figsize=(7, 5.6), layout="constrained")
        draw_scatter(axes, results, [c.points[0] for c in shown], [c.label for c in shown])
        return figure
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(n for n in dict.fromkeys(table["statistic"]) if n != BEST)}
    colours[BEST] = "k"
    figure, grid = plt.subplots(len(pairs), 3, figsize=(17, 4.9 * len(pairs) + 0.5), squeeze=False, layout="constrained")
    for row, ((negative, positive), at) in zip(grid, pairs.items()):
        n = max(at)
        draw_scatter(row[0], results, at[n], (negative, positive))
        draw_roc(row[1], results, table, at[n], colours, n)
        draw_auc(row[2], table, at, colours)
    return figure


def draw_sampler_check(results, points, notes):
    """z of every comparison of means; None before the table is made."""
    table = derived(results, "two_sample")
    if table is None:
        return None
    inside = np.isin(table["short"], points) & np.isin(table["dense"], points)
    compared = list(dict.fromkeys((short, dense) for short, dense, i in zip(table["short"], table["dense"], inside) if i))
    if not compared or not np.isfinite(table["z"][inside]).any():  # a single replica has no z
        return None
    shown = spread(compared, MOST_CHECKS)
    if len(shown) < len(compared):
        notes.append(f"{len(shown)} of {len(compared)} comparisons; choose others with --points")
    figure, axes = plt.subplots(figsize=(9, 0.62 * len(shown) + 2), layout="constrained")
    statistics = list(dict.fromkeys(table["statistic"]))
    axes.axvspan(-3, 3, color="0.93", zorder=0, label=r"$\pm 3$")
    for i, statistic in enumerate(statistics):
        z = [table["z"][inside & (table["short"] == s) & (table["dense"] == d) & (table["statistic"] == statistic)][0] for s, d in shown]
        rows = np.arange(len(shown)) + 0.14 * (i - (len(statistics) - 1) / 2)
        bars(axes, z, rows, np.zeros(len(z)), COLOURS[i % len(COLOURS)], statistic_name(statistic), xerr=np.ones(len(z)), markersize=5)
    axes.axvline(0, color="k", linewidth=0.8)
    columns = results.points()
    axes.set_yticks(range(len(shown)), [f"{ensemble_name(columns['ensemble'][s])}, n = {columns['dimension'][s]}" for s, _ in shown])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    reach = 1.1 * max([4.2] + [abs(v) + 1 for v in table["z"][inside] if np.isfinite(v)])
    axes.set_xlim(-reach, reach)
    axes.set_xlabel("z: mean of the short form less that of dense matrices, in units of its standard error (bars: 1)")
    beside(axes)
    return figure
