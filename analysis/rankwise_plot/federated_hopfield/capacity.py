# Figure of the mode capacity. SPDX-License-Identifier: MIT
"""Recovery, the factoriser's work and seconds of tasks against the load K^2/N; all from replicas, so that a run that goes on is
drawn as well. Seconds are for the picture alone: no table has them."""
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter

from ..plain import spread
from ..results import progress

RECOVERED = 0.99
COLOURS = {"search": "tab:blue", "ica": "tab:orange", "lam": "tab:green"}
MARKERS = "osD^v<>p"
MOST_CURVES = 6  # in a panel
NOT_A_CURVE = ("id", "load", "archetypes", "operator_rank", "cushion", "neurons", "factoriser")


@dataclass
class Curve:
    """Points that differ in their load alone, in its order."""
    factoriser: str
    neurons: int
    label: str
    marker: str
    points: np.ndarray
    load: np.ndarray  # K^2/N


def curves(results, points):
    """By factoriser, then size; other parameters that differ tell curves apart and are named."""
    columns = results.points()
    others = [name for name in columns if name not in NOT_A_CURVE and len(set(map(str, columns[name][points]))) > 1]
    groups = {}
    for p in points:
        rest = tuple(f"{name.replace('_', ' ')} = {columns[name][p]}" for name in others)
        groups.setdefault((columns["factoriser"][p], int(columns["neurons"][p]), rest), []).append(p)
    kinds = list(dict.fromkeys(key[1:] for key in sorted(groups)))
    found = []
    for (method, n, rest), members in sorted(groups.items(), key=lambda group: (list(COLOURS).index(group[0][0]),) + group[0][1:]):
        load = columns["archetypes"][members] ** 2 / n
        order = np.argsort(load, kind="stable")
        marker = MARKERS[kinds.index((n, rest)) % len(MARKERS)]
        found.append(Curve(method, n, ", ".join((f"N = {n}",) + rest), marker, np.array(members)[order], load[order]))
    return found


def last_magnetisation(results, point):
    """(replica, archetype) in the last round."""
    columns = results.points()
    values = results.read("/simulation/magnetisation")[point]
    return values[results.replicas(point), columns["rounds"][point] - 1, :columns["archetypes"][point]]


def work(results, point):
    """Start-steps of all rounds, of each replica."""
    rounds = results.points()["rounds"][point]
    return results.read("/simulation/start_steps")[point][results.replicas(point), :rounds].sum(axis=1)


def seconds_of_tasks(results):
    """point -> seconds of a replica in each of its tasks, in the file and in the journal."""
    tasks = {name: results.read(f"/tasks/{name}") for name in ("kind", "point", "family", "done", "seconds", "replicas", "first_replica")}
    simulated = tasks["kind"] == "simulate"
    places = dict(zip(tasks["family"][simulated], tasks["point"][simulated]))
    there = {(tasks["point"][i], tasks["first_replica"][i]): tasks["seconds"][i] / tasks["replicas"][i]
             for i in np.flatnonzero(simulated & (tasks["done"] == 1))}
    for task in results.journal.tasks if results.journal else []:
        if task.done and not task.theory and task.family in places:
            there[places[task.family], task.first_replica] = task.seconds / task.replicas
    found = {}
    for (point, _), seconds in sorted(there.items()):
        found.setdefault(int(point), []).append(seconds)
    return found


def largest_until_failure(results, curve, full):
    """K before the first failure, as in /derived/capacity."""
    sizes = results.points()["archetypes"][curve.points]
    recovered = sizes[:len(sizes) if full.all() else np.argmin(full)]
    return int(recovered[-1]) if len(recovered) else 0


