# Figures of entropy_scaling, universality and wishart: means against their laws. SPDX-License-Identifier: MIT
"""Persistence entropy less log n against the size, its residuals, coefficients of variation, shifts and densities."""
import matplotlib.pyplot as plt
import numpy as np

from ..plain import spread
from .shared import COLOURS, LATER, MOST_DENSITIES, apart, bars, beside, curves, densities, derived, ensemble_name, key, law, legend, room, size_axis, sparse, statistic_name, with_error

PUBLISHED, MASTER, FINITE = "entropy_published", "entropy_asymptotic", "persistence_entropy"
MOST_VARIATIONS = 3   # panels of coefficients of variation
MOST_WRITTEN = 4      # curves whose biases are written out


def entropy_of(results):
    """Mean less log n, its error, and log n."""
    mean, error = results.mean("persistence_entropy")
    log_n = np.log(results.points()["dimension"])
    return mean - log_n, error, log_n


def theories(results):
    """Theory less log n; the finite-n law only where it is another than the asymptote."""
    _, _, log_n = entropy_of(results)
    values = {name: results.read(f"/theory/{name}") - log_n for name in (PUBLISHED, MASTER, FINITE)}
    values[FINITE] = np.where(values[FINITE] == values[MASTER], np.nan, values[FINITE])
    return values


def draw_entropy(axes, results, shown):
    """PE - log n against n with the three formulas."""
    excess, error, _ = entropy_of(results)
    values = theories(results)
    together = np.concatenate([c.points for c in shown])
    published = together[np.isfinite(values[PUBLISHED][together])]  # the same for all ensembles that it is for
    sizes, first = np.unique(results.points()["dimension"][published], return_index=True)
    law(axes, sizes, values[PUBLISHED][published[first]], "k", r"published: $\log(8n/\pi) - 1$", "--")
    drawn = {MASTER: False, FINITE: False}
    for i, c in enumerate(shown):
        drawn[MASTER] |= law(axes, c.x, values[MASTER][c.points], c.colour, style=":")
        drawn[FINITE] |= law(axes, c.x, values[FINITE][c.points], c.colour)
        bars(axes, apart(c.x, i, len(shown)), excess[c.points], error[c.points], c.colour, c.label)
    if drawn[MASTER]:
        key(axes, r"$\log n - \mathrm{KL} - c$", ":", "0.3")
    if drawn[FINITE]:
        key(axes, "law at finite n (Poisson: exact)" if any("Poisson" in c.label for c in shown) else "law at finite n", "-", "0.3")
    size_axis(axes, results.points()["dimension"][together])
    axes.set_ylabel(r"persistence entropy $-\ \log n$")
    room(axes, below=0.12 + 0.045 * (len(shown) + 3))
    legend(axes, loc="lower right", ncol=2)


def draw_bias(axes, results, shown):
    """Measured less published, with its numbers."""
    excess, error, _ = entropy_of(results)
    published = theories(results)[PUBLISHED]
    for i, c in enumerate(shown):
        bias = (excess - published)[c.points]
        if not np.isfinite(bias).any():
            continue
        x = apart(c.x, i, len(shown))
        bars(axes, x, bias, error[c.points], c.colour)
        for j in sparse(c.x, 0.12) if len(shown) <= MOST_WRITTEN else []:
            axes.annotate(with_error(bias[j], error[c.points][j]), (x[j], bias[j]), (0, 5), textcoords="offset points", ha="center",
                          fontsize=6.5, color=c.colour)
        limit = (theories(results)[MASTER] - published)[c.points]
        law(axes, c.x, limit, c.colour, style=":")
    if not axes.lines and not axes.containers:
        axes.text(0.5, 0.5, "no published formula for these ensembles", ha="center", transform=axes.transAxes, fontsize=8)
    else:
        key(axes, r"limit $-c$", ":", "0.3")
        axes.axhline(0, color="k", linestyle="--", linewidth=1, label="published formula")
        room(axes, above=0.12)
    size_axis(axes, np.concatenate([c.x for c in shown]), margin=1.35)
    axes.set_ylabel("PE measured $-$ published")
    legend(axes, loc="upper right", ncol=2)


