# The figure of any experiment: measured beside predicted. SPDX-License-Identifier: MIT
"""Observables that theory predicts under the same name, spectra with their law, and every claim."""
import textwrap

import matplotlib.pyplot as plt
import numpy as np

from .results import Unreadable, progress

MOST_POINTS = 4    # curves in a panel
MOST_PANELS = 6
MOST_CLAIMS = 40
COLOURS = plt.rcParams["axes.prop_cycle"].by_key()["color"]
VERDICTS = {"pass": "tab:green", "fail": "tab:red", "untested": "0.6"}


def spread(items, most):
    """At most `most` of them, the first and the last among them."""
    if len(items) <= most:
        return items
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)]


def swept(results):
    """The numerical parameters that take several values: name -> column."""
    return {name: column for name, column in results.points().items()
            if name != "id" and column.dtype.kind in "if" and len(set(column)) > 1}


def predicted_observables(results):
    """Names of scalar or one-axis observables that /statistics and /theory both have."""
    names = []
    for name in results.file.get("/statistics", []):
        mean, theory = f"/statistics/{name}/mean", f"/theory/{name}"
        if not results.has(mean) or not results.has(theory):
            continue
        if results.file[theory].shape == results.file[mean].shape and results.file[theory].ndim <= 2:
            names.append(name)
    return names


def spectra(results):
    return [name for name in results.file.get("/statistics", []) if results.has(f"/statistics/{name}/density")]


def axis_of(results, path, dimension):
    """Name and coordinates of an axis of a data set."""
    scale = results.file[path].dims[dimension][0]
    return scale.name.rsplit("/", 1)[-1], scale[...]


def draw_scalar(axes, results, name, points):
    """Against the swept parameter, a curve for every combination of the others."""
    mean, error = results.mean(name)
    theory = results.read(f"/theory/{name}")
    parameters = swept(results)
    along = max(parameters, key=lambda p: len(set(parameters[p]))) if parameters else None
    x = parameters[along] if along else np.arange(len(mean))
    others = [tuple(column[p] for key, column in parameters.items() if key != along) for p in range(len(mean))]
    groups = sorted(set(others[p] for p in points))
    for i, group in enumerate(spread(groups, MOST_POINTS)):
        here = np.array([p for p in points if others[p] == group])
        here = here[np.argsort(x[here], kind="stable")]
        text = ", ".join(f"{key} = {value}" for key, value in zip([k for k in parameters if k != along], group))
        colour = COLOURS[i % len(COLOURS)]
        axes.plot(x[here], theory[here], "--_", linewidth=1.2, markersize=14, color=colour, label="theory" if i == 0 else None)
        axes.errorbar(x[here], mean[here], yerr=np.nan_to_num(error[here]), fmt="o", markersize=4, capsize=2, color=colour,
                      label=text or "simulation")
    axes.set_xlabel(along or "point")
    axes.set_ylabel(name)
    axes.legend(fontsize=7)


def draw_curve(axes, results, name, points):
    """One-axis observables against their axis, a curve per point."""
    mean, error = results.mean(name)
    theory = results.read(f"/theory/{name}")
    axis, x = axis_of(results, f"/statistics/{name}/mean", 1)
    for i, p in enumerate(spread(points, MOST_POINTS)):
        colour = COLOURS[i % len(COLOURS)]
        axes.plot(x, theory[p], "--", linewidth=1.2, color=colour, label="theory" if i == 0 else None)
        axes.errorbar(x, mean[p], yerr=np.nan_to_num(error[p]), fmt="o", markersize=3, capsize=2, color=colour,
                      label=results.label(p) or "simulation")
    axes.set_xlabel(axis)
    axes.set_ylabel(name)
    axes.legend(fontsize=7)


def draw_density(axes, results, name, point, cdf, colour, shift, label, law_label):
    """One point's density as steps with error bars, the law's from differences of its distribution function at the edges,
    so that both are means over bins."""
    edges, density, error = (results.read(f"/statistics/{name}/{part}")[point] for part in ("edges", "density", "density_stderr"))
    at = edges[~np.isnan(edges)]
    value = density[:len(at) - 1]
    bars = np.nan_to_num(error[:len(at) - 1])
    axes.stairs(value + shift, at, baseline=shift, fill=True, alpha=0.25, color=colour)
    middle = (at[1:] + at[:-1]) / 2
    filled = value > 0
    axes.errorbar(middle[filled], value[filled] + shift, yerr=bars[filled], fmt="o", markersize=2, linewidth=0.8,
                  color=colour, label=label)
    if cdf is not None and np.isfinite(cdf[point]).any():
        axes.stairs(np.diff(cdf[point][:len(at)]) / np.diff(at) + shift, at, baseline=None, color="k", linewidth=1, label=law_label)