def draw_recovery(axes, results, shown, last):
    """Least magnetisation of a replica, mean and extent over replicas; full markers: every replica recovers everything."""
    for curve in shown:
        least = [last_magnetisation(results, p).min(axis=1) for p in curve.points]
        mean = np.array([values.mean() for values in least])
        low, high = (np.array([f(values) for values in least]) for f in (np.min, np.max))
        colour = COLOURS[curve.factoriser]
        full = low >= RECOVERED
        axes.errorbar(curve.load, mean, yerr=[np.maximum(0, mean - low), np.maximum(0, high - mean)], fmt="none", ecolor=colour, capsize=2,
                      linewidth=1)
        axes.plot(curve.load, mean, "-", color=colour, linewidth=0.8, alpha=0.6)
        axes.plot(curve.load, mean, curve.marker, color=colour, markersize=5, fillstyle="none", label=f"{curve.label}, K = {largest_until_failure(results, curve, full)}")
        axes.plot(curve.load[full], mean[full], curve.marker, color=colour, markersize=5)
    axes.axhline(RECOVERED, color="0.5", linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_ylim(-0.06, 1.08)
    axes.set_ylabel("least\nmagnetisation", fontsize=9)
    axes.set_title(shown[0].factoriser, fontsize=9, color=COLOURS[shown[0].factoriser], loc="left", pad=3)
    axes.legend(fontsize=7, loc="best", title="largest K of which all come back", title_fontsize=7)
    if last:
        axes.set_xlabel(r"load $K^2/N$")
    else:
        axes.tick_params(labelbottom=False)


def draw_work(axes, results, shown):
    """Start-steps of the search beside the patience that its first idle stretch would have."""
    columns = results.points()
    for i, curve in enumerate(shown):
        steps = [work(results, p) for p in curve.points]
        mean = np.array([values.mean() for values in steps])
        error = np.array([values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0 for values in steps])
        shade = plt.cm.Blues(0.45 + 0.5 * i / max(1, len(shown) - 1))
        axes.errorbar(curve.load, mean, yerr=error, fmt=curve.marker + "-", markersize=5, capsize=2, linewidth=0.8, color=shade, label=curve.label)
    places = np.concatenate([curve.load for curve in shown])
    load = np.linspace(0, 1.03 * places.max(), 100)
    for factor in sorted(set(columns["patience"][p] for curve in shown for p in curve.points)):
        axes.plot(load, factor * np.minimum(2000 * np.exp(0.65 * load), 5e6), "k--", linewidth=1.2,
                  label=r"patience: $2000\,e^{0.65 K^2/N}$" + (f" x {factor:g}" if factor != 1 else ""))
    axes.set_yscale("log")
    axes.set_xlim(left=-0.02 * places.max())
    axes.set_xlabel(r"load $K^2/N$")
    axes.set_ylabel("start-steps of the search (bars: standard error)")
    axes.set_title("work of the search until all K are found", fontsize=9)
    axes.legend(fontsize=7)


def draw_seconds(axes, results, shown):
    seconds = seconds_of_tasks(results)
    for curve in shown:
        there = [i for i, p in enumerate(curve.points) if p in seconds]
        mean = np.array([np.mean(seconds[curve.points[i]]) for i in there])
        axes.plot(curve.load[there], mean, curve.marker + "-", color=COLOURS[curve.factoriser], markersize=5, linewidth=0.8,
                  label=f"{curve.factoriser}, {curve.label}")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel(r"load $K^2/N$")
    axes.set_ylabel("seconds of a replica")
    axes.set_title("whole tasks, wall time: batches, eigenpairs,\nmerging and theory, not the factoriser alone", fontsize=9)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.18)
    axes.legend(fontsize=7, loc="upper center", ncol=len(set(curve.factoriser for curve in shown)))


def draw(results, points):
    found = curves(results, points)
    by_method = {m: [c for c in found if c.factoriser == m] for m in COLOURS}
    shown = {m: spread(c, MOST_CURVES) for m, c in by_method.items() if c}
    columns = 3 if "search" in shown else 2
    figure = plt.figure(figsize=(5.2 * columns, 5.6), layout="constrained")
    grid = figure.add_gridspec(1, columns)
    left = grid[0].subgridspec(len(shown), 1)
    first = None
    for row, method in enumerate(shown):
        first = figure.add_subplot(left[row], sharex=first)
        draw_recovery(first, results, shown[method], row + 1 == len(shown))
    if "search" in shown:
        draw_work(figure.add_subplot(grid[1]), results, shown["search"])
    draw_seconds(figure.add_subplot(grid[columns - 1]), results, [c for curves_of in shown.values() for c in curves_of])
    figure.suptitle(f"federated Hopfield model, capacity: {progress(results, points)} (full markers: every archetype of every replica "
                    f"at {RECOVERED} or more; bars left: least and largest)", fontsize=9)
    left_out = sum(len(c) - len(shown[m]) for m, c in by_method.items() if c)
    if left_out:
        figure.supxlabel(f"{left_out} of {len(found)} curves left out; choose others with --points", fontsize=8, x=0.01, ha="left")
    return figure