def draw_residuals(axes, results, shown):
    """Measured less the two other formulas."""
    excess, error, _ = entropy_of(results)
    values = theories(results)
    filled, empty = False, False
    for i, c in enumerate(shown):
        x = apart(c.x, i, len(shown))
        for name, fill in ((MASTER, "none"), (FINITE, c.colour)):
            residual = (excess - values[name])[c.points]
            if np.isfinite(residual).any():
                bars(axes, x, residual, error[c.points], c.colour, markerfacecolor=fill, fmt="s" if name == MASTER else "o")
                filled, empty = filled or name == FINITE, empty or name == MASTER
    if empty:
        key(axes, r"$-\ (\log n - \mathrm{KL} - c)$", "s", "0.3", markerfacecolor="none", markersize=4)
    if filled:
        key(axes, "$-$ law at finite n", "o", "0.3", markersize=4)
    axes.axhline(0, color="k", linewidth=0.8)
    size_axis(axes, np.concatenate([c.x for c in shown]))
    axes.set_ylabel("PE measured $-$ theory")
    legend(axes, loc="upper right")


def slopes_of(results, curve):
    """statistic -> "slope(error)" of the table variation_exponent, matched by the class of the curve's points."""
    table, variation = derived(results, "variation_exponent"), derived(results, "variation")
    if table is None or variation is None:
        return {}
    names = set(variation["ensemble"][np.isin(variation["point"], curve.points)])
    rows = [i for i, name in enumerate(table["ensemble"]) if name in names and table["lowest"][i] >= curve.x.min() - 0.5
            and table["highest"][i] <= curve.x.max() + 0.5]
    return {table["statistic"][i]: (table["slope"][i], table["stderr"][i]) for i in rows}


def draw_variation(axes, results, curve):
    """Standard deviation over mean of every statistic, with the fitted power."""
    slopes = slopes_of(results, curve)
    table = derived(results, "variation")
    names = dict.fromkeys(table["statistic"]) if table else ("persistence_entropy", "spacing_ratio", "total_persistence")
    for i, name in enumerate(names):
        mean = results.read(f"/statistics/{name}/mean")[curve.points]
        variance = results.read(f"/statistics/{name}/variance")[curve.points]
        cv = np.sqrt(variance) / np.abs(mean)
        there = np.isfinite(cv) & (cv > 0)
        if not there.any():
            continue
        text, colour = statistic_name(name), COLOURS[i % len(COLOURS)]
        if name in slopes:
            slope, error = slopes[name]
            text += f": {with_error(slope, error)}"
            middle = np.exp(np.log(cv[there]).mean() + slope * (np.log(curve.x) - np.log(curve.x[there]).mean()))
            axes.plot(curve.x, middle, "-", color=colour, linewidth=1)
        axes.plot(curve.x[there], cv[there], "o", color=colour, markersize=4, label=text)
    axes.set_yscale("log")
    size_axis(axes, curve.x)
    axes.set_ylabel("standard deviation / mean")
    axes.set_title(curve.label, fontsize=9)
    beside(axes, title="slope, least squares" if slopes else None, title_fontsize=7)


def draw_entropy_scaling(results, points, notes):
    shown = curves(results, points, "dimension", notes)
    variable = [c for c in shown if max(len(results.replicas(p)) for p in c.points) > 1]
    varied = spread(variable, MOST_VARIATIONS)
    figure = plt.figure(figsize=(14 if varied else 8.5, 10), layout="constrained")
    both = figure.add_gridspec(1, 2 if varied else 1, width_ratios=(1.15, 1) if varied else None)
    left = both[0].subgridspec(3, 1, height_ratios=(1.3, 1, 1))
    draw_entropy(figure.add_subplot(left[0]), results, shown)
    draw_bias(figure.add_subplot(left[1]), results, shown)
    draw_residuals(figure.add_subplot(left[2]), results, shown)
    right = both[-1].subgridspec(max(1, len(varied)), 1)
    for i, curve in enumerate(varied):
        draw_variation(figure.add_subplot(right[i]), results, curve)
    if derived(results, "variation") is None and not results.finished:
        notes.append(LATER + ": no slopes")
    if 0 < len(varied) < len(variable):
        notes.append(f"fluctuations of {len(varied)} of {len(variable)} ensembles")
    return figure


