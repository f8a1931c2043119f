# Figures of spacings and longrange: neighbouring levels and pairs of levels. SPDX-License-Identifier: MIT
"""Densities of spacings and ratios with their laws; number variance, rigidity and form factor."""
import matplotlib.pyplot as plt
import numpy as np

from ..plain import axis_of
from .shared import LATER, bars, curves, derived, key, law, legend, room

MOST = 4             # ensembles
MERGED = {"spacing": 10, "ratio": 4}   # bins of the file in a bin of the picture
LONGEST = 4          # mean spacings shown
PER_DECADE = (12, 40)  # bins of the form factor's times: few and many replicas


def density_of(results, statistic, point):
    """Edges, density and error (square roots of counts) of merged bins; the last takes what lies beyond and is left out."""
    counts = results.read(f"/simulation/{statistic}_counts")[point]
    _, edges = axis_of(results, f"/theory/{statistic}_cdf_surmise", 1)
    step = MERGED[statistic]
    merged = np.add.reduceat(counts, np.arange(0, len(counts), step)).astype(float)
    at = edges[::step]
    scale = counts.sum() * np.diff(at)
    keep = slice(None) if statistic == "ratio" else slice(0, -1)
    density, error = (merged / scale)[keep], (np.sqrt(merged) / scale)[keep]
    return at[:len(density) + 1], density, error


def law_density(results, name, statistic, point, step=1):
    """Differences of the distribution function at the edges, at the middles."""
    cdf = results.read(f"/theory/{name}")[point]
    _, edges = axis_of(results, f"/theory/{name}", 1)
    cdf, edges = cdf[::step], edges[::step]
    last = len(edges) if statistic == "ratio" else len(edges) - 1
    return ((edges[1:] + edges[:-1]) / 2)[:last], (np.diff(cdf) / np.diff(edges))[:last]


def distances(results, statistic, point):
    """", exact 0.0026, surmise 0.0078" from the table kolmogorov."""
    table = derived(results, "kolmogorov")
    if table is None:
        return ""
    rows = np.flatnonzero((table["point"] == point) & (table["statistic"] == statistic) & np.isfinite(table["distance"]))
    return "".join(f", {table['law'][i]} {table['distance'][i]:.2g}" for i in rows)


def draw_distribution(axes, below, results, shown, statistic, symbol):
    exact_name = "spacing_cdf" if statistic == "spacing" else None
    drawn = {"exact": False, "surmise": False}
    reach = 0
    for c in shown:
        p = c.points[0]
        edges, density, error = density_of(results, statistic, p)
        middle = (edges[1:] + edges[:-1]) / 2
        axes.stairs(density, edges, fill=True, alpha=0.15, color=c.colour)
        bars(axes, middle, density, error, c.colour, c.label + distances(results, statistic, p), markersize=2.5, capsize=0)
        laws = {"surmise": f"{statistic}_cdf_surmise"} | ({"exact": exact_name} if exact_name else {})
        for kind, name in laws.items():
            drawn[kind] |= law(axes, *law_density(results, name, statistic, p), c.colour, style="-" if kind == "exact" else "--")
        # less the exact law, where there is one
        reference = {kind: law_density(results, name, statistic, p, MERGED[statistic])[1][:len(density)] for kind, name in laws.items()}
        exact = np.isfinite(reference.get("exact", np.nan)).any()
        base = reference["exact" if exact else "surmise"]
        if np.isfinite(base).any():
            bars(below, middle, density - base, error, c.colour, markersize=2.5, capsize=0)
            if exact:
                law(below, middle, reference["surmise"] - base, c.colour, style="--")
            away = [np.abs(y - base)[middle < LONGEST] for y in (density, reference["surmise"])]
            reach = max(reach, np.nanmax(away))
    for kind, style in (("exact", "-"), ("surmise", "--")):
        if drawn[kind]:
            key(axes, kind, style, "0.3")
    below.axhline(0, color="k", linewidth=0.8)
    if reach > 0:
        below.set_ylim(-1.3 * reach, 1.3 * reach)
    end = LONGEST if statistic == "spacing" else 1
    for panel in (axes, below):
        panel.set_xlim(0, end)
    axes.set_ylim(bottom=0)
    axes.tick_params(labelbottom=False)
    axes.set_ylabel(f"density P({symbol})")
    below.set_ylabel(f"measured $-$ {'exact' if drawn['exact'] else 'surmise'}")


