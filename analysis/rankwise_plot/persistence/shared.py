# What the figures of the persistence experiment share. SPDX-License-Identifier: MIT
"""Curves and their names, error bars, lines of theory, axes of sizes, tables below /derived."""
import math
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import NullFormatter, NullLocator

from ..plain import draw_density, spread

COLOURS = plt.rcParams["axes.prop_cycle"].by_key()["color"]
MOST_CURVES = 6  # in a panel
MOST_DENSITIES = 4  # panels of spectra
FOLLOWING = ("solver", "samples")  # often chosen by the size: no curves of their own unless they must
LATER = "tables of the end of the run are not there yet"
WORDS = {"goe": "GOE", "gue": "GUE", "gse": "GSE", "wigner": "Wigner", "poisson": "Poisson", "wishart": "Wishart",
         "student": "Student", "rademacher": "Rademacher", "hermite": "Hermite", "laguerre": "Laguerre", "rosenzweig": "Rosenzweig", "porter": "Porter"}
SYMBOLS = {"dimension": "n", "dyson_beta": r"$\beta$", "samples": "m", "degrees_of_freedom": "dof", "gamma": r"$\gamma$", "diagonal": "h"}
STATISTICS = {"spacing_ratio": r"spacing ratio $\langle r\rangle$", "bulk_spacing_ratio": r"$\langle r\rangle$, bulk",
              "local_entropy": "local entropy, bulk", "shape_energy": r"shape energy $\Lambda$", "lowest_level": r"$\lambda_{\min}$",
              "highest_level": r"$\lambda_{\max}$"}