def draw_shift(axes, results, shown, statistic):
    """Means less those of GOE."""
    table = derived(results, "shift")
    for i, c in enumerate(shown):
        rows = [j for j in np.flatnonzero(table["statistic"] == statistic) if table["point"][j] in c.points]
        rows = sorted(rows, key=lambda j: table["dimension"][j])
        if rows:
            x = apart(table["dimension"][rows].astype(float), i, len(shown))
            bars(axes, x, table["shift"][rows], table["stderr"][rows], c.colour, c.label, fmt="o-", linewidth=0.8)
    axes.axhline(0, color="k", linewidth=0.8, label="GOE")
    size_axis(axes, np.concatenate([c.x for c in shown]))
    axes.set_ylabel(f"{statistic_name(statistic)} $-$ that of GOE")


def draw_universality(results, points, notes):
    """PE, shifts from GOE, and beside them the densities of the largest matrices with the semicircle."""
    shown = curves(results, points, "dimension", notes)
    table = derived(results, "shift")
    if table is not None and not np.isin(table["point"], points).any():
        table = None
    elif table is None:
        notes.append(LATER if not results.finished else "no shifts: they need goe and another ensemble of the same size")
    statistics = list(dict.fromkeys(table["statistic"])) if table else []
    figure = plt.figure(figsize=(16, 8.4) if statistics else (13, 6), layout="constrained")
    left, right = figure.add_gridspec(1, 2, width_ratios=(2 if statistics else 1, 1))
    left = left.subgridspec(2 if statistics else 1, 2 if statistics else 1)
    axes = [figure.add_subplot(cell) for cell in left]
    draw_entropy(axes[0], results, shown)
    for i, statistic in enumerate(statistics):
        draw_shift(axes[1 + i], results, shown, statistic)
    if statistics:
        room(axes[1], above=0.25)
        legend(axes[1], loc="upper right", ncol=2)
    columns = results.points()
    chosen = spread([max(c.points, key=lambda p: columns["dimension"][p]) for c in shown], MOST_DENSITIES)
    densities(figure, right, results, chosen, [f"{ensemble_name(columns['ensemble'][p])}: n = {columns['dimension'][p]}" for p in chosen],
              "semicircle", "eigenvalue")
    return figure


def draw_wishart(results, points, notes):
    """PE against its law by the ratio n/m, or by n where all have one ratio; densities beside Marchenko and Pastur's."""
    columns = results.points()
    ratio = columns["dimension"] / columns["samples"]
    along = "samples" if len(set(ratio[points])) > 1 else "dimension"
    shown = curves(results, points, along, notes)
    chosen = spread(sorted(shown[0].points, key=lambda p: ratio[p]), MOST_DENSITIES)
    figure = plt.figure(figsize=(13, 2.1 * max(3, len(chosen))), layout="constrained")
    left, right = figure.add_gridspec(1, 2)
    left = figure.add_subplot(left)
    excess, error, log_n = entropy_of(results)
    theory = results.read("/theory/persistence_entropy") - log_n
    for c in shown:
        x = ratio[c.points] if along == "samples" else c.x
        law(left, x, theory[c.points], c.colour)
        bars(left, x, excess[c.points], error[c.points], c.colour, c.label)
    key(left, r"$\log n - \mathrm{KL} - c$ (infinite matrix)", "-", "0.3")
    if along == "samples":
        left.set_xlabel("ratio n/m")
        left.set_xlim(left=0)
    else:
        size_axis(left, columns["dimension"][points])
    left.set_ylabel(r"persistence entropy $-\ \log n$")
    room(left, above=0.3)
    legend(left, loc="upper right")
    titles = [f"{ensemble_name(columns['ensemble'][p])}: n = {columns['dimension'][p]}, n/m = {ratio[p]:.3g}" for p in chosen]
    densities(figure, right, results, chosen, titles, "Marchenko and Pastur", r"eigenvalue of $XX^T/m$")
    if len(chosen) < len(points):
        notes.append(f"densities of {len(chosen)} of {len(points)} points")
    return figure
