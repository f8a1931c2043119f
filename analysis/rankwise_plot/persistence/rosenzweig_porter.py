# Figure of rosenzweig_porter: what each statistic sees of the noise. SPDX-License-Identifier: MIT
"""PE, spacing ratio and AUC on one axis gamma; densities beside the free convolution."""
import matplotlib.pyplot as plt
import numpy as np

from ..plain import spread
from .shared import LATER, MOST_DENSITIES, bars, curves, densities, derived, key, law, legend, room, statistic_name

CROSSOVERS = ((1, "density changes"), (2, "local statistics change"))


def draw_means(axes, results, shown, name, less, label, theory_label):
    """Means and theory against gamma, `less` taken off."""
    mean, error = results.mean(name)
    theory = results.read(f"/theory/{name}")
    drawn = False
    for c in shown:
        drawn |= law(axes, c.x, (theory - less)[c.points], c.colour)
        bars(axes, c.x, (mean - less)[c.points], error[c.points], c.colour, c.label if axes.get_subplotspec().is_first_row() else None)
    if drawn:
        key(axes, theory_label, "-", "0.3")
    axes.set_ylabel(label)
    legend(axes, loc="lower left")


def draw_auc(axes, results, shown):
    """AUC of both statistics against the lowest gamma."""
    table = derived(results, "auc")
    reference = None
    for c in shown:
        for name, style, fill in (("persistence_entropy", "o-", c.colour), ("spacing_ratio", "s--", "white")):
            rows = np.flatnonzero(np.isin(table["point"], c.points) & (table["statistic"] == name))
            if len(rows) == 0:
                continue
            rows = rows[np.argsort(table["gamma"][rows])]
            reference = results.points()["gamma"][table["reference"][rows[0]]]
            auc = table["auc"][rows]
            error = np.maximum(0, [auc - table["low"][rows], table["high"][rows] - auc])
            bars(axes, table["gamma"][rows], auc, error, c.colour, fmt=style, markerfacecolor=fill)
    key(axes, "persistence entropy", "o-", "0.3", markersize=4)
    key(axes, statistic_name("spacing_ratio"), "s--", "0.3", markersize=4, markerfacecolor="white")
    axes.axhline(0.5, color="0.6", linestyle=":", linewidth=1, label="no difference")
    axes.set_ylim(-0.04, 1.04)
    axes.set_ylabel("AUC of a larger value\n" + rf"against $\gamma$ = {reference:g} (bars: 95 %)")
    legend(axes, loc="lower left")


def draw_rosenzweig_porter(results, points, notes):
    shown = curves(results, points, "gamma", notes=notes)
    for c in shown:
        c.label = c.label.removeprefix("Rosenzweig Porter").lstrip(", ") or f"n = {results.points()['dimension'][c.points[0]]}"
    table = derived(results, "auc")
    if table is None or not np.isin(table["point"], np.concatenate([c.points for c in shown])).any():
        table = None
        notes.append(LATER if not results.finished else "no AUC: it needs two values of gamma")
    rows = 3 if table else 2
    figure = plt.figure(figsize=(13, 3.4 * rows + 0.6), layout="constrained")
    left, right = figure.add_gridspec(1, 2, width_ratios=(1.25, 1))
    left = left.subgridspec(rows, 1, hspace=0)
    top = figure.add_subplot(left[0])
    axes = [top] + [figure.add_subplot(left[i], sharex=top) for i in range(1, rows)]
    draw_means(axes[0], results, shown, "persistence_entropy", np.log(results.points()["dimension"]), r"persistence entropy $-\ \log n$",
               r"$\log n - \mathrm{KL} - c$")
    draw_means(axes[1], results, shown, "spacing_ratio", 0, statistic_name("spacing_ratio"), "infinite matrix")
    if table:
        draw_auc(axes[2], results, shown)
    for panel in axes:
        for gamma, what in CROSSOVERS:
            if shown[0].x.min() < gamma < shown[0].x.max():
                panel.axvline(gamma, color="0.7", linestyle="-.", linewidth=0.8, zorder=0)
                if panel is axes[0]:
                    room(panel, above=0.06)
                    panel.text(gamma, 0.985, f" {what}", fontsize=7, color="0.4", va="top", transform=panel.get_xaxis_transform())
        if panel is not axes[-1]:
            panel.tick_params(labelbottom=False)
    axes[-1].set_xlabel(r"$\gamma$ in diag(h) $+\ n^{-\gamma/2}$ GOE")
    chosen = spread(list(shown[0].points), MOST_DENSITIES)
    columns = results.points()
    titles = [rf"$\gamma$ = {columns['gamma'][p]:g}, n = {columns['dimension'][p]}, h {columns['diagonal'][p]}" for p in chosen]
    densities(figure, right, results, chosen, titles, "free convolution", "eigenvalue")
    return figure