def text_of(value):
    """A parameter's value, numbers with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def statistic_name(name):
    return STATISTICS.get(name, name.replace("_", " "))


def ensemble_name(name):
    return " ".join(WORDS.get(word, word) for word in name.split("_"))


@dataclass
class Curve:
    """Points that differ in one parameter only, in its order."""
    label: str
    points: np.ndarray
    x: np.ndarray
    colour: str = "k"


def curves(results, points, along, notes=None, most=MOST_CURVES):
    """Points that agree in everything but `along` and what follows from it; a label tells in what the curves differ."""
    columns = results.points()
    kept = [name for name in columns if name not in ("id", along)]

    def grouped(names):
        groups = {}
        for p in points:
            groups.setdefault(tuple(text_of(columns[name][p]) for name in names), []).append(p)
        return groups

    for name in FOLLOWING:
        without = [other for other in kept if other != name]
        most_members = 1 if along == "id" else len(points)  # single points stay apart
        if name in kept and all(len(set(columns[along][members])) == len(members) <= most_members for members in grouped(without).values()):
            kept = without
    groups = grouped(kept)
    # a parameter that the ensemble, or ensemble and size settle tells nothing more
    ensemble = kept.index("ensemble")
    sized = [ensemble] + [i for i, name in enumerate(kept) if name == "dimension"]

    def tells(i):
        by = [ensemble] if i in sized else sized
        return len({tuple(key[j] for j in by + [i]) for key in groups}) > len({tuple(key[j] for j in by) for key in groups})

    telling = [i for i in range(len(kept)) if tells(i)]
    found = []
    for key, members in groups.items():
        parts = [ensemble_name(key[ensemble])]
        if key[ensemble].startswith("beta_") and kept.index("dyson_beta") not in telling:
            parts.append(rf"$\beta$ = {key[kept.index('dyson_beta')]}")
        parts += [f"{SYMBOLS.get(kept[i], kept[i].replace('_', ' '))} = {key[i]}" for i in telling]
        x = columns[along]
        order = np.array(sorted(members, key=lambda p: x[p]))
        found.append(Curve(", ".join(parts), order, x[order]))
    found.sort(key=lambda curve: columns["dyson_beta"][curve.points[0]])  # stronger repulsion later
    shown = spread(found, most)
    if len(shown) < len(found) and notes is not None:
        notes.append(f"{len(shown)} of {len(found)} ensembles or settings; choose others with --points")
    for i, curve in enumerate(shown):
        curve.colour = COLOURS[i % len(COLOURS)]
    return shown


def derived(results, name):
    """Columns of /derived/<name>, or None: it is made at the end of a run, and what a journal adds is not in it."""
    group = f"/derived/{name}"
    if results.overlay.tasks > 0 or not results.has(group):
        return None
    columns = {column: results.read(f"{group}/{column}") for column in results.file[group] if column != "row"}
    return columns if len(next(iter(columns.values()))) > 0 else None


def bars(axes, x, y, error, colour, label=None, **style):
    """Markers with error bars, none where a single replica has no error."""
    style = {"fmt": "o", "markersize": 4, "capsize": 2, "linewidth": 1} | style
    return axes.errorbar(x, y, yerr=np.nan_to_num(error), color=colour, label=label, **style)


def law(axes, x, y, colour, label=None, style="-"):
    """A line of theory, a dash where a point stands alone; nothing without a finite value. True when drawn."""
    y = np.where(np.isfinite(y), y, np.nan)
    there = np.isfinite(y)
    if not there.any():
        return False
    padded = np.concatenate([[False], there, [False]])
    alone = np.flatnonzero(there & ~padded[:-2] & ~padded[2:])
    axes.plot(x, y, style, color=colour, linewidth=1.3, label=label, zorder=1.5)
    if len(alone) > 0:
        axes.plot(x[alone], y[alone], "_", color=colour, markersize=14, zorder=1.5)
    return True


def key(axes, label, style="-", colour="k", **more):
    """An entry of the legend for a style."""
    axes.plot([], [], style, color=colour, label=label, **more)


def sparse(x, share=0.1):
    """Indices of ascending positive x, on a logarithmic axis a share of its width apart; the last is among them."""
    least = share * np.log(x[-1] / x[0])
    kept = [len(x) - 1]
    for i in range(len(x) - 2, -1, -1):
        if np.log(x[kept[-1]] / x[i]) >= least:
            kept.append(i)
    return kept[::-1]


def size_axis(axes, sizes, label="dimension n", margin=1.2):
    """Logarithmic, with the sizes themselves as ticks."""
    sizes = sorted(set(float(s) for s in sizes))
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    ticks = [sizes[i] for i in sparse(sizes)]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.set_xlim(sizes[0] / margin, sizes[-1] * margin)
    axes.set_xlabel(label)


def apart(x, i, count, logarithmic=True):
    """x of curve i of `count`, a little aside so that error bars do not lie on each other."""
    shift = 0.025 * (i - (count - 1) / 2)
    return x * np.exp(shift) if logarithmic else x + shift


def room(axes, below=0.0, above=0.0):
    """Widens the y axis by shares of its height, for a legend."""
    low, high = axes.get_ylim()
    axes.set_ylim(low - below * (high - low), high + above * (high - low))


def legend(axes, **where):
    where = {"fontsize": 7} | where
    if axes.get_legend_handles_labels()[1]:
        axes.legend(**where)


def beside(axes, **more):
    """The legend right of the panel."""
    legend(axes, loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0, **more)


def densities(figure, grid, results, points, titles, law_label, axis):
    """A panel per point, each on its own axis: the widths of the spectra may differ much."""
    if not results.has("/statistics/levels/density"):
        axes = figure.add_subplot(grid)
        axes.set_axis_off()
        axes.text(0.5, 0.5, "no spectra in the file (--spectra none)", ha="center", fontsize=9, color="0.4")
        return
    cdf = results.read("/theory/levels_cdf")
    panels = grid.subgridspec(len(points), 1)
    for i, p in enumerate(points):
        axes = figure.add_subplot(panels[i])
        draw_density(axes, results, "levels", p, cdf, COLOURS[i % len(COLOURS)], 0, "simulation", law_label)
        edges, density = results.read("/statistics/levels/edges")[p], results.read("/statistics/levels/density")[p]
        highest = np.nanmax(density)
        # the outermost bins of heavy tails, a thousand times as wide as the others, stay out of sight
        width = np.diff(edges)
        regular = np.flatnonzero(width < 5 * np.nanmedian(width))
        filled = np.flatnonzero(density[regular] > 1e-3 * highest)
        axes.set_xlim(edges[regular[max(0, filled[0] - 2)]], edges[regular[min(filled[-1] + 2, len(regular) - 1)] + 1])
        axes.set_ylim(0, 1.35 * highest)
        axes.set_title(titles[i], fontsize=9)
        axes.set_ylabel("density")
        axes.set_xlabel(axis if i + 1 == len(points) else "")
        legend(axes, loc="upper right")


def with_error(value, error):
    """-0.1278(2); without an error three digits."""
    if not (error > 0 and math.isfinite(error)):
        return f"{value:.3g}"
    digits = max(0, -math.floor(math.log10(error)))
    if round(error * 10**digits) == 10:
        digits = max(0, digits - 1)
    return f"{value:.{digits}f}({round(error * 10**digits)})" if digits else f"{value:.0f}({error:.0f})"