def draw_spectrum(axes, results, name, points):
    """Densities of the ensembles, shifted upwards from point to point."""
    density = results.read(f"/statistics/{name}/density")
    distance = results.read(f"/statistics/{name}/kolmogorov_distance")
    law = f"/theory/{name}_cdf"
    cdf = results.read(law) if results.has(law) and results.file[law].ndim == 2 else None
    shown = spread([p for p in points if np.isfinite(density[p]).any()], MOST_POINTS)
    highest = max((np.nanmax(density[p]) for p in shown), default=1)
    for i, p in enumerate(shown):
        text = results.label(p) or "simulation"
        if np.isfinite(distance[p]):
            text += f" (distance to the law {distance[p]:.2g})"
        draw_density(axes, results, name, p, cdf, COLOURS[i % len(COLOURS)], 1.15 * highest * i, text, "law" if i == 0 else None)
    axes.set_ylim(0, 1.15 * highest * 1.4 * len(shown))  # room for the legend
    axes.set_xlabel(name)
    axes.set_ylabel("density" + (", shifted point by point" if len(shown) > 1 else ""))
    axes.legend(fontsize=7, loc="upper right")


def draw_claims(axes, claims):
    """A row per claim: measured - predicted, in units of what the verdict allows for systematics and error."""
    for row, c in enumerate(claims):
        # a row's unit: the larger of both, else of the prediction itself
        unit = max(c["tolerance"], 3 * (0 if np.isnan(c["stderr"]) else c["stderr"])) or abs(c["predicted"]) or 1
        away = (c["measured"] - c["predicted"]) / unit
        colour = VERDICTS.get(c["verdict"], "0.6")
        axes.barh(row, 2 * c["tolerance"] / unit, left=-c["tolerance"] / unit, height=0.6, color="0.9")
        if c["relation"] in (">=", "<="):
            axes.plot(0, row, ">" if c["relation"] == ">=" else "<", color="0.5", markersize=6)
        if np.isfinite(away):
            beyond = np.clip(away, -3.8, 3.8)
            axes.errorbar(beyond, row, xerr=np.nan_to_num(c["stderr"]) / unit, markersize=4, capsize=2, color=colour,
                          fmt="o" if beyond == away else ">" if away > 0 else "<")
        error = f" $\\pm$ {c['stderr']:.2g}" if c["stderr"] > 0 else ""
        against = "vs" if c["relation"] == "=" else c["relation"]
        axes.text(4.1, row, f"{c['measured']:.5g}{error}  {against}  {c['predicted']:.5g}", fontsize=7, va="center", color=colour)
    axes.axvline(0, color="k", linewidth=0.8)
    axes.set_xlim(-4, 4)
    axes.set_ylim(len(claims) - 0.5, -0.5)
    axes.set_yticks(range(len(claims)), ["\n".join(textwrap.wrap(c["name"].replace("$", r"\$"), 44)) for c in claims], fontsize=7)
    axes.set_xlabel("measured $-$ predicted, in units of the larger of tolerance (grey) and 3 standard errors", fontsize=8)


def claims_of(results):
    columns = ("name", "relation", "predicted", "measured", "stderr", "tolerance", "verdict")
    read = {column: results.read(f"/claims/{column}") for column in columns}
    return [{column: read[column][i] for column in columns} for i in range(len(read["name"]))]


def panels_of(results):
    panels = []
    for name in predicted_observables(results):
        panels.append((draw_scalar if results.file[f"/theory/{name}"].ndim == 1 else draw_curve, name))
    panels += [(draw_spectrum, name) for name in spectra(results)]
    return panels


def draw(results, chosen):
    total = len(results.points()["id"])
    points = list(range(total)) if chosen is None else chosen
    points = [p for p in points if len(results.replicas(p)) > 0]
    if not points:
        raise Unreadable(f"{results.path}: no finished replica (status {results.attribute('status')}), nothing to draw")
    claims = claims_of(results)
    panels = panels_of(results)
    if not claims and not panels:
        raise Unreadable(f"{results.path}: no claim, no predicted observable and no spectrum, nothing to draw")
    rows = [panels[i:i + 2] for i in range(0, min(len(panels), MOST_PANELS), 2)]
    shown = claims[:MOST_CLAIMS]
    heights = [3.6] * len(rows) + ([0.24 * len(shown) + 0.9] if shown else [])
    figure = plt.figure(figsize=(11, sum(heights) + 0.8), layout="constrained")
    grid = figure.add_gridspec(len(heights), 2, height_ratios=heights)
    for r, row in enumerate(rows):
        for c, (how, name) in enumerate(row):
            wide = len(row) == 1
            how(figure.add_subplot(grid[r, :] if wide else grid[r, c]), results, name, points)
    if shown:
        draw_claims(figure.add_subplot(grid[len(rows), :]), shown)
    notes = []
    if len(panels) > MOST_PANELS:
        notes.append(f"{MOST_PANELS} of {len(panels)} panels")
    if len(claims) > MOST_CLAIMS:
        notes.append(f"{MOST_CLAIMS} of {len(claims)} claims")
    if not claims and not results.finished:
        notes.append("claims are made at the end of the run")
    figure.suptitle(f"{results.experiment.replace('_', ' ')}, {results.mode}: {progress(results, points)}"
                    " (markers: simulation, bars: standard error)", fontsize=11)
    if notes:
        figure.text(0.01, 0.004, "; ".join(notes), fontsize=8)
    return figure
