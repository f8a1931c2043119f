# Figure of diagram: persistence diagrams and their vectorisations. SPDX-License-Identifier: MIT
"""Mean bars, their lifetimes with 1/rho, landscapes, L^q persistence; bars by birth and lifetime, Betti curves.

All of it from replicas, counts and theory, so that a run that goes on is drawn as well; the tables below /derived hold the same."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.ticker import LogLocator, NullFormatter

from ..plain import spread
from .shared import bars, curves, key, law, legend, room, with_error

MOST = 6             # ensembles
MAPS = 2             # ensembles with a map and Betti curves
MOST_MARKERS = 50    # of a curve
MOST_BETTI = 7       # curves in a panel
ENLARGED = 20        # levels from which on the lower edge is drawn once more, larger


class Bars:
    """Means over replicas of one point's bars."""

    def __init__(self, results, point):
        self.n = int(results.points()["dimension"][point])
        self.birth = results.mean("birth")[0][point][:self.n - 1]
        self.lifetime, self.error = (values[point][:self.n - 1] for values in results.mean("bar"))
        self.death = self.birth + self.lifetime
        self.theory = results.read("/theory/bar")[point][:self.n - 1]


def thinned(there, turn, turns):
    """At most MOST_MARKERS of these places, the curves in turn so that their markers do not lie on each other."""
    step = max(1, -(-len(there) // MOST_MARKERS))
    return there[turn * step // turns::step]


def few_ticks(axis):
    """1, 2, 5, 10 ... on a logarithmic axis."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def draw_bars(axes, shown, diagrams):
    """Death against birth; the lower edge of the widest spectrum once more."""
    for c, d in zip(shown, diagrams):
        axes.plot(d.birth, d.death, "o", color=c.colour, markersize=2.5, markeredgewidth=0, label=c.label)
    low, high = min(d.birth[0] for d in diagrams), max(d.death[-1] for d in diagrams)
    low, high = low - 0.05 * (high - low), high + 0.05 * (high - low)
    axes.plot([low, high], [low, high], color="0.6", linewidth=0.8, zorder=1)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_xlabel("mean birth")
    axes.set_ylabel("mean death")
    axes.set_title("persistence diagram: all mean bars", fontsize=9)
    legend(axes, loc="upper left")
    widest = max(diagrams, key=lambda d: d.death[-1] - d.birth[0])
    if widest.n < ENLARGED:
        return
    reach = widest.death[max(4, widest.n // 12)]
    start = widest.birth[0] - 0.15 * (reach - widest.birth[0])
    inset = axes.inset_axes([0.57, 0.06, 0.4, 0.4], xlim=(start, reach), ylim=(start, reach))
    for c, d in zip(shown, diagrams):
        inset.plot(d.birth, d.death, "o", color=c.colour, markersize=3, markeredgewidth=0)
    inset.plot([start, reach], [start, reach], color="0.6", linewidth=0.8, zorder=1)
    inset.tick_params(labelsize=6)
    axes.add_patch(plt.Rectangle((start, start), reach - start, reach - start, fill=False, edgecolor="0.5", linewidth=0.8))


def draw_lifetimes(axes, shown, diagrams):
    """n times the mean lifetime against birth, the whole curve of theory."""
    drawn = False
    for i, (c, d) in enumerate(zip(shown, diagrams)):
        drawn |= law(axes, d.birth, d.n * d.theory, c.colour)
        at = thinned(np.arange(d.n - 1), i, len(shown))
        bars(axes, d.birth[at], d.n * d.lifetime[at], d.n * d.error[at], c.colour, markersize=3)
    if drawn:
        key(axes, r"$1/\rho$ at the quantile k/n" + ("; Poisson: exact" if any("Poisson" in c.label for c in shown) else ""), "-", "0.3")
    values = np.concatenate([d.n * d.lifetime for d in diagrams])
    if (values > 0).all() and values.max() > 5 * values.min():
        axes.set_yscale("log")
        few_ticks(axes.yaxis)
    axes.set_xlabel("mean birth")
    axes.set_ylabel(r"n $\times$ mean lifetime,  $n\,s = 1/\rho$")
    legend(axes, loc="best")


def draw_landscape(axes, results, shown, diagrams):
    """The first landscape times n, with theory in the bulk."""
    places = results.read("/theory/filtration")
    mean, error = results.mean("landscape")
    theory = results.read("/theory/landscape")
    drawn = False
    for i, (c, d) in enumerate(zip(shown, diagrams)):
        p = c.points[0]
        drawn |= law(axes, places[p], d.n * theory[p], c.colour)
        # nothing is alive beyond the outermost levels of all replicas
        at = thinned(np.flatnonzero(np.isfinite(places[p]) & (mean[p] > 0)), i, len(shown))
        bars(axes, places[p][at], d.n * mean[p][at], d.n * error[p][at], c.colour, markersize=3)
    if drawn:
        key(axes, r"$(1 + \mathrm{Var}\,u)/(4\rho)$" + ("; Poisson: exact" if any("Poisson" in c.label for c in shown) else ""), "-", "0.3")
    axes.set_ylim(bottom=0)
    room(axes, above=0.12)
    axes.set_xlabel("level t of the sublevel set")
    axes.set_ylabel(r"n $\times$ mean landscape $\lambda_1(t)$")
    axes.set_title("bars follow one another: the second landscape is 0", fontsize=9)
    legend(axes, loc="best")


def power_of(results, point):
    """Mean of the sum of the lifetimes to the q, its error, its theory."""
    q = results.points()["power"][point]
    sums = results.read("/simulation/power_persistence")[point, results.replicas(point)] ** q
    error = sums.std(ddof=1) / np.sqrt(len(sums)) if len(sums) > 1 else np.nan
    return sums.mean(), error, results.read("/theory/power_persistence")[point] ** q


def draw_power(axes, results, shown):
    """Measured over theory, an ensemble a row; the numbers beside it."""
    axes.axvline(1, color="k", linewidth=0.8)
    powers = set(results.points()["power"][c.points[0]] for c in shown)
    names = []
    reach = 0.01
    for row, c in enumerate(shown):
        value, error, theory = power_of(results, c.points[0])
        text = with_error(value, error)
        if np.isfinite(theory):
            bars(axes, [value / theory], [row], [0], c.colour, xerr=np.nan_to_num([error / theory]), markersize=5)
            reach = max(reach, abs(value / theory - 1) + np.nan_to_num(error / theory))
            text += f" : {theory:.4g}"
        else:
            text += ", no theory"
        axes.annotate(text, (0.5, row), (0, 7), xycoords=axes.get_yaxis_transform(), textcoords="offset points", ha="center", fontsize=7,
                      color=c.colour, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})
        names.append(c.label.replace(", ", "\n"))
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_ylim(len(names) - 0.5, -0.7)
    axes.set_xlim(1 - 1.15 * reach, 1 + 1.15 * reach)
    axes.set_xlabel(r"mean of $\sum s^q$, measured : theory")
    axes.set_title(r"$L^q$ persistence" + (f", q = {powers.pop():g}" if len(powers) == 1 else ""), fontsize=9)


def homology(results, point, k):
    """Dimension in which bar k lives, None where no field has this beta."""
    beta = results.points()["dyson_beta"][point] or 1  # independent levels: of real diagonal matrices
    return int(beta) * k - 1 if beta in (1, 2, 4) else None


def draw_map(figure, axes, results, curve, d):
    """Counted bars by birth and lifetime, with their mean lifetime; the range of births that is filled."""
    p = curve.points[0]
    births, lifetimes = results.read("/theory/birth_edge")[p], results.read("/theory/lifetime_edge")[p]
    counts = results.read("/simulation/diagram_counts")[p]
    mesh = axes.pcolormesh(births, lifetimes, np.ma.masked_less(counts.T, 1), norm=LogNorm(1, max(2, counts.max())), cmap="viridis",
                           rasterized=True)
    colours = figure.colorbar(mesh, ax=axes, location="top", aspect=40, pad=0.01)
    colours.set_label(f"{curve.label}: bars in a bin" + (" (top row: longer too)" if counts[:, -1].any() else ""), fontsize=9)
    few_ticks(colours.ax.xaxis)
    colours.ax.tick_params(labelsize=7)
    if not law(axes, d.birth, d.theory, "r", r"mean: $1/(n + 1)$" if "Poisson" in curve.label else r"mean: $1/(n\rho)$"):
        axes.plot(d.birth, d.lifetime, color="r", linewidth=1.3, label="mean, measured")
    axes.set_ylim(0, lifetimes[min(np.flatnonzero(counts.sum(axis=0))[-1] + 3, len(lifetimes) - 1)])
    room(axes, above=0.09)
    axes.set_ylabel("lifetime of a bar")
    axes.set_xlabel("birth")
    legend(axes, loc="upper center")
    filled = np.flatnonzero(counts.sum(axis=1))
    axes.set_xlim(births[max(0, filled[0] - 1)], births[min(filled[-1] + 2, len(births) - 1)])


def draw_betti(axes, results, curve):
    """Share of the replicas in which a bar is alive, where it ever is."""
    p = curve.points[0]
    places = results.read("/theory/filtration")[p]
    counts, theory = results.read("/simulation/betti_counts")[p], results.read("/theory/betti")[p]
    counted = [int(k) for k in results.points()["bars"][p].split("/")]
    replicas = len(results.replicas(p))
    exact = False
    shown = spread(list(enumerate(counted)), MOST_BETTI)
    for i, (row, k) in enumerate(shown):
        colour = plt.cm.plasma(0.85 * i / max(1, len(shown) - 1))
        share = counts[row] / replicas
        there = np.flatnonzero(share > 0)
        exact |= law(axes, places, np.where(theory[row] > 1e-4, theory[row], np.nan), colour)
        lies_in = homology(results, p, k)
        bars(axes, places[there], share[there], np.sqrt(share * (1 - share) / replicas)[there], colour,
             f"k = {k}" + ("" if lies_in is None else f", $H_{{{lies_in}}}$"), markersize=2.5, capsize=0)
        if not np.isfinite(theory[row]).any():
            axes.plot(places[there], share[there], color=colour, linewidth=0.6, alpha=0.6)
    if exact:
        key(axes, "binomial, exact", "-", "0.3")
    first, last = places[np.flatnonzero(counts[:len(counted)].any(axis=0))[[0, -1]]]
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, first), max(high, last))
    axes.set_ylim(bottom=0)
    room(axes, above=0.2)
    axes.set_xlabel("level t of the sublevel set")
    axes.set_ylabel("Betti curve: bar k alive at t (bars: binomial)")
    legend(axes, loc="upper center", ncol=2, title=None if len(shown) == len(counted) else f"{len(shown)} of {len(counted)} bars",
           title_fontsize=7)


def draw_diagram(results, points, notes):
    if not all(results.has(f"/simulation/{name}") for name in ("birth", "bar", "betti_counts")):
        return None
    shown = curves(results, points, "id", notes=notes, most=MOST)
    diagrams = [Bars(results, c.points[0]) for c in shown]
    edges = results.read("/theory/birth_edge")
    mapped = [(c, d) for c, d in zip(shown, diagrams) if np.isfinite(edges[c.points[0]]).any()]
    if not mapped:
        notes.append("no map, no curves: their axes come with the theory, which is not there yet")
    elif len(mapped) > MAPS:
        notes.append(f"map and Betti curves of {MAPS} of {len(mapped)}; choose others with --points")
    mapped = mapped[:MAPS]
    figure = plt.figure(figsize=(11 + 4.5 * len(mapped), 9.6), layout="constrained")
    left, *right = figure.add_gridspec(1, 1 + len(mapped), width_ratios=[2] + [0.95] * len(mapped))
    left = left.subgridspec(2, 2)
    panels = [figure.add_subplot(left[i]) for i in range(4)]
    draw_bars(panels[0], shown, diagrams)
    draw_lifetimes(panels[1], shown, diagrams)
    draw_landscape(panels[2], results, shown, diagrams)
    draw_power(panels[3], results, shown)
    for (c, d), where in zip(mapped, right):
        where = where.subgridspec(2, 1)
        top = figure.add_subplot(where[0])
        draw_map(figure, top, results, c, d)
        draw_betti(figure.add_subplot(where[1], sharex=top), results, c)
    return figure