def draw_spacings(results, points, notes):
    shown = curves(results, points, "id", notes=notes, most=MOST)
    figure, grid = plt.subplots(2, 2, figsize=(13, 8), height_ratios=(2, 1), sharex="col", layout="constrained")
    draw_distribution(grid[0, 0], grid[1, 0], results, shown, "spacing", "s")
    draw_distribution(grid[0, 1], grid[1, 1], results, shown, "ratio", "r")
    title = "distance (Kolmogorov) to each law" if derived(results, "kolmogorov") else None
    room(grid[0, 1], above=0.3)
    legend(grid[0, 0], loc="upper right", title=title, title_fontsize=7)
    legend(grid[0, 1], loc="upper left", ncol=2, title=title, title_fontsize=7)
    grid[0, 0].set_title("unfolded spacings of the bulk (bars: square roots of counts)", fontsize=9)
    grid[0, 1].set_title("spacing ratios of the bulk", fontsize=9)
    grid[1, 0].set_xlabel("spacing s, in mean spacings")
    grid[1, 1].set_xlabel("ratio r of neighbouring spacings, smaller over larger")
    if title is None:
        notes.append(LATER + ": no distances")
    return figure


def draw_lengths(axes, results, shown, name, label):
    mean, error = results.mean(name)
    theory = results.read(f"/theory/{name}")
    _, lengths = axis_of(results, f"/statistics/{name}/mean", 1)
    drawn = False
    for c in shown:
        p = c.points[0]
        drawn |= law(axes, lengths, theory[p], c.colour)
        bars(axes, lengths, mean[p], error[p], c.colour, c.label)
    if drawn:
        key(axes, "infinite matrix", "-", "0.3")
    values = [v for c in shown for v in mean[c.points[0]] if v > 0]
    axes.set_xscale("log")
    if values and max(values) > 10 * min(values):
        axes.set_yscale("log")
    axes.set_xlabel("length L, in mean spacings")
    axes.set_ylabel(label)


def averaged(tau, value, error, replicas):
    """Means of neighbouring times in bins of equal ratio; times alone in a bin stay as they are. Times are far enough apart
    for independent errors: a window of n/6 levels resolves about 1/n."""
    bins = np.floor(np.log10(np.where(tau > 0, tau, np.nan)) * np.clip(replicas / 50, *PER_DECADE))
    parts = []
    for b in np.unique(bins[np.isfinite(bins)]):
        here = bins == b
        parts.append((tau[here].mean(), value[here].mean(), np.sqrt((error[here] ** 2).sum()) / here.sum()))
    return np.array(parts).T


def draw_form_factor(axes, results, shown):
    table = derived(results, "form_factor")
    for c in shown:
        rows = np.flatnonzero(table["point"] == c.points[0])
        if len(rows) == 0:
            continue
        tau = table["tau"][rows]
        law(axes, tau, table["theory"][rows], c.colour)
        bars(axes, *averaged(tau, table["value"][rows], table["stderr"][rows], len(results.replicas(c.points[0]))), c.colour, c.label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(r"$\tau$, in Heisenberg times")
    axes.set_ylabel(r"form factor $K(\tau)$, connected")
    axes.set_title("ramp and plateau; neighbouring times averaged", fontsize=9)


def draw_longrange(results, points, notes):
    shown = curves(results, points, "id", notes=notes, most=MOST)
    table = derived(results, "form_factor")
    if table is None or not np.isin(table["point"], points).any():
        table = None
        notes.append(LATER if not results.finished else "no form factor: it needs two replicas")
    figure, axes = plt.subplots(1, 3 if table else 2, figsize=(17 if table else 11.5, 5.2), layout="constrained")
    draw_lengths(axes[0], results, shown, "number_variance", r"number variance $\Sigma^2(L)$")
    draw_lengths(axes[1], results, shown, "rigidity", r"rigidity $\Delta_3(L)$")
    if table:
        draw_form_factor(axes[2], results, shown)
    legend(axes[0], loc="upper left")
    return figure
